"""Messages, tables and JSON."""

from __future__ import annotations

import enum
import json
import os
import sys
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from devbox.errors import DevboxError
from devbox.host import runlog

if TYPE_CHECKING:
    from rich.console import Console


class Level(enum.IntEnum):
    """How much is said."""

    QUIET = 0
    NORMAL = 1
    VERBOSE = 2


class _Settings:
    level = Level.NORMAL
    plain = False


_settings = _Settings()


def configure(*, level: Level = Level.NORMAL, plain: bool = False) -> None:
    """Set how much is said, and whether nothing may be redrawn even in a terminal."""
    _settings.level = level
    _settings.plain = plain


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

    return Console(stderr=True, highlight=False, soft_wrap=not sys.stderr.isatty())


@cache
def out_console() -> Console:
    """Return the console for results."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


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
        for line in runlog.redact(error.evidence).splitlines():
            console.print(Text("  " + line, style="dim" if line.startswith(" ") else ""))
    if error.remedy:
        first, *rest = error.remedy.splitlines()
        console.print(Text.assemble(("  → ", "bold cyan"), first))
        for line in rest:
            console.print(Text("    " + line))
    if path := runlog.current():
        console.print(Text(f"  log: {path}", style="dim"))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, title: str = "") -> None:
    """Print a table of results; numbers and times align if their column's heading ends in a space."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", pad_edge=False)
    for heading in headings:
        table.add_column(heading.strip(), justify="right" if heading.endswith(" ") else "left")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    out_console().print(table)


def print_json(value: object) -> None:
    """Print one JSON document, for scripts, on standard output."""
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()
