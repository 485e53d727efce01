"""Long work as it runs: a live tree of tasks in a terminal, lines in a log."""

from __future__ import annotations

import contextlib
import enum
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from devbox.host import runlog
from devbox.ui import output
from devbox.ui.units import duration, size

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live
    from rich.text import Text


class _State(enum.Enum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


_MARKS = {_State.DONE: ("✓", "green"), _State.FAILED: ("✗", "bold red")}
_SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Task:
    """One piece of long work.

    Made by :func:`task` or :meth:`child`; ends with the block that holds it.
    """

    def __init__(self, title: str, parent: Task | None = None) -> None:
        self.title = title
        self.parent = parent
        self.children: list[Task] = []
        self.state = _State.RUNNING
        self.started = time.monotonic()
        self.seconds = 0.0
        self._activity = ""
        self._note = ""
        self._progress: tuple[int, int] | None = None
        self._progress_since = 0.0

    @property
    def path(self) -> str:
        """The titles from the root to this task."""
        return f"{self.parent.path} › {self.title}" if self.parent else self.title

    def activity(self, text: str) -> None:
        """Say what the task is doing now, in a line; replaces what was said before."""
        text = " ".join(output.printable(text).split())
        if text != self._activity:
            self._activity = text
            self._progress = None
            if text:
                _board.line(f"{self.path} › {text}", minor=True)

    def progress(self, done: int, total: int) -> None:
        """Say how many bytes of how many are done; ``total`` is 0 where it is not known."""
        if self._progress is None:
            self._progress_since = time.monotonic()
        self._progress = (done, total)

    def note(self, text: str) -> None:
        """Set the remark that stays beside the title when the task has ended ("cached")."""
        self._note = text

    @contextlib.contextmanager
    def child(self, title: str) -> Iterator[Task]:
        """Run a part of this task while the block runs."""
        child = Task(title, self)
        self.children.append(child)
        with _running(child):
            yield child

    def finish(self, state: _State) -> None:
        """Stop the clock."""
        self.state = state
        self.seconds = time.monotonic() - self.started

    def _elapsed(self) -> float:
        return self.seconds or time.monotonic() - self.started

    def lines(self, depth: int = 0) -> list[Text]:
        """Render the task and what is below it."""
        from rich.text import Text

        if self.state is _State.RUNNING:
            mark, style = _SPINNER[int(time.monotonic() * 10) % len(_SPINNER)], "cyan"
        else:
            mark, style = _MARKS[self.state]
        line = Text("  " * depth)
        line.append(f"{mark} ", style)
        line.append(self.title, "bold" if depth == 0 else "")
        if self._note:
            line.append(f"  {self._note}", "dim")
        line.append(f"  {duration(self._elapsed())}", "dim")
        if self.state is _State.RUNNING and (doing := self._doing()):
            line.append(f"  {doing}", "dim italic")
        result = [line]
        for child in self.children:
            result += child.lines(depth + 1)
        return result

    def _doing(self) -> str:
        if self._progress is None:
            return self._activity
        done, total = self._progress
        seconds = time.monotonic() - self._progress_since
        rate = f"{size(int(done / max(seconds, 0.1)))}/s"
        if not total:
            return f"{self._activity} {size(done)} {rate}".strip()
        filled = min(20, 20 * done // total)
        bar = "━" * filled + "─" * (20 - filled)
        return f"{self._activity} {bar} {size(done)} of {size(total)} {rate}".strip()


class _Board:
    """What is shown: the running root tasks, redrawn in place or told in lines."""

    def __init__(self) -> None:
        self._roots: list[Task] = []
        self._live: Live | None = None
        self._lock = threading.RLock()
        self._started = time.monotonic()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        lines = [line for root in list(self._roots) for line in root.lines()]
        # What runs is at the end: a tree taller than the terminal loses its middle.
        hidden = len(lines) - (console.size.height - 1)
        if hidden > 0:
            from rich.text import Text

            lines[1 : hidden + 2] = [Text(f"  … {hidden + 1} above", style="dim")]
        for line in lines:
            line.truncate(options.max_width, overflow="ellipsis")
            yield line

    def add(self, item: Task) -> None:
        with self._lock:
            if item.parent is None:
                self._roots.append(item)
                if self._live is None and output.is_live():
                    from rich.live import Live

                    self._live = Live(
                        self, console=output.err_console(), refresh_per_second=8, transient=True
                    )
                    self._live.start()
        self.line(f"{item.path}")

    def remove(self, item: Task) -> None:
        note = f" ({item._note})" if item._note else ""  # noqa: SLF001 - its own board
        word = "done" if item.state is _State.DONE else "failed"
        self.line(f"{item.path}: {word} in {duration(item.seconds)}{note}")
        if item.parent is not None:
            return
        with self._lock:
            self._roots.remove(item)
            if self._live is None:
                return
            if not self._roots:
                self._live.stop()
                self._live = None
            for line in item.lines():
                output.err_console().print(line, no_wrap=True, overflow="ellipsis")

    def line(self, text: str, *, minor: bool = False) -> None:
        """Tell an event where nothing is redrawn; minor ones only to the log of the run."""
        runlog.write(f"- {text}")
        if self._live is not None or output.is_live():
            return
        if output.level() >= (output.Level.VERBOSE if minor else output.Level.NORMAL):
            stamp = time.monotonic() - self._started
            output.err_console().print(f"[{stamp:7.1f}s] {text}", markup=False)


_board = _Board()


@contextlib.contextmanager
def task(title: str) -> Iterator[Task]:
    """Show a piece of long work while the block runs, and what became of it after."""
    item = Task(title)
    with _running(item):
        yield item


@contextlib.contextmanager
def _running(item: Task) -> Iterator[None]:
    _board.add(item)
    state = _State.FAILED
    try:
        yield
        state = _State.DONE
    finally:
        item.finish(state)
        _board.remove(item)
