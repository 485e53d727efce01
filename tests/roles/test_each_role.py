"""Every role, really applied: its cases, what it refuses, and that its checks see what is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from .cases import Cases, read_cases
from .guest import Guest
from .playing import ROLES, Stage, apply, play, shell, shows, verify

pytestmark = pytest.mark.roles

# A team's own role, outside of devbox's folder.
_LOCAL = Path(__file__).parents[1] / "fixtures" / "roles" / "hello"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    found = [path.parents[1] for path in sorted(ROLES.glob("[a-z]*/meta/devbox.yml"))] + [_LOCAL]
    asked = [name for name in metafunc.config.getoption("--tool").split(",") if name]
    unknown = set(asked) - {role.name for role in found}
    assert not unknown, f"no such tool: {', '.join(unknown)}"
    wanted = [role for role in found if not asked or role.name in asked]
    metafunc.parametrize("role", wanted, ids=lambda role: role.name)


def test_role(role: Path, guest: Guest) -> None:
    cases = read_cases(role)
    name = str(role) if role == _LOCAL else role.name
    play(guest, _stages(name, cases, guest.release))
    failed = guest.run("systemctl --failed --no-legend --plain; dpkg --audit").stdout
    assert failed == ""


def _stages(role: str, cases: Cases, release: str) -> list[Stage]:
    stages: list[Stage] = []
    here = [case for case in cases.cases if case.is_for(release)]
    for case in here:
        said = f"{role}, {case.name}"
        stages += [
            apply(role, case.options, f"{said}: apply"),
            verify(role, case.options, f"{said}: verify"),
            apply(role, case.options, f"{said}: apply again", "still"),
        ]
        stages += [
            shows(shown.command, shown.prints, f"{said}: {shown.command}")
            for shown in case.shows
            if shown.is_for(release)
        ]
    stages += [
        apply(role, options, f"{role}: refuse {options}", "refuse") for options in cases.refused
    ]
    last = here[-1].options
    for broken in cases.broken:
        if broken.is_for(release):
            said = f"{role}, {broken.name}"
            stages += [
                shell(broken.break_, f"{said}: break"),
                verify(role, last, f"{said}: verify, which has to fail", "fail"),
                shell(broken.mend, f"{said}: mend")
                if broken.mend is not None
                else apply(role, last, f"{said}: mend by applying it again"),
                verify(role, last, f"{said}: verify what was mended"),
            ]
    return stages
