"""The libvirt provider's box: one qcow2 disk, ``box.img``.

The format: https://vagrant-libvirt.github.io/vagrant-libvirt/boxes.html (version 1, which every
release of vagrant-libvirt reads, and vagrant-qemu too).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from devbox.boxes.archive import WrittenBox, write_box
from devbox.boxes.contents import BoxInfo, render_info, render_vagrantfile
from devbox.images.disk import disk_info
from devbox.spec.model import Machine

DISK_NAME = "box.img"
_GIB = 1024**3


def make_box(
    disk: Path, target: Path, machine: Machine, info: BoxInfo, progress: Callable[[int, int], None]
) -> WrittenBox:
    """Write the box.

    Args:
        disk: the flattened qcow2 disk.
        target: the box file; it must not exist.
        machine: the defaults of a developer's machine.
        info: what the box says about itself.
        progress: told the bytes written, and those in all.
    """
    # Rounded up: a size rounded down would cut off the end of the file system.
    gib = -(-disk_info(disk).virtual_size // _GIB)
    metadata = {
        "provider": "libvirt",
        "format": "qcow2",
        "virtual_size": gib,
        "architecture": "amd64",
    }
    block = (
        "  config.vm.provider :libvirt do |libvirt|\n"
        f"    libvirt.cpus = {machine.cpus}\n"
        f"    libvirt.memory = {machine.memory}\n"
        # The guest's file system grows to it at the first boot.
        f"    libvirt.machine_virtual_size = {max(machine.disk, gib)}\n"
        "  end\n"
    )
    texts = {
        "metadata.json": json.dumps(metadata),
        "info.json": render_info(info),
        "Vagrantfile": render_vagrantfile(machine, block),
    }
    return write_box(target, texts, disk, DISK_NAME, progress)
