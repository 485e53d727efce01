"""The log of a run: every command line and its output, with secrets struck out.

One file a run of devbox, under the state folder, opened by the command line for commands that do
long work. Without an open log, writing is a no-op, so that everything below need not care.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from devbox.host import paths

_KEEP_RUNS = 50
_MASK = "[secret]"
# Shorter lines of a secret ("}", "--") would strike out half of a log.
_SHORTEST_LINE = 6


class _State:
    """What is open in this process."""

    stream: IO[str] | None = None
    path: Path | None = None
    started: float = 0.0
    echo: Callable[[str], None] | None = None
    secrets: tuple[str, ...] = ()


_state = _State()
_lock = threading.Lock()


def open_run(command: str, *, echo: Callable[[str], None] | None = None) -> Path | None:
    """Open the log of this run and prune old ones.

    Args:
        command: the devbox command, for the file's name.
        echo: called with each command line as it is started (``--verbose``).

    Returns:
        The log's path; None where none can be written, which is no reason not to work.
    """
    _state.started = time.monotonic()
    _state.echo = echo
    folder = paths.state_dir() / "logs"
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{command}-{os.getpid()}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in sorted(folder.glob("*.log"))[: -_KEEP_RUNS + 1]:
            with contextlib.suppress(OSError):
                old.unlink()
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return None
    _state.stream = os.fdopen(fd, "a", encoding="utf-8", errors="replace")
    _state.path = path
    write(f"devbox {command} on {platform.platform()}, Python {platform.python_version()}")
    return path


def current() -> Path | None:
    """Return the path of this run's log, None when none is open."""
    return _state.path


def hide(secret: str) -> None:
    """Strike a value out of everything that is logged from now on.

    Also as a shell's word, inside JSON, and, of a value of several lines, each line.
    """
    lines = [line for line in secret.splitlines() if len(line) >= _SHORTEST_LINE]
    forms = {*_state.secrets}
    for value in filter(None, (secret, *lines)):
        forms |= {
            value,
            value.replace("'", "'\"'\"'"),
            json.dumps(value)[1:-1],
            json.dumps(value, ensure_ascii=False)[1:-1],
        }
    # The longest first: one may be a part of another.
    _state.secrets = tuple(sorted(forms, key=len, reverse=True))


def redact(text: str) -> str:
    """Return ``text`` without the hidden values."""
    for secret in _state.secrets:
        text = text.replace(secret, _MASK)
    return text


def write(line: str) -> None:
    """Write one line, stamped with the seconds since the start."""
    if _state.echo and line.startswith("$ "):
        _state.echo(redact(line))
    _append(f"[{time.monotonic() - _state.started:8.2f}] {redact(line)}\n")


def write_output(text: str) -> None:
    """Write what a process printed, indented below its command line."""
    if _state.stream and text:
        _append("".join(f"           | {line}\n" for line in redact(text).splitlines()))


def keep(folder: Path, sources: Iterable[Path]) -> None:
    """Keep the logs of a failed run, in place of those of the failed run before.

    Args:
        folder: where to.
        sources: the files; one that is not there is left out.
    """
    # A disk that is full is what failed, as a rule: that is then said, and this is not.
    with contextlib.suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        for source in sources:
            if source.exists():
                shutil.copyfile(source, folder / source.name)
                (folder / source.name).chmod(0o600)


def _append(text: str) -> None:
    """Add to the log; a full disk stops the work, not its log."""
    with _lock:
        if _state.stream:
            with contextlib.suppress(OSError):
                _state.stream.write(text)
                _state.stream.flush()
