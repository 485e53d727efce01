"""How devbox itself is ended."""

from __future__ import annotations

import signal
from types import FrameType

_received: list[int] = []


def raise_on_terminate() -> None:
    """Let SIGTERM and SIGHUP end devbox like Ctrl-C: clean-up runs, children are ended.

    A signal that devbox was started to ignore (``nohup``) stays ignored.
    """

    def interrupt(number: int, _frame: FrameType | None) -> None:
        _received.append(number)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)


def was_interrupted() -> bool:
    """Return whether such a signal came.

    Compiled code may turn the KeyboardInterrupt into an error of its own, as pydantic's does
    while it builds a model.
    """
    return bool(_received)
