"""Options reach Ansible as they were written: the same type, the same text, no template."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from pydantic import JsonValue

from devbox.playbooks.inputs import RoleRun, render_variables

TEXTS = ["", "*", "=", "<<", "!", "yes", "12", "0x1f", "~", "null", "2026-11-22", "a: b", "- x"]
TEXTS += ["{{ 7 * 7 }}", "{% raw %}", "#{x} ${y} %{z}", 'it\'s "q" \\', "one\ntwo", "🐘", " space "]
OTHERS: list[JsonValue] = [1, 1.5, True, None, [], {}, ["{{ x }}"], {"key {{ k }}": "{{ v }}"}]
VALUES: list[JsonValue] = [*TEXTS, *OTHERS]


def test_ansible_reads_what_the_user_wrote(tmp_path: Path) -> None:
    run = RoleRun("hello", "hello", {"hello_values": VALUES})
    (tmp_path / "variables.yml").write_text(render_variables([run]))
    copy = {"dest": str(tmp_path / "seen"), "content": "{{ hello_values | to_json }}"}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars_files": [str(tmp_path / "variables.yml")],
        "tasks": [{"ansible.builtin.copy": copy}],
    }
    (tmp_path / "play.json").write_text(json.dumps([play]))
    ended = subprocess.run(
        [Path(sys.executable).with_name("ansible-playbook"), tmp_path / "play.json"],
        env={**os.environ, "ANSIBLE_HOME": str(tmp_path / "ansible"), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert json.loads((tmp_path / "seen").read_text()) == VALUES
