"""All tools of a category side by side in one machine: none takes another's place."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from .cases import Cases, Options, read_cases
from .guest import Guest
from .playing import ROLES, play
from .stages import apply, verify

pytestmark = pytest.mark.roles


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    groups = _groups()
    metafunc.parametrize("tools", list(groups.values()), ids=list(groups))


def test_tools_of_a_category_work_together(tools: tuple[Path, ...], guest: Guest) -> None:
    options = {role.name: _options(read_cases(role), guest.release) for role in tools}
    play(
        guest,
        [
            *(apply(name, of, f"{name}: apply") for name, of in options.items()),
            *(verify(name, of, f"{name}: verify") for name, of in options.items()),
            *(apply(name, of, f"{name}: apply again", "still") for name, of in options.items()),
        ],
    )
    assert guest.run("systemctl --failed --no-legend --plain; dpkg --audit").stdout == ""


def _options(cases: Cases, release: str) -> Options:
    first = next(case for case in cases.cases if case.is_for(release))
    return first.options | cases.together


def _groups() -> dict[str, tuple[Path, ...]]:
    """Return the tools that stand together: those of a category, but for what excludes another."""
    groups: dict[str, list[Path]] = {}
    for path in sorted(ROLES.glob("[a-z]*/meta/devbox.yml")):
        role = path.parents[1]
        category = str(yaml.safe_load(path.read_text(encoding="utf-8"))["category"])
        name, number = category, 1
        while any(_exclude(role, other) for other in groups.get(name, [])):
            number += 1
            name = f"{category}-{number}"
        groups.setdefault(name, []).append(role)
    return {name: tuple(roles) for name, roles in groups.items() if len(roles) > 1}


def _exclude(one: Path, other: Path) -> bool:
    return other.name in _not_with(one) or one.name in _not_with(other)


def _not_with(role: Path) -> tuple[str, ...]:
    # Here a broken file must not keep the others' tests from being found.
    try:
        return read_cases(role).not_with
    except (AssertionError, ValueError):
        return ()
