"""One step from what devbox.yml says to what it is to say: the first difference, mended."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import takewhile
from typing import Literal

import yaml
from pydantic import JsonValue

from devbox.spec import edit_splice as splice
from devbox.spec.edit_tree import Entry, Node, line_start, newline_of
from devbox.spec.render import (
    Lines,
    Ports,
    is_long,
    is_plain,
    render_block,
    render_entry,
    render_flow,
    render_item,
    render_key,
    render_quoted,
    render_scalar,
)

_BLANK_LINE = re.compile(r"(\r\n|\n|\r(?!\n))[ \t]*(\r\n|\n|\r)")


def same(one: JsonValue, other: JsonValue) -> bool:
    """Return whether two values are the same in YAML: 1, 1.0 and true differ."""
    return _canonical(one) == _canonical(other)


def step(text: str, node: Node, target: JsonValue) -> str | None:
    """Return the text with one difference less.

    Args:
        text: the text.
        node: its tree, a mapping or a list that is not empty.
        target: what it is to mean, the same.

    Returns:
        The changed text; None if it means the target.
    """
    if same(node.plain(), target):
        return None
    if isinstance(target, dict) and node.kind == "mapping":
        return _Step(text).mapping(node, target)
    if isinstance(target, list) and node.kind == "list":
        return _Step(text).items(node, target)
    raise TypeError(f"a {node.kind} is not to become another")


class _Step:
    """Finds the first difference and mends it."""

    def __init__(self, text: str) -> None:
        self._text = text

    def mapping(self, node: Node, target: dict[str, JsonValue]) -> str:
        """Change an entry's value, else put in one that is missing, else take one out."""
        for entry in node.entries:
            key = entry.key.text if entry.key else ""
            if key in target and not same(entry.value.plain(), target[key]):
                return self._value(node, entry, target[key])
        before = -1
        keys = [entry.key.text for entry in node.entries if entry.key]
        for key, value in target.items():
            if key not in keys:
                return self._insert_key(node, before + 1, key, target, value)
            before = keys.index(key)
        return self._remove(node, next(i for i, key in enumerate(keys) if key not in target))

    def items(self, node: Node, target: list[JsonValue]) -> str:
        have = [entry.value.plain() for entry in node.entries]
        rows, wanted = list(map(_canonical, have)), list(map(_canonical, target))
        # What is right at the beginning stays: each step leaves more of it.
        right = sum(
            1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(rows, wanted, strict=False))
        )
        matcher = SequenceMatcher(None, rows[right:], wanted[right:], autojunk=False)
        code, i1, i2, j1, j2 = next(code for code in matcher.get_opcodes() if code[0] != "equal")
        at, to = i1 + right, j1 + right
        kind: str = code
        if code == "replace":
            kind = _pairing(have[at : i2 + right], target[to : j2 + right])
        if kind == "change":
            return self._value(node, node.entries[at], target[to])
        if kind in ("delete", "remove"):
            return self._remove(node, at)
        if wanted[to] in rows[at:] and not node.flow:
            return splice.move_block(self._text, node, rows.index(wanted[to], at), at)
        return self._insert_item(node, at, target[to], target)

    def _value(self, owner: Node, entry: Entry, target: JsonValue) -> str:
        value = entry.value
        if value.entries and target:
            if value.kind == "mapping" and isinstance(target, dict):
                return self.mapping(value, target)
            if value.kind == "list" and isinstance(target, list):
                return self.items(value, target)
        if len(value.entries) > 1 and target in ([], {}):
            return self._remove(value, 0)  # one by one: comments that are nobody's stay
        return self._wrapped(owner, entry, target) or self._replaced(owner, entry, target)

    def _wrapped(self, owner: Node, entry: Entry, target: JsonValue) -> str | None:
        """Keep a value that goes on under a key, or as an item of a list; None if it does not."""
        value = entry.value
        if value.start == value.end or (value.kind == "scalar" and value.style in ("|", ">")):
            return None
        if value.kind == "scalar" and not value.style and not is_plain(value.text):
            return None  # commas and brackets mean more inside of brackets
        shown = self._text[value.start : value.end]
        plain = value.plain()
        if isinstance(target, list) and value.kind == "scalar":
            return (
                splice.put_value(self._text, entry, f"[{shown}]", ())
                if any(same(item, plain) for item in target)
                else None
            )
        keys = (
            [key for key, item in target.items() if same(item, plain)]
            if isinstance(target, dict)
            else []
        )
        if len(keys) != 1 or isinstance(target, Ports) or plain in ([], {}, None):
            return None
        key = render_key(keys[0])
        if not value.is_block:
            return splice.put_value(self._text, entry, f"{{{key}: {shown}}}", ())
        if splice.begins_line(self._text, value.entries[0].start) and not owner.flow:
            return splice.wrap_block(self._text, entry, key)
        return None

    def _replaced(self, owner: Node, entry: Entry, target: JsonValue) -> str:
        value = entry.value
        if owner.flow or (value.kind == "scalar" and not isinstance(target, dict | list)):
            return splice.put_value(self._text, entry, self._styled(value, target), ())
        if value.flow and "#" in self._text[value.start : value.end] and not value.entries:
            # Comments alone are in the brackets.
            inside = render_flow(target)[1:-1]
            at = value.start + 1
            return f"{self._text[:at]}{inside}{self._text[at:]}"
        margin = " " * splice.column_of(self._text, entry.start)
        if entry.key is None:
            first, *below = self._item(owner, margin, target)
            return splice.put_value(self._text, entry, first[len(margin) + 2 :], below)
        line = f"{margin}{entry.key.text}: {render_flow(target)}"
        if is_long(line, target):
            below = list(render_block(f"{margin}  ", target))
            return splice.put_value(self._text, entry, "", below)
        return splice.put_value(self._text, entry, render_flow(target), ())

    def _insert_key(
        self, node: Node, index: int, key: str, owner: dict[str, JsonValue], value: JsonValue
    ) -> str:
        if node.flow:
            shown = key if isinstance(owner, Ports) else render_key(key)
            item = f"{shown}: {render_flow(value)}"
            return splice.insert_flow(self._text, node, index, item)
        column = splice.column_of(self._text, node.entries[0].start)
        margin = " " * column
        lines = (
            [f"{margin}{key}: {render_flow(value)}"]
            if isinstance(owner, Ports)
            else list(render_entry(margin, key, value))
        )
        if column == 0 and index and self._is_spaced(node, index):
            lines.insert(0, "")
        return splice.insert_block(self._text, node, index, lines)

    def _is_spaced(self, node: Node, index: int) -> bool:
        """Return whether a blank line stands between the neighbours of a new section."""
        second = min(index, len(node.entries) - 1)
        if second == 0:
            return False
        between = self._text[node.entries[second - 1].end : node.entries[second].start]
        return _BLANK_LINE.search(between) is not None

    def _insert_item(self, node: Node, index: int, item: JsonValue, owner: list[JsonValue]) -> str:
        if node.flow:
            return splice.insert_flow(self._text, node, index, self._flow_item(node, item))
        margin = " " * splice.column_of(self._text, node.entries[0].start)
        lines = self._item(node, margin, item, blocky=isinstance(owner, Lines))
        return splice.insert_block(self._text, node, index, lines)

    def _item(self, node: Node, margin: str, item: JsonValue, *, blocky: bool = False) -> list[str]:
        """Return the lines of an item of a block list, in the style of those that are there."""
        first = node.entries[0]
        gap = first.value.start - first.start - 1
        near = 0 < gap <= 8 and line_start(self._text, first.value.start) == line_start(
            self._text, first.start
        )
        dash = f"{margin}-{' ' * gap if near else ' '}"
        if isinstance(item, str):
            return [f"{dash}{_styled(item, self._quotes(node))}"]
        blocky = blocky or (isinstance(item, dict) and len(item) == 1)
        blocky = blocky or any(entry.value.is_block for entry in node.entries)
        return list(render_item(dash, item, blocky=blocky))

    def _flow_item(self, node: Node, item: JsonValue) -> str:
        if isinstance(item, str):
            return _styled(item, self._quotes(node))
        shown = render_flow(item)
        bare = [
            entry.value.kind == "mapping" and self._text[entry.value.start] != "{"
            for entry in node.entries
        ]
        named = isinstance(item, dict) and len(item) == 1
        return shown[1:-1] if named and any(bare) and not shown.startswith("{?") else shown

    def _quotes(self, node: Node) -> str:
        """Return the quotes that all texts of a list are in; "" if they differ, or have none."""
        styles = {entry.value.style for entry in node.entries if entry.value.kind == "scalar"}
        style = styles.pop() if len(styles) == 1 else ""
        return style if style in ("'", '"') else ""

    def _remove(self, node: Node, index: int) -> str:
        remove = splice.remove_flow if node.flow else splice.remove_block
        return remove(self._text, node, index)

    def _styled(self, old: Node, value: JsonValue) -> str:
        if not isinstance(value, str):
            return render_flow(value)
        if old.style in ("|", ">"):
            margin = " " * _indent_of(self._text, old)
            return _literal(value, margin, newline_of(self._text)) or render_scalar(value)
        return _styled(value, old.style)


def _indent_of(text: str, scalar: Node) -> int:
    """Return the indentation of a block scalar's content."""
    lines = text[scalar.start : scalar.end].splitlines()[1:]
    return next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), 0)


def _styled(value: str, style: str) -> str:
    """Return a text in given quotes, if they can hold it."""
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return render_quoted(value) if style == '"' else render_scalar(value)


def _literal(value: str, margin: str, newline: str) -> str | None:
    """Return a text as a literal block; None if it cannot be one, or is but a line."""
    lines = value.removesuffix("\n").split("\n")
    if not margin or len(lines) < 2:
        return None
    head = "|" if value.endswith("\n") else "|-"
    shown = newline.join([head, *(f"{margin}{line}" if line else "" for line in lines)])
    try:
        read = yaml.safe_load(f"- {shown}\n")
    except yaml.YAMLError:
        return None
    return shown if read == [value] else None


def _pairing(
    have: Sequence[JsonValue], wanted: Sequence[JsonValue]
) -> Literal["change", "remove", "insert"]:
    """Say how the first of some items that are to be others comes nearer to them."""
    first, names = _identity(have[0]), [_identity(item) for item in wanted]
    alike = len(have) == len(wanted) and isinstance(have[0], dict) and isinstance(wanted[0], dict)
    if names[0] == first and (first is not None or alike):
        return "change"
    # Putting in comes first: a list is never empty, and keeps its style.
    later = [_identity(item) for item in have[1:]]
    return "remove" if names[0] is not None and names[0] in later else "insert"


def _identity(item: JsonValue) -> str | None:
    """Return what an item of a list is known by, whatever else it says; None for nothing."""
    if isinstance(item, str):
        return item
    if not isinstance(item, dict) or not item:
        return None
    for key in ("name", "path"):
        if isinstance(item.get(key), str):
            return f"{key} {item[key]}"
    if len(item) == 1:
        ((key, value),) = item.items()
        inner = value.get("path") if isinstance(value, dict) else value
        return f"{key} {inner}" if key == "role" else key
    return None


def _canonical(value: JsonValue) -> str:
    return json.dumps(value, sort_keys=True)
