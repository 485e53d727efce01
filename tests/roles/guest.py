"""A booted Debian to apply roles in: systemd-nspawn, with memory for what it writes.

Each guest has its own network (slirp4netns, so that nothing on the host is configured), its own
control groups and its own mounts, so that guests run beside one another and whatever ends a test
leaves nothing behind. The host's loopback is 10.0.2.2 in it.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devbox.host.process import Completed, find_program, run, start

from .plugins.connection.guest import enter
from .tree import cache_folder, tree

HOST = "10.0.2.2"
_NAME_SERVER = "10.0.2.3"
_PROGRAMS = ("mmdebstrap", "nsenter", "slirp4netns", "systemd-nspawn", "unshare")
_SCRIPT = Path(__file__).with_name("guest.sh")
_INTERPRETER = Path(__file__).with_name("interpreter.py")
# Where that is in the guest.
INTERPRETER = "/usr/local/lib/devbox-test/python3"
# And what it has compiled.
COMPILED = "/var/cache/devbox-test"
_BOOT_SECONDS = 60
# Settings that say where packages are and whom to trust; the rest is about the host alone.
_PIP_SETTINGS = ("index-url", "proxy", "trusted-host")
_NPM_SETTINGS = re.compile(r"(@[^:=]+:)?registry\s*=|//|(https?-)?proxy\s*=|strict-ssl\s*=")
_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True)
class Guest:
    """A booted Debian.

    Attributes:
        release: its release.
        leader: the process id of its systemd.
        folder: a folder of this test's own, on the host.
    """

    release: str
    leader: int
    folder: Path

    def run(self, command: str, *, check: bool = True) -> Completed:
        """Run a shell command in it as root."""
        argv = [*enter(self.leader), "/bin/sh", "-c", command]
        return run(argv, timeout=120, check=check)


@contextlib.contextmanager
def boot(release: str, folder: Path) -> Iterator[Guest]:
    """Boot a guest, and end it when the block ends.

    Args:
        release: its release.
        folder: a folder of the test's own.
    """
    assert os.geteuid() == 0, "the tests of the roles need root, for systemd-nspawn"
    for program in _PROGRAMS:
        assert find_program(program), f"{program} is missing: scripts/install-test-tools"
    _remove_stale_groups()
    place, files = folder / "guest", folder / "files"
    place.mkdir()
    _write_files(files)
    cache = cache_folder()
    packages, compiled = cache / "packages", cache / f"compiled-{release}"
    for kept in (packages, compiled):
        kept.mkdir(exist_ok=True)
    shutil.copytree(compiled, files / COMPILED.lstrip("/"))
    log = folder / "console.log"
    group = f"devbox-test-{os.getpid()}"
    argv: list[str | Path] = ["unshare", "--mount", "--net", "--propagation", "private"]
    argv += ["sh", _SCRIPT, tree(release), place, packages, files, group]
    with contextlib.ExitStack() as stack:
        stack.callback(_remove_groups, group)
        output = stack.enter_context(log.open("wb"))
        child = stack.enter_context(start(argv, output=output, grace=15))
        deadline = time.monotonic() + _BOOT_SECONDS

        def wait() -> None:
            said = log.read_text(errors="replace")[-3000:]
            assert child.poll() is None, f"the guest ended:\n{said}"
            assert time.monotonic() < deadline, f"the guest does not boot:\n{said}"
            time.sleep(0.05)

        network = Path(f"/proc/{child.pid}/ns/net")
        while network.readlink() == Path("/proc/self/ns/net").readlink():
            wait()
        slirp = ["slirp4netns", "--configure", "--mtu=65520", "--netns-type=path"]
        slirp_log = stack.enter_context((folder / "network.log").open("wb"))
        stack.enter_context(start([*slirp, network, "eth0"], output=slirp_log, grace=2))
        while not (leader := _leader(child.pid)):
            wait()
        stack.callback(_kill, leader)
        guest = Guest(release, leader, folder)
        while not _has_booted(guest):
            wait()
        yield guest
        root = Path(f"/proc/{leader}/root")
        _keep(root / "var/cache/apt/archives", packages, "*.deb")
        _keep(root / COMPILED.lstrip("/"), compiled, "*")


def _write_files(files: Path) -> None:
    """Write what is put on top of the tree: how the host itself reaches name servers, PyPI, npm."""
    (files / "etc").mkdir(parents=True)
    (files / "root").mkdir(mode=0o700)
    interpreter = files / INTERPRETER.lstrip("/")
    interpreter.parent.mkdir(parents=True)
    shutil.copyfile(_INTERPRETER, interpreter)
    interpreter.chmod(0o755)
    (files / "etc/resolv.conf").write_text(f"nameserver {_NAME_SERVER}\n")
    # Node and pip bring authorities of their own; Debian's list has the host's, too.
    authorities = f"NODE_EXTRA_CA_CERTS={_AUTHORITIES}\n"
    (files / "etc/environment").write_text(authorities)
    pip = configparser.RawConfigParser()
    pip.read(["/etc/pip.conf", Path.home() / ".config/pip/pip.conf"])
    kept = {name: pip.get("global", name, fallback=None) for name in _PIP_SETTINGS}
    lines = [f"{name} = {value}" for name, value in kept.items() if value]
    (files / "etc/pip.conf").write_text("\n".join(["[global]", f"cert = {_AUTHORITIES}", *lines]))
    npm = Path.home() / ".npmrc"
    settings = npm.read_text().splitlines() if npm.is_file() else []
    text = "".join(f"{line}\n" for line in settings if _NPM_SETTINGS.match(line))
    (files / "root/.npmrc").write_text(text)


def _leader(nspawn: int) -> int | None:
    """Return the process id of a guest's systemd: the child that is the first in its namespace."""
    for task in Path(f"/proc/{nspawn}/task").glob("*/children"):
        for child in task.read_text().split():
            with contextlib.suppress(OSError):
                status = Path(f"/proc/{child}/status").read_text()
                if re.search(r"^NSpid:.*\s1$", status, re.MULTILINE) and "systemd" in status:
                    return int(child)
    return None


def _has_booted(guest: Guest) -> bool:
    state = guest.run("systemctl is-system-running", check=False).stdout.strip()
    assert state != "degraded", guest.run("systemctl --failed --no-legend --plain").stdout
    return state == "running"


def _keep(made: Path, kept: Path, names: str) -> None:
    """Add files that the guest has fetched or made to a folder that all guests begin with."""
    for file in made.glob(names):
        there = kept / file.name
        if not there.exists() or there.stat().st_size != file.stat().st_size:
            aside = kept.parent / f".{kept.name}-{os.getpid()}"
            shutil.copyfile(file, aside)
            aside.rename(there)


def _kill(leader: int) -> None:
    """End a guest at once: with its first process the kernel ends all others."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(leader, signal.SIGKILL)


_HIERARCHIES = [Path("/sys/fs/cgroup", name) for name in ("", "unified", "systemd")]


def _remove_groups(group: str) -> None:
    for top in (hierarchy / group for hierarchy in _HIERARCHIES):
        if top.is_dir():
            for folder in sorted(top.rglob("*/"), reverse=True):
                if folder.is_dir():
                    _remove_group(folder)
            _remove_group(top)


def _remove_group(folder: Path) -> None:
    """Remove a control group, as soon as the kernel has done with its processes."""
    deadline = time.monotonic() + 5
    while folder.is_dir():
        try:
            folder.rmdir()
        except OSError:
            if time.monotonic() > deadline:
                return
            time.sleep(0.05)


def _remove_stale_groups() -> None:
    """Remove the groups of tests that were killed; their names say which process made them."""
    for hierarchy in _HIERARCHIES:
        for group in hierarchy.glob("devbox-test-*"):
            if not Path("/proc", group.name.rpartition("-")[2]).exists():
                _remove_groups(group.name)
