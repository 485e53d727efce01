"""How the wizard looks: its styles, and where it draws."""

from __future__ import annotations

import contextlib
import curses
import os
import sys
from collections.abc import Iterator

from prompt_toolkit.application import create_app_session, get_app_session
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output
from prompt_toolkit.styles import Style

# Weight and marks carry the meaning, colour only helps: the dialogue reads well without it.
STYLE = Style(
    [
        ("title", "bold"),
        ("place", "fg:ansibrightblack"),
        ("rule", "fg:ansibrightblack"),
        ("question", "bold"),
        ("hint", "fg:ansibrightblack"),
        ("found", "fg:ansicyan"),
        ("group", "underline"),
        ("pointer", "fg:ansicyan bold"),
        ("pointed", "bold"),
        ("selected", "fg:ansigreen"),
        ("problem", "fg:ansired bold"),
        ("warning", "fg:ansiyellow bold"),
        ("key", "bold"),
        ("search", "fg:ansigreen bold"),
        ("added", "fg:ansigreen"),
        ("removed", "fg:ansired"),
    ]
)
_FEWEST_COLOURS = 8


class _OneScreen(Vt100_Output):
    """An output that stays on the terminal's other screen from question to question."""

    def enter_alternate_screen(self) -> None:
        """Begin at the top: the other screen is there already."""
        self.write_raw("\x1b[H")

    def quit_alternate_screen(self) -> None:
        """Stay where the next question is drawn."""


@contextlib.contextmanager
def dialogue_screen() -> Iterator[None]:
    """Ask questions on standard error's terminal while the block runs; results keep stdout.

    The terminal stays raw in between, so that what is typed ahead is not echoed into the next
    question, and Ctrl-C reaches that question.
    """
    output = _OneScreen.from_pty(
        sys.stderr, term=os.environ.get("TERM"), default_color_depth=_colours()
    )
    with create_app_session(output=output), get_app_session().input.raw_mode():
        output.write_raw("\x1b[?1049h")
        output.flush()
        try:
            yield
        finally:
            output.reset_attributes()
            output.show_cursor()
            output.write_raw("\x1b[?1049l")
            output.flush()


def _colours() -> ColorDepth | None:
    """Return one bit where the terminal says that it has no colours, or the person wants none."""
    if os.environ.get("NO_COLOR"):
        return ColorDepth.DEPTH_1_BIT
    try:
        curses.setupterm(fd=sys.stderr.fileno())
        known = curses.tigetnum("colors")
    except (curses.error, OSError, ValueError):
        return None
    return ColorDepth.DEPTH_1_BIT if known < _FEWEST_COLOURS else None
