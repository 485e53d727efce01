"""A line of a user's crontab (crontab(5)), for computers without systemd."""

from __future__ import annotations

import shlex

from devbox.errors import DevboxError
from devbox.schedule.job import Job


def render_cron(job: Job) -> str:
    """Return the crontab line, without a newline; its time is the computer's local time.

    cron mails what a command prints; the rebuild is quiet unless something is wrong.

    Raises:
        DevboxError: a path cannot be written into a crontab.
    """
    command = shlex.join([*job.command, "rebuild", "--plain", "--quiet"])
    line = f"cd -- {shlex.quote(str(job.root))} && {command}"
    if "\\" in line:
        raise DevboxError(
            "cannot schedule a rebuild in this folder with cron",
            evidence=f"{job.root} or devbox's own path has a backslash, "
            "which cron programs read in different ways",
            remedy="rename the folder, or: devbox schedule systemd",
        )
    return f"{job.cron_fields} {line}".replace("%", "\\%")


def marker(job: Job) -> str:
    """Return the comment above the line in a crontab, by which devbox finds it again."""
    return f"# devbox rebuild: {job.name} in {job.root}"


def with_job(crontab: str, job: Job) -> str:
    """Return a crontab with the job's line in it, once.

    Raises:
        DevboxError: the line is there, and someone has edited it by hand.
    """
    line = render_cron(job)
    lines = crontab.splitlines()
    if marker(job) in lines:
        at = lines.index(marker(job))
        found = lines[at + 1] if at + 1 < len(lines) else ""
        if found == line:
            return crontab
        if found.split(maxsplit=5)[5:] != line.split(maxsplit=5)[5:]:
            raise DevboxError(
                "the line in the crontab was edited by hand",
                evidence=found,
                remedy="devbox schedule cron --remove, then install again",
            )
        lines[at + 1] = line
    else:
        lines += [marker(job), line]
    return "\n".join(lines) + "\n"


def without_job(crontab: str, job: Job) -> str:
    """Return a crontab without the job's comment and the line below it."""
    lines = crontab.splitlines()
    if marker(job) in lines:
        at = lines.index(marker(job))
        del lines[at : at + 2]
    return "".join(f"{line}\n" for line in lines)
