"""The files that a playbook is given, its environment and its program."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from devbox.playbooks.inputs import RoleRun, environment, playbook, render_variables, write_program


def read(text: str) -> Any:
    return json.loads(text, object_pairs_hook=unmarked)


class Unsafe(str):
    __slots__ = ()


def unmarked(pairs: list[tuple[str, Any]]) -> Any:
    """Read Ansible's mark of a text that is no template, and remember what was so marked."""
    if [key for key, _ in pairs] == ["__ansible_unsafe"]:
        return Unsafe(pairs[0][1])
    return dict(pairs)


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return []


TEXT = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_every_text_is_marked_and_comes_back_as_it_was(value: Any) -> None:
    document = read(render_variables([RoleRun("web", "web", {"web_option": value})]))
    assert document["web_option"] == value
    assert all(isinstance(text, Unsafe) for text in texts(document))


def test_tools_stand_in_order_with_roles_and_labels() -> None:
    document = read(
        render_variables([RoleRun("/a {{b}}/role", "role"), RoleRun("git", "git")], extra=1)
    )
    assert document == {
        "devbox_tools": [
            {"role": "/a {{b}}/role", "label": "role"},
            {"role": "git", "label": "git"},
        ],
        "extra": 1,
    }


def test_the_same_tools_give_the_same_bytes_in_any_order_of_keys() -> None:
    one = render_variables([RoleRun("web", "web", {"web_a": 1, "web_b": {"x": 1, "y": 2}})])
    two = render_variables([RoleRun("web", "web", {"web_b": {"y": 2, "x": 1}, "web_a": 1})])
    assert one == two


@pytest.mark.parametrize("name", ["production", "development", "verify"])
def test_the_playbooks_are_there(name: str) -> None:
    assert isinstance(yaml.safe_load(playbook(name).read_text()), list)


def test_everything_temporary_is_in_the_private_folder(tmp_path: Path) -> None:
    env = environment(tmp_path / "e", tmp_path / "l", tmp_path)
    for name in ("TMPDIR", "ANSIBLE_HOME", "ANSIBLE_LOCAL_TEMP", "ANSIBLE_SSH_CONTROL_PATH_DIR"):
        assert Path(env[name]).is_relative_to(tmp_path)
    assert env["LC_ALL"] == "C.UTF-8"


def test_the_program_stands_beside_its_python_and_takes_any_argument(tmp_path: Path) -> None:
    program = write_program(tmp_path / "ansible-playbook")
    assert program.stat().st_mode & 0o777 == 0o700
    text = program.read_text()
    # Another program in the place of Python, to see what it is given.
    shown = tmp_path / "py thon'"
    shown.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n")
    shown.chmod(0o700)
    import shlex

    program.write_text(text.replace(f"exec {sys.executable}", f"exec {shlex.quote(str(shown))}"))
    words = ["a b", "'\"$(id)", "--extra-vars", '{"x": "*"}']
    done = subprocess.run([program, *words], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == ["-P", "-m", "devbox.playbooks.program", *words]
