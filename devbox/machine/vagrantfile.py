"""The Vagrantfile: written from ``Vagrantfile.j2``, and read back where a person has changed it."""

from __future__ import annotations

import hashlib
import os
import re
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
class Settings:
    """What a Vagrantfile is written from.

    Attributes:
        name: the box's name.
        catalog: the catalog's URL, or its path relative to the Vagrantfile's folder.
        relative: whether ``catalog`` is such a path.
        ports: pairs of a port of this computer and a port of the machine.
        cpus: virtual processors; None leaves them, and the memory, to the box.
        memory: in MiB.
        excludes: folders of the project that rsync leaves out, in rsync's pattern syntax.
    """

    name: str
    catalog: str
    relative: bool = False
    ports: tuple[tuple[int, int], ...] = ()
    cpus: int | None = None
    memory: int | None = None
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Written:
    """What an existing Vagrantfile says, as far as its text tells.

    Attributes:
        box: the box's name; None where it is not a plain literal.
        catalog: the catalog's URL or absolute path, likewise.
        ports: pairs of a port of this computer and a port of the machine.
        memory: in MiB; None where it is left to the box.
    """

    box: str | None
    catalog: str | None
    ports: tuple[tuple[int, int], ...]
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
        ports=tuple(dict(_ports(text)).items()),
        memory=int(memory[1]) if memory else None,
    )


def _ports(text: str) -> list[tuple[int, int]]:
    found = []
    for match in _PORT.finditer(text):
        host = re.search(r"(?:\bhost:|:host\s*=>)\s*(\d+)", match["options"])
        guest = re.search(r"(?:\bguest:|:guest\s*=>)\s*(\d+)", match["options"])
        if host and guest:
            found.append((int(host[1]), int(guest[1])))
    return found


def _unquote(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1])


def domain_name(root: Path) -> str:
    """Return the libvirt domain's name that the Vagrantfile of a folder makes."""
    real = os.fsencode(root.resolve())
    folder = re.sub(rb"[^-A-Za-z0-9_.]", b"", real.rpartition(b"/")[2])[:40].decode("ascii")
    return f"devbox-{folder}-{hashlib.sha256(real).hexdigest()[:8]}_{MACHINE_NAME}"
