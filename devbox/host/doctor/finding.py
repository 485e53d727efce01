"""What a check saw."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

Status = Literal["ok", "warning", "problem"]


class Group(StrEnum):
    """What a finding matters for."""

    COMPUTER = "This computer"
    BUILD = "To build"
    MACHINE = "To bring up a machine"


class Mend(StrEnum):
    """What ``devbox doctor --fix`` can do about a finding, beside installing packages."""

    NOTHING = ""
    GIVE_KVM = "give /dev/kvm to the group kvm"
    START_LIBVIRT = "start libvirt and its default network"
    JOIN_GROUPS = "add you to the groups libvirt and kvm"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        group: what it matters for.
        name: what was looked at, in a word or two.
        status: "problem" stops something from working, "warning" does not.
        seen: what was seen.
        remedy: what to do about it, a command where there is one.
        packages: Debian's packages that mend it.
        mend: what else mends it.
    """

    group: Group
    name: str
    status: Status
    seen: str
    remedy: str = ""
    packages: tuple[str, ...] = ()
    mend: Mend = Mend.NOTHING


@dataclass(frozen=True)
class Subject:
    """What is examined.

    Attributes:
        root: the project's folder, or the one that the user stands in.
        archive: the package archive that builds will use.
        release: the release that they will take from it.
    """

    root: Path
    archive: str = "http://deb.debian.org/debian"
    release: str = "bookworm"
