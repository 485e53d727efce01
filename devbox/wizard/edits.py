"""Edits of a Spec that answers make: pure, each returns a new Spec."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from devbox.spec.model import Part, Spec, Tool
from devbox.tools import ROLE
from devbox.wizard.ports import Catalog, stack_ports


def other_part(part: Part) -> Part:
    """Return the part that a part is not."""
    return "development" if part == "production" else "production"


def entry_key(tool: Tool) -> str:
    """Return what an entry of the stack is called in lists: a local role by its folder."""
    return f"{ROLE}: {tool.path}" if tool.path is not None else tool.name


def chosen_tools(spec: Spec, part: Part) -> tuple[str, ...]:
    """Return the entries of a part as lists call them."""
    return tuple(map(entry_key, spec.part(part)))


def choose_tools(
    spec: Spec,
    part: Part,
    names: Iterable[str],
    catalog: Catalog,
    proposed: Mapping[str, Tool] | None = None,
) -> Spec:
    """Return the Spec with these entries in a part.

    Entries that stay keep their options and their order. A tool is in one part only: the other
    loses what this one gets; generic tools (packages …), which are lists, may be in both. Ports
    follow the tools as long as nobody has set them otherwise.

    Args:
        spec: the answers so far.
        part: the part.
        names: the entries, as lists call them.
        catalog: the tools.
        proposed: what a new entry is at first, by its name; without options if not given.
    """
    wanted = tuple(names)
    stay = [tool for tool in spec.part(part) if entry_key(tool) in wanted]
    known = set(map(entry_key, stay))
    moved = {entry_key(tool): tool for tool in spec.part(other_part(part))}
    start = {**(proposed or {}), **moved}
    added = [start.get(name, Tool(name=name)) for name in wanted if name not in known]
    # What the team adds by itself, its packages and roles, comes after the tools.
    first_own = (row for row, tool in enumerate(stay) if not _is_tool(tool, catalog))
    at = next(first_own, len(stay))
    after = _with_part(spec, part, (*stay[:at], *added, *stay[at:]))
    left = tuple(
        tool
        for tool in after.part(other_part(part))
        if entry_key(tool) not in wanted or is_generic(tool.name, catalog)
    )
    return follow_ports(spec, _with_part(after, other_part(part), left), catalog)


def is_generic(name: str, catalog: Catalog) -> bool:
    """Return whether a tool is a list of the user's own, as packages is: each part may have one."""
    return name in catalog and catalog[name].category == "generic"


def _is_tool(tool: Tool, catalog: Catalog) -> bool:
    return tool.path is None and not is_generic(tool.name, catalog)


def find_tool(spec: Spec, part: Part, name: str) -> Tool | None:
    """Return the entry of a part that lists call by a name."""
    return next((tool for tool in spec.part(part) if entry_key(tool) == name), None)


def tool_options(spec: Spec, part: Part, name: str) -> dict[str, JsonValue]:
    """Return the options of a tool as they are in the file; empty where it is not there."""
    tool = find_tool(spec, part, name)
    return dict(tool.options) if tool else {}


def set_options(
    spec: Spec, part: Part, name: str, options: Mapping[str, JsonValue], catalog: Catalog
) -> Spec:
    """Return the Spec with other options for a tool of a part; ports follow."""
    tools = tuple(
        tool.model_copy(update={"options": dict(options)}) if entry_key(tool) == name else tool
        for tool in spec.part(part)
    )
    return follow_ports(spec, _with_part(spec, part, tools), catalog)


def _with_part(spec: Spec, part: Part, tools: tuple[Tool, ...]) -> Spec:
    return spec.model_copy(update={part: tools})


def follow_ports(before: Spec, after: Spec, catalog: Catalog) -> Spec:
    """Let the ports follow the stack, unless somebody has set them otherwise."""
    if before.machine.ports != stack_ports(before, catalog):
        return after
    machine = after.machine.model_copy(update={"ports": stack_ports(after, catalog)})
    return after.model_copy(update={"machine": machine})
