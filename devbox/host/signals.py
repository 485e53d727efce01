"""How devbox itself is ended."""

from __future__ import annotations

import signal
from types import FrameType


def raise_on_terminate() -> None:
    """Let SIGTERM and SIGHUP end devbox like Ctrl-C: clean-up runs, children are ended.

    A signal that devbox was started to ignore (``nohup``) stays ignored.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
