"""How devbox itself is ended."""

from __future__ import annotations

import signal
from types import FrameType


def raise_on_terminate() -> None:
    """Let SIGTERM and SIGHUP end devbox like Ctrl-C: clean-up runs, children are ended."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
