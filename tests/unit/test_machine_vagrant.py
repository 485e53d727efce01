"""What is made of Vagrant's output."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.machine import checks, client, phases, state
from devbox.machine.vagrantfile import spec_ports

_UP = """\
Bringing machine 'default' up with 'libvirt' provider...
==> default: Checking if box 'acme/web' version '1.0.0' is up to date...
==> default: Uploading base box image as volume into Libvirt storage...
==> default: Creating image (snapshot of base box volume).
==> default: Starting domain.
==> default: Waiting for domain to get an IP address...
==> default: Waiting for machine to boot. This may take a few minutes...
    default: SSH address: 192.168.121.248:22
    default: Inserting generated public key within guest...
==> default: Machine booted and ready!
==> default: Forwarding ports...
==> default: 80 (guest) => 8080 (host) (adapter eth0)
==> default: Rsyncing folder: /home/me/web/ => /vagrant
"""


def test_the_phases_come_in_order() -> None:
    found = [title for line in _UP.splitlines() if (title := phases.phase(line))]
    assert list(dict.fromkeys(found)) == [
        "import the box into libvirt's storage",
        "start it",
        "wait for it to answer over SSH",
        "set it up: key, ports, files",
    ]


def test_what_it_does_is_told_in_few_words() -> None:
    told = [text for line in _UP.splitlines() if (text := phases.activity(line))]
    assert told == [
        "booting: no address yet",
        "booting: address 192.168.121.248:22",
        "replacing the public key",
        "port 8080 to 80",
        "copying the project to /vagrant",
    ]


def test_only_the_lines_that_name_the_fault_are_shown() -> None:
    message = ["Error while connecting to Libvirt: Call to virConnectOpen failed"]
    assert client.meaningful([*_UP.splitlines()[1:], "", *message]) == message
    assert len(client.meaningful([f"line {number}" for number in range(200)])) < 20
    assert client.meaningful(["==> default: only progress"]) == ["==> default: only progress"]


def test_known_failures_have_their_remedy() -> None:
    folder = Path("/p")
    assert "doctor --fix" in client.remedy("Call to virConnectOpen failed", folder)
    assert "console.log" in client.remedy("Timed out while waiting for the machine", folder)
    assert "doctor" in client.remedy("something new", folder)


def test_colours_and_overwritten_progress_are_dropped() -> None:
    assert client.clean("\x1b[0mProgress: 1%\rProgress: 99%\x1b[K\n") == "Progress: 99%"


def test_a_port_in_use_is_named_before_the_start() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(DevboxError, match=f"port {port} of this computer is in use") as caught:
            checks.check_ports(wanted := spec_ports({port: 80}))
        assert "80" in caught.value.evidence
        assert f"id: 'devbox-{port}', guest: 80, host: " in caught.value.remedy
    checks.check_ports(wanted)


def test_more_memory_than_there_is_is_refused() -> None:
    checks.check_memory(None)
    checks.check_memory(64)
    with pytest.raises(DevboxError, match="more memory than this computer"):
        checks.check_memory(10**9)


def test_a_box_that_does_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAGRANT_HOME", str(tmp_path / "not" / "there" / "yet"))
    with pytest.raises(DevboxError, match="not enough disk space"):
        checks.check_disk(10**16, tmp_path)


def test_the_forwarded_ports_are_what_vagrant_libvirt_notes(tmp_path: Path) -> None:
    data = tmp_path / ".vagrant" / "machines" / "default" / "libvirt"
    for folder in ("logs", "pids"):
        (data / folder).mkdir(parents=True)
    for name in ("127.0.0.1_8080-192.168.121.2_80", "127.0.0.1_9090-192.168.121.2_90"):
        (data / "logs" / f"ssh-forwarding-{name}.log").touch()
    (data / "pids" / "ssh_8080.pid").touch()
    forwards = state.Machine(tmp_path).forwards()
    assert [(forward.host, forward.guest) for forward in forwards] == [(8080, 80)]


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"tools": 3}', '{"tools": [{}]}'])
def test_a_box_that_says_nothing_of_itself_is_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    monkeypatch.setenv("VAGRANT_HOME", str(tmp_path))
    folder = state.box_dir("acme/web", "1.0.0")
    folder.mkdir(parents=True)
    (folder / "info.json").write_text(content)
    assert state.read_info("acme/web", "1.0.0").tools == ()


@pytest.mark.parametrize(
    "name", ["it's", 'a"b', "50%", "${HOME}", "a&b", "<x>", "two\nlines", "#{x}", "a[1]", "b*"]
)
def test_a_path_that_vagrant_would_break_on_is_refused(name: str) -> None:
    with pytest.raises(DevboxError, match="folder of this name"):
        checks.check_folder(Path("/home/me") / name)


@pytest.mark.parametrize("name", ["my project", "web-1.2_x", "größe 🚀", "$HOME", "(a)"])
def test_other_paths_are_fine(name: str) -> None:
    checks.check_folder(Path("/home/me") / name)
