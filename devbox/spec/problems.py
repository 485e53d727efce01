"""What is wrong with a devbox.yml, all at once, each with its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from devbox.errors import DevboxError

_SHOWN = 20
_WIDTH = 66


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        line: counted from 1; 0 if the fault is the file's as a whole.
        column: counted in characters from 1.
        path: the keys down to the place: ``production[1].postgresql``; "" for the whole file.
        message: what was found, as a sentence that begins with the path.
        hint: what is allowed, and the nearest known word.
    """

    line: int
    column: int
    path: str
    message: str
    hint: str = ""


class SpecError(DevboxError):
    """A devbox.yml that cannot be used.

    Args:
        source: the file's name, as the user would write it.
        problems: all that is wrong, at least one; kept in the order of the file.
        text: the file's content, to show the lines; "" if it is no text.
    """

    def __init__(self, source: str, problems: Iterable[Problem], text: str = "") -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        count = len(self.problems)
        shown = self.problems[:_SHOWN]
        blocks = [_render(source, problem, text.split("\n")) for problem in shown]
        if count > _SHOWN:
            blocks.append(f"and {count - _SHOWN} more")
        super().__init__(
            f"{source} has {count} errors" if count > 1 else f"{source} has an error",
            evidence="\n".join(blocks),
        )


def _render(source: str, problem: Problem, lines: Sequence[str]) -> str:
    """Return ``file:line:column: message``, the line with a mark under it, and the hint."""
    place = f"{source}:{problem.line}:{problem.column}" if problem.line else source
    shown = [f"{place}: {problem.message}"]
    if 0 < problem.line <= len(lines) and lines[problem.line - 1].strip():
        shown += _excerpt(lines[problem.line - 1].rstrip(), problem.line, problem.column)
    if problem.hint:
        shown += [f"   {line}" for line in problem.hint.splitlines()]
    return "\n".join(shown)


def _excerpt(line: str, number: int, column: int) -> list[str]:
    # A tab or a control character would move the mark, or the terminal's cursor.
    text = "".join(c if c.isprintable() else " " for c in line)
    at = column - 1
    start = max(0, at - _WIDTH // 2) if len(text) > _WIDTH else 0
    head = "…" if start else ""
    tail = "…" if len(text) > start + _WIDTH else ""
    margin = f"   {number} | "
    mark = " " * (len(margin) - 2 + 2 + len(head) + at - start) + "^"
    return [f"{margin}{head}{text[start : start + _WIDTH]}{tail}", mark]
