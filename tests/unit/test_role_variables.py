"""Each variable of a tool's role begins with the tool's name: roles share one space of names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import JsonValue

ROLES = Path(__file__).parents[2] / "ansible" / "roles"
TOOLS = sorted(path for path in ROLES.glob("[a-z]*") if path.is_dir())
# What the internal role _source is given.
_SOURCE = {"source_version"}


@pytest.mark.parametrize("role", TOOLS, ids=lambda path: path.name)
def test_variables_begin_with_the_tools_name(role: Path) -> None:
    found: set[str] = set()
    for file in role.glob("*/*.yml"):
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        if file.parent.name in ("defaults", "vars"):
            found |= set(content or {})
        elif file.parent.name in ("tasks", "handlers"):
            found |= set(_named(content))
    assert {name for name in found - _SOURCE if not name.startswith(f"{role.name}_")} == set()


def _named(tasks: JsonValue) -> Iterator[str]:
    """Yield the variables that tasks set, those in blocks, too."""
    for task in tasks if isinstance(tasks, list) else []:
        assert isinstance(task, dict)
        loop = task.get("loop_control")
        names = [task.get("register"), loop.get("loop_var") if isinstance(loop, dict) else None]
        yield from (str(name) for name in names if name)
        for key in ("vars", "ansible.builtin.set_fact"):
            variables = task.get(key)
            yield from variables if isinstance(variables, dict) else ()
        for key in ("block", "rescue", "always"):
            yield from _named(task.get(key))
