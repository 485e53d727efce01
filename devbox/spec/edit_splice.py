"""Single changes of devbox.yml's text: an entry put in or taken out, a value written anew.

Each takes the text and a node of its tree, and returns the text with nothing else changed: a
comment goes with the entry that it stands directly above, in the same column, or behind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from devbox.spec.edit_tree import (
    Entry,
    Node,
    line_end,
    line_start,
    newline_of,
    next_line,
    previous_line,
)

_COMMENT = re.compile(r"([ \t]*)#[^\r\n]*")
# An entry that somebody took out by hand, and means to keep.
_COMMENTED_OUT = re.compile(r"[ \t]*#[ \t]*-[ \t]")
_LINE_BEGIN = re.compile(r"(?:\A|(?<=\n)|(?<=\r)(?!\n))(?=[^\r\n])")
_FOR_EDITORS = re.compile(r"[ \t]*#[ \t]*yaml-language-server:")


def column_of(text: str, at: int) -> int:
    """Return the column of a place, from 0."""
    return at - line_start(text, at)


def begins_line(text: str, at: int) -> bool:
    """Return whether nothing but white space stands before a place in its line."""
    return not text[line_start(text, at) : at].strip(" \t")


def ends_line(text: str, at: int) -> bool:
    """Return whether nothing but a comment follows a place in its line."""
    rest = text[at : line_end(text, at)].lstrip(" \t")
    return not rest or rest.startswith("#")


def lead_of(text: str, node: Node, index: int) -> int:
    """Return where the lines of an entry begin: with the comments directly above it."""
    start = node.entries[index].start
    floor = node.entries[index - 1].end if index else 0
    column = column_of(text, start)
    begin = line_start(text, start)
    while (above := previous_line(text, begin)) is not None and above >= floor:
        found = _COMMENT.fullmatch(text, above, line_end(text, above))
        kept = _COMMENTED_OUT.match(text, above) or _FOR_EDITORS.match(text, above)
        if found is None or len(found[1]) != column or kept:
            break
        begin = above
    return begin


def tail_of(text: str, entry: Entry, *, over_blank: bool) -> int:
    """Return where the line begins that follows an entry and the comments within it at its end.

    Args:
        text: the text.
        entry: an entry of a block list or mapping.
        over_blank: whether blank lines may stand before such a comment.
    """
    column = column_of(text, entry.start)
    value = entry.value
    inner = value.column if value.is_block else 1 << 30
    if entry.key is None or inner <= column:
        inner += 1
    listed = value.is_block and value.kind == "list" and value.column == column
    end = at = next_line(text, entry.end)
    while at < len(text):
        found = _COMMENT.fullmatch(text, at, line_end(text, at))
        if found and (
            len(found[1]) >= inner
            or (listed and len(found[1]) == column and _COMMENTED_OUT.match(text, at))
        ):
            end = at = next_line(text, at)
        elif over_blank and not text[at : line_end(text, at)].strip():
            at = next_line(text, at)
        else:
            break
    return end


def put_lines(text: str, at: int, lines: Sequence[str]) -> str:
    """Put whole lines in where a line begins, or at the end of the text."""
    newline = newline_of(text)
    block = newline.join(lines)
    if at == len(text) and not text.endswith(("\n", "\r")):
        return text + newline + block
    return text[:at] + block + newline + text[at:]


def cut_lines(text: str, begin: int, end: int) -> str:
    """Take whole lines out; a text without a newline at its end stays so."""
    if end == len(text) and not text.endswith(("\n", "\r")):
        return re.sub(r"(\r\n|\n|\r)\Z", "", text[:begin])
    return text[:begin] + text[end:]


def insert_block(text: str, node: Node, index: int, lines: Sequence[str]) -> str:
    """Put an entry into a block list or mapping that is not empty.

    Args:
        text: the text.
        node: the list or mapping.
        index: where in it.
        lines: the entry's, indented.
    """
    if index > 0:
        return put_lines(text, tail_of(text, node.entries[index - 1], over_blank=True), lines)
    first = node.entries[0]
    if begins_line(text, first.start):
        return put_lines(text, lead_of(text, node, 0), lines)
    # It stands behind a dash: the new one takes its place there.
    margin = " " * column_of(text, first.start)
    newline = newline_of(text)
    head = newline.join(lines).lstrip(" ")
    return f"{text[: first.start]}{head}{newline}{margin}{text[first.start :]}"


def remove_block(text: str, node: Node, index: int) -> str:
    """Take an entry out of a block list or mapping that has others."""
    entry = node.entries[index]
    if begins_line(text, entry.start):
        begin, end = lead_of(text, node, index), tail_of(text, entry, over_blank=False)
        if index and column_of(text, entry.start) == 0:
            begin = _over_second_blank(text, begin, end, node.entries[index - 1].end)
        return cut_lines(text, begin, end)
    # It stands behind a dash: the next takes its place, unless comments stand before that.
    end = line_end(text, entry.end)
    following = node.entries[index + 1].start
    if "#" in text[end:following]:
        return text[: entry.start].rstrip(" ") + text[end:]
    return text[: entry.start] + text[following:]


def _over_second_blank(text: str, begin: int, end: int, floor: int) -> int:
    """Return where to cut from, so that a section leaves one blank line behind, not two."""
    above = previous_line(text, begin)
    if above is None or above <= floor or text[above : line_end(text, above)].strip():
        return begin
    doubled = end == len(text) or not text[end : line_end(text, end)].strip()
    return above if doubled else begin


def move_block(text: str, node: Node, index: int, before: int) -> str:
    """Move an entry of a block list up, with its comments, to stand before another."""
    entry = node.entries[index]
    begin, end = lead_of(text, node, index), tail_of(text, entry, over_blank=False)
    lines = re.split(r"\r\n|\n|\r", text[begin:end])
    if not lines[-1]:
        lines.pop()
    # Behind a place that stays as it was, so that this one is still right.
    text = cut_lines(text, begin, end)
    return insert_block(text, node, before, lines)


def insert_flow(text: str, node: Node, index: int, item: str) -> str:
    """Put an entry into a list in brackets, or a mapping in braces, that is not empty."""
    newline = newline_of(text)
    if index == 0:
        start = node.entries[0].start
        if begins_line(text, start):
            margin = text[line_start(text, start) : start]
            begin = lead_of(text, node, 0)
            return f"{text[:begin]}{margin}{item},{newline}{text[begin:]}"
        return f"{text[:start]}{item}, {text[start:]}"
    before = node.entries[index - 1]
    behind = before.comma + 1 if before.comma >= 0 else before.end
    if not (begins_line(text, before.start) and ends_line(text, behind)):
        return f"{text[: before.end]}, {item}{text[before.end :]}"
    margin = text[line_start(text, before.start) : before.start]
    comma = "," if before.comma >= 0 else ""
    if not comma:
        text = f"{text[:behind]},{text[behind:]}"
        behind += 1
    at = line_end(text, behind)
    return f"{text[:at]}{newline}{margin}{item}{comma}{text[at:]}"


def remove_flow(text: str, node: Node, index: int) -> str:
    """Take an entry out of a list in brackets, or a mapping in braces, that has others."""
    entry = node.entries[index]
    behind = entry.comma + 1 if entry.comma >= 0 else entry.end
    before = node.entries[index - 1] if index else None
    if begins_line(text, entry.start) and ends_line(text, behind):
        text = cut_lines(text, lead_of(text, node, index), next_line(text, behind))
        if entry.comma < 0 and before:
            text = text[: before.comma] + text[before.comma + 1 :]
        return text
    if index + 1 < len(node.entries):
        following = node.entries[index + 1].start
        alone = _has_line_or_comment(text[behind:following])
        return text[: entry.start] + text[behind if alone else following :].lstrip(" ")
    if before and not _has_line_or_comment(text[before.end : entry.start]):
        return text[: before.end] + text[entry.end :]
    return text[: entry.start] + text[behind:]


def _has_line_or_comment(between: str) -> bool:
    return any(mark in between for mark in "#\r\n")


def put_value(text: str, entry: Entry, inline: str, below: Sequence[str]) -> str:
    """Write the value of an entry anew.

    Args:
        text: the text.
        entry: the list's item or the mapping's entry.
        inline: what stands behind the dash or colon; "" for nothing.
        below: the lines that follow, indented.
    """
    value = entry.value
    behind = _behind(entry)
    if value.is_block and begins_line(text, value.entries[0].start):
        begin = lead_of(text, value, 0)
        end = tail_of(text, value.entries[-1], over_blank=False)
        if below:
            break_ = newline_of(text) if text[begin:end].endswith(("\n", "\r")) else ""
            return text[:begin] + newline_of(text).join(below) + break_ + text[end:]
        text = cut_lines(text, begin, end)
        return f"{text[:behind]} {inline}{text[behind:]}"
    if value.start == value.end:
        colon = "" if entry.key is None or entry.colon >= 0 else ":"
        put = f"{colon} {inline}" if inline else colon
        at = behind + len(put)
        text = text[:behind] + put + text[behind:]
    elif inline:
        at = value.start + len(inline)
        text = text[: value.start] + inline + text[value.end :]
    else:
        at = behind
        text = text[:behind] + text[value.end :]
    return put_lines(text, next_line(text, at), below) if below else text


def wrap_block(text: str, entry: Entry, key: str) -> str:
    """Put a key between an entry's key and its block value: ``a: [b]`` to ``a: {key: [b]}``."""
    value = entry.value
    owner = column_of(text, entry.key.start if entry.key else entry.start)
    begin = lead_of(text, value, 0)
    end = tail_of(text, value.entries[-1], over_blank=False)
    margin = " " * max(value.column, owner + 2)
    body = _LINE_BEGIN.sub("  ", text[begin:end])
    return f"{text[:begin]}{margin}{key}:{newline_of(text)}{body}{text[end:]}"


def _behind(entry: Entry) -> int:
    """Return the place behind an entry's dash or colon, or behind its key if it has none."""
    if entry.key is None:
        return entry.start + 1
    return entry.colon + 1 if entry.colon >= 0 else entry.key.end
