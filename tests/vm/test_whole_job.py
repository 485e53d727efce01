"""init → build → publish → up → a command in the machine; then a new version, and a failure."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devbox.host import accelerator
from devbox.images.disk import make_overlay
from devbox.verify.guest import running_guest
from tests.vm.conftest import Devbox, guests

STACK = (
    "--defaults",
    "--set=name=acme/web",
    "--set=production=[nginx, {postgresql: {databases: [app]}}]",
    "--set=development=[git, node]",
    "--set=machine.memory=1024",
    "--set=machine.ports={18080: 80}",
)


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, env: dict[str, str]) -> Devbox:
    """The team's repository, with a published box."""
    box = Devbox(tmp_path_factory.mktemp("team"), env)
    box.run("init", *STACK)
    box.run("build")
    box.run("publish")
    return box


@pytest.fixture(scope="module")
def newcomer(
    tmp_path_factory: pytest.TempPathFactory, env: dict[str, str], team: Devbox
) -> Iterator[Devbox]:
    """An empty folder of a new team member, brought up from the catalog alone."""
    box = Devbox(tmp_path_factory.mktemp("newcomer"), env)
    try:
        box.run("up", str(team.folder / "boxes/acme/web/stable.json"))
        yield box
    finally:
        box.run("destroy", "--yes")


def manifest(box: Devbox) -> dict[str, object]:
    data: dict[str, object] = json.loads((box.folder / ".devbox/build/manifest.json").read_text())
    return data


def test_the_box_that_was_verified_is_the_one_that_is_published(team: Devbox) -> None:
    verification = manifest(team)["verification"]
    assert isinstance(verification, dict)
    assert set(verification["checks"]) == {"nginx", "postgresql", "git", "node"}
    published = team.folder / "boxes/acme/web/versions/1.0.0/libvirt-amd64.box"
    digest = hashlib.sha256(published.read_bytes()).hexdigest()
    assert digest == verification["box_sha256"]


def test_a_second_build_does_nothing(team: Devbox) -> None:
    started = time.monotonic()
    result = team.run("build")
    assert "nothing has changed" in result.stderr
    assert time.monotonic() - started < 60, "it built something"


def test_a_rebuild_looks_into_the_archive(team: Devbox) -> None:
    result = json.loads(team.run("rebuild", "--dry-run", "--json").stdout)
    # Nothing, unless the archive has moved on since the layers were cached.
    assert all("newer packages" in reason["what"] for reason in result["reasons"])


def test_the_production_image_boots_by_uefi_and_knows_no_vagrant(
    team: Devbox, tmp_path: Path
) -> None:
    overlay = tmp_path / "overlay.qcow2"
    make_overlay(team.folder / ".devbox/build/production.qcow2", overlay)
    firmware = Path("/usr/share/ovmf/OVMF.fd")
    with running_guest(
        overlay, tmp_path, accelerator.choose(), cpus=2, memory=1024, firmware=firmware
    ) as guest:
        guest.wait_for_ssh(600)
        key = tmp_path / "key"
        source = Path("devbox/verify/vagrant_insecure_key")
        key.write_bytes(source.read_bytes())
        key.chmod(0o600)
        login = subprocess.run(
            [
                "ssh", "-i", key, "-p", str(guest.ssh_port), "-o", "BatchMode=yes",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "vagrant@127.0.0.1", "true",
            ],
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        assert "Permission denied" in login.stderr


def test_the_machine_runs_the_stack(newcomer: Devbox) -> None:
    result = newcomer.run(
        "ssh",
        "--",
        "psql --version; node --version; git --version; systemctl is-active nginx postgresql",
    )
    assert result.stdout.count("active\n") == 2
    assert "psql (PostgreSQL) 15" in result.stdout
    assert "git version" in result.stdout


def test_a_command_keeps_its_exit_status(newcomer: Devbox) -> None:
    newcomer.run("ssh", "--", "exit 7", code=7)


def test_ports_reach_the_machine(newcomer: Devbox) -> None:
    answer = subprocess.run(
        ["curl", "--silent", "--head", "http://127.0.0.1:18080/"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "nginx" in answer.stdout


def test_status_and_a_second_up(newcomer: Devbox) -> None:
    status = json.loads(newcomer.run("status", "--json").stdout)
    assert status["state"] == "running"
    newcomer.run("up")


def test_plain_vagrant_works_in_the_same_folder(newcomer: Devbox) -> None:
    result = subprocess.run(
        ["vagrant", "ssh", "-c", "hostname"],
        cwd=newcomer.folder,
        env=newcomer.env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr


def test_a_new_version_reaches_vagrant(team: Devbox, newcomer: Devbox) -> None:
    team.run("build", "--force")
    assert "1.0.1" in team.run("publish").stderr
    assert "1.0.1" in newcomer.run("update").stderr
    update = subprocess.run(
        ["vagrant", "box", "update"],
        cwd=newcomer.folder,
        env=newcomer.env,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert update.returncode == 0, update.stderr
    assert "1.0.1" in update.stdout


def test_a_failing_role_is_named_and_nothing_is_lost(
    team: Devbox, tmp_path: Path, env: dict[str, str]
) -> None:
    before = guests()
    tasks = tmp_path / "roles" / "broken" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "main.yml").write_text(
        "- name: Ask for what is not there\n"
        "  ansible.builtin.command: cat /nowhere\n"
        "  changed_when: false\n"
    )
    box = Devbox(tmp_path, env)
    box.run("init", *STACK, "--set=development=[{role: roles/broken}]")
    (tmp_path / "devbox.lock").write_text((team.folder / "devbox.lock").read_text())
    result = box.run("build", code=1)
    assert "role broken" in result.stderr
    assert "Ask for what is not there" in result.stderr
    assert "/nowhere" in result.stderr
    assert not (tmp_path / ".devbox" / "build").exists()
    box.run("publish", code=1)
    assert guests() <= before, "a guest was left running"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_guest_outlives_a_build(
    team: Devbox, tmp_path: Path, env: dict[str, str], number: signal.Signals
) -> None:
    before = guests()
    box = Devbox(tmp_path, env)
    box.run("init", *STACK, "--set=development=[git]", f"--set=name=acme/{number.name.lower()}")
    (tmp_path / "devbox.lock").write_text((team.folder / "devbox.lock").read_text())
    build = subprocess.Popen(
        [sys.executable, "-m", "devbox", "build"],
        cwd=tmp_path,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 120
    while not guests() - before:
        assert time.monotonic() < deadline, "the build started no guest"
        time.sleep(0.5)
    time.sleep(5)
    os.kill(build.pid, number)
    assert build.wait(120) in (130, -signal.SIGKILL)
    deadline = time.monotonic() + 60
    while guests() - before:
        assert time.monotonic() < deadline, "a guest outlived the build"
        time.sleep(0.5)
