"""From hints to findings: what speaks for the same tool is one finding, with one version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from pydantic import JsonValue

from devbox.detect.elsewhere import COMPANIONS, PLAIN_PACKAGES, STAND_INS, THINGS
from devbox.detect.findings import Confidence, Conflict, Evidence, Finding, Library
from devbox.detect.hints import FOREIGN, LIBRARY, File, Hint
from devbox.detect.libraries import NEEDS, debian_name
from devbox.detect.matching import Match, Matcher
from devbox.detect.proposals import merge_options
from devbox.detect.secrets import mask
from devbox.detect.text import shortened, shown
from devbox.detect.versions import Wanted, choose, offered, read_wanted
from devbox.spec.model import Part

_STRENGTH = {"certain": 0, "likely": 1, "possible": 2}

# What is here shows how something is used, not what the repo's own code runs on.
_ASIDE = frozenset(
    {"examples", "example", "samples", "sample", "demo", "demos", "docs", "doc", "benchmarks"}
)
# What is here tests the repo's code: it proposes nothing for a stack.
_TESTS = frozenset({"tests", "test", "spec", "__tests__", "testdata", "e2e"})
# Kinds of names that stand for a server itself, not for a client of it.
_SERVERS = frozenset({"images", "apt", "brew", "asdf", "features", "files", FOREIGN})
_MAX_EVIDENCE = 50
_MAX_PER_FILE = 5


@dataclass
class _Item:
    """A piece of evidence before it is judged."""

    evidence: Evidence
    wanted: Wanted | None
    options: Mapping[str, JsonValue]
    kind: str


@dataclass
class _Gathering:
    match: Match
    items: list[_Item] = field(default_factory=list)


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
        gathering.items.append(_Item(evidence, wanted, options, hint.kind))

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
            items = _sorted(gathering.items)
            finding, conflict = _judge(gathering.match, items, known)
            findings.append(finding)
            conflicts += [conflict] if conflict else []
        findings.sort(
            key=lambda it: (it.part != "production", _STRENGTH[it.confidence], it.title.lower())
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
            Library(package, part, tuple(_best(evidence)))
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


def _unversioned(item: _Item) -> _Item:
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


def _order(evidence: Evidence) -> tuple[object, ...]:
    return (
        _STRENGTH[evidence.confidence],
        evidence.part != "production",
        evidence.version is None,
        len(evidence.file.parts),
        str(evidence.file),
        evidence.line,
    )


def _best(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return evidence without repetitions, the best first: of each line once, of a file a few."""
    kept: list[Evidence] = []
    seen: set[tuple[PurePosixPath, int]] = set()
    of_file: dict[PurePosixPath, int] = {}
    for piece in sorted(evidence, key=_order):
        place = (piece.file, piece.line)
        if place in seen or of_file.get(piece.file, 0) >= _MAX_PER_FILE:
            continue
        seen.add(place)
        of_file[piece.file] = of_file.get(piece.file, 0) + 1
        kept.append(piece)
    # That a file is there says nothing where one of its lines says it.
    exact = {piece.file for piece in kept if piece.line}
    return [piece for piece in kept if piece.line or piece.file not in exact][:_MAX_EVIDENCE]


def _sorted(items: list[_Item]) -> list[_Item]:
    return sorted(items, key=lambda item: _order(item.evidence))


def _judge(
    match: Match, items: list[_Item], roots: set[PurePosixPath]
) -> tuple[Finding, Conflict | None]:
    evidence = _best(item.evidence for item in items)
    solid = [item for item in items if item.evidence.confidence != "possible"]
    demands = [(item.wanted, item.evidence) for item in _decisive(solid) if item.wanted]
    version = choose(match.tool, [wanted for wanted, _ in demands])
    parts = {item.evidence.part for item in solid or items}
    finding = Finding(
        tool=match.tool.name if match.tool else None,
        name=match.name,
        title=match.title,
        part="production" if "production" in parts else "development",
        version=version,
        confidence=evidence[0].confidence,
        evidence=tuple(evidence),
        options=merge_options(match.tool, (item.options for item in items)),
        folders=tuple(
            sorted(
                {root_of(piece.file, roots) for piece in evidence if piece.confidence != "possible"}
            )
        )
        or (root_of(evidence[0].file, roots),),
    )
    return finding, _conflict(finding, match, demands, roots)


def _decisive(items: list[_Item]) -> list[_Item]:
    """Return the evidence that may decide about the version.

    Where the repo runs an image of no stated version, a test's service says the oldest that will
    do, not what is wanted.
    """
    latest = any(
        item.kind == "images" and item.evidence.confidence == "certain" and not item.wanted
        for item in items
    )
    return [item for item in items if item.evidence.confidence == "certain" or not latest]


def root_of(file: PurePosixPath, roots: set[PurePosixPath]) -> PurePosixPath:
    """Return the nearest folder above a file that is a root."""
    return next((folder for folder in file.parents if folder in roots), PurePosixPath())


def _conflict(
    finding: Finding,
    match: Match,
    demands: list[tuple[Wanted, Evidence]],
    roots: set[PurePosixPath],
) -> Conflict | None:
    """Return what the demands that the chosen version does not meet ask for instead.

    Only what is certain is heard, and only of a tool whose version can be chosen at all: that a
    workflow tests an older version, too, is nothing to decide about.
    """
    demands = [pair for pair in demands if pair[1].confidence == "certain"]
    if match.tool is None:
        return None
    exact = next((wanted.plain for wanted, _ in demands if wanted.plain), None)
    chosen = finding.version or exact
    if chosen is None or all(_agrees(wanted, chosen) for wanted, _ in demands):
        return None
    choices: dict[str, Evidence] = {}
    for wanted, evidence in demands:
        if wanted.plain or not _agrees(wanted, chosen):
            version = choose(match.tool, [wanted]) or wanted.plain or wanted.text
            choices.setdefault(version, evidence)
    if len(choices) < 2:
        for wanted, evidence in demands:
            choices.setdefault(wanted.text, evidence)
    folders = [root_of(evidence.file, roots) for evidence in choices.values()]
    by_folder = len(set(folders)) == len(folders)
    words = [
        f"{folder if by_folder and str(folder) != '.' else evidence.file} says {version}"
        for folder, (version, evidence) in zip(folders, choices.items(), strict=True)
    ]
    return Conflict(finding.name, ", ".join(words), tuple(choices.items()))


def _agrees(wanted: Wanted, version: str) -> bool:
    """Return whether a version meets a demand; 20 meets 20.11.1, and the other way round."""
    return wanted.allows(version)
