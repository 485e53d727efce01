"""devbox.yml as a tree that knows where in the text each thing stands, for edits of the text.

``devbox.spec.document`` says what a file means; this says which characters mean it. Both read the
same events of PyYAML; its marks count characters, and their ends are exact but for block
collections (which end where the next thing begins), block scalars and values left out: those ends
are found here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml
from pydantic import JsonValue

from devbox.spec.document import resolve_plain

_BREAK = re.compile(r"\r\n|\n|\r")
# White space and comments: what may stand between two things of YAML.
_BETWEEN = re.compile(r"(?:[ \t\r\n\ufeff]+|#[^\r\n]*)*")


@dataclass(frozen=True)
class Entry:
    """An item of a list, or a key with its value.

    Attributes:
        start: where it begins: its dash in a block list, its ``?`` or its key in a mapping.
        key: the key, for a mapping.
        colon: where the key's colon is; -1 for a list, or where there is none (``{a, b}``).
        value: the item, or the key's value.
        end: where it ends: behind its last character that is no white space and no comment.
        comma: where the comma behind it is, in a flow collection; -1 where there is none.
    """

    start: int
    key: Node | None
    colon: int
    value: Node
    end: int
    comma: int = -1


@dataclass(frozen=True)
class Node:
    """A value in the text.

    Attributes:
        start: where it begins; for a value that is left out, behind the colon or dash.
        end: where it ends.
        column: the column in which it begins, from 0.
        kind: what it is.
        flow: whether it is in brackets or braces.
        style: for a scalar, how it is written: "" plain, ``'``, ``"``, ``|``, ``>``.
        text: for a scalar, its content.
        entries: for a list or mapping, what it holds.
    """

    start: int
    end: int
    column: int
    kind: str
    flow: bool = False
    style: str = ""
    text: str = ""
    entries: tuple[Entry, ...] = field(default=())

    @property
    def is_block(self) -> bool:
        """Whether it is a list or mapping by its indentation."""
        return self.kind != "scalar" and not self.flow

    def plain(self) -> JsonValue:
        """Return what it means, without places."""
        if self.kind == "scalar":
            return self.text if self.style else resolve_plain(self.text)
        if self.kind == "list":
            return [entry.value.plain() for entry in self.entries]
        return {entry.key.text: entry.value.plain() for entry in self.entries if entry.key}

    def entry(self, key: str) -> Entry | None:
        """Return a mapping's entry by its key."""
        found = (entry for entry in self.entries if entry.key and entry.key.text == key)
        return next(found, None)


def read_tree(text: str) -> Node:
    """Return the tree of a text that ``devbox.spec`` has found to be a valid devbox.yml."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert root is not None  # noqa: S101 - a valid devbox.yml is not empty
    return _Tree(text).node(root, root.start_mark.index)


def line_start(text: str, at: int) -> int:
    """Return where the line begins that a place is in; a byte order mark is in no line."""
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    return 1 if start == 0 and text.startswith("\ufeff") and at > 0 else start


def line_end(text: str, at: int) -> int:
    """Return where the line ends that a place is in, before its break."""
    found = _BREAK.search(text, at)
    return found.start() if found else len(text)


def next_line(text: str, at: int) -> int:
    """Return where the line begins that follows the one that a place is in."""
    found = _BREAK.search(text, at)
    return found.end() if found else len(text)


def previous_line(text: str, begin: int) -> int | None:
    """Return where the line above the one that begins at a place begins; None if there is none."""
    end = begin - 1
    if end < 0 or text[end] not in "\r\n":
        return None
    if text[end] == "\n" and text[end - 1 : end] == "\r":
        end -= 1
    return line_start(text, end)


def skip_between(text: str, at: int) -> int:
    """Return the next place that is no white space and no comment."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def newline_of(text: str) -> str:
    """Return how the text ends its lines: as it ends the first."""
    found = _BREAK.search(text)
    return found[0] if found else "\n"


class _Tree:
    """Turns PyYAML's nodes into ours."""

    def __init__(self, text: str) -> None:
        self._text = text

    def node(self, node: yaml.Node, after: int) -> Node:
        """Return a node.

        Args:
            node: PyYAML's.
            after: the end of the colon or dash before it, where it is if it is left out.
        """
        start, end = node.start_mark.index, node.end_mark.index
        column = node.start_mark.column
        if isinstance(node, yaml.ScalarNode):
            if start == end:
                return Node(after, after, column, "scalar")
            if node.style in ("|", ">"):
                end = self._block_scalar_end(start, end)
            return Node(start, end, column, "scalar", style=node.style or "", text=str(node.value))
        kind = "list" if isinstance(node, yaml.SequenceNode) else "mapping"
        bracketed = self._text.startswith("[" if kind == "list" else "{", start)
        # Typed as a node of any kind, which has none.
        flow = bool(getattr(node, "flow_style", False))
        entries = self._entries(node, start + 1 if bracketed else start, flow=flow)
        if not bracketed and entries:
            end = entries[-1].end
        return Node(start, end, column, kind, flow, entries=tuple(entries))

    def _entries(self, node: yaml.Node, at: int, *, flow: bool) -> list[Entry]:
        found: list[Entry] = []
        for item in node.value:
            start = skip_between(self._text, at)
            if isinstance(node, yaml.MappingNode):
                entry = self._pair(start, *item)
            else:
                value = self.node(item, start if flow else start + 1)
                entry = Entry(start, None, -1, value, max(value.end, start + (not flow)))
            at = entry.end
            comma = skip_between(self._text, at)
            if flow and self._text.startswith(",", comma):
                entry = Entry(entry.start, entry.key, entry.colon, entry.value, entry.end, comma)
                at = comma + 1
            found.append(entry)
        return found

    def _pair(self, start: int, key_node: yaml.Node, value_node: yaml.Node) -> Entry:
        key = self.node(key_node, start)
        colon = skip_between(self._text, key.end)
        if not self._text.startswith(":", colon):
            colon = -1
        after = colon + 1 if colon >= 0 else key.end
        value = self.node(value_node, after)
        return Entry(start, key, colon, value, max(value.end, after))

    def _block_scalar_end(self, start: int, end: int) -> int:
        """Return the end of the last line; where blank lines are content, of the last of them."""
        header = self._text[start : line_end(self._text, start)].partition("#")[0]
        body = self._text[start:end]
        if "+" in header:
            return start + len(re.sub(r"(\r\n|\n|\r)\Z", "", body))
        return start + len(body.rstrip("\r\n \t")) if body.strip() else end
