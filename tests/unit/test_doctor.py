from __future__ import annotations

import email.utils
import grp
import http.server
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from devbox.host import accelerator, services
from devbox.host.doctor import (
    Finding,
    Group,
    Mend,
    Subject,
    archive,
    computer,
    fix,
    libvirt,
    permissions,
    programs,
)
from devbox.host.installed import program_version, version_key

Fake = Callable[..., Path]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Leave only a shell and what a test puts there on PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "setpriv", "sleep"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder))

    def make(name: str, script: str = "echo 9.9.9") -> Path:
        path = folder / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return make


def by_name(findings: Iterator[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def with_apt(fake: Fake) -> None:
    fake("apt-get", "echo apt 2.6.1")
    fake("dpkg-query", "exit 1")


def test_a_program_that_is_missing_is_a_problem_with_a_command(fake: Fake, tmp_path: Path) -> None:
    with_apt(fake)
    found = by_name(programs.check_build(Subject(tmp_path)))["packer"]
    assert (found.status, found.seen) == ("problem", "not installed")
    assert "apt-get install --no-install-recommends packer" in found.remedy
    assert found.packages == ("packer",)


def test_what_is_only_convenient_is_a_warning(fake: Fake, tmp_path: Path) -> None:
    with_apt(fake)
    found = by_name(programs.check_build(Subject(tmp_path)))["zstd"]
    assert found.status == "warning"
    assert found.packages == ("zstd",)


def test_without_apt_nothing_is_promised(fake: Fake, tmp_path: Path) -> None:
    found = by_name(programs.check_build(Subject(tmp_path)))
    assert found["packer"].packages == ()
    assert "packer" in found["packer"].remedy
    assert "apt-get" not in found["packer"].remedy
    assert found["apt-get"].status == "problem"


@pytest.mark.parametrize(
    ("output", "status", "seen"),
    [
        ("echo 1.6.6", "ok", "1.6.6"),
        ("echo Packer v1.11.2", "ok", "1.11.2"),
        ("echo 1.5.4", "problem", "1.6.6 or newer"),
        ("echo 1.10.0 >&2; exit 1", "ok", "1.10.0"),
        ("echo none", "warning", "does not tell"),
        ("exit 127", "warning", "does not tell"),
    ],
)
def test_versions_are_read_and_compared_as_numbers(
    output: str, status: str, seen: str, fake: Fake, tmp_path: Path
) -> None:
    fake("packer", output)
    found = by_name(programs.check_build(Subject(tmp_path)))["packer"]
    assert found.status == status
    assert seen in found.seen


def test_a_program_that_does_not_run_is_a_problem(fake: Fake, tmp_path: Path) -> None:
    packer = fake("packer")
    packer.write_bytes(b"\x7fELF no program at all")
    (tmp_path / "bin" / "setpriv").unlink()
    found = by_name(programs.check_build(Subject(tmp_path)))["packer"]
    assert found.status == "problem"
    assert "does not run" in found.seen


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.19", "9.2"),
        ("mke2fs 1.47.0 (5-Feb-2023)", "1.47.0"),
        ("iptables v1.8.9 (nf_tables)", "1.8.9"),
        ("libvirtd (libvirt) 9.0.0", "9.0.0"),
        ("QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)", "7.2.22"),
        ("grub-mkimage (GRUB) 2.06-13+deb12u2", "2.06"),
    ],
)
def test_the_version_is_found_in_what_programs_say(said: str, version: str, fake: Fake) -> None:
    fake("program", f"cat <<'END'\n{said}\nEND")
    assert program_version("program") == version


def test_ten_is_newer_than_nine() -> None:
    assert version_key("1.10.0") > version_key("1.9.9") > version_key("1.9")


def test_vagrants_plugin_is_found_as_a_package(fake: Fake, tmp_path: Path) -> None:
    fake("vagrant", "echo 2.3.4")
    fake("dpkg-query", "echo vagrant-libvirt installed 0.11.2-1")
    found = by_name(programs.check_machine(Subject(tmp_path)))["vagrant-libvirt"]
    assert (found.status, found.seen) == ("ok", "0.11.2-1")


def test_vagrants_plugin_is_found_as_a_users_own(fake: Fake, tmp_path: Path) -> None:
    fake("vagrant", "echo 'vagrant-libvirt (0.12.2, global)'")
    found = by_name(programs.check_machine(Subject(tmp_path)))["vagrant-libvirt"]
    assert (found.status, found.seen) == ("ok", "0.12.2")


def test_a_vagrant_of_its_makers_gets_its_plugin_from_vagrant(fake: Fake, tmp_path: Path) -> None:
    fake("vagrant", "echo 'No plugins installed.'")
    with_apt(fake)
    found = by_name(programs.check_machine(Subject(tmp_path)))["vagrant-libvirt"]
    assert found.remedy == "vagrant plugin install vagrant-libvirt"
    assert found.packages == ()


def test_without_vagrant_its_plugin_is_missing_too(fake: Fake, tmp_path: Path) -> None:
    with_apt(fake)
    found = by_name(programs.check_machine(Subject(tmp_path)))["vagrant-libvirt"]
    assert found.packages == ("vagrant-libvirt",)


def test_our_own_ansible_is_the_one_that_counts(fake: Fake, tmp_path: Path) -> None:
    found = by_name(programs.check_build(Subject(tmp_path)))["ansible-playbook"]
    assert found.status == "ok"
    assert "devbox's own" in found.seen


LIBVIRT = 'case "$*" in *net-list*) echo {networks};; *list*) {answer};; esac'


def libvirt_findings(fake: Fake, answer: str, networks: str = "default") -> dict[str, Finding]:
    fake("libvirtd")
    fake("virsh", LIBVIRT.format(answer=answer, networks=networks))
    return by_name(libvirt.check(Subject(Path())))


def test_libvirt_answers_and_has_its_network(fake: Fake) -> None:
    found = libvirt_findings(fake, "exit 0")
    found.pop("/dev/kvm", None)
    assert {item.status for item in found.values()} == {"ok"}
    assert found["network default"].seen == "active"


def test_a_network_that_is_not_active_can_be_mended(fake: Fake) -> None:
    found = libvirt_findings(fake, "exit 0", networks="other")["network default"]
    assert (found.status, found.mend) == ("problem", Mend.START_LIBVIRT)
    assert "net-start default" in found.remedy


def test_libvirt_that_is_not_running_can_be_mended(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "echo \"error: Failed to connect socket to 'libvirt-sock': No such file\" >&2; exit 1"
    monkeypatch.setattr(services, "_SYSTEMD", tmp_path)
    found = libvirt_findings(fake, said)["libvirt"]
    assert (found.status, found.mend) == ("problem", Mend.START_LIBVIRT)
    assert "No such file" in found.seen
    assert "systemctl enable --now libvirtd" in found.remedy
    monkeypatch.setattr(services, "_SYSTEMD", tmp_path / "gone")
    found = libvirt_findings(fake, said)["libvirt"]
    assert "systemctl" not in found.remedy


@pytest.mark.parametrize(
    "said",
    [
        "Failed to connect socket to '/var/run/libvirt/libvirt-sock': Permission denied",
        "authentication unavailable: no polkit agent available",
    ],
)
def test_a_user_who_may_not_is_told_to_join_the_group(said: str, fake: Fake) -> None:
    found = libvirt_findings(fake, f'echo "error: {said}" >&2; exit 1')["libvirt"]
    assert (found.status, found.mend) == ("problem", Mend.JOIN_GROUPS)
    assert "usermod -aG libvirt,kvm" in found.remedy


def test_folders_that_can_be_written_are_fine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVBOX_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    found = by_name(computer.check_folders(Subject(tmp_path)))
    assert {item.status for item in found.values()} == {"ok"}
    assert not (tmp_path / "cache").exists()


def test_a_folder_that_cannot_be_written_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("DEVBOX_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "devbox").symlink_to("/")
    found = by_name(computer.check_folders(Subject(tmp_path)))
    assert found["cache folder"].status == "problem"
    assert "DEVBOX_CACHE_DIR" in found["cache folder"].remedy
    assert found["runtime folder"].status == "problem"


def test_one_disk_is_one_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVBOX_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(computer, "_POOL", tmp_path)
    (found,) = computer.check_space(Subject(tmp_path))
    assert "cache, state, project, machines" in found.seen
    monkeypatch.setattr(computer, "_COMFORTABLE", 10**18)
    (found,) = computer.check_space(Subject(tmp_path))
    assert found.status == "warning"
    monkeypatch.setattr(computer, "_LEAST", 10**18)
    (found,) = computer.check_space(Subject(tmp_path))
    assert found.status == "problem"


def test_another_tool_of_our_name_is_pointed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = tmp_path / "ours" / "devbox", tmp_path / "theirs" / "devbox"
    for path, text in (
        (ours, "#!/usr/bin/python3\nfrom devbox.cli import main\n"),
        (theirs, "#!/bin/sh\nexec nix\n"),
    ):
        path.parent.mkdir()
        path.write_text(text)
        path.chmod(0o755)

    def look(*folders: Path) -> Finding:
        monkeypatch.setenv("PATH", os.pathsep.join(map(str, folders)))
        (found,) = computer.check_path(Subject(tmp_path))
        return found

    assert look(tmp_path).status == "ok"
    assert look(ours.parent).status == "ok"
    first = look(theirs.parent, ours.parent)
    assert first.status == "warning"
    assert str(theirs) in first.seen
    assert "python -m devbox" in first.remedy
    after = look(ours.parent, theirs.parent)
    assert after.status == "ok"
    assert str(theirs) in after.seen


class _Archive(http.server.BaseHTTPRequestHandler):
    skew = 0.0
    asked: list[str] = []  # noqa: RUF012 - http.server makes the objects

    def do_HEAD(self) -> None:
        self.asked.append(self.path)
        found = self.path == "/debian/dists/trixie/InRelease"
        self.send_response_only(200 if found else 404)
        self.send_header("Date", email.utils.formatdate(time.time() + self.skew, usegmt=True))
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served() -> Iterator[str]:
    _Archive.skew, _Archive.asked = 0.0, []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Archive) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_archive_of_the_spec_is_asked(served: str, tmp_path: Path) -> None:
    found = by_name(archive.check(Subject(tmp_path, f"{served}/debian/", "trixie")))
    assert found["archive"].status == "ok"
    assert found["clock"].status == "ok"
    assert _Archive.asked == ["/debian/dists/trixie/InRelease"]


@pytest.mark.parametrize(
    ("skew", "status", "word"),
    [(600, "warning", "behind"), (7200, "problem", "behind"), (-7200, "problem", "ahead")],
)
def test_a_clock_that_is_off_is_noticed(
    skew: float, status: str, word: str, served: str, tmp_path: Path
) -> None:
    _Archive.skew = skew
    found = by_name(archive.check(Subject(tmp_path, f"{served}/debian", "trixie")))["clock"]
    assert found.status == status
    assert word in found.seen


def test_an_archive_without_the_release_is_a_problem(served: str, tmp_path: Path) -> None:
    (found,) = archive.check(Subject(tmp_path, f"{served}/debian", "bookworm"))
    assert found.status == "problem"
    assert "404" in found.seen
    assert "base.mirror" in found.remedy


def test_an_archive_that_is_down_or_dumb_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        (slow,) = archive.check(Subject(tmp_path, address))
    (down,) = archive.check(Subject(tmp_path, address))
    assert "timed out" in slow.seen
    assert "refused" in down.seen
    assert {slow.status, down.status} == {"problem"}


def test_subordinate_ids_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "subuid"
    path.write_text("other:1:99999\nme:100000:60000\nbroken\nme:x:y\n")
    assert not permissions._has_range(path, "me")
    path.write_text("me:100000:60000\nme:200000:5536\n")
    assert permissions._has_range(path, "me")
    path.write_text(f"{os.getuid()}:100000:65536\n")
    assert permissions._has_range(path, "me")
    assert not permissions._has_range(tmp_path / "gone", "me")


@pytest.mark.skipif(shutil.which(accelerator.QEMU) is None, reason="QEMU is not installed")
def test_acceleration_is_found_by_booting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from devbox.host.doctor import acceleration

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (found,) = acceleration.check(Subject(tmp_path))
    assert found.status in ("ok", "warning")
    assert found.status == "ok" or found.remedy


def test_a_plan_mends_what_is_wrong_and_nothing_else() -> None:
    def finding(status: str, **more: object) -> Finding:
        return Finding(Group.BUILD, "x", status, "", **more)  # type: ignore[arg-type] # made up

    assert not fix.plan([finding("ok", packages=("a",)), finding("problem")])
    plan = fix.plan(
        [
            finding("problem", packages=("zstd",)),
            finding("warning", packages=("ovmf", "zstd")),
            finding("problem", mend=Mend.JOIN_GROUPS),
            finding("problem", mend=Mend.START_LIBVIRT),
            finding("problem", mend=Mend.START_LIBVIRT),
        ]
    )
    assert plan.packages == ("ovmf", "zstd")
    assert plan.mends == (Mend.START_LIBVIRT, Mend.JOIN_GROUPS)
    assert plan.sentences()[0] == "install with apt: ovmf zstd"


@pytest.mark.parametrize(
    ("mode", "wanted"), [(0o600, True), (0o666, False)], ids=["for root alone", "for all"]
)
def test_a_kvm_device_that_libvirt_cannot_open_is_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, wanted: bool
) -> None:
    device = tmp_path / "kvm"
    device.touch()
    device.chmod(mode)
    monkeypatch.setattr(libvirt, "_KVM", device)
    monkeypatch.setattr(grp, "getgrnam", lambda name: SimpleNamespace(gr_gid=4242))
    found = list(libvirt._kvm_device())
    assert [item.mend for item in found] == ([Mend.GIVE_KVM] if wanted else [])
