"""Which versions of a tool can be had in a Debian release, from where, and which release fits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from devbox.tools.definition import Source, ToolDefinition
from devbox.tools.options import OptionProblem, quote

# The releases that devbox builds, from the oldest.
RELEASES = ("bookworm", "trixie")

_NUMBERS = re.compile(r"[0-9]+(\.[0-9]+)*")


@dataclass(frozen=True)
class Offer:
    """A version that can be asked for in a release, and where it is from."""

    version: str
    source: Source


@dataclass(frozen=True)
class ReleaseProposal:
    """The release that suits a stack, and why.

    Attributes:
        release: its code name.
        reasons: phrases for a person: "PostgreSQL 17 and Python 3.13: trixie"; empty if any
            release does, and this is the newest.
    """

    release: str
    reasons: tuple[str, ...] = ()


def offers(tool: ToolDefinition, release: str) -> tuple[Offer, ...]:
    """Return what can be asked for in a release: Debian's first, no version twice."""
    found: dict[str, Offer] = {}
    for offer in _offers(tool, release):
        found.setdefault(offer.version, offer)
    return tuple(found.values())


def default_version(tool: ToolDefinition, release: str) -> str | None:
    """Return the version that a tool has in a release if none is asked for; None if not known."""
    return next(
        (offer.version for offer in offers(tool, release) if offer.source.kind == "debian"), None
    )


def find_offer(tool: ToolDefinition, release: str, wanted: str) -> Offer | None:
    """Return the offer that a version written in devbox.yml means; None if it cannot be had.

    Args:
        tool: the tool.
        release: a Debian release.
        wanted: "17"; of a source of exact versions also one within: "22.11.0" within "22".
    """
    found = list(_offers(tool, release))
    equal = [offer for offer in found if offer.version == wanted]
    within = [offer for offer in found if offer.source.exact and is_within(wanted, offer.version)]
    return next(iter(equal + within), None)


def nearest_offer(tool: ToolDefinition, release: str, wanted: str) -> Offer | None:
    """Return the offer that comes nearest to a version found in a repo, as "3.11.4" or "17.2".

    It is the one of which that version is: "3.11", "17"; the longest if there are several.
    """
    return find_offer(tool, release, wanted) or max(
        (offer for offer in offers(tool, release) if is_within(wanted, offer.version)),
        key=lambda offer: len(offer.version),
        default=None,
    )


def is_within(version: str, wider: str) -> bool:
    """Return whether a version is a more precise one of another: 3.11.4 of 3.11."""
    return bool(_NUMBERS.fullmatch(version)) and version.startswith(wider + ".")


def version_problem(
    tool: ToolDefinition, options: Mapping[str, JsonValue], release: str | None
) -> OptionProblem | None:
    """Say what is wrong with the version that a user asks for, beside what its type may be.

    Args:
        tool: the tool.
        options: its options, as the user wrote them.
        release: the Debian release of the box; None if it is not known.

    Returns:
        None if the version can be had, if none is asked for, or if nothing is known of the tool's
        versions: then the role itself decides.
    """
    option = tool.option("version")
    if option is None or not tool.sources or release is None:
        return None
    name = next((name for name in (option.name, option.variable) if name in options), None)
    value = options.get(name) if name else None
    if name is None or isinstance(value, bool) or not isinstance(value, str | int):
        return None
    wanted = str(value)
    if not wanted or find_offer(tool, release, wanted):
        return None
    near = nearest_offer(tool, release, wanted)
    if near:
        message = f"is {quote(wanted)}, more precise than {tool.title} can be asked for"
        hint = f'write "{near.version}": the newest of its kind that {_from(near.source, release)}'
        return OptionProblem((name,), message, f"{hint} has", at_value=True)
    message = f"is {quote(wanted)}, which {tool.title} cannot have in {release}"
    return OptionProblem((name,), message, _hint(tool, release, wanted), at_value=True)


def describe_offers(tool: ToolDefinition, release: str) -> str:
    """Say which versions a release offers: ``15 (Debian), 16, 17 (apt.postgresql.org)``."""
    groups: dict[str, list[str]] = {}
    for offer in offers(tool, release):
        groups.setdefault(offer.source.name, []).append(offer.version)
    return ", ".join(f"{', '.join(found)} ({name})" for name, found in groups.items())


def _hint(tool: ToolDefinition, release: str, wanted: str) -> str:
    had = describe_offers(tool, release)
    lines = [f"{release} has {had}" if had else f"{release} has no version of it to ask for"]
    for other in RELEASES:
        offer = nearest_offer(tool, other, wanted) if other != release else None
        if offer:
            had = f"{other} has {offer.version} ({offer.source.name})"
            lines.append(f"{had}: base: {{release: {other}}}")
    return "\n".join(lines)


def _from(source: Source, release: str) -> str:
    return release if source.kind == "debian" else source.name


def propose_release(
    wanted: Mapping[str, str], tools: Mapping[str, ToolDefinition]
) -> ReleaseProposal:
    """Choose the release in which most of a stack's versions can be had.

    Of two releases with as many, the one whose own archive has more of them wins; then the newer.

    Args:
        wanted: versions by tool, also as found in a repo ("3.11.4"); "" for a tool whose version
            does not matter. A tool that is not in ``tools`` is passed over.
        tools: the catalog, and other tools of the stack.
    """
    asked = [(tools[name], version) for name, version in wanted.items() if name in tools]
    scores = {
        release: [_score(tool, version, release) for tool, version in asked] for release in RELEASES
    }
    best = max(
        reversed(RELEASES),
        key=lambda release: (len([n for n in scores[release] if n]), sum(scores[release])),
    )
    reasons = []
    for release in sorted(RELEASES, key=lambda release: release != best):
        others = [scores[other] for other in RELEASES if other != release]
        decisive = [
            _label(tool, version, release)
            for index, (tool, version) in enumerate(asked)
            if scores[release][index] > max(score[index] for score in others)
        ]
        if decisive:
            reasons.append(f"{_listed(decisive)}: {release}")
    return ReleaseProposal(best, tuple(reasons))


def _offers(tool: ToolDefinition, release: str) -> Iterator[Offer]:
    for source in tool.sources:
        if not source.releases or release in source.releases:
            yield from (Offer(version, source) for version in source.versions)


def _score(tool: ToolDefinition, version: str, release: str) -> int:
    """Return 0 if a release cannot have a tool in a version, 2 if its own archive has it."""
    if tool.releases and release not in tool.releases:
        return 0
    if not version or not tool.sources:
        return 2
    offer = nearest_offer(tool, release, version)
    return 0 if offer is None else 2 if offer.source.kind == "debian" else 1


def _label(tool: ToolDefinition, version: str, release: str) -> str:
    offer = nearest_offer(tool, release, version) if version else None
    return f"{tool.title} {offer.version}" if offer else tool.title


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
