"""Facts are gathered for roles that use them, and for no others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from devbox.build.builder import role_runs
from devbox.plan.digests import role_dependencies, role_digest
from devbox.playbooks.inputs import environment, playbook, render_variables
from devbox.spec import Tool
from devbox.tools.facts import uses_facts

_OLD = "- ansible.builtin.copy: {dest: '%s', content: '{{ ansible_os_family }}'}\n"
_NEW = "- ansible.builtin.copy: {dest: '%s', content: '{{ ansible_facts.os_family }}'}\n"


def make_role(root: Path, name: str, files: dict[str, str]) -> Tool:
    for path, content in {"tasks/main.yml": "[]\n", **files}.items():
        file = root / "roles" / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return Tool.model_validate({"name": "role", "path": Path("roles") / name}, strict=False)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, False),
        ({"tasks/main.yml": _OLD}, True),
        ({"tasks/main.yml": _NEW}, True),
        ({"templates/sub/x.j2": "{{ ansible_processor_vcpus }}"}, True),
        ({"tasks/main.yml": "- debug: {msg: '{{ ansible_user }} {{ ansible_host }}'}\n"}, False),
        ({"defaults/main.yml": "x: '{{ ansible_python_interpreter }}'\n"}, False),
        ({"tasks/main.yml": f"- ansible.builtin.setup:\n{_OLD}"}, False),
        ({"files/x": "ansible_facts"}, False),
    ],
)
def test_a_role_that_names_facts_uses_them(
    files: dict[str, str], expected: bool, tmp_path: Path
) -> None:
    make_role(tmp_path, "x", files)
    assert uses_facts(tmp_path / "roles" / "x") == expected


@pytest.mark.parametrize("use", [_OLD, _NEW])
def test_a_role_of_galaxys_kind_finds_its_facts(use: str, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    make_role(tmp_path, "acme.java", {"tasks/main.yml": use % seen})
    tool = make_role(
        tmp_path, "acme.web", {"meta/main.yml": "dependencies: [{src: acme.java, version: '1'}]\n"}
    )
    (run,) = role_runs([tool], tmp_path)
    assert run.facts
    (tmp_path / "variables.json").write_text(render_variables([run]))
    (play,) = yaml.safe_load(playbook("production").read_text())
    wanted = ("Learn about the machine", "Put in each tool")
    tasks = [task for task in play["tasks"] if task["name"] in wanted]
    assert len(tasks) == 2
    files = [str(tmp_path / "variables.json")]
    local = {"hosts": "localhost", "connection": "local", "vars_files": files, "tasks": tasks}
    (tmp_path / "play.json").write_text(json.dumps([local]))
    paths = environment(tmp_path / "events", tmp_path / "log", tmp_path)
    ended = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), tmp_path / "play.json"],
        env={**os.environ, **paths, "ANSIBLE_PYTHON_INTERPRETER": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert seen.read_text() == "Debian"


def test_without_such_a_role_nothing_is_gathered(tmp_path: Path) -> None:
    tool = make_role(tmp_path, "plain", {})
    (run,) = role_runs([tool], tmp_path)
    assert not run.facts
    assert "devbox_facts" not in render_variables([run])


@pytest.mark.parametrize(
    "needed",
    [
        "acme.java",
        "{role: acme.java}",
        "{name: acme.java, port: 1}",
        "{src: acme.java, version: '1.0'}",
        "'acme.java,1.0'",
        "'https://x/y.git,1.0,acme.java'",
        "{src: 'https://x/acme.java.tar.gz'}",
    ],
)
@pytest.mark.parametrize("ending", ["yml", "yaml"])
def test_what_a_role_depends_on_is_found_in_every_form(
    needed: str, ending: str, tmp_path: Path
) -> None:
    make_role(tmp_path, "acme.java", {})
    make_role(tmp_path, "acme.web", {f"meta/main.{ending}": f"dependencies: [{needed}]\n"})
    web, java = tmp_path / "roles" / "acme.web", tmp_path / "roles" / "acme.java"
    assert role_dependencies(web, tmp_path) == {java}
    before = role_digest(web, tmp_path)
    (java / "tasks" / "main.yml").write_text("# another\n[]\n")
    assert role_digest(web, tmp_path) != before
