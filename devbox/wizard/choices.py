"""The rows of the wizard's shorter lists: releases, sizes of a machine, schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from devbox.spec.model import Machine, Release, Schedule, Spec
from devbox.tools.versions import ReleaseProposal, default_version, nearest_offer
from devbox.wizard import words
from devbox.wizard.listing import Choice
from devbox.wizard.ports import Catalog
from devbox.wizard.proposal import has_versions
from devbox.wizard.schedules import ScheduleError, parse_schedule
from devbox.wizard.sizes import Computer, propose_machine

OTHER = "other"
_SCHEDULES = (
    (None, "only when you run devbox rebuild"),
    (Schedule(every="week", on="monday"), "most teams' choice"),
    (Schedule(every="day"), "newest packages, most downloads"),
    (Schedule(every="month"), "fewest downloads"),
)
_FAMOUS = ("python", "postgresql", "node", "php", "ruby", "java", "go", "mariadb", "redis")


def release_choices(
    spec: Spec, catalog: Catalog, wanted: Mapping[str, str], proposal: ReleaseProposal
) -> list[Choice]:
    """Return the releases; each with the versions of the stack's tools that it offers."""
    used = [tool.name for tool in (*spec.production, *spec.development) if tool.name in catalog]
    shown = [name for name in used if catalog[name].sources] or list(_FAMOUS)
    rows = []
    for release in reversed(get_args(Release)):
        offered = _offered(release, [name for name in shown if name in catalog], catalog, wanted)
        missing = _missing(release, used, catalog, wanted)
        reasons = proposal.reasons if release == proposal.release else ()
        details = [
            *(f"proposed: {reason}" for reason in reasons),
            f"{words.debian_number(release)} {release}: {', '.join(offered)}",
            *([f"cannot be had: {', '.join(missing)}"] if missing else []),
        ]
        lacks = f"no {', '.join(missing)}; " if missing else ""
        hint = f"{words.debian_number(release)}: {lacks}{', '.join(offered)}"
        rows.append(Choice(release, release, hint, details=tuple(details)))
    return rows


def _offered(
    release: str, names: list[str], catalog: Catalog, wanted: Mapping[str, str]
) -> list[str]:
    said = []
    for name in names:
        tool = catalog[name]
        asked = wanted.get(name)
        offer = nearest_offer(tool, release, asked) if asked and has_versions(tool) else None
        version = offer.version if offer else default_version(tool, release)
        if version:
            source = offer.source.name if offer and offer.source.kind != "debian" else ""
            said.append(f"{tool.title} {version}" + (f" ({source})" if source else ""))
    return said


def _missing(
    release: str, names: list[str], catalog: Catalog, wanted: Mapping[str, str]
) -> list[str]:
    said = []
    for name in names:
        tool = catalog[name]
        asked = wanted.get(name, "")
        if tool.releases and release not in tool.releases:
            said.append(tool.title)
        elif asked and has_versions(tool) and nearest_offer(tool, release, asked) is None:
            said.append(f"{tool.title} {asked}")
    return said


def schedule_choices(present: Schedule | None) -> list[Choice]:
    """Return how often a box can be rebuilt; the present answer is among them."""
    rows = {schedule_key(schedule): hint for schedule, hint in _SCHEDULES}
    rows.setdefault(schedule_key(present), "as it is now")
    return [Choice(key, key, hint) for key, hint in rows.items()]


def schedule_key(schedule: Schedule | None) -> str:
    """Return the words that stand for a schedule in the list; parse_schedule reads them."""
    return words.describe_schedule(schedule)


def typed_schedule(text: str) -> Choice | str:
    """Return the row for a schedule in a person's words, or what is wrong with these."""
    try:
        key = schedule_key(parse_schedule(text))
    except ScheduleError as error:
        return str(error)
    return Choice(key, key, "as you typed it")


def machine_choices(present: Machine | None, proposed: Machine, needed: int) -> list[Choice]:
    """Return the sizes to choose from: the proposed, the present, one smaller, one larger."""
    named = (
        (proposed, "proposed"),
        *([(present, "as it is now")] if present else []),
        (Machine(cpus=1, memory=1024, disk=20), "small"),
        (Machine(cpus=2, memory=2048, disk=40), "for most"),
        (Machine(cpus=4, memory=8192, disk=80), "large"),
    )
    rows: dict[str, Choice] = {}
    for size, hint in named:
        key = machine_key(size)
        short = f"{hint}; the stack wants {needed} MiB" if size.memory < needed else hint
        rows.setdefault(key, Choice(key, words.describe_machine(size), short))
    return [*rows.values(), Choice(OTHER, "another size")]


def machine_key(machine: Machine) -> str:
    """Return the value that stands for a size in the list: processors, MiB, GiB."""
    return f"{machine.cpus} {machine.memory} {machine.disk}"


def proposed_machine(computer: Computer, needed: int) -> Machine:
    """Return the size that is proposed for a stack on this computer."""
    return propose_machine(computer, needed)
