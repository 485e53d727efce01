"""What follows on bringing up: shutting down, throwing away, and what is newer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from devbox import ui
from devbox.errors import DevboxError
from devbox.host import libvirt
from devbox.machine import published, vagrantfile
from devbox.machine.client import Client
from devbox.machine.setup import find_setup
from devbox.machine.state import (
    BoxReference,
    Forward,
    Machine,
    State,
    box_volume,
    installed_versions,
)
from devbox.machine.up import Running, bring_up, exclusive, fetch


@dataclass(frozen=True)
class Status:
    """A folder's machine.

    Attributes:
        state: running, halted, suspended or not created.
        name: its box; where there is no machine, the one that it would be made from.
        version: the version that it was made from.
        newest: the newest version published; None where that is not known.
        newest_unknown: why it is not known.
        address: its own address while it runs.
        forwards: the ports of this computer that lead into it.
    """

    root: str
    state: State
    name: str | None
    version: str | None
    newest: str | None
    newest_unknown: str
    address: str | None
    forwards: tuple[Forward, ...]

    @property
    def outdated(self) -> bool:
        """Whether a newer version is published than the machine was made from."""
        return bool(self.version and self.newest and published.is_newer(self.newest, self.version))


def read_status(machine: Machine) -> Status:
    """Return how a machine is; a catalog that cannot be read does not fail it."""
    state = machine.state()
    box = machine.box() if state != "not created" else None
    name, newest, why = box.name if box else None, None, ""
    try:
        setup = find_setup(machine.root)
        name = name or setup.box
        if setup.catalog:
            newest = published.read_catalog(setup.catalog).newest.version
        else:
            why = "the Vagrantfile names no catalog"
    except DevboxError as error:
        why = f"{error.what}: {error.evidence}"
    running = state == "running"
    return Status(
        root=str(machine.root),
        state=state,
        name=name,
        version=box.version if box else None,
        newest=newest,
        newest_unknown=why,
        address=libvirt.domain_address(machine.id) if running and machine.id else None,
        forwards=machine.forwards() if running else (),
    )


def halt(machine: Machine) -> bool:
    """Shut a machine down; say whether it was running."""
    with exclusive(machine.root, "shutting down the machine"):
        if machine.state() != "running":
            return False
        with ui.task("shut the machine down") as task:
            Client(machine.root, on_line=lambda line: _tell(task, line)).halt()
        return True


def exists(machine: Machine) -> bool:
    """Return whether there is anything of the machine: in libvirt, or what Vagrant keeps of it."""
    if machine.id is not None:
        return True
    return libvirt.domain_state(vagrantfile.domain_name(machine.root)) is not None


def destroy(machine: Machine) -> bool:
    """Throw a machine away with its disk; the box stays. Say whether there was one."""
    with exclusive(machine.root, "throwing the machine away"):
        if not exists(machine):
            return False
        with ui.task("throw the machine away") as task:
            if machine.id is not None:
                Client(machine.root, on_line=lambda line: _tell(task, line)).destroy()
            # One that Vagrant has forgotten, with .vagrant removed.
            domain = vagrantfile.domain_name(machine.root)
            if libvirt.domain_state(domain) is not None:
                libvirt.remove_domain(domain)
            if f"{domain}.img" in libvirt.volumes():
                libvirt.remove_volume(f"{domain}.img")
        return True


def _tell(task: ui.Task, line: str) -> None:
    task.activity(line.removeprefix("==> default: ").strip())


@dataclass(frozen=True)
class Pruned:
    """A version of a box that was removed: from Vagrant's folder, from libvirt's storage."""

    version: str
    box: bool
    volume: bool


def prune(root: Path, box: BoxReference) -> tuple[tuple[Pruned, ...], tuple[str, ...]]:
    """Remove the versions of a box that no machine on this computer uses, but for the given one.

    Vagrant and libvirt keep a copy each; `vagrant box remove` leaves libvirt's.

    Returns:
        What was removed, and the versions that machines still use.
    """
    volumes = libvirt.volumes()
    marker = box_volume(box.name, "\0")
    start, end = marker.split("\0")
    versions = {
        *installed_versions(box.name),
        *(
            name[len(start) : -len(end)]
            for name in volumes
            if name.startswith(start) and name.endswith(end)
        ),
    } - {box.version}
    used = {str(path) for name in volumes if (path := libvirt.backing_file(name))}
    removed, kept = [], []
    for version in sorted(versions):
        volume = box_volume(box.name, version)
        if str(volumes.get(volume)) in used:
            kept.append(version)
            continue
        with ui.task(f"remove {box.name} {version}"):
            had_box = version in installed_versions(box.name)
            if had_box:
                Client(root).remove_box(box.name, version)
            removed.append(
                Pruned(version, had_box, volume in volumes and libvirt.remove_volume(volume))
            )
    return tuple(removed), tuple(kept)


def recreate(machine: Machine, version: str) -> Running:
    """Throw a machine away and make a new one from a version.

    The version's box is fetched first: the old machine goes only when the new one can be made.

    Raises:
        DevboxError: as :func:`devbox.machine.up.bring_up`.
    """
    setup = find_setup(machine.root)
    fetch(setup, version)
    destroy(machine)
    return bring_up(setup, version)
