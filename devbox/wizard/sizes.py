"""The size of a developer's machine, proposed from this computer and from the stack."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from devbox.spec.model import Machine, Spec
from devbox.wizard.ports import Catalog

_GIB = 1024**3
_MIB = 1024**2
_SYSTEM = 1024
"""What the system, and a developer's own programs in it, take beside the stack, in MiB."""
_STEP = 512
_LEAST = 1024


@dataclass(frozen=True)
class Computer:
    """The computer that the wizard runs on: processors, memory in MiB, free disk in GiB."""

    cpus: int
    memory: int
    free_disk: int


def survey_computer(root: Path) -> Computer:
    """Measure this computer; the disk is the one that ``root`` is on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    existing = next(folder for folder in (root, *root.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    return Computer(len(os.sched_getaffinity(0)), memory // _MIB, free // _GIB)


def stack_memory(spec: Spec, catalog: Catalog) -> int:
    """Return the memory in MiB that a stack wants in a machine, the system's included."""
    tools = (*spec.production, *spec.development)
    wanted = sum(catalog[tool.name].memory or 0 for tool in tools if tool.name in catalog)
    return -(-(_SYSTEM + wanted) // _STEP) * _STEP


def propose_machine(computer: Computer, needed: int = 0) -> Machine:
    """Return a size that leaves the computer usable, and is enough for the stack.

    The file is the whole team's, so the proposal stays within what any computer of today has: half
    of the processors, a quarter of the memory. A stack that needs more gets it, as long as half of
    the memory is left.

    Args:
        computer: this computer.
        needed: the memory that the stack wants, in MiB.
    """
    cpus = 1 if computer.cpus < 2 else min(4, max(2, computer.cpus // 2))
    usual = min(4096, max(_LEAST, computer.memory // 4 // 1024 * 1024))
    most = max(_LEAST, computer.memory // 2 // _STEP * _STEP)
    disk = 40 if computer.free_disk >= 40 else 20
    return Machine(cpus=cpus, memory=min(max(usual, needed), most), disk=disk)


def default_memory(needed: int) -> int:
    """Return the memory where nobody is asked: the model's, or more where the stack needs it.

    The computer that happens to run devbox has no say then: the answer is the same everywhere.
    """
    return max(Machine().memory, needed)


def explain_size(spec: Spec, catalog: Catalog, computer: Computer) -> str:
    """Say in words what a stack wants, and what this computer has."""
    tools = (*spec.production, *spec.development)
    heavy = sorted(
        (
            (memory, catalog[tool.name].title)
            for tool in tools
            if tool.name in catalog and (memory := catalog[tool.name].memory)
        ),
        reverse=True,
    )
    named = ", ".join(f"{title} {memory}" for memory, title in heavy[:4])
    rest = f" and {len(heavy) - 4} more" if len(heavy) > 4 else ""
    stack = f"{named}{rest}, the system {_SYSTEM} MiB" if named else f"the system {_SYSTEM} MiB"
    here = f"This computer has {_processors(computer.cpus)} and {computer.memory / 1024:.0f} GiB."
    return f"{here} Memory at work: {stack}."


def _processors(count: int) -> str:
    return "1 processor" if count == 1 else f"{count} processors"
