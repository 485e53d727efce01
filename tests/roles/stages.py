"""The stages that a role goes through in its tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

from .cases import Cases, Options

Expected = Literal["succeed", "still", "fail", "refuse"]

# Here services are started more often in a minute than systemd lets them.
_AFRESH = "systemctl reset-failed\n"


@dataclass(frozen=True)
class Stage:
    """A play.

    Attributes:
        name: what is said of it.
        tasks: its tasks.
        options: its variables, taken as they are: no part of them is a template.
        expect: ``succeed`` ends the run if it fails, ``still`` also asks for no change;
            ``fail`` and ``refuse`` (which changes nothing) go on.
        says: what a stage that has to fail says, in part.
        become: run through sudo, as a verification does.
    """

    name: str
    tasks: tuple[JsonValue, ...]
    options: Options
    expect: Expected = "succeed"
    says: str = ""
    become: bool = False


def apply(role: str | Path, options: Options, name: str, expect: Expected = "succeed") -> Stage:
    """Return the stage that puts a role in, as a build does."""
    return Stage(name, (_include(role, "main"),), options, expect)


def verify(role: str | Path, options: Options, name: str, expect: Expected = "still") -> Stage:
    """Return the stage that runs a role's checks, as a verification does."""
    return Stage(name, (_include(role, "verify"),), options, expect, become=True)


def shell(command: str, name: str) -> Stage:
    """Return the stage that runs a shell command."""
    task: JsonValue = {
        "ansible.builtin.shell": {"cmd": "{{ stage_command }}"},
        "changed_when": False,
    }
    return Stage(name, (task,), {"stage_command": command})


def shows(command: str, prints: str, name: str) -> Stage:
    """Return the stage that compares what a shell command prints."""
    task: JsonValue = {
        "ansible.builtin.shell": {"cmd": "{{ stage_command }}"},
        "register": "stage_said",
        "changed_when": False,
        "failed_when": "stage_said.rc != 0 or stage_said.stdout != stage_prints",
    }
    return Stage(name, (task,), {"stage_command": command, "stage_prints": prints.rstrip("\n")})


def _include(role: str | Path, entry: str) -> JsonValue:
    return {"ansible.builtin.include_role": {"name": str(role), "tasks_from": entry}}


def stages_of(role: str, cases: Cases, release: str) -> list[Stage]:
    """Return all stages of a role's tests in a release.

    Args:
        role: its name, or its folder's path.
        cases: what its tests/cases.yml says.
        release: the guest's release.
    """
    stages: list[Stage] = []
    here = [case for case in cases.cases if case.is_for(release)]
    for case in here:
        said = f"{role}, {case.name}"
        if case.prepare is not None:
            stages.append(shell(case.prepare, f"{said}: prepare"))
        stages += [
            apply(role, case.options, f"{said}: apply"),
            verify(role, case.options, f"{said}: verify"),
        ]
        # With the defaults and with the most options: what stands between costs time, shows little.
        if case in (here[0], here[-1]):
            stages.append(apply(role, case.options, f"{said}: apply again", "still"))
        stages += [
            shows(shown.command, shown.prints, f"{said}: {shown.command}")
            for shown in case.shows
            if shown.is_for(release)
        ]
    stages += [
        apply(role, options, f"{role}: refuse {options}", "refuse") for options in cases.refused
    ]
    last = here[-1].options
    for broken in (fault for fault in cases.broken if fault.is_for(release)):
        said = f"{role}, {broken.name}"
        stages += [
            shell(_AFRESH + broken.break_, f"{said}: break"),
            verify(role, last, f"{said}: verify, which has to fail", "fail"),
            shell(_AFRESH + broken.mend, f"{said}: mend")
            if broken.mend is not None
            else apply(role, last, f"{said}: mend by applying it again"),
        ]
    # Once: a fault that was not mended still shows.
    return [*stages, verify(role, last, f"{role}: verify what was mended")]
