"""From the evidence of one tool to its finding: the version, the options, the conflicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from pydantic import JsonValue

from devbox.detect.findings import Conflict, Evidence, Finding
from devbox.detect.matching import Match
from devbox.detect.proposals import merge_options
from devbox.detect.versions import Wanted, choose
from devbox.spec.model import Part

STRENGTH = {"certain": 0, "likely": 1, "possible": 2}
"""How much each confidence says, from the most."""

_MAX_EVIDENCE = 50
_MAX_PER_FILE = 5


@dataclass
class Item:
    """A piece of evidence before it is judged.

    Attributes:
        evidence: what is reported of it.
        wanted: the version or range that it asks for.
        options: what it proposes.
        kind: the kind of its hint.
    """

    evidence: Evidence
    wanted: Wanted | None
    options: Mapping[str, JsonValue]
    kind: str


def _order(evidence: Evidence) -> tuple[object, ...]:
    return (
        STRENGTH[evidence.confidence],
        evidence.part != "production",
        evidence.version is None,
        len(evidence.file.parts),
        str(evidence.file),
        evidence.line,
    )


def best(evidence: Iterable[Evidence]) -> list[Evidence]:
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
    # That a file is there adds nothing where one of its lines says as much.
    exact: dict[PurePosixPath, int] = {}
    for piece in kept:
        if piece.line:
            exact.setdefault(piece.file, STRENGTH[piece.confidence])
    return [
        piece
        for piece in kept
        if piece.line or exact.get(piece.file, 3) > STRENGTH[piece.confidence]
    ][:_MAX_EVIDENCE]


def in_order(items: list[Item]) -> list[Item]:
    """Return pieces of evidence, the best first."""
    return sorted(items, key=lambda item: _order(item.evidence))


def judge(
    match: Match, items: list[Item], roots: set[PurePosixPath]
) -> tuple[Finding, Conflict | None]:
    """Return the finding that pieces of evidence come to, and their conflict if there is one.

    Args:
        match: whom they speak for.
        items: the pieces, the best first.
        roots: the folders that have manifests, the repo's own among them.
    """
    evidence = best(item.evidence for item in items)
    solid = [item for item in items if item.evidence.confidence != "possible"]
    demands = [(item.wanted, item.evidence) for item in _decisive(solid) if item.wanted]
    version = choose(match.tool, [wanted for wanted, _ in demands])
    parts = {item.evidence.part for item in solid or items}
    part: Part = "production" if "production" in parts else "development"
    finding = Finding(
        tool=match.tool.name if match.tool else None,
        name=match.name,
        title=match.title,
        part=part,
        version=version,
        confidence=evidence[0].confidence,
        evidence=tuple(evidence),
        options=merge_options(match.tool, _proposed(items, part)),
        folders=tuple(
            sorted(
                {root_of(piece.file, roots) for piece in evidence if piece.confidence != "possible"}
            )
        )
        or (root_of(evidence[0].file, roots),),
    )
    return finding, _conflict(finding, match, demands, roots)


def _proposed(items: list[Item], part: Part) -> Iterator[Mapping[str, JsonValue]]:
    """Yield what items propose: lists from all of them, single values from those of the part."""
    for item in items:
        if item.evidence.part == part:
            yield item.options
        else:
            # A developer's port is not production's; a developer's database is one more.
            yield {
                key: value for key, value in item.options.items() if isinstance(value, list | bool)
            }


def _decisive(items: list[Item]) -> list[Item]:
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
