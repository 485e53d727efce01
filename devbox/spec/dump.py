"""A Spec as the devbox.yml that a person would have written."""

from __future__ import annotations

from pydantic import JsonValue

from devbox.spec.model import Base, Machine, Publish, Schedule, Spec, Tool
from devbox.spec.render import Lines, Ports, render_entry
from devbox.tools import ROLE, load_tools

SCHEMA_COMMENT = "# yaml-language-server: $schema=.devbox/devbox.schema.json"


def dump_spec(spec: Spec) -> str:
    """Return the devbox.yml that means ``spec``; ``parse_spec`` reads it back to an equal value."""
    lines = [SCHEMA_COMMENT]
    for key, value in document_of(spec).items():
        lines += render_entry("", key, value)
    return "\n".join(lines) + "\n"


def document_of(spec: Spec) -> dict[str, JsonValue]:
    """Return what a devbox.yml that means ``spec`` holds, its keys in their usual order."""
    document: dict[str, JsonValue] = {"name": spec.name, "base": _base(spec.base)}
    for part, tools in (("production", spec.production), ("development", spec.development)):
        if tools:
            document[part] = Lines(map(entry_of, tools))
    document["machine"] = _machine(spec.machine)
    document["providers"] = list(spec.providers)
    document["publish"] = _publish(spec.publish)
    if spec.schedule:
        document["schedule"] = _schedule(spec.schedule)
    return document


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
        values["ports"] = ports_of(machine)
    return values


def ports_of(machine: Machine) -> Ports:
    """Return a machine's ports, their keys as text."""
    return Ports({str(host): guest for host, guest in machine.ports.items()})


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


def entry_of(tool: Tool) -> JsonValue:
    """Return an entry of the stack in its shortest form."""
    if tool.path is not None:
        path = str(tool.path)
        return {ROLE: {"path": path, **tool.options} if tool.options else path}
    return {tool.name: _shortest(tool)} if tool.options else tool.name


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
