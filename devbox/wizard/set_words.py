"""The words of ``devbox set``: a path in devbox.yml, and the value that it is to have; pure."""

from __future__ import annotations

import copy
import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue

from devbox.errors import UsageError
from devbox.spec import Part, Schedule, Spec, Tool
from devbox.spec.dump import document_of
from devbox.spec.edit_target import put_key, target_of
from devbox.spec.render import Lines, Ports
from devbox.tools.options import quote
from devbox.wizard.edits import follow_ports
from devbox.wizard.ports import Catalog
from devbox.wizard.stack_words import options_of, parse_value

_PARTS: tuple[Part, ...] = ("production", "development")
_Table = dict[str, JsonValue]


@dataclass(frozen=True)
class Wish:
    """A path and its value; None takes away what is there."""

    path: tuple[str, ...]
    value: JsonValue

    @property
    def key(self) -> str:
        """The path as it is written."""
        return ".".join(self.path)


def read_wish(word: str) -> Wish:
    """Read ``machine.memory=4096``.

    Raises:
        UsageError: there is no ``=``, or the value is not YAML.
    """
    key, equals, raw = word.partition("=")
    path = tuple(key.strip().split("."))
    if not equals or not all(path):
        raise UsageError(
            f"{quote(word)} is not path=value",
            remedy="for example machine.memory=4096, or 'postgresql.databases=[app, test]'",
        )
    return Wish(path, parse_value(raw, key.strip()))


def wished(present: _Table, before: Spec, wishes: Sequence[Wish], catalog: Catalog) -> _Table:
    """Return what devbox.yml is to hold; it need not be valid.

    Args:
        present: what it holds.
        before: what that means.
        wishes: what is to be set; a later one wins.
        catalog: the tools. Ports follow their options, unless somebody has set them otherwise.

    Raises:
        UsageError: a path leads nowhere.
    """
    sections = [wish for wish in wishes if _is_section(wish)]
    spec = before
    for wish in wishes:
        if not _is_section(wish):
            spec = _with_option(spec, wish, catalog)
    if not any(wish.path[:2] in (("machine",), ("machine", "ports")) for wish in sections):
        spec = follow_ports(before, spec, catalog)
    target = target_of(present, before, spec)
    for wish in sections:
        _set_section(target, before, wish)
    return target


def _is_section(wish: Wish) -> bool:
    head = wish.path[0]
    return head in Spec.model_fields and (head not in _PARTS or len(wish.path) == 1)


def _set_section(target: _Table, before: Spec, wish: Wish) -> None:
    """Set a key of a section, or a section as a whole."""
    head, *rest = wish.path
    value: JsonValue = copy.deepcopy(wish.value)
    if head in _PARTS and isinstance(value, list):
        value = Lines(value)
    if not rest:
        _put(target, head, _marked(head, value), Spec)
        return
    default: BaseModel | None = getattr(before, head) or (
        Schedule() if head == "schedule" else None
    )
    section = target.get(head)
    if not isinstance(default, BaseModel):
        raise UsageError(f"{wish.key}: nothing is below {head}", remedy=f"devbox set '{head}=…'")
    if not isinstance(section, dict):
        # One that is absent is written as a whole, as it holds by default.
        section = _table(document_of(before.model_copy(update={head: default}))[head])
    section = dict(section)
    key, *deeper = rest
    _put(section, key, _below(section.get(key), deeper, value) if deeper else value, type(default))
    _put(target, head, _marked(head, section), Spec)


def _table(value: JsonValue) -> _Table:
    return value if isinstance(value, dict) else {}


def _below(value: JsonValue, path: Sequence[str], new: JsonValue) -> JsonValue:
    """Return a mapping with the value at a path in it changed."""
    table = dict(_table(value))
    head, *rest = path
    put = _below(table.get(head), rest, new) if rest else new
    if put is None:
        table.pop(head, None)
    else:
        table[head] = put
    return table


def _put(table: _Table, key: str, value: JsonValue, model: type[BaseModel]) -> None:
    if value is None:
        table.pop(key, None)
    else:
        put_key(table, key, value, list(model.model_fields))


def _marked(section: str, value: JsonValue) -> JsonValue:
    """Have the ports' keys written as numbers."""
    if section != "machine" or not isinstance(value, dict):
        return value
    ports = value.get("ports")
    return {**value, "ports": Ports(ports)} if isinstance(ports, dict) else value


def _with_option(spec: Spec, wish: Wish, catalog: Catalog) -> Spec:
    """Return a Spec with an option of a tool, or all of its options, set."""
    part, tool, rest = _find(spec, wish, catalog)
    if rest:
        name, *deeper = rest
        definition = catalog.get(tool.name)
        option = definition.option(name) if definition else None
        name = option.name if option else name
        value = _below(tool.options.get(name), deeper, wish.value) if deeper else wish.value
        options = dict(tool.options)
        if value is None:
            options.pop(name, None)
        else:
            options[name] = value
    elif tool.path is not None:
        options = wish.value if isinstance(wish.value, dict) else {}
    else:
        options = options_of(catalog[tool.name], wish.value)
    new = tool.model_copy(update={"options": options})
    tools = tuple(new if item is tool else item for item in spec.part(part))
    return spec.model_copy(update={part: tools})


def _find(spec: Spec, wish: Wish, catalog: Catalog) -> tuple[Part, Tool, tuple[str, ...]]:
    """Return the entry that a path names, its part, and what is left of the path."""
    path = wish.path
    parts = [part for part in _PARTS if part == path[0]] or list(_PARTS)
    path = path[1:] if path[0] in _PARTS else path
    found = [
        (part, tool, path[length:])
        for length in range(len(path), 0, -1)  # a role's name may have dots
        for part in parts
        for tool in spec.part(part)
        if tool.label == ".".join(path[:length])
    ]
    if len(found) == 1:
        return found[0]
    if found:
        label = found[0][1].label
        raise UsageError(
            f"{wish.key}: {label} is in both parts",
            remedy=f"devbox set 'production.{wish.key}=…', or 'development.{wish.key}=…'",
        )
    raise _nothing_there(spec, wish, path, catalog)


def _nothing_there(spec: Spec, wish: Wish, path: Sequence[str], catalog: Catalog) -> UsageError:
    labels = [tool.label for part in _PARTS for tool in spec.part(part)]
    if path and path[0] in catalog:
        where = wish.path[0] if len(path) < len(wish.path) else "the stack"
        option = f" --set '{'.'.join(path[1:])}=…'" if path[1:] else ""
        return UsageError(
            f"{wish.key}: {path[0]} is not in {where}", remedy=f"devbox add {path[0]}{option}"
        )
    sections = [f"{name}.{key}" for name, keys in _section_keys() for key in keys]
    near = difflib.get_close_matches(path[0], [*Spec.model_fields, *labels, *catalog], 1)
    # Whoever forgets the section means the key of that name in whichever section has it.
    meant = [name for name in sections if name.endswith(f".{path[-1]}")]
    meant += [".".join([*near, *path[1:]])] if near else []
    known = ", ".join([*Spec.model_fields, *labels])
    return UsageError(
        f"{wish.key}: there is no {quote(path[0])} in devbox.yml",
        evidence=f"it has {known}",
        remedy=f"did you mean {meant[0]}?" if meant else "`devbox schema` describes all keys",
    )


def _section_keys() -> list[tuple[str, list[str]]]:
    default = Spec(name="a/b", schedule=Schedule())
    return [
        (name, list(type(value).model_fields))
        for name in Spec.model_fields
        if isinstance(value := getattr(default, name), BaseModel)
    ]
