"""A folder's machine as it is: its state, its box, its ports; and what Vagrant keeps of it."""

from __future__ import annotations

import json
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from devbox.errors import DevboxError
from devbox.host import libvirt, paths
from devbox.machine import vagrantfile

State = Literal["running", "halted", "suspended", "not created"]

_STATES: dict[str, State] = {
    "running": "running",
    "paused": "suspended",
    "pmsuspended": "suspended",
    "idle": "running",
    "in shutdown": "running",
}
_FORWARD_LOG = re.compile(r"ssh-forwarding-(?P<ip>.+)_(?P<host>\d+)-(?P<to>.+)_(?P<guest>\d+)\.log")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ToolInfo(_Model):
    """One tool of the box, as its info.json tells."""

    name: str
    part: str = "production"
    ports: tuple[int, ...] = ()


class BoxInfo(_Model):
    """What the box says about itself in info.json."""

    name: str = ""
    build: str = ""
    release: str = ""
    tools: tuple[ToolInfo, ...] = ()


@dataclass(frozen=True)
class BoxReference:
    """The box that a machine was made from."""

    name: str
    version: str


@dataclass(frozen=True)
class Forward:
    """A port of this computer that leads into the machine; ``open`` tells whether it answers."""

    host: int
    guest: int
    open: bool


def find_root(start: Path) -> Path:
    """Return the folder whose Vagrantfile counts in ``start``, as Vagrant finds it.

    Raises:
        DevboxError: there is none.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / vagrantfile.FILE_NAME).is_file():
            return folder
    raise DevboxError(
        "there is no machine here",
        evidence=f"neither {start} nor a folder above it has a {vagrantfile.FILE_NAME}",
        remedy="devbox up, in a folder with devbox.yml; or devbox up CATALOG",
    )


def vagrant_home() -> Path:
    """Return where Vagrant keeps boxes."""
    return Path(os.environ.get("VAGRANT_HOME") or Path.home() / ".vagrant.d")


def box_dir(name: str, version: str) -> Path:
    """Return where Vagrant keeps one version of a box for libvirt."""
    return vagrant_home() / "boxes" / name.replace("/", "-VAGRANTSLASH-") / version / "libvirt"


def box_volume(name: str, version: str) -> str:
    """Return the name under which vagrant-libvirt keeps a box's disk in the storage pool."""
    return f"{name.replace('/', '-VAGRANTSLASH-')}_vagrant_box_image_{version}_box.img"


def installed_versions(name: str) -> tuple[str, ...]:
    """Return the versions of a box that are in Vagrant's folder."""
    folder = vagrant_home() / "boxes" / name.replace("/", "-VAGRANTSLASH-")
    return tuple(sorted(path.parent.name for path in folder.glob("*/libvirt") if path.is_dir()))


def read_info(name: str, version: str) -> BoxInfo:
    """Return what an added box says about itself; nothing where it says nothing."""
    try:
        return BoxInfo.model_validate_json((box_dir(name, version) / "info.json").read_bytes())
    except (OSError, ValidationError):
        return BoxInfo()


class Machine:
    """The machine of one folder.

    Args:
        root: the folder of its Vagrantfile.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        dotfile = os.environ.get("VAGRANT_DOTFILE_PATH") or ".vagrant"
        self._data = root / dotfile / "machines" / vagrantfile.MACHINE_NAME / "libvirt"

    @property
    def id(self) -> str | None:
        """The libvirt domain's UUID; None where Vagrant has made no machine."""
        try:
            return (self._data / "id").read_text("utf-8").strip() or None
        except OSError:
            return None

    @property
    def was_reached(self) -> bool:
        """Whether Vagrant has ever been in it: it then put a key of its own there."""
        return (self._data / "private_key").exists()

    @property
    def console_log(self) -> Path:
        """Where its serial console is written."""
        return self.root / ".vagrant" / "console.log"

    def vagrantfile(self) -> vagrantfile.Written:
        """Return what the folder's Vagrantfile says."""
        path = self.root / vagrantfile.FILE_NAME
        try:
            return vagrantfile.read(path.read_text("utf-8", errors="replace"), self.root)
        except OSError as error:
            raise DevboxError("the Vagrantfile cannot be read", evidence=str(error)) from error

    def state(self) -> State:
        """Return its state, asking libvirt.

        Raises:
            DevboxError: there should be a machine, and libvirt does not answer.
        """
        if self.id is None:
            return "not created"
        answer = libvirt.domain_state(self.id)
        if answer is None:
            libvirt.check()
            return "not created"
        return _STATES.get(answer, "halted")

    def box(self) -> BoxReference | None:
        """Return the box that it was made from; None where there is no machine."""
        if self.id is None:
            return None
        try:
            meta = json.loads((self._data / "box_meta").read_bytes())
            return BoxReference(str(meta["name"]), str(meta["version"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def forget_box(self) -> None:
        """Remove what is noted about the box of a machine that is gone.

        An interrupted `vagrant up` leaves it behind, and would hold the next one to that version.
        """
        if self.id is None:
            (self._data / "box_meta").unlink(missing_ok=True)

    def forwards(self) -> tuple[Forward, ...]:
        """Return the ports that vagrant-libvirt forwards, from what it keeps of them."""
        # A log for each pair of ports, and a pid file for each that was started last.
        active = {
            path.stem.removeprefix("ssh_") for path in (self._data / "pids").glob("ssh_*.pid")
        }
        found = {}
        for path in (self._data / "logs").glob("ssh-forwarding-*.log"):
            match = _FORWARD_LOG.fullmatch(path.name)
            if match and match["host"] in active:
                host = int(match["host"])
                found[host] = Forward(host, int(match["guest"]), answers("127.0.0.1", host))
        return tuple(found[host] for host in sorted(found))

    def write_local(self, driver: str) -> None:
        """Note what is true of this computer alone, for the Vagrantfile."""
        text = json.dumps({"driver": driver}) + "\n"
        paths.write_atomically(paths.project_dir(self.root) / "machine.json", text)


def answers(address: str, port: int, *, timeout: float = 2.0) -> bool:
    """Return whether something accepts connections there."""
    try:
        with socket.create_connection((address, port), timeout):
            return True
    except OSError:
        return False
