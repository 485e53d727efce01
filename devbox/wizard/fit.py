"""Text that fits: shortened or folded to a width in terminal columns, and safe to show."""

from __future__ import annotations

import re

from prompt_toolkit.utils import get_cwidth

_TAB = "    "
_WORD = re.compile(r"\s*\S+")


def printable(text: str) -> str:
    """Return a text on one line in which nothing steers a terminal or hides from a reader."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "replace").decode()
        for char in text.replace("\t", _TAB)
    )


def shorten(text: str, width: int) -> str:
    """Return a text that takes at most ``width`` columns; an ellipsis stands for what is cut."""
    if get_cwidth(text) <= width:
        return text
    while text and get_cwidth(text) > width - 1:
        text = text[:-1]
    return text.rstrip(" ,;·") + "…" if text else ""


def pad(text: str, width: int) -> str:
    """Return a text that takes exactly ``width`` columns."""
    text = shorten(text, width)
    return text + " " * (width - get_cwidth(text))


def fold(text: str, width: int, indent: str = "") -> list[str]:
    """Return a text in lines of at most ``width`` columns, broken between words where it can be.

    Args:
        text: the text; each of its lines is folded by itself, and keeps the spaces it begins with.
        width: the columns there are.
        indent: what the second line and those after it begin with.
    """
    return [part for line in text.split("\n") for part in _fold_line(line, max(width, 8), indent)]


def _fold_line(line: str, width: int, indent: str) -> list[str]:
    line = printable(line).rstrip()
    lead = indent or line[: len(line) - len(line.lstrip())]
    lines: list[str] = []
    now = ""
    # Words with the spaces before them: what fits keeps its columns, as code has to.
    for word in _WORD.findall(line):
        if get_cwidth(now + word) <= width:
            now += word
            continue
        if now.strip():
            lines.append(now)
            now = lead + word.lstrip()
        else:
            now += word
        while get_cwidth(now) > width:
            head = _head(now, width)
            lines.append(head)
            now = lead[: width // 2] + now[len(head) :]
    return [*lines, now]


def _head(text: str, width: int) -> str:
    """Return as much of the beginning of a text as fits."""
    taken, columns = 0, 0
    for char in text:
        columns += get_cwidth(char)
        if columns > width:
            break
        taken += 1
    return text[: max(taken, 1)]
