"""Bringing a machine up."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devbox import ui
from devbox.errors import DevboxError
from devbox.host import libvirt, locks, paths
from devbox.host.accelerator import choose
from devbox.machine import checks, published, ssh, vagrantfile
from devbox.machine.client import Client, VagrantError
from devbox.machine.phases import Follower, Measure, disk_usage, watch
from devbox.machine.setup import Setup, choose_version, write_vagrantfile
from devbox.machine.state import (
    BoxInfo,
    Forward,
    Machine,
    box_dir,
    box_volume,
    read_info,
    vagrant_home,
)

_CREATING, _STARTING = "creating", "starting"


@dataclass(frozen=True)
class Running:
    """A machine that is up.

    Attributes:
        name: its box.
        version: the box's version.
        address: where SSH answers.
        forwards: the ports of this computer that lead into it.
        info: what the box says about itself.
        files: how the project's folder is in it: "copied", "live", or empty where not known.
        already: it was running before.
        seconds: how long bringing it up took.
    """

    root: Path
    name: str
    version: str
    address: str
    forwards: tuple[Forward, ...]
    info: BoxInfo
    files: str
    already: bool
    seconds: float


def bring_up(setup: Setup, version: str | None = None) -> Running:
    """Bring a folder's machine up: make it, start it, or find it running.

    Args:
        setup: what to bring up.
        version: the box's version; the newest by default.

    Raises:
        DevboxError: something that is needed is missing or taken, Vagrant fails, or the machine
            exists with another version than the one asked for.
    """
    started = time.monotonic()
    machine = Machine(setup.root)
    with exclusive(setup.root, "bringing up the machine"):
        checks.check_folder(setup.root)
        checks.check_programs()
        _mend_unfinished(machine)
        state = machine.state()
        box = machine.box()
        if state != "not created" and version and box and box.version != version:
            raise DevboxError(
                f"the machine here is made from version {box.version} of {box.name}",
                evidence=f"version {version} was asked for",
                remedy=f"devbox update --recreate --version {version}",
            )
        if state == "running":
            files = ""
        elif state == "not created":
            files = _create(setup, machine, version)
        else:
            files = _start(machine)
        box = machine.box()
        config = ssh.read_config(machine)
    name, made = (box.name, box.version) if box else (setup.box or "the machine", "")
    return Running(
        root=setup.root,
        name=name,
        version=made,
        address=config.host,
        forwards=machine.forwards(),
        info=read_info(name, made),
        files=files,
        already=state == "running",
        seconds=time.monotonic() - started,
    )


@contextlib.contextmanager
def exclusive(root: Path, purpose: str) -> Iterator[None]:
    """Keep other runs of devbox away from a folder's machine while the block runs."""
    with locks.lock(paths.project_dir(root) / "machine.lock", purpose):
        yield


@contextlib.contextmanager
def _unfinished(machine: Machine, what: str) -> Iterator[None]:
    """Leave a mark, should devbox be killed in the middle: the machine is then not usable."""
    mark = _mark(machine)
    paths.write_atomically(mark, what + "\n")
    try:
        yield
    except BaseException:
        if machine.id is None:
            mark.unlink(missing_ok=True)
        raise
    mark.unlink(missing_ok=True)


def _mark(machine: Machine) -> Path:
    return paths.project_dir(machine.root) / "unfinished"


def _mend_unfinished(machine: Machine) -> None:
    """Put right what a run left that was killed.

    A machine that was never reached is thrown away: nothing of value is in it. In another somebody
    may have worked since, by plain Vagrant: it is shut down properly where it can be, and stays.
    """
    mark = _mark(machine)
    if machine.id is not None and mark.exists():
        with ui.task("tidy up after an interrupted run"):
            if mark.read_text("utf-8").strip() == _CREATING and not machine.was_reached:
                Client(machine.root).destroy()
            elif machine.state() == "running":
                Client(machine.root).halt(force=not machine.was_reached)
    mark.unlink(missing_ok=True)
    if machine.id is None:
        _remove_leftovers(machine)


def _remove_leftovers(machine: Machine) -> None:
    """Remove a disk without a machine, which would stop Vagrant from making a new one.

    Raises:
        DevboxError: there is a whole machine that Vagrant no longer knows: it may hold work.
    """
    domain = vagrantfile.domain_name(machine.root)
    if libvirt.domain_state(domain) is not None:
        raise DevboxError(
            "libvirt has a machine of this folder that Vagrant has forgotten",
            evidence=f"the domain {domain} exists, but .vagrant holds no trace of it",
            remedy="devbox destroy    (it can no longer be reached over SSH)",
        )
    if f"{domain}.img" in libvirt.volumes():
        libvirt.remove_volume(f"{domain}.img")


def fetch(setup: Setup, version: str | None) -> str | None:
    """Have Vagrant take in a version of the box, unless it has it; return the version.

    Raises:
        DevboxError: it is not on offer, does not fit on the disk, or Vagrant fails.
    """
    chosen, offer = choose_version(setup, version)
    if offer and setup.box and setup.catalog and not box_dir(setup.box, offer.version).is_dir():
        size = published.box_size(offer.url)
        checks.check_disk(size, libvirt.pool_path())
        _add_box(setup.root, setup.box, setup.catalog, offer, size)
    return chosen


def _create(setup: Setup, machine: Machine, version: str | None) -> str:
    with ui.task("check this computer") as task:
        checks.check_plugin(Client(setup.root))
        checks.check_memory(setup.memory)
        if setup.text is not None:
            checks.check_ports(vagrantfile.read(setup.text, setup.root).ports, written=False)
        _note_driver(machine, task)
    chosen = fetch(setup, version)
    if write_vagrantfile(setup):
        ui.say(f"wrote {setup.root / vagrantfile.FILE_NAME}: yours to change and commit")
    else:
        ui.verbose(f"{setup.root / vagrantfile.FILE_NAME} is there already and stays as it is")
    _check_ports(machine, setup.box, chosen)
    env = {"DEVBOX_BOX_VERSION": chosen} if chosen else {}
    title = f"bring up {setup.box or 'the machine'} {chosen or ''}".strip()
    machine.forget_box()
    with _unfinished(machine, _CREATING):
        return _run_up(machine, title, env, _measure(setup.box, chosen))


def _start(machine: Machine) -> str:
    box = machine.box()
    with ui.task("check this computer") as task:
        _check_ports(machine, box.name if box else None, box.version if box else None)
        _note_driver(machine, task)
    with _unfinished(machine, _STARTING):
        return _run_up(machine, f"start {box.name if box else 'the machine'}", {}, None)


def _note_driver(machine: Machine, task: ui.Task) -> None:
    task.activity("trying out hardware virtualization")
    accelerator = choose()
    machine.write_local("qemu" if accelerator.name == "tcg" else accelerator.name)
    task.note("" if accelerator.hardware else "no hardware virtualization: slow")


def _check_ports(machine: Machine, box: str | None, version: str | None) -> None:
    """Check the ports that the folder's Vagrantfile and the box's own forward."""
    ports = machine.vagrantfile().ports
    if box and version:
        path = box_dir(box, version) / vagrantfile.FILE_NAME
        if path.is_file():
            text = path.read_text("utf-8", errors="replace")
            boxed = vagrantfile.read(text, path.parent).ports
            ports = vagrantfile.merge_ports(boxed, ports)
    checks.check_ports(ports)


def _add_box(root: Path, name: str, catalog: str, offer: published.Offer, size: int) -> None:
    """Have Vagrant fetch a box; one at a time, as Vagrant fails where another run adds it."""
    path = published.local_path(catalog)
    address = path.resolve().as_uri() if path else catalog
    with (
        ui.task(f"get {name} {offer.version}") as task,
        locks.lock(
            paths.state_dir() / "box-add.lock", "adding a box", timeout=3600, on_wait=task.activity
        ),
    ):
        if box_dir(name, offer.version).is_dir():
            return
        task.activity("downloading")

        def follow(line: str) -> None:
            if "Unpacking" in line:
                task.activity("unpacking")
            elif "Calculating and comparing" in line:
                task.activity("comparing the checksum")

        begun = time.time()
        with watch(task, lambda: _download_size(begun), size):
            Client(root, on_line=follow).add_box(address, offer.version)
        task.note(ui.size(size) if size else "")


def _download_size(since: float) -> int:
    """Return the size of the file that Vagrant is downloading a box to."""
    sizes = [0]
    for path in (vagrant_home() / "tmp").glob("box*"):
        with contextlib.suppress(OSError):
            found = path.stat()
            if found.st_mtime >= since:
                sizes.append(found.st_size)
    return max(sizes)


def _measure(name: str | None, version: str | None) -> Measure:
    """Return what tells the follower which file grows during a phase."""

    def measure(title: str) -> tuple[Callable[[], int], int] | None:
        if not title.startswith("import") or not (name and version):
            return None
        image = box_dir(name, version) / "box.img"
        pool = libvirt.pool_path() or Path("/var/lib/libvirt/images")
        target = pool / box_volume(name, version)
        return (lambda: disk_usage(target)), disk_usage(image)

    return measure


def _run_up(
    machine: Machine,
    title: str,
    env: dict[str, str],
    measure: Measure | None,
) -> str:
    files = ""
    # An old machine's last words would be taken for this one's; libvirt appends.
    with contextlib.suppress(OSError):
        os.truncate(machine.console_log, 0)
    with ui.task(title) as task, Follower(task, measure) as follower:

        def follow(line: str) -> None:
            nonlocal files
            files = "copied" if "Rsyncing folder" in line else files
            files = "live" if "Mounting" in line and "shared folders" in line else files
            follower.line(line)

        try:
            Client(machine.root, on_line=follow, env=env).up()
        except VagrantError as error:
            tail = _console_tail(machine.console_log)
            if not tail or "imed out" not in error.evidence:
                raise
            raise VagrantError(
                error.what,
                evidence=f"{error.evidence}\nthe machine's last words:\n{tail}",
                remedy=error.remedy,
            ) from error
    return files


def _console_tail(path: Path, lines: int = 5) -> str:
    try:
        text = path.read_text("utf-8", errors="replace")
    except OSError:
        return ""
    kept = [line.strip() for line in text.splitlines() if line.strip()]
    return "\n".join(
        "  " + "".join(char for char in line if char.isprintable()) for line in kept[-lines:]
    )
