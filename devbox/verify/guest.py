"""A guest that QEMU runs for the length of a block."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devbox.errors import DevboxError
from devbox.host import process
from devbox.host.accelerator import Accelerator

if TYPE_CHECKING:
    import subprocess

SERIAL_LOG = "serial.log"
QEMU_LOG = "qemu.log"

_POLL_SECONDS = 0.5
_TAIL_LINES = 10


@dataclass(frozen=True)
class Guest:
    """A running guest: its port for SSH on 127.0.0.1, its console's log, its process."""

    ssh_port: int
    serial: Path
    child: subprocess.Popen[bytes]
    started: float

    def wait_for_ssh(self, timeout: float) -> float:
        """Wait until the guest's SSH server has said its name.

        Args:
            timeout: in seconds.

        Returns:
            The seconds since the guest's start.

        Raises:
            DevboxError: the guest ended, its kernel panicked, or it said nothing in time.
        """
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                raise self._ended()
            if "Kernel panic" in self._console():
                raise self._error("the guest's kernel panicked")
            if self._banner():
                return time.monotonic() - self.started
            time.sleep(_POLL_SECONDS)
        raise self._error(f"the guest did not answer by SSH within {timeout:.0f} s")

    def _banner(self) -> bool:
        # QEMU takes the connection at once, whether the guest listens or not.
        try:
            with socket.create_connection(("127.0.0.1", self.ssh_port), timeout=5) as connection:
                connection.settimeout(5)
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def _console(self) -> str:
        return self.serial.read_text(errors="replace") if self.serial.exists() else ""

    def _ended(self) -> DevboxError:
        """Return what QEMU itself said: there need not have been a guest at all."""
        said = (self.serial.parent / QEMU_LOG).read_text(errors="replace").splitlines()
        error = self._error(f"the guest ended by itself (QEMU's status {self.child.returncode})")
        error.evidence = "\n".join([*said[-_TAIL_LINES:], error.evidence])
        return error

    def _error(self, what: str) -> DevboxError:
        tail = self._console().splitlines()[-_TAIL_LINES:]
        shown = "\n".join(f"  {line}" for line in tail)
        return DevboxError(
            what,
            evidence=f"the console at the end:\n{shown}" if tail else "the console stayed silent",
        )


@contextlib.contextmanager
def running_guest(
    disk: Path,
    scratch: Path,
    accelerator: Accelerator,
    *,
    cpus: int,
    memory: int,
    firmware: Path | None = None,
) -> Iterator[Guest]:
    """Run a guest on a qcow2 disk, which it writes to, while the block runs.

    Args:
        disk: the disk.
        scratch: a folder for QEMU's own output and the console's log.
        accelerator: what runs its processors.
        cpus: how many of them.
        memory: in MiB.
        firmware: a UEFI firmware image; None boots by BIOS.
    """
    serial = scratch / SERIAL_LOG
    port = _free_port()
    node = "driver=qcow2,node-name=disk,discard=unmap,cache.no-flush=on,file.driver=file"
    argv: list[str | Path] = [
        "qemu-system-x86_64",
        "-nodefaults", "-display", "none",
        "-machine", f"q35,accel={accelerator.name}", "-cpu", accelerator.cpu,
        "-smp", str(cpus), "-m", str(memory),
        "-blockdev", f"{node},file.filename={str(disk).replace(',', ',,')}",
        "-device", "virtio-blk-pci,drive=disk",
        "-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{port}-:22",
        "-device", "virtio-net-pci,netdev=net",
        "-device", "virtio-rng-pci",
        "-serial", f"file:{str(serial).replace(',', ',,')}",
    ]  # fmt: skip
    if firmware is not None:
        argv += ["-bios", firmware]
    with (
        (scratch / QEMU_LOG).open("wb") as output,
        process.start(argv, what="could not start a guest", output=output, grace=3.0) as child,
    ):
        yield Guest(port, serial, child, time.monotonic())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
