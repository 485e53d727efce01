"""Edits of a devbox.yml that somebody wrote: what did not change stays, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, JsonValue

from devbox.errors import DevboxError
from devbox.spec.dump import document_of, dump_spec, entry_of
from devbox.spec.edit_change import same, step
from devbox.spec.edit_tree import Node, read_tree
from devbox.spec.load import parse_spec
from devbox.spec.model import FILE_NAME, Spec, Tool
from devbox.spec.problems import SpecError
from devbox.spec.render import Lines
from devbox.tools import ROLE, load_tools

_MOST_STEPS = 20_000
_PARTS = ("production", "development")
_Table = dict[str, JsonValue]


def edit_text(text: str, after: Spec, root: Path) -> str:
    """Return devbox.yml's text changed so that it reads as ``after``.

    Comments, order, quoting, blank lines and line ends of all that did not change stay byte for
    byte. A comment directly above an entry in its column, or behind it, goes with the entry.

    Args:
        text: the file's content as it is, with its line ends and byte order mark.
        after: what it is to mean.
        root: the folder of devbox.yml, from which paths of local roles are read.

    Raises:
        SpecError: the text is no valid devbox.yml; or ``after`` would make none, and the lines
            shown are those that it would have.
        DevboxError: the edit went wrong, which is a bug; nothing is lost.
    """
    before = parse_spec(text, FILE_NAME, root)
    if _equal(before, after):
        return text
    tree = read_tree(text)
    target = _target(_table(tree.plain()), before, after)
    edited = text
    for _ in range(_MOST_STEPS):
        stepped = step(edited, tree, target)
        if stepped is None:
            return _checked(edited, after, root)
        edited, tree = stepped, _tree(stepped)
    raise _bug("it came to no end")


def _checked(text: str, after: Spec, root: Path) -> str:
    """Return the text if it means what it should."""
    try:
        meant = parse_spec(text, FILE_NAME, root)
    except SpecError as error:
        if _is_possible(after, root):
            raise _bug(f"its result is not valid: {error.evidence}") from None
        raise
    if not _equal(meant, after):
        raise _bug("its result means something else")
    return text


def _is_possible(spec: Spec, root: Path) -> bool:
    """Return whether there is any devbox.yml that means this: the plainest one says."""
    try:
        return _equal(parse_spec(dump_spec(spec), FILE_NAME, root), spec)
    except SpecError:
        return False


def _tree(text: str) -> Node:
    try:
        return read_tree(text)
    except yaml.YAMLError as error:
        raise _bug(str(error)) from error


def _bug(why: str) -> DevboxError:
    return DevboxError(
        f"{FILE_NAME} could not be edited without risk to what you wrote in it",
        evidence=f"{why}; nothing was written",
        remedy="make the change by hand, and please report this with the file",
    )


def _equal(one: Spec, other: Spec) -> bool:
    # To Python, true and 1 and 1.0 are equal.
    return one == other and same(one.model_dump(mode="json"), other.model_dump(mode="json"))


def _target(present: _Table, before: Spec, after: Spec) -> _Table:
    """Return what the document is to hold: ``present`` where nothing changed, as it is written."""
    written = document_of(after)
    target = dict(present)
    for name in Spec.model_fields:
        old, new = getattr(before, name), getattr(after, name)
        value: JsonValue
        if name in _PARTS:
            value = _part(present.get(name), old, new)
            changed = not same(value, present.get(name) or [])
        elif isinstance(old, BaseModel) and isinstance(new, BaseModel):
            value = _section(present.get(name), old, new, _table(written[name]))
            changed = old != new
        else:
            value, changed = written.get(name), old != new
        if changed and value is None:
            target.pop(name, None)
        elif changed:
            _put(target, name, value, list(Spec.model_fields))
    return target


def _section(present: JsonValue, old: BaseModel, new: BaseModel, written: _Table) -> _Table:
    """Return what a section is to hold; one that was empty, as it is written anew."""
    if not isinstance(present, dict):
        return written
    target = dict(present)
    for name in type(new).model_fields:
        was, value = getattr(old, name), getattr(new, name)
        if was == value:
            continue
        if name not in written:
            target.pop(name, None)
            continue
        shown = written[name]
        if isinstance(was, BaseModel) and isinstance(value, BaseModel):
            shown = _section(present.get(name), was, value, _table(shown))
        _put(target, name, shown, list(type(new).model_fields))
    return target


def _put(table: _Table, key: str, value: JsonValue, order: Sequence[str]) -> None:
    """Set a key; a new one comes behind the nearest of those that usually come before it."""
    if key in table:
        table[key] = value
        return
    earlier = [name for name in order[: order.index(key)] if name in table]
    items = list(table.items())
    at = list(table).index(earlier[-1]) + 1 if earlier else 0
    table.clear()
    table.update([*items[:at], (key, value), *items[at:]])


def _part(present: JsonValue, old: Sequence[Tool], new: Sequence[Tool]) -> JsonValue:
    """Return the entries of a part, those of unchanged tools as they are written."""
    entries = present if isinstance(present, list) else []
    known = {_key(tool): (tool, entry) for tool, entry in zip(old, entries, strict=True)}
    target = Lines()
    for tool in new:
        was, entry = known.get(_key(tool), (None, None))
        if was is None:
            target.append(entry_of(tool))
        else:
            unchanged = same(dict(was.options), dict(tool.options))
            target.append(entry if unchanged else _entry(entry, tool))
    return target


def _key(tool: Tool) -> tuple[str, str]:
    return tool.name, str(tool.path)


def _entry(entry: JsonValue, tool: Tool) -> JsonValue:
    """Return a tool's entry with other options, in the form that it has as far as that can be."""
    if not isinstance(entry, dict):
        return entry_of(tool)
    ((name, value),) = entry.items()
    options = dict(tool.options)
    if name == ROLE:
        path = value["path"] if isinstance(value, dict) else value
        if isinstance(value, dict):
            return {ROLE: {"path": path, **_in_order(options, value)}}
        return {ROLE: {"path": path, **options}}
    if not options:
        return name
    if isinstance(value, dict):
        return {name: _in_order(options, value)}
    if value is None:
        return entry_of(tool)
    definition = load_tools()[name]
    shorthand = definition.shorthand or ""
    short = options.get(shorthand)
    if list(options) == [shorthand] and short is not None and not isinstance(short, dict):
        return {name: short}
    return {name: options}


def _in_order(options: _Table, like: _Table) -> _Table:
    """Return options in the order that the file has, new ones at the end."""
    kept = {name: options[name] for name in like if name in options}
    return kept | options


def _table(value: JsonValue) -> _Table:
    return value if isinstance(value, dict) else {}
