"""From hints to findings: what speaks for the same tool is one finding, with one version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from devbox.detect.elsewhere import COMPANIONS, PLAIN_PACKAGES, STAND_INS, THINGS
from devbox.detect.findings import Confidence, Conflict, Evidence, Finding, Library
from devbox.detect.hints import FOREIGN, LIBRARY, File, Hint
from devbox.detect.judging import STRENGTH, Item, best, in_order, judge
from devbox.detect.libraries import NEEDS, debian_name
from devbox.detect.matching import Match, Matcher
from devbox.detect.secrets import mask
from devbox.detect.text import shortened, shown
from devbox.detect.versions import offered, read_wanted
from devbox.spec.model import Part

# What is here shows how something is used, not what the repo's own code runs on.
_ASIDE = frozenset(
    {"examples", "example", "samples", "sample", "demo", "demos", "docs", "doc", "benchmarks"}
)
# What is here tests the repo's code: it proposes nothing for a stack.
_TESTS = frozenset({"tests", "test", "spec", "__tests__", "testdata", "e2e"})
# Kinds of names that stand for a server itself, not for a client of it.
_SERVERS = frozenset({"images", "apt", "brew", "asdf", "features", "files", FOREIGN})


@dataclass
class _Gathering:
    match: Match
    items: list[Item] = field(default_factory=list)


class Merger:
    """Takes the hints of one file after the other, and makes the report's lists of them.

    Args:
        matcher: finds whom a hint speaks for.
        name: the repo's name: images that are named after it are its own.
    """

    def __init__(self, matcher: Matcher, name: str = "") -> None:
        self._matcher = matcher
        self._name = name
        self._found: dict[str, _Gathering] = {}
        self._libraries: dict[tuple[str, Part], list[Evidence]] = {}

    def add(self, file: File, hints: Iterable[Hint]) -> None:
        """Take a file's hints."""
        lines = file.text.split("\n")
        folders = {part.lower() for part in file.path.parts[:-1]}
        for hint in hints:
            if not _ASIDE.isdisjoint(folders):
                hint = replace(hint, confidence="possible", part="development")
            elif not _TESTS.isdisjoint(folders):
                hint = replace(hint, confidence=_weaker(hint), part="development", options={})
            matches = [] if hint.kind == LIBRARY else self._matcher.matches(hint)
            for match in self._with_companions(matches, hint):
                self._gather(match, hint, file, lines)
            self._need(hint, matches, file, lines)

    def _with_companions(self, matches: list[Match], hint: Hint) -> Iterator[Match]:
        tools = self._matcher.tools
        companion = COMPANIONS.get(hint.name) if hint.kind == "asdf" else None
        if companion and companion.tool in tools:
            tool = tools[companion.tool]
            yield Match(tool.name, tool, tool.title, tool.part, versioned=False)
            yield from (match for match in matches if match.tool and match.tool is not tool)
        elif hint.kind == "composer" and hint.name.startswith("ext-") and "php" in tools:
            php = tools["php"]
            yield from (match for match in matches if match.tool is not php)
            yield Match(php.name, php, php.title, php.part, versioned=False)
        else:
            yield from matches

    def _gather(self, match: Match, hint: Hint, file: File, lines: list[str]) -> None:
        tool = match.tool
        options = dict(hint.options)
        wanted = None
        if hint.kind == "asdf" and hint.name in COMPANIONS and not match.versioned:
            options |= COMPANIONS[hint.name].options
        elif match.versioned and hint.version:
            wanted = read_wanted(shown(hint.version), wide_tilde=match.name == "php")
        if hint.kind == "composer" and hint.name.startswith("ext-") and match.name == "php":
            options["extensions"] = [hint.name.removeprefix("ext-")]
        version = (wanted.plain or wanted.text) if wanted else None
        if version and tool and wanted and wanted.plain:
            version = offered(tool, version)
        evidence = _evidence(hint, file, lines, _part(hint, match), version)
        gathering = self._found.setdefault(match.name, _Gathering(match))
        gathering.items.append(Item(evidence, wanted, options, hint.kind))

    def _need(self, hint: Hint, matches: list[Match], file: File, lines: list[str]) -> None:
        """Note the Debian packages that a hint asks for, itself or by what it names."""
        part = hint.part or "production"
        listed = hint.kind == "apt" and (
            hint.name.startswith("lib") or not any(match.tool for match in matches)
        )
        if hint.kind == LIBRARY or listed:
            package = debian_name(hint.name)
            known = package and package not in PLAIN_PACKAGES and not self._is_own(package)
            if package and known and hint.confidence != "possible":
                evidence = _evidence(hint, file, lines, part, None)
                self._libraries.setdefault((package, part), []).append(evidence)
            return
        needs = NEEDS.get(hint.kind, {}).get(hint.name.lower())
        if needs is None or hint.confidence == "possible":
            return
        evidence = _evidence(hint, file, lines, part, None)
        for package in needs.run:
            self._libraries.setdefault((package, part), []).append(evidence)
        for package in needs.build:
            built = replace(evidence, part="development")
            self._libraries.setdefault((package, "development"), []).append(built)

    def findings(self, roots: Iterable[PurePosixPath]) -> tuple[list[Finding], list[Conflict]]:
        """Return the findings, and the conflicts among their versions.

        Args:
            roots: the folders that have manifests, the repo's own among them.
        """
        known = set(roots)
        findings, conflicts = [], []
        for gathering in self._standing():
            items = in_order(gathering.items)
            finding, conflict = judge(gathering.match, items, known)
            findings.append(finding)
            conflicts += [conflict] if conflict else []
        findings.sort(
            key=lambda it: (it.part != "production", STRENGTH[it.confidence], it.title.lower())
        )
        conflicts.sort(key=lambda it: it.tool)
        return findings, conflicts

    def _standing(self) -> list[_Gathering]:
        """Return what counts: not the repo's own images, no server that another stands in for."""
        found = {
            name: gathering
            for name, gathering in self._found.items()
            if gathering.match.tool or name in THINGS or not self._is_own(name)
        }
        for name, other in STAND_INS.items():
            if name in found and other in found and _runs(found[other]):
                clients = found[name]
                if not _runs(clients, "production"):
                    # Whatever speaks to it speaks to the one that the repo runs in its place.
                    items = [*found[other].items, *map(_unversioned, found.pop(name).items)]
                    found[other] = _Gathering(found[other].match, items)
        return list(found.values())

    def _is_own(self, name: str) -> bool:
        """Return whether an image or a package is named after the repo."""
        own = _plain(self._name)
        return len(own) > 2 and any(_plain(part).startswith(own) for part in name.split("/"))

    def libraries(self) -> list[Library]:
        """Return the Debian packages that are needed, each once: for production where it is."""
        return [
            Library(package, part, tuple(best(evidence)))
            for (package, part), evidence in sorted(self._libraries.items())
            if part == "production" or (package, "production") not in self._libraries
        ]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _weaker(hint: Hint) -> Confidence:
    return "likely" if hint.confidence == "certain" else hint.confidence


def _runs(gathering: _Gathering, part: Part | None = None) -> bool:
    """Return whether a server itself is named outright, and not only clients of it."""
    return any(
        item.kind in _SERVERS
        and item.evidence.confidence == "certain"
        and part in {None, item.evidence.part}
        for item in gathering.items
    )


def _unversioned(item: Item) -> Item:
    return replace(item, wanted=None, evidence=replace(item.evidence, version=None))


def _part(hint: Hint, match: Match) -> Part:
    """Return the part that a hint speaks of; a tool for developers is nowhere production's."""
    tool = match.tool
    for_developers = (
        tool.category in _DEVELOPERS or tool.name in _OPERATORS
        if tool
        else match.name in THINGS and match.part == "development"
    )
    return match.part if hint.part is None or for_developers else hint.part


_DEVELOPERS = frozenset({"developer tools", "build", "browsers"})
# It runs where somebody sets machines up, not on those machines.
_OPERATORS = frozenset({"ansible_core"})


def _evidence(
    hint: Hint, file: File, lines: list[str], part: Part, version: str | None
) -> Evidence:
    line = lines[hint.line - 1] if 0 < hint.line <= len(lines) else ""
    return Evidence(
        file=file.path,
        line=hint.line if line else 0,
        text=shortened(shown(mask(line).strip())),
        says=shortened(shown(mask(hint.says))),
        confidence=hint.confidence,
        part=part,
        version=shortened(version, 60) if version else None,
    )
