"""The examination of this computer: one small module a group of checks.

A check is a function of a :class:`Subject` that yields findings. A new one is added to the list
here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from devbox.host.doctor import (
    acceleration,
    archive,
    computer,
    libvirt,
    permissions,
    programs,
)
from devbox.host.doctor.finding import Finding, Group, Mend, Status, Subject
from devbox.host.doctor.fix import Plan, apply, plan

__all__ = [
    "Finding",
    "Group",
    "Mend",
    "Plan",
    "Status",
    "Subject",
    "apply",
    "examine",
    "plan",
]

_CHECKS: tuple[tuple[str, Callable[[Subject], Iterator[Finding]]], ...] = (
    ("folders", computer.check_folders),
    ("disk space", computer.check_space),
    ("PATH", computer.check_path),
    ("acceleration, by booting a guest", acceleration.check),
    ("programs to build with", programs.check_build),
    ("permissions", permissions.check),
    ("the package archive", archive.check),
    ("Vagrant and libvirt", programs.check_machine),
    ("libvirt's service", libvirt.check),
)


def examine(subject: Subject, tell: Callable[[str], None]) -> tuple[Finding, ...]:
    """Look at everything that devbox needs.

    Args:
        subject: what for.
        tell: called with what is looked at next.

    Returns:
        The findings, in the order of their groups.
    """
    found: list[Finding] = []
    for name, check in _CHECKS:
        tell(name)
        found += check(subject)
    order = list(Group)
    return tuple(sorted(found, key=lambda finding: order.index(finding.group)))
