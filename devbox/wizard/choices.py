"""The rows of the wizard's lists."""

from __future__ import annotations

from typing import get_args

from devbox.spec.model import Machine, Part, Release, Spec
from devbox.tools import ToolDefinition
from devbox.wizard import edits, words
from devbox.wizard.edits import Catalog
from devbox.wizard.picker import Choice
from devbox.wizard.proposal import Proposal

OTHER = "other"
NEVER = "never"

# What the main packages of each release are: packages.debian.org/RELEASE/NAME.
_RELEASES = {
    "bookworm": "Debian 12: Python 3.11, PostgreSQL 15, Node.js 18, Redis 7.0",
    "trixie": "Debian 13: Python 3.13, PostgreSQL 17, Node.js 20, Redis 8.0",
}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CATEGORIES = ("web", "databases", "languages", "build", "developer tools")


def release_choices() -> list[Choice]:
    """Return the releases, and what each offers."""
    return [Choice(name, name, _RELEASES.get(name, "")) for name in get_args(Release)]


def schedule_choices() -> list[Choice]:
    """Return how often a box can be rebuilt."""
    return [
        Choice(NEVER, "never by itself", "`devbox rebuild` does it when you say so"),
        Choice("day", "every day"),
        Choice("week", "every week", "on a day that you choose"),
        Choice("month", "every month", "on its first day"),
    ]


def day_choices() -> list[Choice]:
    """Return the days of the week."""
    return [Choice(name, name.capitalize()) for name in _DAYS]


def tool_choices(spec: Spec, part: Part, catalog: Catalog) -> list[Choice]:
    """Return the tools that a part can have: those of the release, not in the other part."""
    other: Part = "development" if part == "production" else "production"
    taken = edits.chosen_tools(spec, other)
    if part == "production":
        # A tool moves to production by being chosen there.
        taken = ()
    tools = [
        tool
        for tool in catalog.values()
        if tool.name != edits.PACKAGES
        and tool.name not in taken
        and (not tool.releases or spec.base.release in tool.releases)
    ]
    return [
        Choice(tool.name, tool.title, tool.description, tool.category)
        for tool in sorted(tools, key=lambda tool: _place(tool, part))
    ]


def _place(tool: ToolDefinition, part: Part) -> tuple[int, str, str]:
    """Sort tools by category, the ones that the part usually holds first."""
    order = _CATEGORIES if part == "production" else _CATEGORIES[::-1]
    known = tool.category in order
    return (order.index(tool.category) if known else len(order), tool.category, tool.title.lower())


def machine_choices(machine: Machine, proposal: Proposal) -> list[Choice]:
    """Return the sizes to choose from: the present one, the proposed, one smaller, one larger."""
    computer = proposal.computer
    here = f"this computer has {computer.cpus} and {computer.memory / 1024:.0f} GiB"
    named = (
        (proposal.machine, here),
        (Machine(cpus=1, memory=1024, disk=20), "for a small stack"),
        (Machine(cpus=2, memory=2048, disk=40), "for most"),
        (Machine(cpus=4, memory=8192, disk=80), "for large builds"),
        (machine, "as it is now"),
    )
    rows: dict[str, Choice] = {}
    for size, hint in named:
        key = machine_key(size)
        rows.setdefault(key, Choice(key, words.describe_machine(size), hint))
    return [*rows.values(), Choice(OTHER, "another size")]


def machine_key(machine: Machine) -> str:
    """Return the value that stands for a size in the list: processors, MiB, GiB."""
    return f"{machine.cpus} {machine.memory} {machine.disk}"
