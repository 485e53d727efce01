"""Which of a repo's files are of interest, and who reads them, by their names."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable

from devbox.detect.hints import Reader
from devbox.detect.readers import READERS


class _NameSet:
    """Names and patterns as in fnmatch, asked of each file of a large repo: quick to say no."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self._exact: set[str] = set()
        self._endings: set[str] = set()
        rest = []
        for pattern in patterns:
            if not re.search(r"[*?\[]", pattern):
                self._exact.add(pattern)
            elif re.fullmatch(r"\*\.[\w\-]+", pattern):
                self._endings.add(pattern[1:])
            else:
                rest.append(f"(?:{fnmatch.translate(pattern)})")
        self._rest = re.compile("|".join(rest) or r"(?!)")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (
            name in self._exact
            or name[name.rfind(".") :] in self._endings
            or self._rest.match(name) is not None
        )


class Table:
    """Says of a file's name whether it is of interest, and who reads the file.

    Args:
        speaking: patterns of names that are evidence for a tool by themselves.
    """

    def __init__(self, speaking: Iterable[str]) -> None:
        self._exact: dict[str, list[tuple[Reader, str]]] = {}
        self._wild: list[tuple[re.Pattern[str], Reader, str]] = []
        for reader in READERS:
            for pattern in reader.patterns:
                name = pattern.rpartition("/")[2]
                if "*" in name:
                    self._wild.append((re.compile(fnmatch.translate(name)), reader, pattern))
                else:
                    self._exact.setdefault(name, []).append((reader, pattern))
        self._read = _NameSet(
            pattern.rpartition("/")[2] for reader in READERS for pattern in reader.patterns
        )
        self._speaking = _NameSet(speaking)

    def wants(self, name: str) -> bool:
        """Return whether a file's name is of interest."""
        return name in self._read or self.speaks(name)

    def speaks(self, name: str) -> bool:
        """Return whether a file's name by itself is evidence for a tool."""
        if name in self._speaking:
            return True
        lower = name.lower()
        return lower != name and lower in self._speaking

    def readers(self, path: str) -> list[Reader]:
        """Return who reads a file, by its path."""
        name = path.rpartition("/")[2]
        found = list(self._exact.get(name, ()))
        found += [(reader, whole) for regex, reader, whole in self._wild if regex.match(name)]
        return [reader for reader, pattern in found if _fits(path, pattern)]


def _fits(path: str, pattern: str) -> bool:
    """Return whether a path ends as a pattern with folders says."""
    folders = pattern.count("/")
    if not folders:
        return True
    parts = path.split("/")
    if len(parts) <= folders:
        return False
    return all(
        fnmatch.fnmatchcase(part, wanted)
        for part, wanted in zip(parts[-folders - 1 :], pattern.split("/"), strict=True)
    )
