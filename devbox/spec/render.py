"""Values as YAML that a person would write: on one line if it fits, in quotes if it must."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import yaml
from pydantic import JsonValue

from devbox.spec.document import resolve_plain

_WIDTH = 96
_PLAIN = re.compile(
    r"(?=.*\w)[A-Za-z0-9_./][A-Za-z0-9_./+@~-]*( [A-Za-z0-9_./][A-Za-z0-9_./+@~-]*)*"
)
_ADDRESS = re.compile(r"(https?|file)://[A-Za-z0-9_./%+~:-]*[A-Za-z0-9_/]")
# YAML allows a key without "?" only 1024 characters.
_LONG_KEY = 200


class Ports(dict[str, JsonValue]):
    """A mapping whose keys are written as numbers."""


class Lines(list[JsonValue]):
    """A list that is written a line an item, however short: a part of the stack."""


def render_entry(indent: str, key: str, value: JsonValue) -> Iterator[str]:
    """Yield the lines of ``key: value``: one if it fits and is not hard to read, else a block.

    Args:
        indent: what the first line begins with; under a dash the dash is in it.
        key: the key.
        value: its value.
    """
    margin = " " * len(indent)
    if len(key) > _LONG_KEY:
        yield f"{indent}? {render_key(key)}"
        yield f"{margin}: {render_flow(value)}"
        return
    line = f"{indent}{render_key(key)}: {render_flow(value)}"
    if not is_long(line, value):
        yield line
        return
    yield f"{indent}{render_key(key)}:"
    # Under a dash, the entry's own column is two to the right of the dash.
    yield from render_block(f"{margin}  ", value)


def is_long(line: str, value: JsonValue) -> bool:
    """Return whether a line that ends in a value is better written as a block."""
    if not isinstance(value, dict | list) or not value:
        return False
    return isinstance(value, Lines) or (len(line) > _WIDTH and not _has_long_key(value))


def render_block(indent: str, value: JsonValue) -> Iterator[str]:
    """Yield the lines of a list or mapping, an item or entry after the other."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(value, Ports):
                yield f"{indent}{key}: {item}"
            else:
                yield from render_entry(indent, key, item)
    elif isinstance(value, list):
        for item in value:
            yield from render_item(f"{indent}- ", item, blocky=isinstance(value, Lines))


def render_item(indent: str, item: JsonValue, *, blocky: bool) -> Iterator[str]:
    """Yield the lines of a list's item.

    Args:
        indent: what its first line begins with, the dash included.
        item: its value.
        blocky: whether a mapping is written as a block: with no braces.
    """
    if not blocky or not isinstance(item, dict) or not item:
        yield f"{indent}{render_flow(item)}"
        return
    for key, value in item.items():
        yield from render_entry(indent, key, value)
        indent = " " * len(indent)


def render_flow(value: JsonValue) -> str:
    """Return a value on one line."""
    if isinstance(value, Ports):
        return "{" + ", ".join(f"{host}: {guest}" for host, guest in value.items()) + "}"
    if isinstance(value, dict):
        entries = (
            f"{'? ' if len(key) > _LONG_KEY else ''}{render_key(key)}: {render_flow(item)}"
            for key, item in value.items()
        )
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(render_flow, value)) + "]"
    return render_scalar(value)


def _has_long_key(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return any(len(key) > _LONG_KEY or _has_long_key(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_has_long_key, value))


def render_key(text: str) -> str:
    """Return a key of a mapping."""
    # YAML 1.1 takes the word on for a boolean; schedule's key is so well known that it stays bare.
    return "on" if text == "on" else render_scalar(text)


def render_scalar(value: JsonValue) -> str:
    """Return a text, number, boolean or null; a text in quotes if it would be read otherwise."""
    if not isinstance(value, str):
        return json.dumps(value)
    return value if is_plain(value) else render_quoted(value)


def is_plain(text: str) -> bool:
    """Return whether a text means itself without quotes, to YAML 1.1 and to our own reader."""
    if not (_PLAIN.fullmatch(text) or _ADDRESS.fullmatch(text)):
        return False
    if text in {"y", "Y", "n", "N"} or text.startswith("0o"):
        return False
    resolve = yaml.SafeLoader("").resolve
    resolved = resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call] # PyYAML has no type for it
    return resolved == "tag:yaml.org,2002:str" and resolve_plain(text) == text


def render_quoted(text: str) -> str:
    """Return a text in double quotes."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(char: str) -> str:
    simple: Mapping[str, str] = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    if char in simple:
        return simple[char]
    code = ord(char)
    # What YAML does not allow bare, takes for a line's end, or nobody can see.
    if char.isprintable():
        return char
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
