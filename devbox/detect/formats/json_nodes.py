"""JSON as nodes; comments and trailing commas are let pass, as editors' own files have them.

The grammar is that of RFC 8259, with the comments and trailing commas of "JSON with comments",
https://jsonc.org/.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from devbox.detect.formats.node import MAX_DEPTH, MAX_VALUES, NOTHING, Node, Unreadable

# Each alternative begins with a character of its own and repeats one class: linear in the text.
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\n\r]+)
  | (?P<line_comment>//[^\n]*)
  | (?P<comment>/\*(?:[^*]|\*(?!/))*+\*/)
  | (?P<string>"(?:[^"\\\n]|\\.)*+")
  | (?P<mark>[\[\]{},:])
  | (?P<word>[-+.\w]+)
    """,
    re.VERBOSE,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def read_json(text: str) -> Node:
    """Return a JSON text's value; nothing for an empty text.

    Raises:
        Unreadable: it is not JSON, or too large or too deep.
    """
    tokens = _Tokens(text)
    if tokens.peek().kind == "end":
        return NOTHING
    node = _value(tokens, 0)
    last = tokens.peek()
    if last.kind != "end":
        raise Unreadable(f"it is not JSON: {_shown(last)} after its end", last.line)
    return node


class _Tokens:
    """The tokens of a text, one looked at in advance."""

    def __init__(self, text: str) -> None:
        self._tokens = _scan(text)
        self._next = next(self._tokens)
        self.values = 0

    def peek(self) -> _Token:
        return self._next

    def take(self) -> _Token:
        token = self._next
        self._next = next(self._tokens, token)
        return token

    def take_mark(self, marks: str) -> _Token:
        token = self.take()
        if token.kind != "mark" or token.text not in marks:
            wanted = " or ".join(marks)
            raise Unreadable(f"it is not JSON: {wanted} expected, not {_shown(token)}", token.line)
        return token


def _scan(text: str) -> Iterator[_Token]:
    position, line = 0, 1
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise Unreadable(f"it is not JSON: {text[position]!r} has no place here", line)
        if match.lastgroup in {"string", "mark", "word"}:
            yield _Token(match.lastgroup, match[0], line)
        line += match[0].count("\n")
        position = match.end()
    yield _Token("end", "", line)


def _value(tokens: _Tokens, depth: int, line: int = 0) -> Node:
    token = tokens.take()
    tokens.values += 1
    line = line or token.line
    if depth > MAX_DEPTH:
        raise Unreadable(f"it is nested more than {MAX_DEPTH} deep", token.line)
    if tokens.values > MAX_VALUES:
        raise Unreadable(f"it holds more than {MAX_VALUES} values", token.line)
    if token.kind == "string":
        return Node(line, _string(token))
    if token.kind == "word":
        return Node(line, None if token.text == "null" else token.text)
    if token.text == "[":
        return Node(line, tuple(_items(tokens, depth)))
    if token.text == "{":
        return Node(line, dict(_entries(tokens, depth)))
    raise Unreadable(f"it is not JSON: a value expected, not {_shown(token)}", token.line)


def _items(tokens: _Tokens, depth: int) -> Iterator[Node]:
    while tokens.peek().text != "]":
        yield _value(tokens, depth + 1)
        if tokens.peek().text != "]":
            tokens.take_mark(",]")
    tokens.take()


def _entries(tokens: _Tokens, depth: int) -> Iterator[tuple[str, Node]]:
    while tokens.peek().text != "}":
        key = tokens.take()
        if key.kind != "string":
            raise Unreadable(f"it is not JSON: a key expected, not {_shown(key)}", key.line)
        tokens.take_mark(":")
        yield _string(key), _value(tokens, depth + 1, key.line)
        if tokens.peek().text != "}":
            tokens.take_mark(",}")
    tokens.take()


def _string(token: _Token) -> str:
    try:
        value = json.loads(token.text, strict=False)
    except ValueError as error:
        raise Unreadable("it is not JSON: a bad escape in a text", token.line) from error
    # Half of a surrogate pair is no character and cannot be printed.
    return str(value).encode("utf-8", "replace").decode()


def _shown(token: _Token) -> str:
    return "the end" if token.kind == "end" else token.text[:20]
