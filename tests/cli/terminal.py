"""A person at a terminal: a process in a pseudo-terminal, and the screen that it draws."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pexpect
import pyte

ENTER, ESCAPE, INTERRUPT, SPACE = "\r", "\x1b", "\x03", " "
UP, DOWN, RIGHT, HOME = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[H"
CLEAR, F1 = "\x15", "\x1bOP"
_PATIENCE = 20.0
_QUIET = 0.05


class Terminal:
    """``devbox`` with some words in a terminal; what it says can be read as a person would.

    Args:
        folder: where it runs.
        words: what follows ``devbox``.
        size: columns and lines.
        env: variables on top of a bare environment.
    """

    def __init__(
        self,
        folder: Path,
        *words: str,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
    ) -> None:
        columns, lines = size
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.Stream(self.screen)
        self.raw = ""
        self.child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            ["-m", "devbox", *words],
            cwd=str(folder),
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder.parent),
                "USER": "ann",
                "LOGNAME": "ann",
                "LANG": "C.UTF-8",
                "TERM": "xterm-256color",
                **(env or {}),
            },
            dimensions=(lines, columns),
            encoding="utf-8",
            timeout=30,
        )
        # The screen is told from the text around it by what it draws, not by waiting.
        self.child.delaybeforesend = None

    def text(self) -> str:
        """What is on the screen now, without spaces at the ends of lines."""
        return "\n".join(line.rstrip() for line in self.screen.display)

    def _read(self, seconds: float) -> bool:
        try:
            data = self.child.read_nonblocking(65536, seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        self._stream.feed(data)
        return True

    def sees(self, *texts: str) -> str:
        """Wait until all of these are on the screen; return the screen."""
        until = time.monotonic() + _PATIENCE
        while not all(text in self.text() for text in texts):
            alive = self._read(0.2)
            if not alive or time.monotonic() > until:
                missing = [text for text in texts if text not in self.text()]
                raise AssertionError(f"{missing} not on the screen:\n{self.text()}")
        self._settle()
        return self.text()

    def _settle(self) -> None:
        """Read until nothing more is drawn, so that no half of a screen is looked at."""
        before = ""
        while before != self.raw:
            before = self.raw
            self._read(_QUIET)

    def types(self, *keys: str) -> None:
        for key in keys:
            self.child.send(key)

    def answers(self, question: str, *keys: str) -> str:
        """Wait for a question, and answer it; return the screen that it was asked on."""
        seen = self.sees(question)
        self.types(*(keys or (ENTER,)))
        return seen

    def gone(self, text: str) -> str:
        """Wait until something is no longer on the screen."""
        until = time.monotonic() + _PATIENCE
        while text in self.text():
            assert self._read(0.2), self.text()
            assert time.monotonic() < until, self.text()
        return self.text()

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(lines, columns)
        self.child.setwinsize(lines, columns)

    def ends(self) -> int:
        """Wait for the end; return the exit status."""
        until = time.monotonic() + _PATIENCE
        while self._read(0.2):
            assert time.monotonic() < until, self.text()
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -1

    def close(self) -> None:
        """End it, however busy the computer is."""
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close()
