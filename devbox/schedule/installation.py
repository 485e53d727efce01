"""Putting a schedule in place, and taking it away."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from devbox.errors import DevboxError
from devbox.host.paths import write_atomically
from devbox.host.process import find_program, run
from devbox.schedule.cron import with_job, without_job
from devbox.schedule.job import File, Job
from devbox.schedule.systemd import render_systemd, unit_name

_STAMP = "# devbox schedule wrote this file for "


def runs_systemd() -> bool:
    """Return whether systemd is this computer's process 1 (sd_booted(3))."""
    return Path("/run/systemd/system").is_dir()


def unit_folder(*, user: bool) -> Path:
    """Return where units that an administrator or user adds belong (systemd.unit(5))."""
    if not user:
        return Path("/etc/systemd/system")
    config = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(config) / "systemd" / "user"


def stamped(text: str, owner: str) -> str:
    """Return a file's text below a line by which another owner or a later edit is noticed."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"{_STAMP}{owner}; edited, it is left alone. sha256:{digest}\n{text}"


def write_files(folder: Path, files: Iterable[File], owner: str) -> tuple[Path, ...]:
    """Write generated files, none of them over a file that is not as devbox wrote it.

    Args:
        folder: where to.
        files: the files.
        owner: whose schedule it is; files of another owner are left alone.

    Raises:
        DevboxError: a file of that name was written or edited by someone, is of another owner, or
            cannot be written.
    """
    chosen = {folder / file.name: stamped(file.text, owner) for file in files}
    for path in chosen:
        _require_ours(path, owner)
    for path, text in chosen.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DevboxError(f"could not make {path.parent}", evidence=str(error)) from error
        write_atomically(path, text)
    return tuple(chosen)


def remove_files(folder: Path, files: Iterable[File], owner: str) -> tuple[Path, ...]:
    """Remove generated files; return those that were there.

    Raises:
        DevboxError: one was written or edited by someone, or is of another owner.
    """
    paths = [folder / file.name for file in files if (folder / file.name).exists()]
    for path in paths:
        _require_ours(path, owner)
    for path in paths:
        try:
            path.unlink()
        except OSError as error:
            raise DevboxError(f"could not remove {path}", evidence=str(error)) from error
    return tuple(paths)


def _require_ours(path: Path, owner: str) -> None:
    try:
        found = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    except OSError as error:
        raise DevboxError(f"could not read {path}", evidence=str(error)) from error
    first, _, text = found.partition("\n")
    if found == stamped(text, owner):
        return
    other = first.removeprefix(_STAMP).partition(";")[0]
    if found == stamped(text, other):
        raise DevboxError(
            f"{path} belongs to another schedule",
            evidence=f"it is for {other}, this one is for {owner}",
            remedy="run `devbox schedule --remove` there, then this again",
        )
    raise DevboxError(
        f"{path} was written or edited by hand",
        evidence="it is not as devbox wrote it, so it stays as it is",
        remedy="move it away, then run this again",
    )


def install_systemd(job: Job, *, user: bool) -> tuple[Path, ...]:
    """Write the units and start the timer; return their paths."""
    paths = write_files(unit_folder(user=user), render_systemd(job, user=user), _owner(job))
    _systemctl(user, "daemon-reload")
    _systemctl(user, "enable", f"{unit_name(job)}.timer")
    # restart, not start: a timer that runs already takes up its new time.
    _systemctl(user, "restart", f"{unit_name(job)}.timer")
    return paths


def remove_systemd(job: Job, *, user: bool) -> tuple[Path, ...]:
    """Stop the timer and remove the units; return those that were there."""
    folder = unit_folder(user=user)
    files = render_systemd(job, user=user)
    if not (folder / files[1].name).exists():
        return remove_files(folder, files, _owner(job))
    for file in files:
        _require_ours(folder / file.name, _owner(job))
    _systemctl(user, "disable", "--now", f"{unit_name(job)}.timer")
    removed = remove_files(folder, files, _owner(job))
    _systemctl(user, "daemon-reload")
    return removed


def _owner(job: Job) -> str:
    return f"{job.name} in {job.root}"


def _systemctl(user: bool, *words: str) -> None:
    run(
        ["systemctl", *(["--user"] if user else []), *words],
        what="systemd did not take the timer",
        remedy="devbox schedule cron" if find_program("crontab") else "",
        timeout=60,
    )


def install_cron(job: Job) -> bool:
    """Put the job into the user's crontab; return whether that changed it."""
    before = _read_crontab()
    return _write_crontab(before, with_job(before, job))


def remove_cron(job: Job) -> bool:
    """Take the job out of the user's crontab; return whether it was there."""
    before = _read_crontab()
    return _write_crontab(before, without_job(before, job))


def _read_crontab() -> str:
    completed = run(
        ["crontab", "-l"],
        check=False,
        env={"LC_ALL": "C"},
        what="could not read the crontab",
        remedy="install cron, or use: devbox schedule github",
    )
    if completed.returncode != 0 and "no crontab" not in completed.stderr:
        # Taking a failure for an empty crontab would throw away what is in it.
        raise DevboxError("could not read the crontab", evidence=completed.stderr.strip())
    return completed.stdout if completed.returncode == 0 else ""


def _write_crontab(before: str, after: str) -> bool:
    if after == before:
        return False
    run(["crontab", "-"], stdin=after, what="cron did not take the crontab")
    return True
