"""Box files, and the disks in them."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from devbox.boxes.archive import disk_inside, write_box
from devbox.boxes.contents import BoxInfo, render_vagrantfile
from devbox.boxes.libvirt import DISK_NAME, make_box
from devbox.errors import DevboxError
from devbox.host.process import run
from devbox.images.disk import check_disk, disk_info, flatten, make_overlay, set_backing
from devbox.images.manifest import ToolRecord
from devbox.plan.digests import file_digest
from devbox.spec.model import Machine

MACHINE = Machine.model_validate(
    {"cpus": 3, "memory": 1536, "ports": {8080: 80, 5433: 5432}}, strict=False
)
INFO = BoxInfo(
    name="acme/web",
    build="20260101T000000Z-abc",
    at="2026-01-01T00:00:00+00:00",
    release="bookworm",
    tools=(ToolRecord(name='#{`id`} "q" é', part="production", ports=(80,)),),
    packages=300,
)
HOSTILE = ["plain", "a b", "a,b", 'it\'s "q"', "100%", "é🐘", "#{x} ${y} {{z}}", "a:b", "back\\s"]


def ignore(_done: int, _total: int) -> None:
    pass


def make_disk(path: Path, size: str = "64M", text: str = "hello") -> Path:
    run(["qemu-img", "create", "-q", "-f", "qcow2", path, size])
    run(["qemu-io", "-f", "qcow2", "-c", f"write -P {ord(text[0])} 1M 64k", path])
    return path


def begins_with(disk: str | Path, text: str) -> bool:
    """Whether the disk holds what make_disk() wrote."""
    done = run(["qemu-io", "-r", "-c", f"read -P {ord(text[0])} 1M 64k", str(disk)], check=False)
    return done.returncode == 0 and "verification failed" not in done.stdout


def make(folder: Path, size: str = "64M", name: str = "x.box") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    disk = folder / "disk.qcow2"
    if not disk.exists():
        make_disk(disk, size)
    written = make_box(disk, folder / name, MACHINE, INFO, ignore)
    assert written.sha256 == file_digest(written.path)
    assert written.size == written.path.stat().st_size
    return written.path


def test_members_stand_at_the_top_the_disk_last(tmp_path: Path) -> None:
    with tarfile.open(make(tmp_path), "r:") as box:
        assert box.getnames() == ["metadata.json", "info.json", "Vagrantfile", "box.img"]
        assert {member.mode for member in box} == {0o644}
        assert {(member.uid, member.gid, member.uname) for member in box} == {(0, 0, "")}
        info = box.extractfile("info.json")
        assert info is not None
        assert json.load(info)["tools"][0]["name"] == '#{`id`} "q" é'


def test_vagrants_own_unpacker_reads_it(tmp_path: Path) -> None:
    box = make(tmp_path)
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(["bsdtar", "-C", out, "-xf", box], check=True)
    assert file_digest(out / "box.img") == file_digest(tmp_path / "disk.qcow2")


@pytest.mark.parametrize(
    ("size", "gib"),
    [("1G", 1), (str(1024**3 + 512), 2), (str(20 * 1024**3 - 512), 20), ("64M", 1), ("20G", 20)],
)
def test_the_size_is_rounded_up(tmp_path: Path, size: str, gib: int) -> None:
    with tarfile.open(make(tmp_path, size), "r:") as box:
        member = box.extractfile("metadata.json")
        assert member is not None
        metadata = json.load(member)
    assert metadata == {
        "provider": "libvirt",
        "format": "qcow2",
        "virtual_size": gib,
        "architecture": "amd64",
    }


def test_the_vagrantfile_is_ruby_with_the_machine_in_it(tmp_path: Path) -> None:
    with tarfile.open(make(tmp_path), "r:") as box:
        member = box.extractfile("Vagrantfile")
        assert member is not None
        text = member.read().decode()
    assert run(["ruby", "-c", "-w"], stdin=text).stdout == "Syntax OK\n"
    assert "libvirt.cpus = 3" in text
    assert "libvirt.memory = 1536" in text
    assert "guest: 80, host: 8080" in text
    assert "guest: 5432, host: 5433" in text
    assert text.count("127.0.0.1") == 2


def test_without_ports_there_is_no_network_line() -> None:
    assert "network" not in render_vagrantfile(Machine.model_validate({}), "")


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    one = make(tmp_path, name="one.box")
    os.utime(tmp_path / "disk.qcow2", (1, 1))
    (tmp_path / "disk.qcow2").chmod(0o600)
    assert one.read_bytes() == make(tmp_path, name="two.box").read_bytes()


def test_a_box_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(FileExistsError):
        make(tmp_path)


def test_progress_ends_at_the_whole(tmp_path: Path) -> None:
    disk = make_disk(tmp_path / "d")
    told: list[tuple[int, int]] = []
    write_box(
        tmp_path / "x.box", {"a": "b"}, disk, "d", lambda done, total: told.append((done, total))
    )
    size = disk.stat().st_size
    assert told[-1] == (size, size)
    assert told == sorted(told)


@pytest.mark.parametrize("folder", HOSTILE)
def test_the_disk_is_read_from_inside_the_box(tmp_path: Path, folder: str) -> None:
    box = make(tmp_path / folder)
    overlay = tmp_path / "overlay.qcow2"
    make_overlay(disk_inside(box, DISK_NAME), overlay)
    assert begins_with(overlay, "hello")
    assert disk_info(overlay).virtual_size == 64 * 1024**2
    flatten(overlay, tmp_path / "flat.qcow2")
    assert begins_with(tmp_path / "flat.qcow2", "hello")


@pytest.mark.parametrize("content", [b"", b"no tar", b"\0" * 10240])
def test_a_damaged_box_is_explained(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.box").write_bytes(content)
    with pytest.raises(DevboxError) as caught:
        disk_inside(tmp_path / "x.box", DISK_NAME)
    assert caught.value.what == "the box file is damaged"
    assert "x.box" in caught.value.evidence
    with pytest.raises(DevboxError):
        disk_inside(tmp_path / "gone.box", DISK_NAME)


@pytest.mark.parametrize("folder", HOSTILE)
def test_overlays_and_flat_disks_in_folders_of_any_name(tmp_path: Path, folder: str) -> None:
    place = tmp_path / folder
    place.mkdir()
    base = make_disk(place / "base.qcow2")
    overlay = place / "overlay.qcow2"
    make_overlay(base, overlay)
    assert disk_info(overlay).backing == str(base)
    set_backing(overlay, "base.qcow2")
    moved = place.rename(tmp_path / "moved")
    assert begins_with(moved / "overlay.qcow2", "hello")
    flatten(moved / "overlay.qcow2", moved / "flat.qcow2")
    info = disk_info(moved / "flat.qcow2")
    assert (info.format, info.backing, info.virtual_size) == ("qcow2", None, 64 * 1024**2)
    (moved / "base.qcow2").unlink()
    assert begins_with(moved / "flat.qcow2", "hello")


def test_the_clusters_of_a_flat_disk_are_compressed(tmp_path: Path) -> None:
    base = make_disk(tmp_path / "base.qcow2")
    run(["qemu-io", "-f", "qcow2", "-c", "write -P 65 0 32M", base])
    flatten(base, tmp_path / "flat.qcow2")
    assert (tmp_path / "flat.qcow2").stat().st_size < 2 * 1024**2


def test_a_damaged_disk_is_found(tmp_path: Path) -> None:
    disk = make_disk(tmp_path / "d.qcow2")
    check_disk(disk)
    with disk.open("r+b") as stream:
        stream.seek(65536)
        stream.write(b"\xff" * 65536)
    with pytest.raises(DevboxError, match="damaged"):
        check_disk(disk)


def test_what_is_no_disk_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(DevboxError, match="could not read the disk"):
        disk_info(tmp_path / "gone")
    with pytest.raises(DevboxError, match="could not flatten"):
        flatten(tmp_path / "gone", tmp_path / "x")
