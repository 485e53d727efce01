"""Checks of programs, their versions, and the files that packages bring."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devbox.host import installed, process, services
from devbox.host.doctor import packages
from devbox.host.doctor.finding import Finding, Group, Status, Subject
from devbox.host.root import shown


@dataclass(frozen=True)
class _Program:
    """A program that devbox calls.

    Attributes:
        name: as it is called.
        package: the Debian package that brings it.
        arguments: what makes it tell its version; empty: ``--version``.
        at_least: the oldest version that will do.
        status: what it means when it is missing or too old.
        note: what is lost then.
    """

    name: str
    package: str
    arguments: tuple[str, ...] = ()
    at_least: str = ""
    status: Status = "problem"
    note: str = ""


_TO_BUILD = (
    _Program("packer", packages.PACKER, at_least="1.6.6"),
    _Program("qemu-system-x86_64", packages.QEMU, at_least="5.2"),
    _Program("qemu-img", packages.QEMU_IMG, at_least="5.2"),
    _Program("mmdebstrap", packages.MMDEBSTRAP, at_least="0.7"),
    _Program("mke2fs", packages.E2FSPROGS, ("-V",), "1.47", "warning", "older ones are not tested"),
    _Program("sfdisk", packages.SFDISK),
    _Program("grub-mkimage", packages.GRUB),
    _Program("mkfs.vfat", packages.DOSFSTOOLS, ("--help",)),
    _Program("mcopy", packages.MTOOLS, ("-V",)),
    _Program("setpriv", packages.UTIL_LINUX, status="warning", note="children may outlive devbox"),
    _Program("zstd", packages.ZSTD, status="warning", note="boxes take longer to pack"),
    _Program("ssh", packages.SSH, ("-V",)),
)

_TO_BRING_UP = (
    _Program("vagrant", packages.VAGRANT, at_least="2.2.10"),
    _Program("virsh", packages.LIBVIRT_CLIENTS, at_least="6.0"),
    _Program("libvirtd", packages.LIBVIRT_DAEMON, at_least="6.0"),
    _Program("dnsmasq", packages.DNSMASQ),
    _Program("iptables", packages.IPTABLES),
    _Program("rsync", packages.RSYNC),
)

_FILES = (
    ("GRUB for BIOS", Path("/usr/lib/grub/i386-pc/boot.img"), packages.GRUB_BIOS),
    ("GRUB for UEFI", Path("/usr/lib/grub/x86_64-efi/moddep.lst"), packages.GRUB_EFI),
    (
        "Debian's archive keys",
        Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
        packages.KEYRING,
    ),
)
_FIRMWARE = Path("/usr/share/OVMF")


def check_build(_subject: Subject) -> Iterator[Finding]:
    """Look at what a build calls and reads."""
    for program in _TO_BUILD:
        yield _look(Group.BUILD, program)
    yield _apt()
    yield _ansible()
    for name, path, package in _FILES:
        if path.exists():
            yield Finding(Group.BUILD, name, "ok", str(path))
        else:
            yield _missing(Group.BUILD, name, "problem", f"{path} is missing", package)
    if any(_FIRMWARE.glob("OVMF_CODE*.fd")):
        yield Finding(Group.BUILD, "UEFI firmware", "ok", str(_FIRMWARE))
    else:
        seen = "not installed: boxes cannot be tried with UEFI here"
        yield _missing(Group.BUILD, "UEFI firmware", "warning", seen, packages.OVMF)


def check_machine(_subject: Subject) -> Iterator[Finding]:
    """Look at what Vagrant and libvirt need."""
    for program in _TO_BRING_UP:
        yield _look(Group.MACHINE, program)
    yield _vagrant_plugin()
    if not services.has_systemd():
        yield _look(Group.MACHINE, _Program("dbus-daemon", packages.DBUS))


def _look(group: Group, program: _Program) -> Finding:
    note = f": {program.note}" if program.note else ""
    if process.find_program(program.name) is None:
        return _missing(
            group, program.name, program.status, f"not installed{note}", program.package
        )
    try:
        version = installed.program_version(program.name, *program.arguments)
    except process.ProcessError as error:
        return Finding(
            group,
            program.name,
            "problem",
            f"does not run: {error.evidence.splitlines()[0]}",
            shown(f"apt-get install --reinstall {program.package}"),
        )
    if not version:
        return Finding(group, program.name, "warning", "does not tell its version")
    if installed.version_key(version) < installed.version_key(program.at_least):
        return Finding(
            group,
            program.name,
            program.status,
            f"{version}, and {program.at_least} or newer is needed{note}",
            f"install a newer {program.package}",
        )
    return Finding(group, program.name, "ok", version)


def _missing(group: Group, name: str, status: Status, seen: str, package: str) -> Finding:
    if not installed.has_apt():
        return Finding(group, name, status, seen, f"install what Debian calls {package}")
    command = shown(f"apt-get install --no-install-recommends {package}")
    return Finding(group, name, status, seen, command, packages=(package,))


def _apt() -> Finding:
    # Its own group member: on other systems mmdebstrap needs it as a program of its own.
    if process.find_program("apt-get") is None:
        return Finding(
            Group.BUILD,
            "apt-get",
            "problem",
            "not installed: base images cannot be bootstrapped from a mirror",
            "install apt, or start from a cloud image (base.image in devbox.yml)",
        )
    return _look(Group.BUILD, _Program("apt-get", "apt"))


def _ansible() -> Finding:
    """Look at the Ansible beside our own Python: Debian's older one is never used."""
    name = "ansible-playbook"
    program = Path(sys.executable).parent / name
    try:
        version = importlib.metadata.version("ansible-core")
        importlib.metadata.version("ansible-runner")
    except importlib.metadata.PackageNotFoundError as error:
        return Finding(
            Group.BUILD, name, "problem", f"devbox's own Python lacks {error.name}", _REINSTALL
        )
    if not program.exists():
        return Finding(Group.BUILD, name, "problem", f"{program} is missing", _REINSTALL)
    return Finding(Group.BUILD, name, "ok", f"{version}, devbox's own")


_REINSTALL = "install devbox again, with its dependencies"


def _vagrant_plugin() -> Finding:
    name = "vagrant-libvirt"
    if version := installed.package_versions([packages.VAGRANT_LIBVIRT]).get(name):
        return Finding(Group.MACHINE, name, "ok", version)
    if process.find_program("vagrant") is None:
        package = packages.VAGRANT_LIBVIRT
        return _missing(Group.MACHINE, name, "problem", "not installed", package)
    # A Vagrant from its makers has plugins of its own, each user's.
    try:
        plugins = process.run(["vagrant", "plugin", "list"], timeout=60).stdout
    except process.ProcessError as error:
        return Finding(
            Group.MACHINE, name, "problem", error.evidence, "mend what Vagrant complains about"
        )
    for line in plugins.splitlines():
        if line.startswith(f"{name} "):
            return Finding(Group.MACHINE, name, "ok", line.split("(")[-1].split(",")[0].rstrip(")"))
    if "vagrant" not in installed.package_versions([packages.VAGRANT]) and installed.has_apt():
        remedy = "vagrant plugin install vagrant-libvirt"
        return Finding(Group.MACHINE, name, "problem", "Vagrant has no such plugin", remedy)
    return _missing(
        Group.MACHINE, name, "problem", "not installed", package=packages.VAGRANT_LIBVIRT
    )
