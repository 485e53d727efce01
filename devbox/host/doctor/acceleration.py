"""The check of hardware acceleration: a guest is booted."""

from __future__ import annotations

from collections.abc import Iterator

from devbox.host import accelerator
from devbox.host.doctor.finding import Finding, Group, Mend, Subject


def check(_subject: Subject) -> Iterator[Finding]:
    """Boot a guest under the accelerator that this computer has."""
    choice = accelerator.choose(fresh=True)
    name = "acceleration"
    if choice.hardware:
        yield Finding(Group.COMPUTER, name, "ok", f"{choice.name}: {choice.reason}")
        return
    seen = f"none, so builds and machines take longer: {choice.reason}"
    mend = Mend.JOIN_GROUPS if choice.fault == "permission" else Mend.NOTHING
    yield Finding(Group.COMPUTER, name, "warning", seen, choice.remedy, mend=mend)
