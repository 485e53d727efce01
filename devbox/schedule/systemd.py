"""A systemd timer and its service (systemd.timer(5), systemd.service(5), systemd.unit(5))."""

from __future__ import annotations

from devbox.errors import DevboxError
from devbox.schedule.job import File, Job


def unit_name(job: Job) -> str:
    """Return the units' name without its ending."""
    return f"devbox-{job.slug}"


def on_calendar(job: Job) -> str:
    """Return the schedule as a calendar event (systemd.time(7)), in local time."""
    date = "*-*-01" if job.schedule.every == "month" else "*-*-*"
    day = f"{job.day[:3].capitalize()} " if job.schedule.every == "week" else ""
    return f"{day}{date} {job.schedule.at}:00"


def render_systemd(job: Job, *, user: bool) -> tuple[File, File]:
    """Return the service and the timer.

    Args:
        job: what to run and when.
        user: for the user's own manager, which knows no network-online.target.

    Raises:
        DevboxError: a path cannot be written into a unit.
    """
    network = "" if user else "Wants=network-online.target\nAfter=network-online.target\n"
    command = _startable([*job.command, "rebuild", "--plain"])
    service = f"""\
[Unit]
Description=Rebuild the box {job.name}
{network}
[Service]
Type=oneshot
WorkingDirectory={_path(str(job.root))}
ExecStart={" ".join(map(_word, command))}
# A build takes minutes to hours: no limit, and the last in line for processor and disk.
TimeoutStartSec=infinity
Nice=10
IOSchedulingClass=idle
"""
    timer = f"""\
# {job.words}, in the local time of this computer.
[Unit]
Description=Rebuild the box {job.name} {job.words}

[Timer]
OnCalendar={on_calendar(job)}
# Made up for when the computer was off at the time.
Persistent=true
RandomizedDelaySec=15min

[Install]
WantedBy=timers.target
"""
    return File(f"{unit_name(job)}.service", service), File(f"{unit_name(job)}.timer", timer)


def _path(text: str) -> str:
    """Write a path as a setting's whole value: only specifiers mean something there."""
    if text.endswith("\\") or text != text.strip():
        raise DevboxError(
            "cannot schedule a rebuild in this folder with systemd",
            evidence=f"{text!r} ends in a backslash or space, which a unit cannot hold",
            remedy="rename the folder, or: devbox schedule cron",
        )
    return text.replace("%", "%%")


def _startable(command: list[str]) -> list[str]:
    """Return a command that systemd can start.

    It refuses a program whose path has quotes or backslashes, and takes a dollar sign in it for
    itself once and for a variable's beginning once: such a program is started by a shell.
    """
    if not set(command[0]) & set("\"'\\$"):
        return command
    return ["/bin/sh", "-c", 'exec "$0" "$@"', *command]


def _word(text: str) -> str:
    """Write one word of a command line."""
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'.replace("%", "%%").replace("$", "$$")
