"""qcow2 disks: overlays, flattening, checking."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from devbox import ui
from devbox.host import process


@dataclass(frozen=True)
class DiskInfo:
    """What qemu-img says of a disk.

    Attributes:
        format: "qcow2", "raw" and so on.
        virtual_size: the size that a guest sees, in bytes.
        actual_size: the space that it takes on this computer, in bytes.
        backing: the file that it is an overlay of, as written in it; None for none.
    """

    format: str
    virtual_size: int
    actual_size: int
    backing: str | None


def disk_info(disk: Path) -> DiskInfo:
    """Read a disk's header.

    Raises:
        ProcessError: it is no disk that QEMU knows, or is in use.
    """
    found = process.run(
        ["qemu-img", "info", "--output=json", disk], what=f"could not read the disk {disk}"
    )
    data = json.loads(found.stdout)
    return DiskInfo(
        data["format"], data["virtual-size"], data["actual-size"], data.get("backing-filename")
    )


def make_overlay(backing: str | Path, overlay: Path) -> None:
    """Make an empty qcow2 overlay on a qcow2 disk (a path, or QEMU's ``json:`` notation)."""
    process.run(
        ["qemu-img", "create", "-q", "-f", "qcow2", "-b", str(backing), "-F", "qcow2", overlay],
        what="could not make an overlay disk",
    )


def set_backing(overlay: Path, backing: str) -> None:
    """Write another path of the same backing file into an overlay; a relative one can move."""
    process.run(
        ["qemu-img", "rebase", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", backing, overlay],
        what="could not name the overlay's backing file",
    )


def make_folder_disk(folder: Path, target: Path, label: str) -> None:
    """Write a folder's content into a small ext4 disk, without root and without mounting.

    Args:
        folder: what to put in.
        target: the disk image to write.
        label: the file system's label, by which a guest finds it; at most 16 characters.
    """
    content = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    kib = content // 1024 * 11 // 10 + 8192
    process.run(
        [
            "mke2fs",
            "-q",
            "-t",
            "ext4",
            "-O",
            "^has_journal",
            "-L",
            label,
            "-d",
            folder,
            target,
            f"{kib}k",
        ],
        what=f"could not make the disk {target.name}",
    )


def check_disk(disk: Path) -> None:
    """Check a qcow2 disk's structure.

    Raises:
        ProcessError: it is damaged.
    """
    process.run(
        ["qemu-img", "check", "-q", "-f", "qcow2", disk], what=f"the disk {disk} is damaged"
    )


def flatten(disk: Path, target: Path, task: ui.Task | None = None) -> None:
    """Write a disk with all that it is an overlay of into one compressed qcow2 file.

    The clusters are compressed (zstd) inside the image, which QEMU 5.1 and newer reads as it is:
    a box then needs no gzip around it, and stays small in every place where it is kept.
    """

    def follow(line: str) -> None:
        if task is not None:
            task.activity(line.strip().strip("()").replace("/100%", " %"))

    process.run(
        [
            "qemu-img", "convert", "-p", "-f", "qcow2", "-O", "qcow2", "-c", "-W", "-m", "8",
            "-o", "compression_type=zstd", disk, target,
        ],
        what=f"could not flatten {disk.name}",
        remedy="check the free disk space, then run this again",
        on_line=follow,
    )  # fmt: skip
