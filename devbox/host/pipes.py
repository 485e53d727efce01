"""Reading what a process says while it runs.

Threads read, and the caller's own waits for them: it stays open to Ctrl-C, keeps the time, and
need not wait for ever for the end of a pipe that some daemon has kept open.
"""

from __future__ import annotations

import contextlib
import io
import queue
import re
import subprocess
import threading
import time
from collections.abc import Callable
from typing import IO, cast

from devbox.host import runlog


class Output:
    """The output of one process.

    Args:
        child: the process, with pipes.
        data: what it is given as its input.
        on_line: called in the caller's thread with each line; standard error is then expected in
            standard output. Without it, both are kept apart.
    """

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        data: bytes,
        on_line: Callable[[str], None] | None,
    ) -> None:
        # Short, so that a process that says more than can be taken has to wait, and not memory.
        self._pieces: queue.Queue[tuple[int, bytes]] = queue.Queue(maxsize=16)
        self._on_line = on_line
        self._lines = _Lines(self._tell)
        self._told: list[str] = []
        streams = [stream for stream in (child.stdout, child.stderr) if stream]
        self._collected: tuple[list[bytes], ...] = ([], [])
        self._reading = len(streams)
        for number, stream in enumerate(streams):
            _in_background(self._read, number, stream)
        if data and child.stdin:
            _in_background(_feed, child.stdin, data)

    @property
    def open(self) -> bool:
        """Whether more may come."""
        return self._reading > 0

    def take(self, deadline: float | None) -> bool:
        """Wait for the next piece of output, not long, and take it.

        Args:
            deadline: when, by the monotonic clock, to stop waiting.

        Returns:
            Whether one came.
        """
        # With its output at an end, a process is about to end, or has become a daemon.
        patience = 0.5 if self.open else 0.02
        if deadline is not None:
            patience = max(0.0, min(patience, deadline - time.monotonic()))
        try:
            number, piece = self._pieces.get(timeout=patience)
        except queue.Empty:
            return False
        if not piece:
            self._reading -= 1
        elif self._on_line:
            self._lines.feed(piece)
        else:
            self._collected[number].append(piece)
        return True

    def texts(self) -> tuple[str, str]:
        """Return all of standard output and standard error, decoded."""
        if self._on_line:
            self._lines.close()
            return "\n".join(self._told), ""
        stdout, stderr = (_text(b"".join(part)) for part in self._collected)
        return stdout, stderr

    def _tell(self, line: str) -> None:
        self._told.append(line)
        runlog.write_output(line)
        if self._on_line:
            self._on_line(line)

    def _read(self, number: int, stream: IO[bytes]) -> None:
        _each_piece(stream, lambda piece: self._pieces.put((number, piece)))
        self._pieces.put((number, b""))


class _Lines:
    """Bytes to lines. A lone carriage return ends one, too: that is how programs tell progress."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._rest = b""
        self._after_return = False

    def feed(self, piece: bytes) -> None:
        if self._after_return and piece.startswith(b"\n"):
            piece = piece[1:]
        self._after_return = piece.endswith(b"\r")
        *whole, self._rest = re.split(rb"\r\n|\n|\r", self._rest + piece)
        for line in whole:
            self._tell(_text(line))

    def close(self) -> None:
        if self._rest:
            self._tell(_text(self._rest))
            self._rest = b""


def drain(stream: IO[bytes]) -> None:
    """Read a pipe to its end in the background, so that who writes to it need not wait."""
    _in_background(_each_piece, stream, bool)


def _in_background(work: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()


def _each_piece(stream: IO[bytes], tell: Callable[[bytes], object]) -> None:
    # Below the buffer, whose lock would keep others from closing the pipe meanwhile.
    raw = cast("io.BufferedReader", stream).raw
    # ValueError: it was closed, since whoever wanted the output has gone.
    with contextlib.suppress(OSError, ValueError):
        while piece := raw.read(65536):
            tell(piece)


def _feed(stream: IO[bytes], data: bytes) -> None:
    # A program need not read all that it is given.
    with contextlib.suppress(OSError, ValueError):
        stream.write(data)
    with contextlib.suppress(OSError, ValueError):
        stream.close()


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")
