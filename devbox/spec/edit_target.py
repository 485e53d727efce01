"""What devbox.yml is to hold after an edit: as it is written, where nothing changed."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, JsonValue

from devbox.spec.dump import document_of, entry_of
from devbox.spec.edit_change import same
from devbox.spec.model import Spec, Tool
from devbox.spec.render import Lines
from devbox.tools import ROLE, load_tools

PARTS = ("production", "development")
_Table = dict[str, JsonValue]


def target_of(present: _Table, before: Spec, after: Spec) -> _Table:
    """Return what the document is to hold; pure.

    Args:
        present: what it holds.
        before: what that means.
        after: what it is to mean; need not be valid.
    """
    written = document_of(after)
    target = dict(present)
    for name in Spec.model_fields:
        old, new = getattr(before, name), getattr(after, name)
        value: JsonValue
        if name in PARTS:
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
            put_key(target, name, value, list(Spec.model_fields))
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
        put_key(target, name, shown, list(type(new).model_fields))
    return target


def put_key(table: _Table, key: str, value: JsonValue, order: Sequence[str]) -> None:
    """Set a key; a new one comes behind the nearest of those that usually come before it."""
    order = order if key in order else [*order, key]
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
            target.append(entry if unchanged else entry_with(entry, tool))
    return target


def _key(tool: Tool) -> tuple[str, str]:
    return tool.name, str(tool.path)


def entry_with(entry: JsonValue, tool: Tool) -> JsonValue:
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
