"""Each role of the catalog has the files that devbox and people expect, and they agree."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ROLES = ROOT / "ansible" / "roles"
# A name that begins with an underscore is devbox's own part of a playbook, not a tool.
NAMES = sorted(folder.name for folder in ROLES.iterdir() if folder.name[0] not in "._")
TYPES = {"str", "int", "float", "bool", "list", "dict", "path", "raw"}
FILES = (
    "tasks/main.yml",
    "tasks/verify.yml",
    "defaults/main.yml",
    "meta/argument_specs.yml",
    "meta/main.yml",
    "meta/devbox.yml",
)


def _read(role: str, name: str) -> Any:
    return yaml.safe_load((ROLES / role / name).read_text())


def _main(role: str) -> dict[str, Any]:
    specs = _read(role, "meta/argument_specs.yml")
    assert set(specs) == {"argument_specs"}
    main: dict[str, Any] = specs["argument_specs"]["main"]
    return main


def _tasks(role: str) -> list[dict[str, Any]]:
    files = [*(ROLES / role).glob("tasks/*.yml"), *(ROLES / role).glob("handlers/*.yml")]
    return [task for file in files for task in yaml.safe_load(file.read_text())]


@pytest.mark.parametrize("role", NAMES)
def test_no_file_is_missing(role: str) -> None:
    assert [name for name in FILES if not (ROLES / role / name).is_file()] == []


@pytest.mark.parametrize("role", NAMES)
def test_each_option_says_what_it_is(role: str) -> None:
    main = _main(role)
    assert main["short_description"].strip()
    assert main["description"]
    assert main["options"]
    for name, option in main["options"].items():
        assert name.startswith(f"{role}_"), name
        _check_option(name, option)


def _check_option(name: str, option: dict[str, Any]) -> None:
    known = {"type", "elements", "default", "choices", "description", "required", "options"}
    assert set(option) <= known, name
    assert option["type"] in TYPES, name
    text = option["description"]
    paragraphs = [text] if isinstance(text, str) else text
    # A person reads it in the wizard: sentences, each begun and ended as one.
    for paragraph in paragraphs:
        assert re.search(r"[.)]$", paragraph), (name, paragraph)
        assert not paragraph[0].islower(), (name, paragraph)
    if option["type"] == "list":
        assert option["elements"] in TYPES, name
    if "choices" in option and "default" in option:
        # Of a list, they are the choices for each element.
        default = option["default"]
        chosen = default if option["type"] == "list" else [default]
        assert set(chosen) <= set(option["choices"]), name
    for inner, nested in option.get("options", {}).items():
        _check_option(f"{name}.{inner}", nested)


@pytest.mark.parametrize("role", NAMES)
def test_defaults_are_what_the_argument_specs_say(role: str) -> None:
    stated = {
        name: option["default"]
        for name, option in _main(role)["options"].items()
        if "default" in option
    }
    defaults = _read(role, "defaults/main.yml")
    assert defaults == stated
    # 1 == True in Python, not in YAML.
    assert {name: type(value) for name, value in defaults.items()} == {
        name: type(value) for name, value in stated.items()
    }


@pytest.mark.parametrize("role", NAMES)
def test_metadata_is_as_galaxy_has_it(role: str) -> None:
    # What meta/devbox.yml says: test_tools_catalog.py.
    galaxy = _read(role, "meta/main.yml")["galaxy_info"]
    assert galaxy["description"]
    (platform,) = galaxy["platforms"]
    assert platform["name"] == "Debian"
    assert {*platform["versions"]} <= {"bookworm", "trixie"}


@pytest.mark.parametrize("role", NAMES)
def test_tasks_use_builtin_modules_and_verify_changes_nothing(role: str) -> None:
    words = {"name", "vars", "when", "loop", "loop_control", "register", "notify", "environment"}
    words |= {"changed_when", "failed_when", "listen", "no_log"}
    for task in _tasks(role):
        modules = set(task) - words
        assert task["name"][0].isupper(), task["name"]
        assert len(modules) == 1, task["name"]
        module = modules.pop()
        # ansible-core comes alone, without collections of the community.
        assert module.startswith("ansible.builtin."), module
        if module in {"ansible.builtin.shell", "ansible.builtin.command"}:
            # What a command creates says whether it has changed anything.
            assert "changed_when" in task or "creates" in task[module], task["name"]
        if module == "ansible.builtin.apt":
            # The playbook has done it, and recommended packages are asked for by name.
            assert "update_cache" not in task[module]
            assert "install_recommends" in task[module]
    verify = _read(role, "tasks/verify.yml")
    assert 1 <= len(verify) <= 2
    assert all(task["changed_when"] is False for task in verify)


@pytest.mark.parametrize("role", NAMES)
def test_variables_of_the_role_are_its_own(role: str) -> None:
    own = set(_main(role)["options"])
    for task in _tasks(role):
        # Those of the role _source are for it.
        names = [name for name in task.get("vars", {}) if not name.startswith("source_")]
        assert all(name.startswith(f"{role}_") for name in names), task["name"]
        assert task.get("register", f"{role}_").startswith(f"{role}_"), task["name"]
    text = "".join(
        file.read_text()
        for file in (ROLES / role).rglob("*")
        if file.is_file() and file.parent.name in {"tasks", "templates", "handlers", "vars"}
    )
    assert [name for name in own if name not in text] == []


def test_the_yaml_is_tidy() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "yamllint", "--strict", *(ROLES / name for name in NAMES)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, "")
