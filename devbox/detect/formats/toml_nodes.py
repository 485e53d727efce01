"""TOML as nodes. The standard library's reader tells no lines: they are looked for in the text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import cast

from devbox.detect.formats.node import MAX_DEPTH, Node, Unreadable

_HEADER = re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(r"[^=#\[\]{}\n]{1,300}=")
_LINE_OF_ERROR = re.compile(r"\(at line (\d+)")
_MAX_LENGTH = 512 * 1024
# The standard library takes a time that grows with the square of a name's length.
_LONG_NAME = re.compile(r"""(?:[\w\-"' \t]{1,40}\.){60}""")


def read_toml(text: str) -> Node:
    """Return a TOML text's table.

    Raises:
        Unreadable: it is not TOML, or too large or too deep.
    """
    if len(text) > _MAX_LENGTH:
        raise Unreadable(f"it is larger than {_MAX_LENGTH} characters")
    if long := _LONG_NAME.search(text):
        raise Unreadable("it is nested too deeply", text.count("\n", 0, long.start()) + 1)
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = _LINE_OF_ERROR.search(str(error))
        why = str(error).partition(" (at ")[0]
        raise Unreadable(f"it is not TOML: {why}", int(where[1]) if where else 0) from error
    except (RecursionError, ValueError) as error:
        raise Unreadable("it is not TOML that can be read: it is nested too deeply") from error
    return _Lines(text).node(table, (), 1, 0)


class _Lines:
    """Where tables and keys stand."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._places: dict[tuple[str, ...], list[int]] = {}
        table: tuple[str, ...] = ()
        for number, line in enumerate(self._lines, 1):
            if header := _HEADER.match(line):
                table = _path(header[1])
                self._places.setdefault(table, []).append(number)
            elif key := _KEY.match(line):
                path = (*table, *_path(line[: key.end() - 1]))
                for length in range(len(table) + 1, len(path) + 1):
                    self._places.setdefault(path[:length], []).append(number)

    def node(self, value: object, path: tuple[str, ...], line: int, depth: int) -> Node:
        """Return a value with its line; ``line`` is that of the value which it is in."""
        if depth > MAX_DEPTH:
            raise Unreadable(f"it is nested more than {MAX_DEPTH} deep", line)
        if isinstance(value, Mapping):
            table = cast("Mapping[str, object]", value)
            return Node(
                line,
                {
                    key: self.node(item, (*path, key), self._key(path, key, line), depth + 1)
                    for key, item in table.items()
                },
            )
        if isinstance(value, list):
            return Node(line, tuple(self._items(value, path, line, depth)))
        return Node(line, str(value).lower() if isinstance(value, bool) else str(value))

    def _key(self, path: tuple[str, ...], key: str, line: int) -> int:
        places = self._places.get((*path, key), ())
        return next((place for place in places if place >= line), places[0] if places else line)

    def _items(
        self, values: list[object], path: tuple[str, ...], line: int, depth: int
    ) -> list[Node]:
        """Return a list's items: those of an array of tables have headers, texts are looked for."""
        headers = self._places.get(path, [])
        if values and all(isinstance(value, dict) for value in values):
            places = headers if len(headers) == len(values) else [line] * len(values)
            return [
                self.node(value, path, place, depth + 1)
                for value, place in zip(values, places, strict=True)
            ]
        nodes = []
        for value in values:
            if isinstance(value, str):
                line = self._find(value, line)
            nodes.append(self.node(value, path, line, depth + 1))
        return nodes

    def _find(self, text: str, line: int) -> int:
        """Return the line of a text in a list: the search goes on where the last one ended."""
        for number in range(line, min(line + 200, len(self._lines)) + 1):
            if text in self._lines[number - 1]:
                return number
        return line


def _path(dotted: str) -> tuple[str, ...]:
    """Return the keys of ``a.b."c.d"``."""
    keys = re.findall(r""""([^"]*)"|'([^']*)'|([\w\-]+)""", dotted)
    return tuple("".join(key) for key in keys)
