"""The questions beside the stack: name, machine, ports, providers, publication, schedule."""

from __future__ import annotations

from functools import partial
from typing import get_args

from devbox.spec.model import Machine, Spec
from devbox.wizard import checks, choices, sizes, texts
from devbox.wizard.context import Context
from devbox.wizard.listing import Choice
from devbox.wizard.ports import clashes, parse_ports, render_ports, taken_here
from devbox.wizard.prompts import Words
from devbox.wizard.schedules import parse_schedule
from devbox.wizard.screen import Back


def ask_name(spec: Spec, context: Context) -> Spec:
    """Ask for the box's name."""
    source = f", {context.name_source}" if context.name_source else ""
    name = context.prompts.line(
        "Name of the box",
        Words(f"{texts.NAME.hint}{source}", texts.NAME.help),
        default=spec.name,
        check=checks.check_name,
    )
    return spec.model_copy(update={"name": name})


def ask_machine(spec: Spec, context: Context) -> Spec:
    """Ask for the size of a developer's machine."""
    needed = sizes.stack_memory(spec, context.catalog)
    proposed = choices.proposed_machine(context.computer, needed)
    settled = "Machine" in context.settled
    rows = choices.machine_choices(spec.machine if settled else None, proposed, needed)
    here = sizes.explain_size(spec, context.catalog, context.computer)
    words = Words(here, texts.MACHINE.help)
    at = choices.machine_key(spec.machine if settled else proposed)
    while True:
        picked = context.prompts.choice(
            "How large is a developer's machine?", rows, words, chosen=at
        )
        if picked != choices.OTHER:
            cpus, memory, disk = map(int, picked.split())
            machine = Machine(cpus=cpus, memory=memory, disk=disk)
            break
        at = picked
        try:
            machine = _ask_size(spec.machine, context)
        except Back:
            continue
        break
    context.settled.add("Machine")
    machine = machine.model_copy(update={"ports": spec.machine.ports})
    return spec.model_copy(update={"machine": machine})


def _ask_size(machine: Machine, context: Context) -> Machine:
    computer = context.computer
    questions = (
        ("cpus", "Processors", f"this computer has {computer.cpus}"),
        ("memory", "Memory in MiB", f"this computer has {computer.memory}"),
        ("disk", "Disk in GiB", f"{computer.free_disk} are free here; it grows as it fills"),
    )
    asked = {name: int(getattr(machine, name)) for name, _, _ in questions}
    at = 0
    while at < len(questions):
        name, question, here = questions[at]
        try:
            text = context.prompts.line(
                question,
                Words(here, texts.MACHINE.help),
                default=str(asked[name]),
                check=partial(checks.check_size, name),
            )
        except Back:
            if at == 0:
                raise
            at -= 1
            continue
        asked[name] = int(text)
        at += 1
    return Machine.model_validate(asked)


def ask_ports(spec: Spec, context: Context) -> Spec:
    """Ask for the ports to open, and say which clash."""
    inside = clashes(spec, context.catalog)

    def notes(text: str) -> list[str]:
        return [*inside, *taken_here(parse_ports(text))]

    text = context.prompts.line(
        "Ports to open on the developer's computer",
        texts.PORTS,
        default=render_ports(spec.machine.ports),
        check=checks.check_ports,
        notes=notes,
    )
    machine = spec.machine.model_copy(update={"ports": parse_ports(text)})
    return spec.model_copy(update={"machine": machine})


def ask_providers(spec: Spec, context: Context) -> Spec:
    """Ask which providers boxes are made for."""
    rows = [
        Choice(
            name,
            name,
            "Linux, with QEMU and KVM" if name == "libvirt" else "",
            details=texts.PROVIDERS.help,
        )
        for name in known_providers()
    ]
    picked = context.prompts.choices(
        "Providers to make boxes for", rows, texts.PROVIDERS, chosen=spec.providers
    )
    return spec.model_copy(update={"providers": picked.values or spec.providers})


def known_providers() -> tuple[str, ...]:
    """Return the providers that boxes can be made for."""
    annotation = Spec.model_fields["providers"].annotation
    return get_args(get_args(annotation)[0])


def ask_publish(spec: Spec, context: Context) -> Spec:
    """Ask where the box is published."""
    to = context.prompts.line(
        "Where to publish the box",
        texts.PUBLISH,
        default=spec.publish.to,
        check=checks.check_folder,
    )
    return spec.model_copy(update={"publish": spec.publish.model_copy(update={"to": to})})


def ask_channel(spec: Spec, context: Context) -> Spec:
    """Ask which channel it is published to."""
    channel = context.prompts.line(
        "Channel to publish to",
        texts.CHANNEL,
        default=spec.publish.channel,
        check=checks.check_channel,
    )
    return spec.model_copy(update={"publish": spec.publish.model_copy(update={"channel": channel})})


def ask_schedule(spec: Spec, context: Context) -> Spec:
    """Ask when a rebuild is looked for."""
    picked = context.prompts.choice(
        "When is the box rebuilt, if anything has changed?",
        choices.schedule_choices(spec.schedule),
        texts.SCHEDULE,
        chosen=choices.schedule_key(spec.schedule),
        typed=choices.typed_schedule,
    )
    return spec.model_copy(update={"schedule": parse_schedule(picked)})
