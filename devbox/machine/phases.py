"""The phases of ``vagrant up``, told from its output."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from devbox import ui

_PHASES = (
    (r"Uploading base box image", "import the box into libvirt's storage"),
    (r"Creating image \(snapshot|Creating domain with|Starting domain|Resuming", "start it"),
    (r"Waiting for (?:domain to get an IP|machine to boot|SSH)", "wait for it to answer over SSH"),
    (r"Machine booted and ready|Machine is booted", "set it up: key, ports, files"),
)
_ACTIVITIES = (
    (r"Waiting for domain to get an IP", "booting: no address yet"),
    (r"SSH address: (\S+)", r"booting: address \1"),
    (r"Inserting generated public key|Vagrant insecure key detected", "replacing the public key"),
    (r"(\d+) \(guest\) => (\d+) \(host\)", r"port \2 to \1"),
    (r"Rsyncing folder", "copying the project to /vagrant"),
    (r"Mounting .*folders", "sharing the project as /vagrant"),
    (r"Running provisioner: (.*)", r"provisioner \1"),
)
_POLL_SECONDS = 0.5

# From a phase's title to a size now and the size at its end; None where nothing grows.
Measure = Callable[[str], tuple[Callable[[], int], int] | None]


def phase(line: str) -> str | None:
    """Return the phase that a line of Vagrant's output begins; None where it begins none."""
    return next((title for pattern, title in _PHASES if re.search(pattern, line)), None)


def activity(line: str) -> str | None:
    """Return what a line of Vagrant's output says in few words; None for what nobody needs."""
    for pattern, text in _ACTIVITIES:
        if match := re.search(pattern, line):
            return match.expand(text)
    return None


class Follower:
    """Shows Vagrant's progress as the parts of a task.

    Args:
        parent: the task.
        measure: what to watch during a phase.
    """

    def __init__(self, parent: ui.Task, measure: Measure | None) -> None:
        self._parent = parent
        self._measure = measure
        self._stack = contextlib.ExitStack()
        self._title = ""
        self._task = parent

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Given the error, the phase in which it happened is the one shown as failed.
        self._stack.__exit__(kind, error, traceback)

    def line(self, line: str) -> None:
        """Take in one line of output."""
        title = phase(line)
        if title and title != self._title:
            self._stack.close()
            self._title = title
            self._task = self._stack.enter_context(self._parent.child(title))
            if self._measure and (measured := self._measure(title)):
                self._stack.enter_context(watch(self._task, *measured))
        if text := activity(line):
            self._task.activity(text)


@contextlib.contextmanager
def watch(task: ui.Task, size: Callable[[], int], total: int) -> Iterator[None]:
    """Show a growing file's size as a task's progress while the block runs."""
    ended = threading.Event()

    def poll() -> None:
        while not ended.wait(_POLL_SECONDS):
            if done := size():
                task.progress(min(done, total) if total else done, total)

    thread = threading.Thread(target=poll, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def disk_usage(path: Path) -> int:
    """Return the bytes that a file takes on disk; 0 where it is not there."""
    try:
        return path.stat().st_blocks * 512
    except OSError:
        return 0
