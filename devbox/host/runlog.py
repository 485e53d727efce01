"""The log of a run: every command line and its output, with secrets struck out.

One file a run of devbox, under the state folder, opened by the command line for commands that do
long work. Without an open log, writing is a no-op, so that everything below need not care.
"""

from __future__ import annotations

import contextlib
import os
import platform
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from devbox.host import paths

_KEEP_RUNS = 50
_MASK = "[secret]"


class _State:
    """What is open in this process."""

    stream: IO[str] | None = None
    path: Path | None = None
    started: float = 0.0
    echo: Callable[[str], None] | None = None
    secrets: tuple[str, ...] = ()


_state = _State()
_lock = threading.Lock()


def open_run(command: str, *, echo: Callable[[str], None] | None = None) -> Path:
    """Open the log of this run and prune old ones.

    Args:
        command: the devbox command, for the file's name.
        echo: called with each command line as it is started (``--verbose``).

    Returns:
        The log's path.
    """
    folder = paths.state_dir() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("*.log"))[: -_KEEP_RUNS + 1]:
        with contextlib.suppress(OSError):
            old.unlink()
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{command}-{os.getpid()}.log"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    _state.stream = os.fdopen(fd, "a", encoding="utf-8", errors="replace")
    _state.path = path
    _state.started = time.monotonic()
    _state.echo = echo
    write(f"devbox {command} on {platform.platform()}, Python {platform.python_version()}")
    return path


def current() -> Path | None:
    """Return the path of this run's log, None when none is open."""
    return _state.path


def hide(secret: str) -> None:
    """Strike a value out of everything that is logged from now on."""
    if secret:
        _state.secrets = (*_state.secrets, secret)


def redact(text: str) -> str:
    """Return ``text`` without the hidden values."""
    for secret in _state.secrets:
        text = text.replace(secret, _MASK)
    return text


def write(line: str) -> None:
    """Write one line, stamped with the seconds since the start."""
    if _state.echo and line.startswith("$ "):
        _state.echo(redact(line))
    if _state.stream:
        with _lock:
            _state.stream.write(f"[{time.monotonic() - _state.started:8.2f}] {redact(line)}\n")
            _state.stream.flush()


def write_output(text: str) -> None:
    """Write what a process printed, indented below its command line."""
    if _state.stream and text:
        with _lock:
            for line in redact(text).splitlines():
                _state.stream.write(f"           | {line}\n")
            _state.stream.flush()
