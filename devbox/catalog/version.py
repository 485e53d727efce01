"""Versions of boxes: ordered as Vagrant orders them, proposed and checked for publishing.

Vagrant reads versions with RubyGems' ``Gem::Version``: numbers and letters between dots, where a
dash begins a pre-release; trailing zeros do not count, so ``1.0`` equals ``1.0.0``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from devbox.errors import DevboxError, UsageError

FIRST = "1.0.0"

# Gem::Version::VERSION_PATTERN, without the empty version that it allows, too.
_GEM_VERSION = re.compile(r"[0-9]+(\.[0-9a-zA-Z]+)*(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?", re.ASCII)
_PUBLISHED = re.compile(r"(0|[1-9][0-9]{0,17})(\.(0|[1-9][0-9]{0,17})){2}", re.ASCII)
# Python refuses to read numbers of more than 4,300 digits; no version is that long.
_MAX_LENGTH = 256

SortKey = tuple[tuple[int, int, str], ...]


@lru_cache(maxsize=1 << 16)
def sort_key(version: str) -> SortKey:
    """Return a key that orders versions as ``Gem::Version`` does; equal versions have equal keys.

    Raises:
        DevboxError: Vagrant would not take it for a version.
    """
    text = version.strip()
    if not is_version(text):
        raise DevboxError(
            f"{version[:80]!r} is not a version",
            evidence="Vagrant reads numbers and letters between dots, beginning with a number",
        )
    parts = re.findall(r"[0-9]+|[a-zA-Z]+", text.replace("-", ".pre."))
    letters = next((at for at, part in enumerate(parts) if part.isalpha()), len(parts))
    segments = [*_strip_zeros(parts[:letters]), *_strip_zeros(parts[letters:])]
    # The end of a version counts as a zero, which is above any letters: 1.0 is above 1.0.rc1.
    return tuple(
        (0, 0, part) if part.isalpha() else (1, int(part), "") for part in [*segments, "0"]
    )


def _strip_zeros(parts: list[str]) -> list[str]:
    while parts and parts[-1].isdigit() and int(parts[-1]) == 0:
        parts = parts[:-1]
    return parts


def is_version(text: str) -> bool:
    """Return whether Vagrant would take it for a version."""
    return len(text) <= _MAX_LENGTH and _GEM_VERSION.fullmatch(text) is not None


def is_prerelease(version: str) -> bool:
    """Return whether Vagrant takes it for a pre-release: it has a letter or a dash."""
    return re.search(r"[a-zA-Z-]", version) is not None


def next_version(existing: Iterable[str]) -> str:
    """Return the version to publish after those that exist.

    That is 1.0.0 first, then the highest one with its third number raised; after a pre-release,
    the release that it was for.

    Raises:
        DevboxError: one of them is no version.
    """
    highest = max(existing, key=sort_key, default=None)
    if highest is None:
        return FIRST
    numbers = [int(part) for part in re.split(r"[.-]", highest.strip()) if part.isdigit()]
    if is_prerelease(highest):
        released = re.match(r"[0-9]+(\.[0-9]+)*(?![0-9a-zA-Z])", highest.strip())
        numbers = [int(part) for part in released[0].split(".")] if released else [1]
    major, minor, patch = [*numbers, 0, 0][:3]
    candidate = f"{major}.{minor}.{patch}"
    if sort_key(candidate) > sort_key(highest):
        return candidate
    return f"{major}.{minor}.{patch + 1}"


def check_version(version: str) -> str:
    """Return a version that a user asks to publish, if it may be.

    Raises:
        UsageError: it is a pre-release, or not three numbers between dots.
    """
    if _PUBLISHED.fullmatch(version):
        return version
    if is_version(version) and is_prerelease(version):
        raise UsageError(
            f"{version!r} is a pre-release, and those are not published",
            evidence="Vagrant does not hold pre-releases back: "
            "it would bring 1.1.0-rc1 to everybody who has 1.0.0",
            remedy="publish to a channel of its own instead, for example "
            "`devbox publish --channel edge`",
        )
    raise UsageError(
        f"{version[:80]!r} is not a version that can be published",
        evidence="a version is three numbers between dots, without leading zeros",
        remedy="for example `--version 1.2.0`, or leave it out and the next one is taken",
    )
