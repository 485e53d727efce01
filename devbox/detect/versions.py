"""Versions as repos ask for them: exact ones and ranges in the dialects of npm, pip, gem, composer.

All of them are read as intervals; a version that the catalog offers, such as 3.11, stands for all
that begin so. npm's ranges: https://github.com/npm/node-semver#ranges; Python's:
https://packaging.python.org/en/latest/specifications/version-specifiers/; Ruby's and Elixir's
``~>``: https://guides.rubygems.org/patterns/#pessimistic-version-constraint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from devbox.tools.definition import ToolDefinition
from devbox.tools.versions import RELEASES, Offer, default_version, is_within, nearest_offer, offers

_Numbers = tuple[int, ...]
_Interval = tuple[_Numbers, _Numbers | None]

_LONGEST = 200
_COMPARATOR = re.compile(
    r"(>=|<=|==|=|~>|~=|!=|>|<|\^|~)?\s*v?(\d{1,6}(?:\.\d{1,6}){0,3})(?:\.[xX*])*([-+.\w]*)"
)
_HYPHEN = re.compile(r"^\s*v?(\d[\d.]*)\s+-\s+v?(\d[\d.]*)\s*$")
_OR = re.compile(r"\|\|?|\bor\b")


@dataclass(frozen=True)
class Wanted:
    """What a repo asks for.

    Attributes:
        text: as it is written.
        plain: the version, where one is named and no range: "3.11.4".
        ranges: alternatives, each a list of intervals that must all hold.
    """

    text: str
    plain: str | None
    ranges: tuple[tuple[_Interval, ...], ...]

    def allows(self, version: str) -> bool:
        """Return whether a version, or one that begins so, is asked for."""
        low = _numbers(version)
        block: _Interval = (low, _next(low))
        return any(_meet((block, *intervals)) for intervals in self.ranges)

    @property
    def lowest(self) -> str | None:
        """The lowest version that is asked for."""
        lows = [max((low for low, _ in intervals), default=()) for intervals in self.ranges]
        return ".".join(map(str, min(lows))) if lows and all(lows) else None


def read_wanted(text: str, *, wide_tilde: bool = False) -> Wanted | None:
    """Read a version or a range; None if it names no number: "latest", "*".

    Args:
        text: as it is written.
        wide_tilde: whether ``~1.2`` allows 1.9, as Composer has it, unlike npm.
    """
    text = text.strip()[:_LONGEST]
    if hyphen := _HYPHEN.match(text):
        low, high = _numbers(hyphen[1]), _numbers(hyphen[2])
        return Wanted(text, None, (((low, _next(high)),),))
    ranges = []
    plain: str | None = None
    for alternative in _OR.split(text):
        intervals = []
        found = list(_COMPARATOR.finditer(alternative))
        for match in found:
            sign = match[1] or ""
            sign = "~>" if sign == "~" and wide_tilde else sign
            interval = _interval(sign, _numbers(match[2]))
            intervals += [interval] if interval else []
        if len(found) == 1 and (found[0][1] or "=") in {"=", "=="}:
            plain = found[0][2]
        if intervals:
            ranges.append(tuple(intervals))
    if not ranges:
        return None
    return Wanted(text, plain if len(ranges) == 1 else None, tuple(ranges))


def _numbers(text: str) -> _Numbers:
    return tuple(int(number) for number in text.strip(".").split(".") if number.isdigit())


def _next(numbers: _Numbers) -> _Numbers:
    """Return the first version that no longer begins so: 3.12 for 3.11."""
    return (*numbers[:-1], numbers[-1] + 1) if numbers else (1 << 30,)


def _interval(sign: str, numbers: _Numbers) -> _Interval | None:
    match sign:
        case ">=":
            return numbers, None
        case ">":
            return (_next(numbers) if len(numbers) < 3 else (*numbers, 1)), None
        case "<":
            return (), numbers
        case "<=":
            return (), _next(numbers)
        case "^":
            leading = next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)
            return numbers, _next(numbers[: leading + 1])
        case "~":
            return numbers, _next(numbers[:2])
        case "~>" | "~=":
            return numbers, _next(numbers[:-1]) if len(numbers) > 1 else None
        case "!=":
            return None
    return numbers, _next(numbers)


def _meet(intervals: Iterable[_Interval]) -> bool:
    """Return whether there is a version in all intervals."""
    low: _Numbers = ()
    high: _Numbers | None = None
    for begin, end in intervals:
        low = max(low, begin)
        high = end if high is None else high if end is None else min(high, end)
    return high is None or low < high


def offered(tool: ToolDefinition, version: str) -> str:
    """Return a version as the catalog offers it in any release; as it is where it does not."""
    for release in RELEASES:
        if offer := nearest_offer(tool, release, version):
            return offer.version
    return version


def choose(tool: ToolDefinition | None, wanted: Iterable[Wanted]) -> str | None:
    """Choose the version that a list of demands comes to; the first exact one decides.

    Args:
        tool: the tool; None where the catalog has none.
        wanted: the demands, the best evidence first: an exact version that a better one excludes
            does not count.

    Returns:
        None if any version will do that a release has by itself, or if none is named. Where no
        offer is in all ranges, the lowest that the first one asks for.
    """
    if tool is None:
        return next((demand.plain for demand in wanted if demand.plain), None)
    demands: list[Wanted] = []
    for demand in wanted:
        if not demand.plain or _is_wide(tool, demand.plain):
            demands.append(demand)
        elif all(better.allows(demand.plain) for better in demands):
            return offered(tool, demand.plain)
    if not demands:
        return None
    defaults = [default_version(tool, release) for release in RELEASES]
    if all(have and all(demand.allows(have) for demand in demands) for have in defaults):
        return None
    found = [
        offer
        for release in RELEASES
        for offer in offers(tool, release)
        if all(demand.allows(offer.version) for demand in demands)
    ]
    if not found:
        # No releases are known for it, or none of them will do: what is asked for is said.
        return demands[0].lowest if tool.sources else None
    return min(found, key=_preference).version


def _is_wide(tool: ToolDefinition, version: str) -> bool:
    """Return whether a version stands for several that are offered: 1 of 1.22 and 1.26."""
    found = [offer for release in RELEASES for offer in offers(tool, release)]
    return (
        offered(tool, version) == version
        and any(is_within(offer.version, version) for offer in found)
        and all(offer.version != version for offer in found)
    )


def _preference(offer: Offer) -> tuple[bool, _Numbers]:
    """Debian's own first, then the lowest: what the repo says it runs with."""
    return offer.source.kind != "debian", _numbers(offer.version)


def agrees(demand: Wanted, version: str) -> bool:
    """Return whether a demand is met by a version that was chosen: 20 meets 20.11.1."""
    return demand.allows(version)
