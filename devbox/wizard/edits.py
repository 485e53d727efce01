"""Edits of a Spec that answers make: pure, each returns a new Spec."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from devbox.spec.model import Part, Port, Spec, Tool
from devbox.tools import ROLE, ToolDefinition
from devbox.wizard.proposal import propose_ports

PACKAGES = "packages"
"""The tool that stands for plain Debian packages: it has a question of its own."""

_PORT_PAIR = re.compile(r"(\d{1,5})(?::(\d{1,5}))?", re.ASCII)
_LAST_PORT = 65535

Catalog = Mapping[str, ToolDefinition]


def chosen_tools(spec: Spec, part: Part) -> tuple[str, ...]:
    """Return the names of a part's tools that come from the catalog's list."""
    return tuple(tool.name for tool in spec.part(part) if tool.name not in (ROLE, PACKAGES))


def choose_tools(spec: Spec, part: Part, names: Iterable[str], catalog: Catalog) -> Spec:
    """Return the Spec with these tools in a part.

    Tools that stay keep their options; packages and local roles, which are in no list, stay. A
    tool is in one part only: the other loses what this one gets. Ports follow the tools as long as
    nobody has set them otherwise.
    """
    wanted = tuple(names)
    stay = [tool for tool in spec.part(part) if tool.name in (ROLE, PACKAGES, *wanted)]
    known = {tool.name for tool in stay}
    added = [Tool(name=name) for name in wanted if name not in known]
    at = next((row for row, tool in enumerate(stay) if tool.name in (ROLE, PACKAGES)), len(stay))
    after = _with_part(spec, part, (*stay[:at], *added, *stay[at:]))
    other: Part = "development" if part == "production" else "production"
    left = tuple(tool for tool in after.part(other) if tool.name not in wanted)
    after = _with_part(after, other, left)
    if spec.machine.ports == stack_ports(spec, catalog):
        machine = after.machine.model_copy(update={"ports": stack_ports(after, catalog)})
        return after.model_copy(update={"machine": machine})
    return after


def stack_ports(spec: Spec, catalog: Catalog) -> dict[Port, Port]:
    """Return the ports to propose for all tools of both parts."""
    tools = (*spec.production, *spec.development)
    return propose_ports(catalog[tool.name] for tool in tools if tool.name in catalog)


def tool_options(spec: Spec, part: Part, name: str) -> dict[str, JsonValue]:
    """Return the options of a tool as they are in the file; empty where it is not there."""
    return next((dict(tool.options) for tool in spec.part(part) if tool.name == name), {})


def set_options(spec: Spec, part: Part, name: str, options: Mapping[str, JsonValue]) -> Spec:
    """Return the Spec with other options for a tool of a part."""
    tools = tuple(
        Tool(name=name, options=dict(options)) if tool.name == name else tool
        for tool in spec.part(part)
    )
    return _with_part(spec, part, tools)


def packages(spec: Spec, part: Part, catalog: Catalog) -> tuple[str, ...]:
    """Return the plain Debian packages of a part."""
    names = tool_options(spec, part, PACKAGES).get(_packages_option(catalog))
    return tuple(str(name) for name in names) if isinstance(names, list) else ()


def set_packages(spec: Spec, part: Part, names: Iterable[str], catalog: Catalog) -> Spec:
    """Return the Spec with other Debian packages in a part."""
    wanted: list[JsonValue] = list(names)
    options = tool_options(spec, part, PACKAGES)
    if not wanted:
        rest = tuple(tool for tool in spec.part(part) if tool.name != PACKAGES)
        return _with_part(spec, part, rest)
    options[_packages_option(catalog)] = wanted
    if any(tool.name == PACKAGES for tool in spec.part(part)):
        return set_options(spec, part, PACKAGES, options)
    return _with_part(spec, part, (*spec.part(part), Tool(name=PACKAGES, options=options)))


def _packages_option(catalog: Catalog) -> str:
    return catalog[PACKAGES].shorthand or "names"


def _with_part(spec: Spec, part: Part, tools: tuple[Tool, ...]) -> Spec:
    return spec.model_copy(update={part: tools})


def parse_ports(text: str) -> dict[Port, Port]:
    """Read ``8080:80, 5432``: the developer's port, and the machine's if it is another.

    Raises:
        ValueError: a word is no port; the message says which and why.
    """
    ports: dict[Port, Port] = {}
    for word in re.findall(r"[^\s,]+", text):
        match = _PORT_PAIR.fullmatch(word)
        if match is None:
            raise ValueError(f"{word}: write 8080:80, or 5432 where both are equal")
        outside, inside = int(match[1]), int(match[2] or match[1])
        if not (1 <= outside <= _LAST_PORT and 1 <= inside <= _LAST_PORT):
            raise ValueError(f"{word}: ports go from 1 to {_LAST_PORT}")
        if outside in ports:
            raise ValueError(f"{word}: port {outside} is taken twice")
        ports[outside] = inside
    return ports


def render_ports(ports: Mapping[Port, Port]) -> str:
    """Return ports as parse_ports reads them."""
    return ", ".join(f"{outside}:{inside}" for outside, inside in ports.items())
