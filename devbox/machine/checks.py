"""What a machine needs of this computer, checked before anything is begun."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from devbox import ui
from devbox.errors import DevboxError
from devbox.host import libvirt, process
from devbox.machine.client import Client
from devbox.machine.state import vagrant_home
from devbox.machine.vagrantfile import Port

_FIX = "devbox doctor --fix"
_MEBIBYTE = 1024 * 1024
_PRIVILEGED = 1024
# What a machine writes on its own in its first days, beyond the box.
_ROOM = 2_000_000_000


def check_programs() -> None:
    """Check for Vagrant and libvirt.

    Raises:
        DevboxError: one is missing, or does not answer.
    """
    for program in ("vagrant", "virsh", "ssh", "rsync"):
        if process.find_program(program) is None:
            raise DevboxError(
                f"{program} is not installed", evidence=f"no {program} on PATH", remedy=_FIX
            )
    libvirt.check()


def check_plugin(client: Client) -> None:
    """Check that Vagrant has its libvirt plugin.

    Raises:
        DevboxError: it has not.
    """
    plugins = client.plugins()
    if "vagrant-libvirt" not in plugins:
        raise DevboxError(
            "Vagrant's plugin for libvirt is missing",
            evidence=f"`vagrant plugin list`: {', '.join(sorted(plugins)) or 'none'}",
            remedy=_FIX,
        )


def check_folder(root: Path) -> None:
    """Check that Vagrant, rsync, ssh and libvirt can all live with a folder's path.

    Vagrant puts the path of the machine's key between quotes, where ssh expands ``%`` and ``${``;
    the folder's path into libvirt's XML; and looks for the processes that forward ports by a
    pattern with that path in it. All of these as they are.

    Raises:
        DevboxError: they cannot.
    """
    found = sorted(set(re.findall(r"""['"%\\<>&{}\[\]*?\n\r\t]""", str(root))))
    if found:
        raise DevboxError(
            "Vagrant cannot work in a folder of this name",
            evidence=f"{root} has {' '.join(repr(char) for char in found)} in its path",
            remedy="use a folder whose path has letters, digits, spaces, - and _ only",
        )


def check_ports(ports: Sequence[Port], *, written: bool = True) -> None:
    """Check that this computer's ports are free.

    Args:
        ports: the ports that are to lead into the machine.
        written: whether there is a Vagrantfile, in which the user can choose others.

    Raises:
        DevboxError: one is in use; names by what, where that can be seen.
    """
    taken = [port for port in ports if not _is_free(port.host)]
    if taken:
        numbers = ", ".join(str(port.host) for port in taken)
        what = (
            f"port {numbers} of this computer is"
            if len(taken) == 1
            else (f"ports {numbers} of this computer are")
        )
        if written:
            lines = [
                replace(
                    port, host=port.host + 10000 if port.host < 50000 else port.host - 10000
                ).line
                for port in taken
            ]
            remedy = "\n".join(
                ["end that program, or choose another port in the Vagrantfile, such as", *lines]
            )
        else:
            remedy = "end that program, or choose another port under machine: ports: in devbox.yml"
        raise DevboxError(
            f"{what} in use",
            evidence="\n".join(
                f"port {port.host}, wanted for the machine's {port.guest}: {_holder(port.host)}"
                for port in taken
            ),
            remedy=remedy,
        )
    for port in ports:
        if port.host <= _PRIVILEGED and os.geteuid() != 0:
            ui.warn(f"port {port.host} of this computer needs root: Vagrant will call sudo")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As sshd's and ssh's listeners do: a port in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return True
        except OSError:
            return False
    return True


def _holder(port: int) -> str:
    if process.find_program("ss"):
        answer = process.run(["ss", "-Hltnp", f"sport = :{port}"], timeout=10, check=False).stdout
        if match := re.search(r'\(\("([^"]*)",pid=(\d+)', answer):
            return f"held by {match[1]}, process {match[2]}"
    return "held by another program"


def check_memory(megabytes: int | None) -> None:
    """Check that the machine's memory is there, and warn where it is scarce.

    Raises:
        DevboxError: this computer has less at all.
    """
    figures = _memory()
    if megabytes is None or figures is None:
        return
    total, available = figures
    if megabytes > total:
        raise DevboxError(
            "the machine would have more memory than this computer",
            evidence=f"the machine: {megabytes} MiB; this computer: {total} MiB",
            remedy="lower libvirt.memory in the Vagrantfile (machine: memory: in devbox.yml)",
        )
    if megabytes > available:
        ui.warn(f"the machine takes {megabytes} MiB of memory, and only {available} MiB are free")


def _memory() -> tuple[int, int] | None:
    """Return this computer's memory and what of it is free, in MiB."""
    try:
        text = Path("/proc/meminfo").read_text("ascii")
    except OSError:
        return None
    found = dict(re.findall(r"^(MemTotal|MemAvailable):\s+(\d+) kB", text, re.MULTILINE))
    if len(found) != 2:
        return None
    return int(found["MemTotal"]) // 1024, int(found["MemAvailable"]) // 1024


def check_disk(box_bytes: int, pool: Path | None) -> None:
    """Check that a box can be taken in: downloaded and unpacked, and copied to libvirt's pool.

    Raises:
        DevboxError: too little is free; names where, and both figures.
    """
    needed: dict[int, tuple[Path, int]] = {}
    for folder, size in (
        (vagrant_home(), 2 * box_bytes),
        (pool or Path("/var/lib/libvirt/images"), box_bytes + _ROOM),
    ):
        existing = next(path for path in (folder, *folder.parents) if path.exists())
        device = existing.stat().st_dev
        needed[device] = (existing, size + needed.get(device, (existing, 0))[1])
    for folder, size in needed.values():
        free = shutil.disk_usage(folder).free
        if free < size:
            raise DevboxError(
                "not enough disk space for the box",
                evidence=f"{folder} has {ui.size(free)} free, {ui.size(size)} are needed",
                remedy="free some; `devbox update --prune` removes boxes that no machine uses",
            )
