"""How two versions of a text differ, shown as ``diff -u`` does, in colour."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from devbox.ui.output import err_console, out_console, printable

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def difference(old: str, new: str, name: str) -> list[str]:
    """Return the lines in which two texts differ, with three lines around them.

    Args:
        old: the text as it is.
        new: the text as it would be.
        name: what to call it.
    """
    lines = difflib.unified_diff(
        _lines(old), _lines(new), f"{name} as it is", f"{name} as it would be", lineterm=""
    )
    return list(lines)


def show_difference(lines: Sequence[str], *, result: bool = False) -> None:
    """Show such lines.

    Args:
        lines: what ``difference`` returned.
        result: whether they are what the command is for, and belong on standard output.
    """
    from rich.text import Text

    console = out_console() if result else err_console()
    for position, line in enumerate(lines):
        style = "bold" if position < 2 else _STYLES.get(line[:1], "")
        console.print(Text(printable(line), style=style), soft_wrap=True)


def _lines(text: str) -> list[str]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").split("\n")
