"""Answers in words, for lists and for the review."""

from __future__ import annotations

from devbox.spec.model import Machine, Part, Schedule, Spec, Tool
from devbox.wizard.option_rows import show_value
from devbox.wizard.ports import Catalog
from devbox.wizard.proposal import PACKAGES, VERSION

_DEBIAN = {"bookworm": "Debian 12", "trixie": "Debian 13"}


def describe_machine(machine: Machine) -> str:
    """Return a machine's size in words."""
    processors = "1 processor" if machine.cpus == 1 else f"{machine.cpus} processors"
    memory = f"{machine.memory / 1024:g} GiB" if machine.memory % 512 == 0 else None
    return f"{processors}, {memory or f'{machine.memory} MiB'} memory, {machine.disk} GiB disk"


def describe_schedule(schedule: Schedule | None) -> str:
    """Return a schedule in words: ``every Monday at 03:00``."""
    if schedule is None:
        return "never by itself"
    when = {
        "day": "every day",
        "week": f"every {(schedule.on or 'monday').capitalize()}",
        "month": "on the first of every month",
    }[schedule.every]
    return f"{when} at {schedule.at}"


def describe_tools(spec: Spec, part: Part, catalog: Catalog) -> str:
    """Return the tools of a part by their titles; versions and packages are named."""
    return ", ".join(_describe(tool, catalog) for tool in spec.part(part)) or "none"


def _describe(tool: Tool, catalog: Catalog) -> str:
    known = catalog.get(tool.name) if tool.path is None else None
    if known is None:
        return tool.label
    if tool.name == PACKAGES:
        return show_value(tool.options.get(known.shorthand or "names", []))
    version = tool.options.get(VERSION)
    return f"{known.title} {version}" if version else known.title


def describe_base(spec: Spec) -> str:
    """Return the base in words."""
    image = ", from a cloud image" if spec.base.image else ""
    name = _DEBIAN.get(spec.base.release, spec.base.distribution.capitalize())
    return f"{name} {spec.base.release}{image}"


def show_machine(spec: Spec) -> str:
    """Return the machine in words."""
    return describe_machine(spec.machine)


def show_ports(spec: Spec) -> str:
    """Return the ports in words."""
    pairs = [f"{outside} → {inside}" for outside, inside in spec.machine.ports.items()]
    return ", ".join(pairs) or "none"


def show_providers(spec: Spec) -> str:
    """Return the providers in words."""
    return ", ".join(spec.providers)


def show_publish(spec: Spec) -> str:
    """Return in words where the box goes."""
    return spec.publish.to


def show_channel(spec: Spec) -> str:
    """Return the channel."""
    return spec.publish.channel


def show_schedule(spec: Spec) -> str:
    """Return the schedule in words."""
    return describe_schedule(spec.schedule)


def debian_number(release: str) -> str:
    """Return a release as its number: Debian 12."""
    return _DEBIAN.get(release, "Debian")
