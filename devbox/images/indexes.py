"""The indexes of a Debian release's archives, read by apt itself in a folder of its own.

It needs no root and touches nothing of this machine. The indexes are kept, so that apt fetches only
what has changed since.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devbox.errors import DevboxError
from devbox.host.locks import lock
from devbox.host.paths import cache_dir, write_atomically
from devbox.host.process import ProcessError, run
from devbox.images.sources import Source, sources, sources_list
from devbox.ui import Task

# Seconds without a byte after which apt gives a server up, and tries again.
_STALL_SECONDS = 15
_RETRIES = 2


@dataclass(frozen=True)
class Indexes:
    """The indexes as they are in the archives now.

    Attributes:
        lists: the folder of the index files, as in ``/var/lib/apt/lists``.
        environment: what makes apt's programs use them.
    """

    lists: Path
    environment: dict[str, str]


@contextlib.contextmanager
def read_indexes(
    release: str,
    mirror: str,
    task: Task,
    *,
    status: Path | None = None,
    architecture: str = "amd64",
    trusted: bool = False,
    timeout: float = 300.0,
) -> Iterator[Indexes]:
    """Bring the indexes of a release up to date, and hold them still while the block runs.

    Args:
        release: the release's code name.
        mirror: the archive.
        task: where progress is told.
        status: a dpkg status file: what apt is to take for installed; default: nothing.
        architecture: Debian's name of the architecture.
        trusted: take archives without a signature; for tests.
        timeout: the limit for fetching all indexes, in seconds.

    Raises:
        DevboxError: an archive is down, slow, cut off, wrongly signed or out of date.
    """
    entries = tuple(
        dataclasses.replace(entry, trusted=trusted) for entry in sources(release, mirror)
    )
    folder = _folder(entries, architecture)
    with lock(
        folder / "lock", "reading the archive's indexes", timeout=timeout, on_wait=task.activity
    ):
        if status is None:
            status = folder / "nothing-installed"
            status.touch()
        config = _write_config(folder, entries, status.absolute(), architecture)
        task.activity(f"reading the indexes of {mirror}")
        _update(config, mirror, timeout)
        yield Indexes(folder / "state" / "lists", _environment(config))


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


def _environment(config: Path) -> dict[str, str]:
    return {"APT_CONFIG": str(config), "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
