"""A value of a document of any format, and the line on which it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MAX_DEPTH = 60
"""How deeply lists and mappings may be nested."""

MAX_VALUES = 200_000
"""How many values a document may hold once its aliases are written out."""


class Unreadable(Exception):  # noqa: N818 - it becomes a Skipped of the report, no error of the run
    """A file cannot be read; ``line`` is where, 0 if that is not known, ``why`` the reason."""

    def __init__(self, why: str, line: int = 0) -> None:
        super().__init__(why)
        self.why = why
        self.line = line


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its line.

    Every single value is text as it is written: the version 3.10 is no number, and what a format
    takes for a boolean or a date is no concern of the readers. That of a null is None.
    """

    line: int
    value: str | tuple[Node, ...] | Mapping[str, Node] | None

    def get(self, *keys: str) -> Node:
        """Return the value below some keys; a node without value where there is none."""
        node = self
        for key in keys:
            if not isinstance(node.value, Mapping):
                return NOTHING
            node = node.value.get(key, NOTHING)
        return node

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the keys and values of a mapping; nothing for all else."""
        if isinstance(self.value, Mapping):
            yield from self.value.items()

    def values(self) -> Iterator[Node]:
        """Yield the values of a mapping; nothing for all else."""
        if isinstance(self.value, Mapping):
            yield from self.value.values()

    def list(self) -> Iterator[Node]:
        """Yield the items of a list; nothing for all else."""
        if isinstance(self.value, tuple):
            yield from self.value

    def one_or_many(self) -> Iterator[Node]:
        """Yield the items of a list, or a single text as the only item."""
        if isinstance(self.value, str):
            yield self
        yield from self.list()

    @property
    def text(self) -> str:
        """The text of a single value; empty for all else."""
        return self.value if isinstance(self.value, str) else ""

    def __bool__(self) -> bool:
        """Whether there is a value."""
        return self.value is not None


NOTHING = Node(0, None)
