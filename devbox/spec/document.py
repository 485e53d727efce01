"""The YAML of devbox.yml as values that know their line and column.

A strict part of YAML, so that a value means what it seems to mean: booleans are ``true`` and
``false`` only and nothing is a time, a date or a number of base 60 (the core schema of YAML 1.2,
chapter 10.3); a number is written without leading zeros, else it is text. Anchors, aliases, merge
keys and tags are refused: a team's stack needs none, and each has been used to attack a reader.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import yaml
from pydantic import JsonValue

from devbox.spec.problems import Problem
from devbox.tools.options import quote

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 50
MAX_VALUES = 20_000
_MAX_PROBLEMS = 100

_INT = re.compile(r"-?(0|[1-9][0-9]{0,300})")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?")
# What YAML does not allow, and what it takes for the end of a line though no editor does.
_NOT_TEXT = re.compile(
    r"[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_PORT_PAIR = re.compile(r"([0-9]{1,9}):([0-9]{1,9})")


@dataclass(frozen=True)
class Scalar:
    """A single value: ``value`` is what it means, ``text`` is how it is written."""

    line: int
    column: int
    value: str | int | float | bool | None
    text: str
    quoted: bool


@dataclass(frozen=True)
class Sequence:
    """A list."""

    line: int
    column: int
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Mapping:
    """A mapping; keys are text as written, each once."""

    line: int
    column: int
    entries: tuple[tuple[Scalar, Node], ...]

    def get(self, name: str) -> Node | None:
        """Return the value of a key, or None."""
        return next((value for key, value in self.entries if key.text == name), None)

    def key(self, name: str) -> Scalar | None:
        """Return the key itself, for its place."""
        return next((key for key, _ in self.entries if key.text == name), None)


Node = Scalar | Sequence | Mapping


class Malformed(Exception):  # noqa: N818 - it carries problems, SpecError is the error
    """The text is no document that can be read; ``problems`` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


def plain(node: Node) -> JsonValue:
    """Return a node's value without places."""
    match node:
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {key.text: plain(value) for key, value in node.entries}


def is_null(node: Node | None) -> bool:
    """Return whether a value is absent, or written as nothing."""
    return node is None or (isinstance(node, Scalar) and node.value is None)


def decode(data: str | bytes) -> str:
    """Return the text of a file.

    Raises:
        Malformed: it is larger than MAX_BYTES, or not UTF-8 text.
    """
    size = len(data) if isinstance(data, bytes) else len(data.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        _fail(0, 0, f"the file is too large: {size} bytes", f"at most {MAX_BYTES} bytes are read")
    try:
        text = data.decode() if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        assert isinstance(data, bytes)  # noqa: S101 - only bytes are decoded
        before = data[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        _fail(line, column, "the file is not UTF-8 text", "save it as UTF-8 in your editor")
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    bad = _NOT_TEXT.search(text)
    if bad:
        line = text.count("\n", 0, bad.start()) + 1
        column = bad.start() - text.rfind("\n", 0, bad.start())
        _fail(
            line,
            column,
            f"the file holds the character U+{ord(bad[0]):04X}, which may not be in it",
            "remove it; in double quotes it can be written as an escape",
        )
    return text


def read_document(text: str) -> tuple[Node, list[Problem]]:
    """Read a text as one YAML document.

    Returns:
        The document's only value, a Scalar of None if it is empty; and what is wrong with it,
        but was read as it was most likely meant, so that the rest can be checked.

    Raises:
        Malformed: it is not YAML, or it makes no sense to read on.
    """
    reader = _Reader(text)
    try:
        node = reader.read()
    except yaml.MarkedYAMLError as error:
        reader.problems.append(_syntax(error))
    except yaml.YAMLError as error:
        reader.problems.append(Problem(0, 0, "", f"the file is not YAML: {error}"))
    if reader.problems:
        raise Malformed(reader.problems + reader.mended)
    return node, reader.mended


class _Reader:
    """Builds nodes from PyYAML's events: a bomb is refused before it is expanded."""

    def __init__(self, text: str) -> None:
        self.problems: list[Problem] = []
        self.mended: list[Problem] = []
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
        self._depth = 0
        self._values = 0

    def read(self) -> Node:
        node: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if node is not None:
                    _fail(*_place(event), "a second document begins here", "remove the line ---")
                node = self._node(next(self._events))
        return node or Scalar(1, 1, None, "", quoted=False)

    def _node(self, event: yaml.Event) -> Node:
        self._refuse(event)
        self._values += 1
        if self._values > MAX_VALUES:
            _fail(*_place(event), f"the file holds more than {MAX_VALUES} values")
        line, column = _place(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.AliasEvent):
            return Scalar(line, column, None, "", quoted=False)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            _fail(line, column, f"lists and mappings are nested deeper than {MAX_DEPTH}")
        node: Node
        if isinstance(event, yaml.SequenceStartEvent):
            node = Sequence(line, column, tuple(self._items()))
        else:
            node = Mapping(line, column, tuple(self._entries()))
        self._depth -= 1
        return node

    def _items(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self._node(event)

    def _entries(self) -> Iterator[tuple[Scalar, Node]]:
        seen: dict[str, Scalar] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                return
            key = self._node(event)
            value = self._node(next(self._events))
            if not isinstance(key, Scalar) or (key.value is None and not key.quoted):
                self._add(event, "a key must be a word")
            elif key.text == "<<" and not key.quoted:
                self._add(event, "merge keys (<<) are not allowed", "write the values out")
            elif key.text in seen:
                first = seen[key.text].line
                message = f"the key {quote(key.text)} is here twice: first in line {first}"
                self._mend(event, message, "only one of them can count")
            else:
                seen[key.text] = key
                yield (self._pair(event, key) if is_null(value) else None) or (key, value)

    def _pair(self, event: yaml.Event, key: Scalar) -> tuple[Scalar, Node] | None:
        """Take ``{8080:80}`` apart, which YAML reads as one key with no value."""
        pair = _PORT_PAIR.fullmatch(key.text)
        if pair is None or key.quoted:
            return None
        hint = f"write a space after the colon: {{{pair[1]}: {pair[2]}}}"
        self._mend(event, f"{quote(key.text)} is one word to YAML", hint)
        host, guest = (
            Scalar(key.line, key.column, int(text), text, quoted=False) for text in pair.groups()
        )
        return host, guest

    def _refuse(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._add(event, f"aliases (*{event.anchor}) are not allowed", "write the value out")
        elif getattr(event, "anchor", None):
            name = event.anchor  # type: ignore[attr-defined] # just asked for
            self._add(event, f"anchors (&{name}) are not allowed", "remove it")
        if getattr(event, "tag", None):
            tag = event.tag  # type: ignore[attr-defined] # just asked for
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self._add(event, f"tags ({quote(shown)[1:-1]}) are not allowed", "remove it")

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        line, column = _place(event)
        text, quoted = event.value, event.style is not None
        if any("\ud800" <= c <= "\udfff" for c in text):
            self._add(
                event, "half of a surrogate pair is no character", "write the character itself"
            )
            text = text.encode("utf-8", "replace").decode()
        return Scalar(line, column, text if quoted else resolve_plain(text), text, quoted=quoted)

    def _add(self, event: yaml.Event, message: str, hint: str = "") -> None:
        self.problems.append(Problem(*_place(event), "", message, hint))
        self._stop_at_many()

    def _mend(self, event: yaml.Event, message: str, hint: str) -> None:
        self.mended.append(Problem(*_place(event), "", message, hint))
        self._stop_at_many()

    def _stop_at_many(self) -> None:
        if len(self.problems) + len(self.mended) >= _MAX_PROBLEMS:
            raise Malformed(self.problems + self.mended)


def resolve_plain(text: str) -> str | int | float | bool | None:
    """Return what a plain scalar means (YAML 1.2, 10.3.2, without octal, hex, .inf and .nan)."""
    if text in {"", "~", "null", "Null", "NULL"}:
        return None
    if text in {"true", "True", "TRUE"}:
        return True
    if text in {"false", "False", "FALSE"}:
        return False
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _fail(line: int, column: int, message: str, hint: str = "") -> NoReturn:
    raise Malformed([Problem(line, column, "", message, hint)])


def _syntax(error: yaml.MarkedYAMLError) -> Problem:
    """Say in a person's words what PyYAML's scanner or parser stumbled over."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    said = error.problem or "it cannot be read"
    hint = ""
    if "'\\t'" in said:
        said, hint = "a tab cannot indent YAML", "use spaces"
    elif "mapping values are not allowed" in said:
        said = "a colon stands where no value may begin"
        hint = "check the indentation of this line, or quote the text that holds the colon"
    elif "found character" in said and "cannot start" in said:
        hint = "put the text in quotes"
    elif "could not find expected ':'" in said:
        hint = "a key needs a colon and a space after it"
    elif "found unexpected end of stream" in said and mark and error.context_mark:
        line, column = error.context_mark.line + 1, error.context_mark.column + 1
        said, hint = "a quote is opened here and never closed", ""
    elif "<block end>" in said:
        said = said.replace("expected <block end>, but found", "there is no place for")
        hint = "check the indentation: entries of one list or mapping begin in the same column"
    elif error.context and "flow" in error.context and error.context_mark:
        opened = error.context_mark.line + 1
        hint = f"a comma or closing bracket is missing; opened in line {opened}"
    return Problem(line, column, "", f"this is not YAML: {said}", hint)
