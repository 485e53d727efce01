"""What the wizard proposes before anything has been answered."""

from __future__ import annotations

import getpass
import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from devbox.errors import DevboxError
from devbox.host import process
from devbox.spec.model import Machine, Port
from devbox.spec.names import propose_name
from devbox.tools import ToolDefinition

_GIB = 1024**3
_MIB = 1024**2
_FIRST_FREE_PORT = 1024


@dataclass(frozen=True)
class Computer:
    """The computer that the wizard runs on: processors, memory in MiB, free disk in GiB."""

    cpus: int
    memory: int
    free_disk: int


@dataclass(frozen=True)
class Proposal:
    """What the answers are until somebody says otherwise.

    Attributes:
        name: the box's name, owner/box.
        name_source: where the name is from, as people say it.
        machine: the size of a developer's machine.
        production: names of tools that production seems to run.
        development: names of tools that developers seem to need.
        computer: what the size was derived from.
    """

    name: str
    name_source: str
    machine: Machine
    computer: Computer
    production: tuple[str, ...] = ()
    development: tuple[str, ...] = ()


def propose(root: Path) -> Proposal:
    """Look at a project's folder and at this computer, and propose the answers."""
    name, source = _propose_name(root)
    computer = survey_computer(root)
    return Proposal(name, source, propose_machine(computer), computer)


def _propose_name(root: Path) -> tuple[str, str]:
    remote = _remote_url(root)
    if name := name_from_remote(remote):
        return name, "from the git remote"
    return name_from_folder(root.resolve(), _login_name()), "from the folder"


def name_from_remote(url: str) -> str | None:
    """Return owner/box from a git remote: ``git@host:Acme/Web.git`` gives ``acme/web``.

    None where the address has no owner, as a bare folder name has none.
    """
    path = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/]*", "", url.strip())
    path = re.sub(r"^[^/:]+:", "", path)
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    if len(parts) < 2:
        return None
    return propose_name("/".join([parts[-2], parts[-1].removesuffix(".git")]))


def name_from_folder(folder: Path, owner: str) -> str:
    """Return owner/box from a folder's name and a person's login name."""
    return propose_name(f"{owner}/{folder.name or 'box'}")


def propose_machine(computer: Computer) -> Machine:
    """Return a size that leaves the computer usable: half its processors, a quarter of its memory.

    The file is the whole team's, so the proposal stays within what any computer of today has.
    """
    cpus = 1 if computer.cpus < 2 else min(4, max(2, computer.cpus // 2))
    memory = min(4096, max(1024, computer.memory // 4 // 1024 * 1024))
    disk = 40 if computer.free_disk >= 40 else 20
    return Machine(cpus=cpus, memory=memory, disk=disk)


def propose_ports(tools: Iterable[ToolDefinition]) -> dict[Port, Port]:
    """Return the ports to open on the developer's computer, for the ports that tools listen on.

    A port that only root may open there gets a number from 8000 up: nginx's 80 becomes 8080.
    """
    ports: dict[Port, Port] = {}
    for tool in tools:
        for inside in tool.ports:
            if inside in ports.values():
                continue
            outside = _outside_port(inside)
            while outside in ports:
                outside += 1
            ports[outside] = inside
    return ports


def _outside_port(inside: int) -> int:
    if inside >= _FIRST_FREE_PORT:
        return inside
    return 8080 if inside == 80 else 8000 + inside


def survey_computer(root: Path) -> Computer:
    """Measure this computer; the disk is the one that ``root`` is on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    existing = next(folder for folder in (root, *root.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    return Computer(len(os.sched_getaffinity(0)), memory // _MIB, free // _GIB)


def _remote_url(root: Path) -> str:
    """Return the address of the git remote of a folder; empty where there is none."""
    try:
        named = process.run(["git", "-C", root, "remote"], check=False, timeout=5).stdout.split()
        if not named:
            return ""
        chosen = "origin" if "origin" in named else named[0]
        found = process.run(
            ["git", "-C", root, "remote", "get-url", chosen], check=False, timeout=5
        )
    except DevboxError:
        # No git on this computer, or a broken one: the folder's name will do.
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
