"""Every role, really applied: its cases, what it refuses, and that its checks see a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from .cases import read_cases
from .guest import Guest
from .playing import ROLES, play
from .stages import stages_of

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
    play(guest, stages_of(name, cases, guest.release))
    failed = guest.run("systemctl --failed --no-legend --plain; dpkg --audit").stdout
    assert failed == ""
