"""Whether the archive has newer packages than those that are installed in a box.

apt itself decides, in a folder of its own: it is given the box's dpkg status as what is installed,
fetches the indexes and simulates the upgrade. It needs no root and touches nothing of this machine.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from devbox import ui
from devbox.errors import DevboxError
from devbox.host.locks import lock
from devbox.host.paths import cache_dir, write_atomically
from devbox.host.process import Completed, ProcessError, run
from devbox.images.sources import Source, sources, sources_list

# Seconds without a byte after which apt gives a server up, and tries again.
_STALL_SECONDS = 15
_RETRIES = 2
_UPGRADE = re.compile(r"^Inst (?P<name>\S+) \[(?P<old>[^\]]+)\] \((?P<new>\S+) ", re.MULTILINE)


@dataclass(frozen=True)
class Upgrade:
    """A package that the archive has in a newer version than the box."""

    name: str
    installed: str
    candidate: str


def newer_packages(
    status: Path,
    release: str,
    mirror: str,
    *,
    architecture: str = "amd64",
    trusted: bool = False,
    timeout: float = 300.0,
) -> tuple[Upgrade, ...]:
    """Return the installed packages that a rebuild would get in a newer version.

    Packages on hold stay what they are and are not among them.

    Args:
        status: the box's dpkg status file (``/var/lib/dpkg/status``).
        release: the release's code name.
        mirror: the archive.
        architecture: the box's architecture.
        trusted: take an archive without a signature; for tests.
        timeout: the limit for fetching all indexes, in seconds.

    Raises:
        DevboxError: the archive is down, slow, cut off, wrongly signed or out of date, or the
            status file is no such thing: then nothing is known, which is not "nothing newer".
    """
    _check_status(status)
    entries = tuple(
        dataclasses.replace(entry, trusted=trusted) for entry in sources(release, mirror)
    )
    folder = _folder(entries, architecture)
    with (
        ui.task("look for newer packages") as task,
        lock(folder / "lock", "looking for newer packages", timeout=timeout, on_wait=task.activity),
    ):
        config = _write_config(folder, entries, status.absolute(), architecture)
        task.activity(f"reading the indexes of {mirror}")
        _update(config, mirror, timeout)
        task.activity("comparing")
        completed = _simulate(config)
        upgrades = parse_simulation(completed.stdout)
        task.note(f"{len(upgrades)} newer" if upgrades else "nothing newer")
    return upgrades


def parse_simulation(output: str) -> tuple[Upgrade, ...]:
    """Read the upgrades out of what ``apt-get --simulate dist-upgrade`` prints.

    Its lines are ``Inst NAME [OLD] (NEW ORIGIN [ARCHITECTURE])``; a package that comes along anew
    has no ``[OLD]``.
    """
    found = (Upgrade(m["name"], m["old"], m["new"]) for m in _UPGRADE.finditer(output))
    return tuple(sorted(found, key=lambda upgrade: upgrade.name))


def _check_status(status: Path) -> None:
    try:
        with status.open(encoding="utf-8", errors="replace") as stream:
            if any(line.startswith("Package: ") for line in stream):
                return
        reason = "it names no package"
    except OSError as error:
        reason = str(error)
    raise DevboxError(
        "cannot tell which packages the box has",
        evidence=f"{status}: {reason}",
        remedy="devbox build",
    )


def _folder(entries: tuple[Source, ...], architecture: str) -> Path:
    """Return where the indexes of these archives are kept, so that the next check is quick."""
    text = sources_list(entries) + architecture
    return cache_dir() / "apt" / hashlib.sha256(text.encode()).hexdigest()[:16]


def _write_config(
    folder: Path, entries: tuple[Source, ...], status: Path, architecture: str
) -> Path:
    """Write apt's folder tree and its configuration (apt.conf(5)); return the latter."""
    for name in ("etc/apt.conf.d", "etc/preferences.d", "etc/sources.list.d", "etc/trusted.gpg.d"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name in ("state/lists/partial", "cache/archives/partial", "log"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_atomically(folder / "etc/sources.list", sources_list(entries))
    settings = {
        "Dir::Etc": f"{folder}/etc",
        "Dir::State": f"{folder}/state",
        "Dir::State::status": str(status),
        "Dir::State::extended_states": f"{folder}/state/extended_states",
        "Dir::Cache": f"{folder}/cache",
        "Dir::Log": f"{folder}/log",
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        # apt would give up root for a user who cannot read this folder.
        "APT::Sandbox::User": "root",
        "APT::Get::List-Cleanup": "true",
        "Acquire::Languages": "none",
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
        "Acquire::Retries": str(_RETRIES),
        "Acquire::http::Timeout": str(_STALL_SECONDS),
        "Acquire::https::Timeout": str(_STALL_SECONDS),
    }
    for value in settings.values():
        if '"' in value or "\n" in value:
            raise DevboxError(
                "apt cannot work with this path",
                evidence=f"{value!r} has a quote or newline",
                remedy="set DEVBOX_CACHE_DIR to another folder, or move the project",
            )
    config = folder / "apt.conf"
    write_atomically(config, "".join(f'{key} "{value}";\n' for key, value in settings.items()))
    return config


def _update(config: Path, mirror: str, timeout: float) -> None:
    try:
        # Without this option apt-get takes old indexes for good when an archive is down.
        run(
            ["apt-get", "update", "--error-on=any", "-q"],
            env=_environment(config),
            timeout=timeout,
            what=f"could not read the package archive {mirror}",
        )
    except ProcessError as error:
        raise DevboxError(
            f"could not read the package archive {mirror}",
            evidence=_complaints(error),
            remedy="check the network and base.mirror in devbox.yml, then run this again",
        ) from error


def _complaints(error: ProcessError) -> str:
    """Return apt's own errors and warnings out of all it printed."""
    completed = error.completed
    text = completed.stdout + completed.stderr if completed else ""
    lines = [line for line in text.splitlines() if line.startswith(("E:", "W:", "Err:"))]
    seconds = "" if lines or not completed else f"no end after {completed.seconds:.0f} s"
    return "\n".join(lines[-12:]) or seconds or error.evidence


def _simulate(config: Path) -> Completed:
    return run(
        ["apt-get", "--simulate", "--quiet", "dist-upgrade"],
        env=_environment(config),
        timeout=120,
        what="apt could not compare the box with the archive",
        remedy="devbox rebuild --force",
    )


def _environment(config: Path) -> dict[str, str]:
    return {"APT_CONFIG": str(config), "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
