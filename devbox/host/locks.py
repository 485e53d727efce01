"""Locks between devbox processes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from devbox.errors import DevboxError


@contextlib.contextmanager
def lock(
    path: Path,
    purpose: str,
    *,
    timeout: float = 0.0,
    on_wait: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold an exclusive lock on a file while the block runs.

    The kernel drops the lock when its holder ends, however it ends, so none is ever stale.

    Args:
        path: the lock file; made if need be and left in place (removing it would be a race).
        purpose: what the lock is for, said to whoever waits ("building acme/web").
        timeout: how long to wait for another holder, in seconds.
        on_wait: called once, with a sentence, when there is another holder.

    Raises:
        DevboxError: another process still holds it after ``timeout``, or the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise DevboxError(
            f"could not lock {path}",
            evidence=str(error),
            remedy="check who owns the folder, and that its disk is not full",
        ) from error
    try:
        _acquire(fd, purpose, timeout, on_wait)
        # Only for the message to others: a full disk does not matter here.
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)


def _acquire(fd: int, purpose: str, timeout: float, on_wait: Callable[[str], None] | None) -> None:
    deadline = time.monotonic() + timeout
    told = False
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, 32, 0).decode(errors="replace").strip() or "unknown"
            if time.monotonic() >= deadline:
                raise DevboxError(
                    f"another devbox is {purpose}",
                    evidence=f"it is process {holder}",
                    remedy="wait until it is done, then run this again",
                ) from None
            if on_wait and not told:
                on_wait(f"waiting for process {holder}, which is {purpose}")
                told = True
            time.sleep(0.2)
        else:
            return
