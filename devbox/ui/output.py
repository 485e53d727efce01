"""Messages, tables and JSON."""

from __future__ import annotations

import enum
import io
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from devbox.errors import DevboxError
from devbox.host import runlog

if TYPE_CHECKING:
    from rich.console import Console


_WIDE = 4096

# Escape sequences (ECMA-48) and other control characters: what a guest or a tool says is shown,
# and gets no hold of the terminal.
_CONTROLS = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|.)?|[\x00-\x08\x0b-\x1f\x7f]"
)


class Level(enum.IntEnum):
    """How much is said."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class _Settings:
    level = Level.NORMAL
    plain = False


_settings = _Settings()


@dataclass(frozen=True)
class CheckItem:
    """One line of a checklist."""

    mark: Literal["ok", "warning", "problem"]
    name: str
    seen: str
    remedy: str = ""


_CHECK_MARKS = {
    "ok": ("✓", "green"),
    "warning": ("!", "bold yellow"),
    "problem": ("✗", "bold red"),
}


def configure(*, level: Level = Level.NORMAL, plain: bool = False) -> None:
    """Set how much is said, and whether nothing may be redrawn even in a terminal."""
    _settings.level = level
    _settings.plain = plain
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding lacks is no reason to fail.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def level() -> Level:
    """Return how much is said."""
    return _settings.level


def is_interactive() -> bool:
    """Return whether a person sits at both ends, so that a question may be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def is_live() -> bool:
    """Return whether progress may be redrawn in place."""
    return (
        not _settings.plain
        and _settings.level >= Level.NORMAL
        and sys.stderr.isatty()
        and os.environ.get("TERM", "dumb") != "dumb"
        and not os.environ.get("CI")
    )


@cache
def err_console() -> Console:
    """Return the console for progress and messages."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, soft_wrap=not sys.stderr.isatty())


@cache
def out_console() -> Console:
    """Return the console for results."""
    from rich.console import Console

    # In a file or a pipe nothing is folded: a line of a table stays a line.
    width = None if sys.stdout.isatty() or os.environ.get("COLUMNS") else _WIDE
    return Console(highlight=False, emoji=False, soft_wrap=not sys.stdout.isatty(), width=width)


def printable(text: str) -> str:
    """Return ``text`` without what would steer a terminal; newlines and tabs stay."""
    return _CONTROLS.sub("", text)


def say(text: str) -> None:
    """Say something a person wants to know; not shown under ``--quiet``."""
    if _settings.level >= Level.NORMAL:
        err_console().print(text, markup=False)


def success(text: str) -> None:
    """Say that the command's work is done."""
    if _settings.level >= Level.NORMAL:
        from rich.text import Text

        err_console().print(Text.assemble(("✓ ", "bold green"), text))


def verbose(text: str) -> None:
    """Say something for ``--verbose`` only."""
    if _settings.level >= Level.VERBOSE:
        err_console().print(text, markup=False, style="dim")


def warn(text: str) -> None:
    """Say what deserves attention and does not stop the work."""
    from rich.text import Text

    err_console().print(Text.assemble(("! ", "bold yellow"), text))


def print_error(error: DevboxError) -> None:
    """Show a failure in its three parts, and where the log is."""
    from rich.text import Text

    console = err_console()
    console.print(Text.assemble(("✗ ", "bold red"), (error.what, "bold")))
    if error.evidence:
        for line in printable(runlog.redact(error.evidence)).splitlines():
            console.print(Text("  " + line, style="dim" if line.startswith(" ") else ""))
    if error.remedy:
        first, *rest = error.remedy.splitlines()
        console.print(Text.assemble(("  → ", "bold cyan"), first))
        for line in rest:
            console.print(Text("    " + line))
    if path := runlog.current():
        console.print(Text(f"  log: {path}", style="dim"))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    """Print a table of results; a column whose heading ends in a space is aligned to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=SIMPLE_HEAD,
        title=Text(title) if title else None,
        title_justify="left",
        pad_edge=False,
    )
    for heading in headings:
        table.add_column(
            Text(heading.strip()), justify="right" if heading.endswith(" ") else "left"
        )
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    out_console().print(table)


def print_checklist(title: str, items: Sequence[CheckItem]) -> None:
    """Print what was checked under a heading: a mark, a name, what was seen, what to do."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 1))
    for no_wrap in (True, True, False):
        grid.add_column(no_wrap=no_wrap)
    for item in items:
        mark, style = _CHECK_MARKS[item.mark]
        words = Text(printable(item.seen).rstrip())
        for line in item.remedy.splitlines():
            words.append_text(Text.assemble("\n", ("→ ", "bold cyan"), line))
        grid.add_row(Text(f"  {mark}", style=style), Text(item.name + " "), words)
    console = out_console()
    console.print(Text(title, style="bold"))
    console.print(grid)
    console.print()


def print_json(value: object) -> None:
    """Print one JSON document, for scripts, on standard output: in ASCII, for any encoding."""
    sys.stdout.write(json.dumps(value, indent=2, default=str) + "\n")
    sys.stdout.flush()
