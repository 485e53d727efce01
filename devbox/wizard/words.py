"""Answers in words, for lists and for the review."""

from __future__ import annotations

from devbox.spec.model import Machine, Part, Schedule, Spec
from devbox.wizard import edits
from devbox.wizard.edits import Catalog


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
    """Return the tools of a part by their titles, options and packages named."""
    words: list[str] = []
    for tool in spec.part(part):
        if tool.name == edits.PACKAGES:
            words += edits.packages(spec, part, catalog)
        elif tool.name in catalog:
            words.append(catalog[tool.name].title)
        else:
            words.append(tool.label)
    return ", ".join(words) or "none"


def describe_base(spec: Spec) -> str:
    """Return the base in words."""
    image = ", from a cloud image" if spec.base.image else ""
    return f"{spec.base.distribution.capitalize()} {spec.base.release}{image}"


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
    return f"{spec.publish.to}, channel {spec.publish.channel}"


def show_schedule(spec: Spec) -> str:
    """Return the schedule in words."""
    return describe_schedule(spec.schedule)
