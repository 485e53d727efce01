"""What ``devbox doctor --fix`` does about findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from devbox.host import installed, process, services
from devbox.host.doctor.finding import Finding, Mend
from devbox.host.root import run_as_root, user_name


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        packages: Debian's packages to install, sorted.
        mends: what else to do, in its order.
    """

    packages: tuple[str, ...] = ()
    mends: tuple[Mend, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.packages or self.mends)

    def without(self, done: Plan) -> Plan:
        """Return what is left of it when another has been tried."""
        return Plan(
            tuple(package for package in self.packages if package not in done.packages),
            tuple(mend for mend in self.mends if mend not in done.mends),
        )

    def sentences(self) -> list[str]:
        """Say plainly what will be done."""
        said = []
        if self.packages:
            said.append(f"install with apt: {' '.join(self.packages)}")
        return said + [str(mend) for mend in self.mends]


def plan(findings: Iterable[Finding]) -> Plan:
    """Return what mends all findings that can be mended."""
    wrong = [finding for finding in findings if finding.status != "ok"]
    packages = sorted({package for finding in wrong for package in finding.packages})
    wanted = {finding.mend for finding in wrong}
    order = (Mend.GIVE_KVM, Mend.START_LIBVIRT, Mend.JOIN_GROUPS)
    return Plan(tuple(packages), tuple(mend for mend in order if mend in wanted))


def apply(work: Plan, tell: Callable[[str], None]) -> None:
    """Do what was planned.

    Args:
        work: the plan.
        tell: called with what is going on, a line at a time.

    Raises:
        ProcessError: a part of it failed; what came before it is done.
    """
    if work.packages:
        installed.install(work.packages, tell)
    if Mend.GIVE_KVM in work.mends:
        what = "could not give /dev/kvm to the group kvm"
        run_as_root(["chgrp", "kvm", "/dev/kvm"], what=what)
        run_as_root(["chmod", "0660", "/dev/kvm"], what=what)
    if Mend.START_LIBVIRT in work.mends and process.find_program("libvirtd"):
        services.start_libvirt(tell)
    if Mend.JOIN_GROUPS in work.mends:
        run_as_root(
            ["usermod", "-aG", "libvirt,kvm", user_name()],
            what="could not add you to the groups libvirt and kvm",
        )
        tell("log in again: groups count from the next login on")
