"""The Vagrantfile: written from ``Vagrantfile.j2``, and read back where a person has changed it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from devbox.host.assets import assets_dir

FILE_NAME = "Vagrantfile"
MACHINE_NAME = "default"

# What an rsync of the project leaves out: devbox's own state, which can be gigabytes.
_EXCLUDES = ("/.devbox/",)

_LITERAL = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\#]|\\.)*\""
_BOX = re.compile(rf"^\s*\w+\.vm\.box\s*=\s*({_LITERAL})", re.MULTILINE)
_BOX_URL = re.compile(
    rf"^\s*\w+\.vm\.box_url\s*=\s*(?:(?P<url>{_LITERAL})"
    rf"|File\.expand_path\((?P<path>{_LITERAL}),\s*__dir__\))",
    re.MULTILINE,
)
_PORT = re.compile(r"^[^#\n]*forwarded_port['\"]?\s*,(?P<options>[^\n]*)", re.MULTILINE)
_MEMORY = re.compile(r"^\s*\w+\.memory\s*=\s*(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Port:
    """A port of this computer that leads to a port of the machine.

    Attributes:
        host: this computer's.
        guest: the machine's.
        id: Vagrant's name for the pair; where the project's Vagrantfile has the id of a pair in
            the box's own, it takes its place.
    """

    host: int
    guest: int
    id: str

    @property
    def line(self) -> str:
        """The line that forwards it in a Vagrantfile."""
        return (
            f"config.vm.network 'forwarded_port', id: {ruby(self.id)}, guest: {self.guest}, "
            f"host: {self.host}, host_ip: '127.0.0.1'"
        )


def spec_ports(ports: Mapping[int, int]) -> tuple[Port, ...]:
    """Return the ports of devbox.yml, with the ids that they have in the box's Vagrantfile."""
    return tuple(Port(host, guest, f"devbox-{host}") for host, guest in ports.items())


@dataclass(frozen=True)
class Settings:
    """What a Vagrantfile is written from.

    Attributes:
        name: the box's name.
        catalog: the catalog's URL, or its path relative to the Vagrantfile's folder.
        relative: whether ``catalog`` is such a path.
        ports: the ports that lead into the machine.
        cpus: virtual processors; None leaves them, and the memory, to the box.
        memory: in MiB.
        excludes: folders of the project that rsync leaves out, in rsync's pattern syntax.
    """

    name: str
    catalog: str
    relative: bool = False
    ports: tuple[Port, ...] = ()
    cpus: int | None = None
    memory: int | None = None
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """What an existing Vagrantfile says, as far as its text tells.

    Attributes:
        box: the box's name; None where it is not a plain literal.
        catalog: the catalog's URL or absolute path, likewise.
        ports: the ports that lead into the machine.
        memory: in MiB; None where it is left to the box.
    """

    box: str | None
    catalog: str | None
    ports: tuple[Port, ...]
    memory: int | None


def ruby(text: str) -> str:
    r"""Return a Ruby literal for any text.

    Between single quotes Ruby runs nothing and knows two escapes, ``\\`` and ``\'``.
    """
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def render(settings: Settings) -> str:
    """Return the text of a Vagrantfile."""
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - Ruby, not HTML; every text goes through the ruby filter
    )
    environment.filters["ruby"] = ruby
    template = environment.from_string((assets_dir() / "Vagrantfile.j2").read_text("utf-8"))
    return template.render(
        name=settings.name,
        catalog_path=settings.catalog if settings.relative else "",
        catalog_url="" if settings.relative else settings.catalog,
        ports=settings.ports,
        cpus=settings.cpus,
        memory=settings.memory,
        excludes=(*_EXCLUDES, *settings.excludes),
    )


def read(text: str, folder: Path) -> Written:
    """Return what a Vagrantfile's text says.

    Args:
        text: the Vagrantfile; a box's own one, too.
        folder: where it stands.
    """
    box = _BOX.search(text)
    url = _BOX_URL.search(text)
    catalog = None
    if url and url["path"]:
        catalog = os.path.normpath(folder / _unquote(url["path"]))
    elif url:
        catalog = _unquote(url["url"])
    memory = _MEMORY.search(text)
    return Written(
        box=_unquote(box[1]) if box else None,
        catalog=catalog,
        ports=merge_ports(_ports(text)),
        memory=int(memory[1]) if memory else None,
    )


def merge_ports(*sources: Iterable[Port]) -> tuple[Port, ...]:
    """Return the ports of several Vagrantfiles as Vagrant merges them: the later one wins."""
    merged: dict[str, Port] = {}
    for source in sources:
        merged.update({port.id: port for port in source})
    return tuple(merged.values())


def _ports(text: str) -> Iterator[Port]:
    for match in _PORT.finditer(text):
        host = re.search(r"(?:\bhost:|:host\s*=>)\s*(\d+)", match["options"])
        guest = re.search(r"(?:\bguest:|:guest\s*=>)\s*(\d+)", match["options"])
        name = re.search(rf"(?:\bid:|:id\s*=>)\s*({_LITERAL})", match["options"])
        if host and guest:
            # Without an id, Vagrant tells pairs apart by the host's port.
            port_id = _unquote(name[1]) if name else f"host-{host[1]}"
            yield Port(int(host[1]), int(guest[1]), port_id)


def _unquote(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1])


def domain_name(root: Path) -> str:
    """Return the libvirt domain's name that the Vagrantfile of a folder makes."""
    real = os.fsencode(root.resolve())
    folder = re.sub(rb"[^-A-Za-z0-9_.]", b"", real.rpartition(b"/")[2])[:40].decode("ascii")
    return f"devbox-{folder}-{hashlib.sha256(real).hexdigest()[:8]}_{MACHINE_NAME}"
