"""A Spec as the devbox.yml that a person would have written."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import yaml
from pydantic import JsonValue

from devbox.spec.document import resolve_plain
from devbox.spec.model import Base, Machine, Publish, Schedule, Spec, Tool
from devbox.tools import ROLE, load_tools

SCHEMA_COMMENT = "# yaml-language-server: $schema=.devbox/devbox.schema.json"

_WIDTH = 96
_PLAIN = re.compile(
    r"(?=.*\w)[A-Za-z0-9_./][A-Za-z0-9_./+@~-]*( [A-Za-z0-9_./][A-Za-z0-9_./+@~-]*)*"
)
_ADDRESS = re.compile(r"(https?|file)://[A-Za-z0-9_./%+~:-]*[A-Za-z0-9_/]")
# YAML allows a key without "?" only 1024 characters.
_LONG_KEY = 200


def dump_spec(spec: Spec) -> str:
    """Return the devbox.yml that means ``spec``; ``parse_spec`` reads it back to an equal value."""
    return "\n".join(_lines(spec)) + "\n"


def _lines(spec: Spec) -> Iterator[str]:
    yield SCHEMA_COMMENT
    yield f"name: {_scalar(spec.name)}"
    yield from _entry("", "base", _base(spec.base))
    for part, tools in (("production", spec.production), ("development", spec.development)):
        if tools:
            yield f"{part}:"
            for tool in tools:
                yield from _tool(tool)
    yield from _entry("", "machine", _machine(spec.machine))
    yield from _entry("", "providers", list(spec.providers))
    yield from _entry("", "publish", _publish(spec.publish))
    if spec.schedule:
        yield from _entry("", "schedule", _schedule(spec.schedule))


def _base(base: Base) -> dict[str, JsonValue]:
    values: dict[str, JsonValue] = {"distribution": base.distribution, "release": base.release}
    if base.mirror != Base().mirror:
        values["mirror"] = base.mirror
    if base.image:
        values["image"] = {"url": base.image.url, "sha256": base.image.sha256}
    return values


def _machine(machine: Machine) -> dict[str, JsonValue]:
    values: dict[str, JsonValue] = {
        "cpus": machine.cpus,
        "memory": machine.memory,
        "disk": machine.disk,
    }
    if machine.ports:
        # _flow and _block write the keys of ports as numbers, since digits alone are one.
        values["ports"] = _Ports({str(host): guest for host, guest in machine.ports.items()})
    return values


class _Ports(dict[str, JsonValue]):
    """A mapping whose keys are written as numbers."""


def _publish(publish: Publish) -> dict[str, JsonValue]:
    values: dict[str, JsonValue] = {"to": publish.to, "channel": publish.channel}
    if publish.url is not None:
        values["url"] = publish.url
    return values


def _schedule(schedule: Schedule) -> dict[str, JsonValue]:
    values: dict[str, JsonValue] = {"every": schedule.every}
    if schedule.on:
        values["on"] = schedule.on
    values["at"] = schedule.at
    return values


def _tool(tool: Tool) -> Iterator[str]:
    if tool.path is not None:
        path = str(tool.path)
        role: JsonValue = {"path": path, **tool.options} if tool.options else path
        yield from _entry("  - ", ROLE, role)
        return
    if not tool.options:
        yield f"  - {_scalar(tool.name)}"
        return
    yield from _entry("  - ", tool.name, _shortest(tool))


def _shortest(tool: Tool) -> JsonValue:
    """Return the options; a generic tool's are its list, if there is nothing else."""
    definition = load_tools().get(tool.name)
    if (
        definition
        and definition.category == "generic"
        and list(tool.options) == [definition.shorthand]
    ):
        ((name, value),) = tool.options.items()
        option = definition.option(name)
        wanted_list = option is not None and option.type == "list"
        if isinstance(value, list) or (isinstance(value, str) and not wanted_list):
            return value
    return dict(tool.options)


def _entry(indent: str, key: str, value: JsonValue) -> Iterator[str]:
    """Yield ``key: value`` on one line if it fits and is not hard to read, else as a block."""
    line = f"{indent}{_key(key)}: {_flow(value)}"
    blocky = isinstance(value, dict | list) and value
    if not blocky or (len(line) <= _WIDTH) or _has_long_key(value):
        yield line
        return
    yield f"{indent}{_key(key)}:"
    # Under a dash, the entry's own column is two to the right of the dash.
    yield from _block(" " * (len(indent) + 2), value)


def _block(indent: str, value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(value, _Ports):
                yield f"{indent}{key}: {item}"
            else:
                yield from _entry(indent, key, item)
    elif isinstance(value, list):
        yield from (f"{indent}- {_flow(item)}" for item in value)


def _flow(value: JsonValue) -> str:
    if isinstance(value, _Ports):
        return "{" + ", ".join(f"{host}: {guest}" for host, guest in value.items()) + "}"
    if isinstance(value, dict):
        entries = (
            f"{'? ' if len(key) > _LONG_KEY else ''}{_key(key)}: {_flow(item)}"
            for key, item in value.items()
        )
        return "{" + ", ".join(entries) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _has_long_key(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return any(len(key) > _LONG_KEY or _has_long_key(item) for key, item in value.items())
    return isinstance(value, list) and any(map(_has_long_key, value))


def _key(text: str) -> str:
    # YAML 1.1 takes the word on for a boolean; schedule's key is so well known that it stays bare.
    return "on" if text == "on" else _scalar(text)


def _scalar(value: JsonValue) -> str:
    if not isinstance(value, str):
        return json.dumps(value)
    return value if _is_plain(value) else _quoted(value)


def _is_plain(text: str) -> bool:
    """Return whether a text means itself without quotes, to YAML 1.1 and to our own reader."""
    if not (_PLAIN.fullmatch(text) or _ADDRESS.fullmatch(text)):
        return False
    if text in {"y", "Y", "n", "N"} or text.startswith("0o"):
        return False
    resolve = yaml.SafeLoader("").resolve
    resolved = resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call] # PyYAML has no type for it
    return resolved == "tag:yaml.org,2002:str" and resolve_plain(text) == text


def _quoted(text: str) -> str:
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
