"""Checks of libvirt: that it answers, to this user, and has a network."""

from __future__ import annotations

import grp
from collections.abc import Iterator
from pathlib import Path

from devbox.host import process, services
from devbox.host.doctor.finding import Finding, Group, Mend, Subject
from devbox.host.root import shown

_GROUP = Group.MACHINE
_KVM = Path("/dev/kvm")
_JOIN = 'sudo usermod -aG libvirt,kvm "$USER"   # then log in again'


def check(_subject: Subject) -> Iterator[Finding]:
    """Ask libvirt something, as this user, and look for its default network."""
    if process.find_program("virsh") is None or process.find_program("libvirtd") is None:
        # Named already, among the programs. After an installation it may still have to start.
        yield Finding(
            _GROUP,
            "libvirt",
            "problem",
            "not installed",
            "devbox doctor --fix",
            mend=Mend.START_LIBVIRT,
        )
        return
    yield from _kvm_device()
    fault = services.libvirt_fault()
    if fault is None:
        yield Finding(_GROUP, "libvirt", "ok", "answers")
        yield _network()
        return
    # virsh's last line names the cause; the command line after it says nothing new.
    words = [line for line in fault.evidence.splitlines() if not line.startswith("(")]
    seen = words[-1].removeprefix("error: ") if words else fault.what
    if services.may_not_ask(fault):
        yield Finding(_GROUP, "libvirt", "problem", seen, _JOIN, mend=Mend.JOIN_GROUPS)
        return
    by_hand = (
        shown("systemctl enable --now libvirtd")
        if services.has_systemd()
        else "devbox doctor --fix   # without systemd: dbus-daemon, virtlogd, libvirtd"
    )
    yield Finding(
        _GROUP, "libvirt", "problem", f"does not answer: {seen}", by_hand, mend=Mend.START_LIBVIRT
    )


def _kvm_device() -> Iterator[Finding]:
    """See that libvirt's own user may open /dev/kvm, where there is one.

    Where udev has not set it up, libvirt finds KVM as root, loses it as libvirt-qemu, and probes
    QEMU anew at every call: more than a minute for each machine that is brought up.
    """
    try:
        found = _KVM.stat()
        group = grp.getgrnam("kvm").gr_gid
    except (OSError, KeyError):
        return
    if found.st_mode & 0o006 == 0o006 or (found.st_gid == group and found.st_mode & 0o060 == 0o060):
        return
    yield Finding(
        _GROUP,
        str(_KVM),
        "warning",
        "not for the group kvm, so that libvirt probes QEMU anew for every machine: slow",
        shown("chgrp kvm /dev/kvm && chmod 0660 /dev/kvm"),
        mend=Mend.GIVE_KVM,
    )


def _network() -> Finding:
    name = f"network {services.NETWORK}"
    if services.network_is_active():
        return Finding(_GROUP, name, "ok", "active")
    return Finding(
        _GROUP,
        name,
        "problem",
        "not active",
        shown(f"virsh --connect qemu:///system net-start {services.NETWORK}"),
        mend=Mend.START_LIBVIRT,
    )
