"""What a reader of one kind of file takes and gives: a file, and hints of what it speaks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from pydantic import JsonValue

from devbox.detect.findings import Confidence
from devbox.spec.model import Part

LIBRARY = "library"
"""The kind of a hint whose name is a Debian package that must be there, whatever the tools are."""

FOREIGN = "foreign package"
"""The kind of a hint whose name is a package of another distribution: it may name a tool, too."""


@dataclass(frozen=True)
class File:
    """A text file of the repo.

    Attributes:
        path: relative to the repo's root, as it is shown: nothing in it steers a terminal.
        text: its content; lines end in one newline character.
    """

    path: PurePosixPath
    text: str

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.name

    def lines(self) -> Iterator[tuple[int, str]]:
        """Yield each line with its number from 1."""
        yield from enumerate(self.text.split("\n"), 1)


@dataclass(frozen=True)
class Hint:
    """What a line of a file speaks for, in the ecosystem's own name.

    Attributes:
        kind: the kind of place that the name stands in, as in ``evidence`` of a tool's metadata:
            "npm", "images", "asdf" …; or LIBRARY.
        name: the name there: "pg", "postgis/postgis", "node". Lower case is compared.
        line: the line's number from 1; 0 for the whole file.
        says: what the line says, in words.
        confidence: how much it says.
        part: the part of the stack that it speaks of; None for the tool's usual one.
        version: the version or range that it asks for, as it is written; None if it names none.
        options: options that it suggests, by short names; those that the tool has are proposed.
    """

    kind: str
    name: str
    line: int
    says: str
    confidence: Confidence = "certain"
    part: Part | None = None
    version: str | None = None
    options: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Reads one kind of file.

    Attributes:
        patterns: names as in fnmatch: "Dockerfile*"; with a slash the end of a path:
            ".github/workflows/*.yml".
        read: yields the hints of a file; raises `formats.node.Unreadable` where it is malformed.
        large: whether it reads also files of some MiB: it goes through them by lines.
        unread: whether the name alone says all: the file is not opened, its text is empty.
    """

    patterns: tuple[str, ...]
    read: Callable[[File], Iterator[Hint]]
    large: bool = False
    unread: bool = False
