"""libvirt's services: whether they answer, and starting them with and without systemd."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from pathlib import Path

from devbox.host import libvirt, process
from devbox.host.root import run_as_root

NETWORK = "default"

_SYSTEMD = Path("/run/systemd/system")
_NETWORK_DEFINITION = Path("/usr/share/libvirt/networks/default.xml")
_DBUS_SOCKET = Path("/run/dbus/system_bus_socket")
_SECONDS_TO_ANSWER = 20.0


def has_systemd() -> bool:
    """Return whether systemd runs this computer (sd_booted(3) looks at the same folder)."""
    return _SYSTEMD.is_dir()


def libvirt_fault() -> process.ProcessError | None:
    """Return why libvirt does not answer; None when it does."""
    try:
        libvirt.check()
    except process.ProcessError as error:
        return error
    return None


def network_is_active(name: str = NETWORK) -> bool:
    """Return whether one of libvirt's networks is up."""
    return name in _networks()


def start_libvirt(tell: Callable[[str], None]) -> None:
    """Start libvirt and its default network, as root; what already runs is left alone.

    Without systemd the daemons are started as their own background processes, in sessions of
    their own: they stay when devbox ends.

    Args:
        tell: called with what is being started.

    Raises:
        ProcessError: a service would not start, or does not answer.
    """
    if libvirt_fault() is not None:
        if has_systemd():
            tell("libvirtd.service")
            run_as_root(
                ["systemctl", "enable", "--now", "libvirtd.service"],
                what="could not start libvirt",
                remedy="journalctl -u libvirtd.service",
                timeout=120,
            )
        else:
            _start_daemons(tell)
        fault = _wait_for_libvirt()
    else:
        fault = None
    tell(f"libvirt's network {NETWORK}")
    if fault is not None:
        # This user cannot see whether it is active, and will after a new login.
        with contextlib.suppress(process.ProcessError):
            _virsh_as_root("net-start", NETWORK)
    elif not network_is_active():
        _start_network()


def _start_daemons(tell: Callable[[str], None]) -> None:
    daemons = (
        (_DBUS_SOCKET, ("dbus-daemon", "--system", "--fork")),
        (Path("/run/libvirt/virtlogd-sock"), ("virtlogd", "-d")),
        (Path("/run/libvirt/libvirt-sock"), ("libvirtd", "-d")),
    )
    for path, command in daemons:
        if _answers(path):
            continue
        tell(command[0])
        if path == _DBUS_SOCKET:
            _clear_dead_dbus()
        # A session of its own from the first instruction on: whoever starts a process here ends
        # its whole group, and a daemon forks before it leaves that.
        run_as_root(
            ["setsid", "--wait", *command],
            what=f"could not start {command[0]}",
            remedy="devbox doctor names what is missing",
            timeout=60,
        )
        end = time.monotonic() + _SECONDS_TO_ANSWER
        while not _answers(path) and time.monotonic() < end:
            time.sleep(0.1)


def _clear_dead_dbus() -> None:
    """Remove what a D-Bus that was killed left behind: it would not start beside its old pid."""
    run_as_root(["mkdir", "-p", str(_DBUS_SOCKET.parent)], what="could not prepare D-Bus")
    run_as_root(["rm", "-f", "/run/dbus/pid"], what="could not prepare D-Bus")


def _answers(path: Path) -> bool:
    """Return whether something listens on a Unix socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(2.0)
        try:
            client.connect(str(path))
        except PermissionError:
            # It is for root alone, and there.
            return True
        except OSError:
            return False
    return True


def _wait_for_libvirt() -> process.ProcessError | None:
    """Wait until libvirt answers; return its answer if it is that this user may not ask."""
    end = time.monotonic() + _SECONDS_TO_ANSWER
    while (fault := libvirt_fault()) is not None:
        if may_not_ask(fault):
            return fault
        if time.monotonic() >= end:
            raise fault
        time.sleep(0.3)
    return None


def may_not_ask(fault: process.ProcessError) -> bool:
    """Return whether libvirt runs, and only this user may not use it."""
    words = ("permission denied", "authentication", "polkit", "access denied")
    return any(word in fault.evidence.lower() for word in words)


def _start_network() -> None:
    if NETWORK not in _networks("--all") and _NETWORK_DEFINITION.exists():
        _virsh_as_root("net-define", str(_NETWORK_DEFINITION))
    with contextlib.suppress(process.ProcessError):
        # A convenience for the next boot; the network serves without it.
        _virsh_as_root("net-autostart", NETWORK)
    _virsh_as_root("net-start", NETWORK)


def _virsh_as_root(*words: str) -> None:
    run_as_root(
        ["virsh", "--quiet", "--connect", libvirt.URI, *words],
        what="could not start libvirt's network",
        remedy="is 192.168.122.0/24 in use elsewhere? may this container make bridges?",
        env={"LC_ALL": "C"},
        timeout=60,
    )


def _networks(*options: str) -> list[str]:
    answer = process.run(
        ["virsh", "--quiet", "--connect", libvirt.URI, "net-list", "--name", *options],
        check=False,
        timeout=30,
        env={"LC_ALL": "C"},
    )
    return answer.stdout.split()
