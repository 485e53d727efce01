"""``devbox detect``: what this repo's stack is, and the lines that say so."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from devbox.errors import EXIT_DONE, UsageError

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from rich.text import Text

    from devbox.detect import Evidence, Finding, Report

_EXAMPLES = """\
examples:
  devbox detect                     this repo: tools, versions, services, and why
  devbox detect services/api        a part of it
  devbox detect --all               also what is merely possible, and all evidence
  devbox detect --json | jq -r '.findings[] | select(.part == "production") | .name'

certain: the file is there to say it. likely: it would be of no use otherwise.
possible: it may well be so. Nothing of the repo is run; docs/detection.md has the rules.
"""

_FEW = 3
_FEW_SKIPPED = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "dir", nargs="?", type=Path, default=Path(), metavar="DIR", help="the repo; by default here"
    )
    parser.add_argument("--json", action="store_true", help="print all that was found as JSON")
    parser.add_argument(
        "--all", action="store_true", help="show also what is merely possible, and all evidence"
    )


def run(args: argparse.Namespace) -> int:
    """Look at the repo, and show what was found."""
    from devbox import ui
    from devbox.detect import detect
    from devbox.tools import load_tools

    root: Path = args.dir
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}", remedy="devbox detect, in your repo")
    report = detect(root, load_tools())
    if args.json:
        ui.print_json(_as_json(report))
        return EXIT_DONE
    from devbox.ui.output import out_console

    console = out_console()
    for line in _lines(report, root.resolve().name or "/", _width(), everything=args.all):
        console.print(line, soft_wrap=True)
    return EXIT_DONE


def _width() -> int:
    """Return how wide the table may be: the terminal, or 80 columns in a file or pipe."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return min(max(shutil.get_terminal_size().columns, 40), 110)
    return 80


def _as_json(report: Report) -> object:
    import dataclasses
    from pathlib import PurePath

    def plain(value: object) -> object:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {
                item.name: plain(getattr(value, item.name)) for item in dataclasses.fields(value)
            }
        if isinstance(value, PurePath):
            return value.as_posix()
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return value

    found = plain(report)
    assert isinstance(found, dict)  # noqa: S101 - a report is a data class
    found["conflicts"] = [
        {
            "tool": conflict.tool,
            "says": conflict.says,
            "choices": [
                {"version": version, "evidence": plain(evidence)}
                for version, evidence in conflict.choices
            ],
        }
        for conflict in report.conflicts
    ]
    return found


def _lines(report: Report, name: str, width: int, *, everything: bool) -> Iterator[Text]:
    """Yield the whole report, line by line."""
    from rich.text import Text

    from devbox.detect.text import shown

    shown_findings = [it for it in report.findings if everything or it.confidence != "possible"]
    yield Text.assemble((shown(name), "bold"), f": {report.files} files")
    if not shown_findings and not report.libraries:
        yield Text("")
        yield Text("Nothing in it says what it runs on.")
    for part in ("production", "development"):
        yield from _part(part, [it for it in shown_findings if it.part == part], width, everything)
    yield from _libraries(report, width, everything)
    yield from _conflicts(report, width)
    yield from _skipped(report, width, everything)
    hidden = [it.title for it in report.findings if it not in shown_findings]
    if hidden:
        yield Text("")
        words = _cut("merely possible: " + ", ".join(hidden), width - 8)
        yield Text(f"{words}  --all")
    yield Text("")
    yield Text("next: devbox init, which begins with this")


def _heading(text: str) -> Iterator[Text]:
    from rich.text import Text

    yield Text("")
    yield Text(text.upper(), style="bold")


def _part(part: str, findings: list[Finding], width: int, everything: bool) -> Iterator[Text]:
    if findings:
        yield from _heading(part)
    for finding in findings:
        yield from _finding(finding, width, everything)


def _finding(finding: Finding, width: int, everything: bool) -> Iterator[Text]:
    import json

    from rich.text import Text

    title = f"{finding.title} {finding.version or ''}".strip()
    about = finding.confidence
    if finding.tool is None:
        about = f"no tool of the catalog · {about}"  # type: ignore[assignment] # words now
    room = width - 2 - len(about) - 2
    title = _cut(title, room)
    yield Text.assemble("  ", (title, "bold cyan"), " " * (room - len(title) + 2), (about, "dim"))
    yield from _evidence(finding.evidence, width, everything)
    if finding.options:
        written = ", ".join(
            f"{name}: {json.dumps(value, ensure_ascii=False)}"
            for name, value in finding.options.items()
        )
        yield Text(_cut(f"    proposes {written}", width))


def _evidence(evidence: Sequence[Evidence], width: int, everything: bool) -> Iterator[Text]:
    from rich.text import Text

    pieces = evidence if everything else evidence[:_FEW]
    places = [_place(piece.file, piece.line, width // 2 - 8) for piece in pieces]
    column = max(map(len, places))
    for place, piece in zip(places, pieces, strict=True):
        says = piece.text or piece.says
        yield Text.assemble(
            "    ", (place.ljust(column), "green"), "  ", _cut(says, width - 6 - column)
        )
    if len(evidence) > len(pieces):
        yield Text(f"    and {len(evidence) - len(pieces)} more", style="dim")


def _libraries(report: Report, width: int, everything: bool) -> Iterator[Text]:
    from rich.text import Text

    if not report.libraries:
        return
    yield from _heading("Debian packages that these need")
    column = min(max(len(it.package) for it in report.libraries), width // 3)
    for library in report.libraries:
        piece = library.evidence[0]
        place = _place(piece.file, piece.line, width // 3)
        about = "" if library.part == "production" else "to build: " if everything else "build: "
        text = f"{about}{piece.text or piece.says}"
        line = f"  {_cut(library.package, column).ljust(column)}  {place}  "
        yield Text(line + _cut(text, max(width - len(line), 8)))


def _conflicts(report: Report, width: int) -> Iterator[Text]:
    from rich.text import Text

    titles = {finding.name: finding.title for finding in report.findings}
    if report.conflicts:
        yield from _heading("They do not agree")
    for conflict in report.conflicts:
        words = f"{titles.get(conflict.tool, conflict.tool)}: {conflict.says}"
        for line in textwrap.wrap(words, width, initial_indent="  ", subsequent_indent="      "):
            yield Text(line)
        yield from _evidence([evidence for _, evidence in conflict.choices], width, everything=True)


def _skipped(report: Report, width: int, everything: bool) -> Iterator[Text]:
    from rich.text import Text

    if not report.skipped:
        return
    yield from _heading("passed over")
    skipped = report.skipped if everything else report.skipped[:_FEW_SKIPPED]
    for item in skipped:
        line = f"  {_place(item.file, item.line, width // 2)}  "
        yield Text(line + _cut(item.why, max(width - len(line), 8)))
    if len(report.skipped) > len(skipped):
        yield Text(f"  and {len(report.skipped) - len(skipped)} more")


def _place(file: PurePosixPath, line: int, width: int) -> str:
    """Return ``file:line``; of a long path its end."""
    text = f"{file}:{line}" if line else str(file)
    return text if len(text) <= width else "…" + text[-(width - 1) :]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 1, 1)] + "…"
