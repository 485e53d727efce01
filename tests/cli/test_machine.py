"""The machine commands; Vagrant, virsh and ssh are stood in for on PATH."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from devbox.machine.published import architecture

# Keeps what it is asked, makes and forgets a machine as Vagrant does, and says what Vagrant says.
_VAGRANT = r"""#!/bin/bash
echo "$*" >> "$FAKE/calls"
data=.vagrant/machines/default/libvirt
case "$1 $2" in
  "plugin list")
    echo "1,,plugin-name,vagrant-libvirt"
    echo "1,vagrant-libvirt,plugin-version,0.11.2" ;;
  "box add")
    box="$VAGRANT_HOME/boxes/acme-VAGRANTSLASH-web/$7/libvirt"
    mkdir -p "$box"
    cp "$FAKE/info.json" "$box" ;;
  "up "*)
    if [ -e "$FAKE/slow" ]; then
      trap 'rm -rf $data; touch "$FAKE/cleaned"; exit 1' INT
      mkdir -p $data
      echo uuid > $data/id
      touch "$FAKE/begun"
      for i in $(seq 300); do sleep 0.1; done
    fi
    if [ -e "$FAKE/fails" ]; then
      for i in $(seq 100); do echo "==> default: line $i"; done
      echo "Error while connecting to Libvirt: Call to virConnectOpen failed" >&2
      exit 1
    fi
    mkdir -p $data
    echo uuid > $data/id
    echo running > "$FAKE/state"
    printf '{"name": "acme/web", "version": "%s"}' "${DEVBOX_BOX_VERSION:-none}" > $data/box_meta
    echo "==> default: Waiting for machine to boot. This may take a few minutes..."
    echo "==> default: Rsyncing folder: $PWD/ => /vagrant" ;;
  "halt "*) echo "shut off" > "$FAKE/state" ;;
  "destroy "*) rm -rf $data; rm "$FAKE/state" ;;
  "ssh-config "*)
    printf 'Host default\n  HostName 127.0.0.1\n  User vagrant\n  Port %s\n' "$FAKE_PORT" ;;
esac
"""
_INFO = {
    "tools": [
        {"name": "nginx", "part": "production", "ports": [80]},
        {"name": "git", "part": "development"},
    ]
}
_VIRSH = r"""#!/bin/bash
if [ -e "$FAKE/no-libvirt" ]; then
  echo "error: failed to connect to the hypervisor" >&2
  exit 1
fi
case "$*" in
  *domstate*uuid*) cat "$FAKE/state" 2>/dev/null || exit 1 ;;
  *domstate*) exit 1 ;;
esac
"""
_SSH = r"""#!/bin/bash
printf '%s\n' "$@" > "$FAKE/ssh"
cat
exit 7
"""


@dataclass(frozen=True)
class World:
    """A computer of its own: a home, a PATH, a project folder, a catalog."""

    folder: Path
    fake: Path
    catalog: Path
    env: dict[str, str]

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "devbox", *words]

    def devbox(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.argv(*words),
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def calls(self) -> str:
        path = self.fake / "calls"
        return path.read_text() if path.exists() else ""

    def offer(self, *versions: str) -> None:
        entries = [
            {
                "version": version,
                "providers": [
                    {"name": "libvirt", "url": "file:///x.box", "architecture": architecture()}
                ],
            }
            for version in versions
        ]
        self.catalog.write_text(json.dumps({"name": "acme/web", "versions": entries}))


@pytest.fixture
def world(tmp_path: Path) -> World:
    programs, fake, folder = tmp_path / "bin", tmp_path / "fake", tmp_path / "my project"
    for path in (programs, fake, folder):
        path.mkdir()
    for name, text in (("vagrant", _VAGRANT), ("virsh", _VIRSH), ("ssh", _SSH), ("rsync", "")):
        (programs / name).write_text(text or "#!/bin/sh\n")
        (programs / name).chmod(0o755)
    (fake / "info.json").write_text(json.dumps(_INFO))
    env = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "VAGRANT_HOME": str(tmp_path / "vagrant"),
        "DEVBOX_ACCEL": "tcg",
        "FAKE": str(fake),
        "FAKE_PORT": "1",
    }
    made = World(folder, fake, tmp_path / "stable.json", env)
    made.offer("1.0.0", "1.1.0")
    return made


@pytest.fixture
def listening(world: World) -> Iterator[World]:
    """The same world, where the machine would answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        world.env["FAKE_PORT"] = str(server.getsockname()[1])
        yield world


def test_up_in_an_empty_folder(listening: World) -> None:
    world = listening
    ran = world.devbox("up", str(world.catalog))
    assert ran.returncode == 0, ran.stderr
    assert "acme/web 1.1.0 is up" in ran.stderr
    assert "devbox ssh" in ran.stderr
    assert "nginx (80)" in ran.stderr
    assert "copied to /vagrant" in ran.stderr
    assert "config.vm.box = 'acme/web'" in (world.folder / "Vagrantfile").read_text()
    assert json.loads((world.folder / ".devbox" / "machine.json").read_text()) == {"driver": "qemu"}
    assert (
        f"box add {world.catalog.as_uri()} --provider libvirt --box-version 1.1.0" in world.calls()
    )

    again = world.devbox("up")
    assert "is running already" in again.stderr
    assert world.calls().count("up --provider") == 1


def test_the_files_are_private(listening: World) -> None:
    listening.devbox("up", str(listening.catalog))
    mode = (listening.folder / ".devbox" / "ssh-config").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_a_version_of_ones_own(listening: World) -> None:
    assert (
        "acme/web 1.0.0 is up"
        in listening.devbox("up", str(listening.catalog), "--version", "1.0.0").stderr
    )
    status = json.loads(listening.devbox("status", "--json").stdout)
    assert (status["version"], status["newest"], status["outdated"]) == ("1.0.0", "1.1.0", True)
    other = listening.devbox("up", "--version", "1.1.0")
    assert other.returncode == 1
    assert "devbox update --recreate --version 1.1.0" in other.stderr


def test_a_vagrantfile_is_never_written_over(listening: World) -> None:
    own = (
        "Vagrant.configure('2') do |c|\n  c.vm.box = 'acme/web'\n"
        f"  c.vm.box_url = '{listening.catalog}'\nend\n"
    )
    path = listening.folder / "Vagrantfile"
    path.write_text(own)
    assert listening.devbox("up", str(listening.catalog)).returncode == 0
    assert path.read_text() == own
    other = listening.folder.parent / "other.json"
    other.write_text(listening.catalog.read_text())
    refused = listening.devbox("up", str(other))
    assert refused.returncode == 2
    assert "never written over" in refused.stderr
    assert path.read_text() == own


def test_nothing_to_bring_up(world: World) -> None:
    ran = world.devbox("up")
    assert ran.returncode == 2
    assert "devbox up CATALOG" in ran.stderr
    for command in ("ssh", "status", "halt", "update"):
        ran = world.devbox(command)
        assert ran.returncode == 1
        assert "no machine here" in ran.stderr
    assert list(world.folder.iterdir()) == []


def test_libvirt_is_down(world: World) -> None:
    (world.fake / "no-libvirt").touch()
    ran = world.devbox("up", str(world.catalog))
    assert ran.returncode == 1
    assert "libvirt does not answer" in ran.stderr
    assert "devbox doctor --fix" in ran.stderr
    assert not (world.folder / "Vagrantfile").exists()


def test_vagrant_is_not_installed(world: World) -> None:
    world.env["PATH"] = str(world.fake)
    ran = world.devbox("up", str(world.catalog))
    if "vagrant is not installed" not in ran.stderr:
        pytest.skip("not here: this computer has Vagrant in a folder that is always searched")
    assert ran.returncode == 1
    assert "devbox doctor --fix" in ran.stderr


def test_vagrants_failure_is_short_and_has_a_remedy(world: World) -> None:
    (world.fake / "fails").touch()
    ran = world.devbox("up", str(world.catalog))
    assert ran.returncode == 1
    assert "virConnectOpen failed" in ran.stderr
    assert "line 50" not in ran.stderr
    assert "devbox doctor --fix" in ran.stderr
    assert "log: " in ran.stderr


def test_a_port_in_use_stops_it_before_the_start(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        (world.folder / "Vagrantfile").write_text(
            f"c.vm.box = 'acme/web'\nc.vm.box_url = '{world.catalog}'\n"
            f"c.vm.network 'forwarded_port', guest: 80, host: {port}\n"
        )
        ran = world.devbox("up")
    assert ran.returncode == 1
    assert f"port {port} of this computer is in use" in ran.stderr
    assert "up --provider" not in world.calls()


def test_ctrl_c_lets_vagrant_clean_up_and_the_next_up_works(listening: World) -> None:
    world = listening
    (world.fake / "slow").touch()
    child = subprocess.Popen(
        world.argv("up", str(world.catalog)),
        cwd=world.folder,
        env=world.env,
        stderr=subprocess.PIPE,
    )
    for _ in range(300):
        if (world.fake / "begun").exists():
            break
        time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    assert child.wait(30) == 130
    assert child.stderr is not None
    assert b"cleans up after itself" in child.stderr.read()
    child.stderr.close()
    assert (world.fake / "cleaned").exists()
    (world.fake / "slow").unlink()
    assert world.devbox("up").returncode == 0


def test_a_run_that_was_killed_is_put_right(listening: World) -> None:
    world = listening
    (world.fake / "slow").touch()
    child = subprocess.Popen(
        world.argv("up", str(world.catalog)),
        cwd=world.folder,
        env=world.env,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(300):
        if (world.fake / "begun").exists():
            break
        time.sleep(0.1)
    child.kill()
    child.wait()
    (world.fake / "slow").unlink()
    (world.fake / "state").write_text("running\n")
    ran = world.devbox("up")
    assert ran.returncode == 0, ran.stderr
    assert "is up" in ran.stderr
    assert "destroy" in world.calls()


def test_two_at_once(listening: World) -> None:
    world = listening
    (world.fake / "slow").touch()
    child = subprocess.Popen(
        world.argv("up", str(world.catalog)),
        cwd=world.folder,
        env=world.env,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            if (world.fake / "begun").exists():
                break
            time.sleep(0.1)
        second = world.devbox("up")
        assert second.returncode == 1
        assert "another devbox is bringing up the machine" in second.stderr
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(30)


def test_ssh_passes_words_input_and_exit_status(listening: World) -> None:
    world = listening
    world.devbox("up", str(world.catalog))
    ran = world.devbox("ssh", "--", "psql --version; exit", stdin="from here")
    assert (ran.returncode, ran.stdout) == (7, "from here")
    assert (world.fake / "ssh").read_text().splitlines()[-1] == "psql --version; exit"
    world.devbox("ssh", "--", "echo", "two words", "$HOME", "--version")
    assert (world.fake / "ssh").read_text().splitlines()[-1] == "echo 'two words' '$HOME' --version"
    world.devbox("ssh")
    assert (world.fake / "ssh").read_text().splitlines()[-1] == "default"
    assert world.calls().count("ssh-config") == 1


def test_ssh_without_a_running_machine(listening: World) -> None:
    listening.devbox("up", str(listening.catalog))
    listening.devbox("halt")
    listening.env["FAKE_PORT"] = "1"
    (listening.folder / ".devbox" / "ssh-config").unlink()
    ran = listening.devbox("ssh", "--", "true")
    assert ran.returncode == 1
    assert "the machine is halted" in ran.stderr
    assert "devbox up" in ran.stderr


def test_a_machine_that_does_not_answer(world: World) -> None:
    ran = world.devbox("up", str(world.catalog))
    assert ran.returncode == 1
    assert "does not answer" in ran.stderr


def test_halt_and_destroy(listening: World) -> None:
    world = listening
    world.devbox("up", str(world.catalog))
    assert "is shut down" in world.devbox("halt").stderr
    assert "not running" in world.devbox("halt").stderr
    refused = world.devbox("destroy")
    assert refused.returncode == 2
    assert "devbox destroy --yes" in refused.stderr
    assert "is gone" in world.devbox("destroy", "--yes").stderr
    assert "there is no machine" in world.devbox("destroy", "--yes").stderr
    assert (world.folder / "Vagrantfile").exists()


def test_update_says_what_is_newer_and_recreates_on_request(listening: World) -> None:
    world = listening
    world.offer("1.0.0")
    world.devbox("up", str(world.catalog))
    assert "is the newest version" in world.devbox("update").stderr
    world.offer("1.0.0", "1.1.0")
    told = world.devbox("update")
    assert (told.returncode, "1.1.0 is published" in told.stderr) == (0, True)
    assert "destroy" not in world.calls()
    ran = world.devbox("update", "--recreate")
    assert "acme/web 1.1.0 is up" in ran.stderr
    calls = world.calls()
    assert calls.index("--box-version 1.1.0") < calls.index("destroy"), "fetched before destroyed"


def test_without_its_catalog_a_known_box_still_comes_up(listening: World) -> None:
    world = listening
    world.devbox("up", str(world.catalog))
    world.devbox("destroy", "--yes")
    world.catalog.unlink()
    ran = world.devbox("up")
    assert ran.returncode == 0
    assert "taking version 1.1.0" in ran.stderr
    assert json.loads(world.devbox("status", "--json").stdout)["newest"] is None
