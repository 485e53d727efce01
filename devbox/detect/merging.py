"""From hints to findings: what speaks for the same tool is one finding, with one version."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from pydantic import JsonValue

from devbox.detect.elsewhere import COMPANIONS, PLAIN_PACKAGES
from devbox.detect.findings import Conflict, Evidence, Finding, Library
from devbox.detect.hints import LIBRARY, File, Hint
from devbox.detect.libraries import NEEDS
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
_MAX_EVIDENCE = 50
_MAX_PER_FILE = 5


@dataclass
class _Item:
    """A piece of evidence before it is judged."""

    evidence: Evidence
    wanted: Wanted | None
    options: Mapping[str, JsonValue]


@dataclass
class _Gathering:
    match: Match
    items: list[_Item] = field(default_factory=list)


class Merger:
    """Takes the hints of one file after the other, and makes the report's lists of them."""

    def __init__(self, matcher: Matcher) -> None:
        self._matcher = matcher
        self._found: dict[str, _Gathering] = {}
        self._libraries: dict[tuple[str, Part], list[Evidence]] = {}

    def add(self, file: File, hints: Iterable[Hint]) -> None:
        """Take a file's hints."""
        lines = file.text.split("\n")
        aside = not _ASIDE.isdisjoint(part.lower() for part in file.path.parts[:-1])
        for hint in hints:
            if aside:
                hint = replace(hint, confidence="possible", part="development")
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
        gathering.items.append(_Item(evidence, wanted, options))

    def _need(self, hint: Hint, matches: list[Match], file: File, lines: list[str]) -> None:
        """Note the Debian packages that a hint asks for, itself or by what it names."""
        part = hint.part or "production"
        if hint.kind == LIBRARY or (hint.kind == "apt" and not any(m.tool for m in matches)):
            if hint.name not in PLAIN_PACKAGES and hint.confidence != "possible":
                evidence = _evidence(hint, file, lines, part, None)
                self._libraries.setdefault((hint.name, part), []).append(evidence)
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
        for gathering in self._found.values():
            items = _sorted(gathering.items)
            finding, conflict = _judge(gathering.match, items, known)
            findings.append(finding)
            conflicts += [conflict] if conflict else []
        findings.sort(
            key=lambda it: (it.part != "production", _STRENGTH[it.confidence], it.title.lower())
        )
        conflicts.sort(key=lambda it: it.tool)
        return findings, conflicts

    def libraries(self) -> list[Library]:
        """Return the Debian packages that are needed, each once: for production where it is."""
        return [
            Library(package, part, tuple(_best(evidence)))
            for (package, part), evidence in sorted(self._libraries.items())
            if part == "production" or (package, "production") not in self._libraries
        ]


def _part(hint: Hint, match: Match) -> Part:
    """Return the part that a hint speaks of; a tool for developers is nowhere production's."""
    for_developers = match.tool is not None and match.tool.category in _DEVELOPERS
    return match.part if hint.part is None or for_developers else hint.part


_DEVELOPERS = frozenset({"developer tools", "build", "browsers"})


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
    demands = [(item.wanted, item.evidence) for item in solid if item.wanted]
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


def root_of(file: PurePosixPath, roots: set[PurePosixPath]) -> PurePosixPath:
    """Return the nearest folder above a file that is a root."""
    return next((folder for folder in file.parents if folder in roots), PurePosixPath())


def _conflict(
    finding: Finding,
    match: Match,
    demands: list[tuple[Wanted, Evidence]],
    roots: set[PurePosixPath],
) -> Conflict | None:
    """Return what the demands that the chosen version does not meet ask for instead."""
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
