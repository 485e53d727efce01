"""The archives that a Debian release is installed and updated from."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable
from dataclasses import dataclass

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

# Debian's country mirrors carry no security archive; its own network of caches does.
_COUNTRY_MIRROR = re.compile(r"ftp\d*\.([a-z]{2}\.)?debian\.org", re.IGNORECASE)
_SECURITY = "http://deb.debian.org/debian-security"


@dataclass(frozen=True)
class Source:
    """One suite of one archive, as apt knows it (sources.list(5)).

    Attributes:
        uri: the archive.
        suite: the suite, for example ``bookworm-updates``.
        components: its components.
        keyring: the file with the keys that sign it.
        trusted: take it unsigned; for tests.
    """

    uri: str
    suite: str
    components: tuple[str, ...] = ("main",)
    keyring: str = KEYRING
    trusted: bool = False

    def line(self) -> str:
        """Return it as a line of sources.list."""
        option = "trusted=yes" if self.trusted else f"signed-by={self.keyring}"
        return f"deb [{option}] {self.uri} {self.suite} {' '.join(self.components)}"


def sources(release: str, mirror: str) -> tuple[Source, ...]:
    """Return the suites that a box of a release is made from.

    Args:
        release: the release's code name.
        mirror: the archive (devbox.yml's ``base.mirror``).
    """
    archive = mirror.rstrip("/")
    return (
        Source(archive, release),
        Source(archive, f"{release}-updates"),
        Source(security_archive(archive), f"{release}-security"),
    )


def security_archive(mirror: str) -> str:
    """Return the archive of security updates that goes with a mirror.

    It stands beside the archive where that is called ``debian``, else at the top of its host.
    """
    parts = urllib.parse.urlsplit(mirror.rstrip("/"))
    if _COUNTRY_MIRROR.fullmatch(parts.hostname or ""):
        return _SECURITY
    folder, _, last = parts.path.rpartition("/")
    path = f"{folder}/debian-security" if last == "debian" else "/debian-security"
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def sources_list(entries: Iterable[Source]) -> str:
    """Return a whole sources.list."""
    return "".join(f"{entry.line()}\n" for entry in entries)
