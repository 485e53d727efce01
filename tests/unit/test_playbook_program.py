"""The playbook program as Packer calls it: real Ansible, on this computer, as its own guest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from devbox import ui
from devbox.errors import DevboxError
from devbox.playbooks.follow import Follower
from devbox.playbooks.inputs import RoleRun, environment, render_variables, write_program

HOSTILE = {
    "template": "{{ lookup('pipe', 'touch PWNED') }} {% raw %}",
    "quotes": 'it\'s "q" \\ `id` $(id) ${x} #{y} %{z}',
    "lines": "one\n  two\n\n---\n# three\t!unsafe 'x'\n",
    "emoji": "🐘 naïve \u202e \x7f",
    "yes": "yes",
    "number": "0123",
    "empty": "",
    "tag": "!!python/object/apply:os.system ['id']",
}

ECHO = """
- ansible.builtin.copy:
    content: "{{ hostile_values | to_json }}"
    dest: "{{ hostile_target }}"
"""


@dataclass
class Workplace:
    """A folder with roles, and what a run of the program there left."""

    folder: Path

    @property
    def temporary(self) -> Path:
        return self.folder / "scratch"

    def role(self, name: str, tasks: str) -> RoleRun:
        path = self.folder / "ro les" / name / "tasks" / "main.yml"
        path.parent.mkdir(parents=True)
        path.write_text(tasks)
        return RoleRun(str(path.parents[1]), name)

    def command(self, *tools: RoleRun) -> list[str | Path]:
        variables = self.folder / "variables.yml"
        variables.write_text(render_variables(tools), encoding="utf-8")
        playbook = self.folder / "play.yml"
        playbook.write_text(
            yaml.safe_dump(
                [
                    {
                        "hosts": "all",
                        "vars_files": ["{{ devbox_variables }}"],
                        "tasks": [
                            {
                                "name": "Put in each tool",
                                "include_role": {"name": "{{ devbox_tool.role }}"},
                                "loop": "{{ devbox_tools }}",
                                "loop_control": {"loop_var": "devbox_tool"},
                            }
                        ],
                    }
                ]
            )
        )
        extra = f'{{"devbox_variables": "{variables}", "token": "s3cret-of-the-team"}}'
        program = write_program(self.folder / "ansible-playbook")
        return [program, "-i", "default,", "-c", "local", "--extra-vars", extra, playbook]

    def env(self) -> dict[str, str]:
        self.temporary.mkdir(exist_ok=True)
        own = environment(self.folder / "events", self.folder / "log", self.temporary)
        return {**os.environ, **own}


@pytest.fixture
def workplace(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def run(place: Workplace, *tools: RoleRun) -> tuple[int, DevboxError | None, Follower]:
    with ui.task("t") as task, Follower(place.folder / "events", task) as follower:
        done = subprocess.run(
            place.command(*tools),
            env=place.env(),
            cwd=place.folder,
            check=False,
            timeout=120,
            capture_output=True,
            text=True,
        )
    print(done.stdout, done.stderr)
    return done.returncode, follower.error("production", place.folder / "log"), follower


def leftovers(place: Workplace) -> list[str]:
    """Files below the temporary folder that hold the secret."""
    found = subprocess.run(
        ["grep", "-rlF", "s3cret-of-the-team", place.temporary],
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.split()


def processes(place: Workplace) -> list[str]:
    """The processes whose command line names this test's folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if str(place.folder) in line:
                found.append(line)
    return found


def test_hostile_texts_arrive_as_they_are(workplace: Workplace) -> None:
    target = workplace.folder / "out.json"
    role = workplace.role("hostile", ECHO)
    # A module of the folder where the user stands is not taken for one of Python's.
    (workplace.folder / "yaml.py").write_text("raise SystemExit(9)")
    tool = RoleRun(
        role.role,
        role.label,
        {
            "hostile_values": {**HOSTILE, "nested": [dict(HOSTILE)]},
            "hostile_target": str(target),
        },
    )
    code, error, follower = run(workplace, tool)
    assert (code, error) == (0, None)
    written = json.loads(target.read_text(encoding="utf-8"))
    assert written == {**HOSTILE, "nested": [HOSTILE]}
    assert list(follower.seconds) == ["hostile"]
    assert not list(workplace.folder.rglob("PWNED"))
    assert leftovers(workplace) == []


def test_a_failure_is_told_by_role_task_and_message(workplace: Workplace) -> None:
    role = workplace.role(
        "broken",
        "- name: Ask for what is not there\n"
        "  ansible.builtin.command: {cmd: sh -c 'echo out; echo because of this >&2; exit 3'}\n",
    )
    code, error, _ = run(workplace, role)
    assert code == 2
    assert error is not None
    assert error.what == "production failed in role broken, task “Ask for what is not there”"
    assert "because of this" in error.evidence
    assert leftovers(workplace) == []


def test_items_of_a_loop_are_named_and_a_rescued_failure_is_not(workplace: Workplace) -> None:
    rescued = workplace.role(
        "rescued",
        "- block:\n"
        "    - {name: Harmless, ansible.builtin.command: sh -c 'echo harmless >&2; exit 1'}\n"
        "  rescue:\n"
        "    - {name: Plan B, ansible.builtin.debug: {msg: fine}}\n"
        "- {name: Ignored, ansible.builtin.command: 'false', ignore_errors: true}\n",
    )
    looping = workplace.role(
        "looping",
        "- name: Try each\n"
        "  ansible.builtin.command: sh -c 'echo no {{ item }} >&2; test {{ item }} = good'\n"
        "  loop: [good, bad, worse]\n",
    )
    code, error, _ = run(workplace, rescued, looping)
    assert code == 2
    assert error is not None
    assert "role looping, task “Try each”" in error.what
    assert "bad: no bad" in error.evidence
    assert "worse: no worse" in error.evidence
    assert "good" not in error.evidence
    assert "harmless" not in error.evidence


def test_a_run_that_succeeds_after_a_rescue_succeeds(workplace: Workplace) -> None:
    role = workplace.role(
        "rescued",
        "- block: [{ansible.builtin.command: 'false'}]\n"
        "  rescue: [{ansible.builtin.debug: {msg: fine}}]\n",
    )
    assert run(workplace, role)[0] == 0


@pytest.mark.parametrize(
    ("tasks", "said"),
    [
        ("- {name: Odd, no_such_module: {}}\n", "no_such_module"),
        ("- {name: Odd, ansible.builtin.debug: {msg: '{{ nowhere }}'}}\n", "nowhere"),
        ("- name: [unclosed\n", "YAML"),
        ("- {name: Odd, ansible.builtin.file: {path: /x, sauce: y}}\n", "sauce"),
    ],
)
def test_a_wrong_role_is_explained(workplace: Workplace, tasks: str, said: str) -> None:
    code, error, _ = run(workplace, workplace.role("wrong", tasks))
    assert code != 0
    assert error is not None
    assert said in error.evidence
    assert len(error.evidence.splitlines()) <= 25


def test_a_module_that_crashes_is_explained_by_its_last_words(workplace: Workplace) -> None:
    role = workplace.role("crash", "- {name: Crash, crashing: {}}\n")
    library = Path(role.role) / "library"
    library.mkdir()
    (library / "crashing.py").write_text(
        "from ansible.module_utils.basic import AnsibleModule\n"
        "def main():\n    AnsibleModule(argument_spec={})\n    raise OSError('the moon is full')\n"
        "main()\n"
    )
    code, error, _ = run(workplace, role)
    assert code == 2
    assert error is not None
    assert "the moon is full" in error.evidence


def test_output_that_is_no_text_is_no_obstacle(workplace: Workplace) -> None:
    role = workplace.role(
        "bytes",
        "- {name: Shout, ansible.builtin.shell: \"printf '\\\\377\\\\376' >&2; exit 1\"}\n",
    )
    code, error, _ = run(workplace, role)
    assert code == 2
    assert error is not None
    assert "“Shout”" in error.what


def test_a_guest_that_stops_answering_is_called_so(workplace: Workplace) -> None:
    role = workplace.role("any", "- {name: Any, ansible.builtin.command: 'true'}\n")
    command = workplace.command(role)
    command[command.index("-c") + 1] = "ssh"
    fake = workplace.folder / "bin"
    fake.mkdir()
    (fake / "ssh").write_text("#!/bin/sh\necho 'Connection refused' >&2\nexit 255\n")
    (fake / "ssh").chmod(0o755)
    env = workplace.env()
    env["PATH"] = f"{fake}:{env['PATH']}"
    env["ANSIBLE_SSH_RETRIES"] = "0"
    with ui.task("t") as task, Follower(workplace.folder / "events", task) as follower:
        done = subprocess.run(command, env=env, check=False, timeout=60, capture_output=True)
    assert done.returncode == 4
    error = follower.error("verify", workplace.folder / "log")
    assert error is not None
    assert error.evidence.startswith("the machine stopped answering\n")
    assert "Connection refused" in error.evidence


def test_ansible_that_is_not_there_is_a_failure_that_says_so(workplace: Workplace) -> None:
    role = workplace.role("any", "- {ansible.builtin.command: 'true'}\n")
    command = workplace.command(role)
    program = workplace.folder / "ansible-playbook"
    lines = program.read_text().splitlines()
    program.write_text("\n".join(["#!/bin/sh", "PATH=/nowhere", "export PATH", lines[-1]]))
    with ui.task("t") as task, Follower(workplace.folder / "events", task) as follower:
        done = subprocess.run(
            command, env=workplace.env(), check=False, timeout=60, capture_output=True
        )
    assert done.returncode not in (0, 130)
    error = follower.error("verify", workplace.folder / "log")
    assert error is not None
    assert "ansible-playbook" in error.evidence


SLEEPING = "- {name: Sleep, ansible.builtin.command: 'sleep 300'}\n"


@pytest.fixture
def sleeping(workplace: Workplace) -> Iterator[tuple[Workplace, subprocess.Popen[bytes]]]:
    """A run in the middle of a task that would take long."""
    role = workplace.role("sleeping", SLEEPING)
    child = subprocess.Popen(
        ["sh", "-c", '"$@" & echo $! >child; wait $!', "packer", *workplace.command(role)],
        cwd=workplace.folder,
        env=workplace.env(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 60
    while '"Sleep"' not in (
        (workplace.folder / "events").read_text() if (workplace.folder / "events").exists() else ""
    ):
        assert time.monotonic() < end
        time.sleep(0.1)
    time.sleep(1)
    yield workplace, child
    child.kill()
    child.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_all_that_it_started(
    sleeping: tuple[Workplace, subprocess.Popen[bytes]], number: signal.Signals
) -> None:
    place, child = sleeping
    os.kill(int((place.folder / "child").read_text()), number)
    assert child.wait(15) == 130
    assert processes(place) == []
    assert leftovers(place) == []


def test_a_run_whose_packer_was_killed_ends(
    sleeping: tuple[Workplace, subprocess.Popen[bytes]],
) -> None:
    place, child = sleeping
    child.kill()
    end = time.monotonic() + 15
    while processes(place) and time.monotonic() < end:
        time.sleep(0.2)
    assert processes(place) == []
    assert leftovers(place) == []
