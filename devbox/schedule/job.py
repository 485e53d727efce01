"""What is scheduled: the rebuild of one box, in one folder, at one time."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from devbox.errors import DevboxError
from devbox.spec.model import Schedule

_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


@dataclass(frozen=True)
class Job:
    """A rebuild to schedule.

    Attributes:
        name: the box's name, owner/box.
        root: the folder of devbox.yml, absolute.
        folder: the same, relative to the top of its repository, for CI.
        schedule: when.
        command: devbox itself, as an argument list.
    """

    name: str
    root: Path
    folder: PurePosixPath
    schedule: Schedule
    command: tuple[str, ...]

    @property
    def slug(self) -> str:
        """The box's name as a file name."""
        return self.name.replace("/", "--")

    @property
    def day(self) -> str:
        """The day of the week, for a weekly schedule."""
        return self.schedule.on or "monday"

    @property
    def words(self) -> str:
        """The schedule as people say it, without the time zone."""
        every, at = self.schedule.every, self.schedule.at
        if every == "week":
            return f"every {self.day.capitalize()} at {at}"
        return f"every day at {at}" if every == "day" else f"on the 1st of each month at {at}"

    @property
    def cron_fields(self) -> str:
        """The five fields of crontab(5): minute, hour, day of month, month, day of week."""
        hour, minute = (int(part) for part in self.schedule.at.split(":"))
        day_of_month = "1" if self.schedule.every == "month" else "*"
        day_of_week = str(_DAYS.index(self.day)) if self.schedule.every == "week" else "*"
        return f"{minute} {hour} {day_of_month} * {day_of_week}"


@dataclass(frozen=True)
class File:
    """A file that a renderer made: its name, or path in the repository, and its text."""

    name: str
    text: str


def make_job(name: str, root: Path, schedule: Schedule) -> Job:
    """Return the job for a box whose devbox.yml is in ``root``.

    Raises:
        DevboxError: the folder's path has characters that no timer can be given.
    """
    absolute = root.absolute()
    words = (str(absolute), *_own_command())
    for word in words:
        if any(ord(letter) < 32 or ord(letter) == 127 for letter in word):
            raise DevboxError(
                "cannot schedule a rebuild in this folder",
                evidence=f"{word!r} has control characters",
                remedy="rename the folder",
            )
    return Job(name, absolute, _in_repository(absolute), schedule, _own_command())


def _own_command() -> tuple[str, ...]:
    """Return how this very devbox is started."""
    script = Path(sys.executable).with_name("devbox")
    return (str(script),) if script.is_file() else (sys.executable, "-m", "devbox")


def repository(root: Path) -> Path:
    """Return the top of the repository that a folder is in; the folder itself without one."""
    return next((top for top in (root, *root.parents) if (top / ".git").exists()), root)


def _in_repository(root: Path) -> PurePosixPath:
    return PurePosixPath(root.relative_to(repository(root)))
