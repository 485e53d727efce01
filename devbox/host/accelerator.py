"""What runs a guest's processor: hardware, where it can be shown to work, else emulation.

The presence of /dev/kvm proves nothing, so a guest is booted under the accelerator, and has to
work there and say so (:mod:`devbox.host.boot_sector`). The verdict is kept for as long as it can
be true: this boot of the host, this version of QEMU.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from devbox.errors import DevboxError, UsageError
from devbox.host import boot_sector, paths, process, runlog

Name = Literal["kvm", "hvf", "whpx", "tcg"]

SETTING = "DEVBOX_ACCEL"
QEMU = "qemu-system-x86_64"

_KVM = Path("/dev/kvm")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# Fifty times what the guest needs under an accelerator that works.
_PROBE_SECONDS = 5.0


@dataclass(frozen=True)
class Accelerator:
    """What to run guests with.

    Attributes:
        name: as QEMU's ``-accel`` and Packer's ``accelerator`` name it.
        reason: one sentence for people, why this one.
        works_by: how that is known: "setting", "probe" (a guest was booted just now), "verdict"
            (one was booted earlier, and nothing has changed since) or "default".
        remedy: what would make guests faster; empty where nothing is known.
        fault: "permission" where this user's rights are all that is missing.
    """

    name: Name
    reason: str
    works_by: Literal["setting", "probe", "verdict", "default"]
    remedy: str = ""
    fault: Literal["", "permission"] = ""

    @property
    def hardware(self) -> bool:
        """Whether guests run at the speed of the hardware."""
        return self.name != "tcg"

    @property
    def cpu(self) -> str:
        """The CPU model for QEMU: the one that the probe used."""
        return "host" if self.hardware else "max"


def choose(setting: str | None = None, *, fresh: bool = False) -> Accelerator:
    """Return the accelerator to run guests with.

    Args:
        setting: the user's own choice, which wins; "auto" and None look at the environment
            variable DEVBOX_ACCEL first and find out then.
        fresh: boot a guest even where an earlier verdict is kept.

    Raises:
        UsageError: the setting names no accelerator.
    """
    if asked := _asked(setting):
        return asked
    name: Name = "hvf" if sys.platform == "darwin" else "kvm"
    if hindrance := _hindrance(name):
        return hindrance
    version = _qemu_version()
    if version is None:
        return Accelerator(
            "tcg", f"{QEMU} is not installed, so nothing could be tried", "default", "devbox doctor"
        )
    key = f"{_boot_id()} {version} {name}"
    if not fresh and (kept := _kept(key)) is not None:
        return _accelerator(name, kept, "verdict")
    fault = boot_guest(name)
    _keep(key, fault)
    return _accelerator(name, fault, "probe")


def _asked(setting: str | None) -> Accelerator | None:
    for value, source in ((setting, "the setting"), (os.environ.get(SETTING), SETTING)):
        if value in (None, "", "auto"):
            continue
        if value not in get_args(Name):
            raise UsageError(
                f"there is no accelerator {value!r}",
                evidence=f"from {source}",
                remedy=f"one of: auto, {', '.join(get_args(Name))}",
            )
        return Accelerator(cast("Name", value), f"{source} says so", "setting")
    return None


def _hindrance(name: Name) -> Accelerator | None:
    """Return emulation where there is no need to boot anything to know."""
    machine = platform.machine()
    if machine not in ("x86_64", "AMD64"):
        return Accelerator(
            "tcg", f"boxes are for amd64, and this computer's processor is {machine}", "default"
        )
    if name != "kvm":
        return None
    if not _KVM.exists():
        return Accelerator(
            "tcg",
            "there is no /dev/kvm",
            "default",
            "switch on virtualization in the firmware's settings, or in the hypervisor that this"
            " machine runs under, and `modprobe kvm_intel` or `modprobe kvm_amd`",
        )
    if not os.access(_KVM, os.R_OK | os.W_OK):
        return Accelerator(
            "tcg",
            "you may not open /dev/kvm",
            "default",
            'sudo usermod -aG kvm "$USER"   # then log in again',
            "permission",
        )
    return None


def _accelerator(name: Name, fault: str, works_by: Literal["probe", "verdict"]) -> Accelerator:
    if not fault:
        return Accelerator(name, f"a guest was booted under {name} and worked", works_by)
    return Accelerator(
        "tcg",
        f"{name} is there, but a guest does not work under it: {fault}",
        works_by,
        f"nothing to do: guests run emulated, more slowly; {SETTING}={name} would insist",
    )


def boot_guest(name: Name) -> str:
    """Boot the probe's guest; return what was wrong, or nothing."""
    with paths.scratch_dir(paths.runtime_dir(), "probe-") as folder:
        image = folder / "sector.img"
        image.write_bytes(boot_sector.SECTOR)
        try:
            ended = process.run(
                _command(name, image), timeout=_PROBE_SECONDS, check=False, what="the probe failed"
            )
        except process.ProcessError as error:
            if error.completed is None:
                return error.evidence or error.what
            return f"it does no work in long mode within {_PROBE_SECONDS:.0f} s"
    if ended.returncode == boot_sector.EXIT_STATUS and boot_sector.WORD.decode() in ended.stdout:
        return ""
    said = [line for line in ended.stderr.splitlines() if line.strip()]
    return said[0] if said else f"QEMU ended with status {ended.returncode}"


def _command(name: Name, image: Path) -> list[str | Path]:
    """Return QEMU's command line for the probe."""
    # A comma separates the parts of an option; doubled, it stands for itself.
    file = str(image).replace(",", ",,")
    return [
        *(QEMU, "-accel", name, "-cpu", "max" if name == "tcg" else "host"),
        *("-m", "64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"),
        *("-serial", "stdio", "-device", "isa-debug-exit,iobase=0xf4,iosize=4"),
        *("-drive", f"file={file},format=raw,if=ide"),
    ]


def _qemu_version() -> str | None:
    if process.find_program(QEMU) is None:
        return None
    try:
        answer = process.run([QEMU, "--version"], timeout=20).stdout
    except process.ProcessError as error:
        runlog.write(f"  {error.what}: {error.evidence}")
        return None
    return answer.splitlines()[0].strip() if answer.strip() else None


def _boot_id() -> str:
    """Return the name of this boot of the host; nothing where the system gives it none."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _verdict_path() -> Path:
    return paths.state_dir() / "accelerator.json"


def _kept(key: str) -> str | None:
    """Return the fault kept under a key, "" where none was found; None without a verdict.

    A damaged file is no verdict, nor is one of another boot or another QEMU.
    """
    try:
        verdict = json.loads(_verdict_path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(verdict, dict) or verdict.get("key") != key:
        return None
    fault = verdict.get("fault")
    return fault if isinstance(fault, str) else None


def _keep(key: str, fault: str) -> None:
    if not _boot_id():
        return
    path = _verdict_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        paths.write_atomically(path, json.dumps({"key": key, "fault": fault}, indent=2) + "\n")
    except (OSError, DevboxError) as error:
        # Only time is lost: the next run boots the guest again.
        runlog.write(f"  the verdict is not kept: {error}")
