"""One question on the whole screen: title, question, body, details, keys; help in its place.

Everything is laid out anew at each drawing from the terminal's present size, so a resize in the
middle of a question is nothing special. Questions differ in their body and keys only: a list
(``picker``), a line of text (``line``), a text to read (``page``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prompt_toolkit.application import Application, get_app
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    Container,
    DynamicContainer,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.utils import get_cwidth

from devbox.wizard.fit import fold, pad, shorten
from devbox.wizard.look import STYLE

Fragments = StyleAndTextTuples
Key = tuple[str, str]

# A lone Esc is told from the start of an arrow key by what follows within this time.
_ESCAPE_SECONDS = 0.1
_TALL, _MIDDLING = 20, 14
_SCROLL_KEYS = (("↑↓", "read on"), ("Esc", "back"))


class Back(Exception):  # noqa: N818 - a direction, not an error
    """Esc: the person wants the question before this one.

    Attributes:
        so_far: of a list of many, what was chosen when Esc was pressed.
    """

    def __init__(self, so_far: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.so_far = so_far


@dataclass(frozen=True)
class Place:
    """Where in the dialogue a question stands.

    Attributes:
        title: what stands above it to the left.
        where: to the right.
        first: whether there is no question before it.
    """

    title: str = "devbox init"
    where: str = ""
    first: bool = False


class Scroll:
    """A text that may be longer than the screen, and how far it was read."""

    def __init__(self, text: Callable[[int], Sequence[tuple[str, str]]]) -> None:
        self._text = text
        self._from = 0

    def move(self, lines: int) -> None:
        """Read on, or back."""
        self._from = max(0, self._from + lines)

    def fragments(self, width: int, height: int) -> Fragments:
        """Render what fits, and keep the last page full."""
        lines = self._text(width)
        self._from = min(self._from, max(0, len(lines) - height))
        shown = lines[self._from : self._from + height]
        return [part for style, line in shown for part in ((style, line), ("", "\n"))]


class Question(ABC):
    """What a kind of question has of its own; the rest is the same for all.

    Attributes:
        message: the question.
        help: lines that ``?`` shows; none if there is no help.
        result: what Enter gives, set by the question.
    """

    def __init__(self, message: str, help_lines: Sequence[str] = ()) -> None:
        self.message = message
        self.help = tuple(help_lines)
        self.bindings = KeyBindings()

    @abstractmethod
    def body(self) -> Container:
        """Return what is between question and details; it has the focus."""

    def heading(self, width: int) -> Fragments:
        """Return the question and what stands right below it."""
        lines = fold(self.message, width - 2)
        return [("class:question", "\n".join(f" {line}" for line in lines))]

    def details(self, width: int) -> Sequence[tuple[str, str]]:
        """Return lines about what the pointer is at, as styles and texts."""
        del width
        return ()

    def details_room(self, width: int) -> int:
        """Return how many lines of details there may be, now or as the pointer moves."""
        return len(self.details(width))

    @abstractmethod
    def keys(self) -> Sequence[Key]:
        """Return the keys that do something now, the most important first."""

    def takes_question_mark(self) -> bool:
        """Return whether ``?`` is a character of the answer just now, not a call for help."""
        return False

    def so_far(self) -> tuple[str, ...]:
        """Return what is kept when Esc is pressed."""
        return ()

    def escape(self) -> bool:
        """Take Esc; return whether that was all, so that nobody goes back."""
        return False


def ask(question: Question, place: Place) -> Any:
    """Show a question until it is answered.

    Raises:
        Back: Esc was pressed.
        KeyboardInterrupt: Ctrl-C was.
    """
    application = _Frame(question, place).application()
    application.ttimeoutlen = _ESCAPE_SECONDS
    application.timeoutlen = _ESCAPE_SECONDS
    try:
        return application.run()
    except EOFError:
        raise KeyboardInterrupt from None


def terminal_size() -> tuple[int, int]:
    """Return the columns and lines of the terminal that is drawn on."""
    size = get_app().output.get_size()
    return size.columns, size.rows


class _Frame:
    def __init__(self, question: Question, place: Place) -> None:
        self._question = question
        self._place = place
        self._helping = False
        self._help = Scroll(
            lambda width: [
                ("class:text", f"   {line}")
                for text in question.help
                for line in fold(text, width - 6)
            ]
        )
        self._body = question.body()

    def application(self) -> Application[Any]:
        rule = Window(char="─", height=1, style="class:rule")
        help_text = Window(FormattedTextControl(self._help_fragments, show_cursor=False))
        layout = HSplit(
            [
                Window(FormattedTextControl(self._title), height=1),
                rule,
                Window(
                    FormattedTextControl(self._heading),
                    dont_extend_height=True,
                    height=lambda: self._heading_lines(),
                ),
                Window(height=1),
                DynamicContainer(lambda: help_text if self._helping else self._body),
                DynamicContainer(lambda: self._details_part(rule)),
                Window(char="─", height=1, style="class:rule"),
                Window(FormattedTextControl(self._keys), height=1),
            ]
        )
        return Application(
            layout=Layout(layout, focused_element=self._body),
            key_bindings=self._bindings(),
            style=STYLE,
            full_screen=True,
        )

    def _title(self) -> Fragments:
        width, _ = terminal_size()
        where = shorten(self._place.where, max(width // 2, 8))
        left = pad(f" {self._place.title}", max(width - get_cwidth(where) - 2, 1))
        return [("class:title", left), ("class:place", f" {where}")]

    def _heading(self) -> Fragments:
        width, _ = terminal_size()
        if self._helping:
            return [("class:question", f" Help: {shorten(self._question.message, width - 9)}")]
        return self._question.heading(width)

    def _heading_lines(self) -> int:
        return "".join(text for _, text, *_ in self._heading()).count("\n") + 1

    def _details_part(self, rule: Window) -> Container:
        width, height = terminal_size()
        most = 6 if height >= _TALL else 3 if height >= _MIDDLING else 0
        room = 0 if self._helping else min(most, self._question.details_room(width))
        if not room:
            return Window(height=0)
        lines = list(self._question.details(width))[:room]
        text: Fragments = [
            part for style, line in lines for part in ((style, f" {line}"), ("", "\n"))
        ]
        # Of one height from row to row: a list that jumps is hard to read.
        return HSplit([rule, Window(FormattedTextControl(text), height=room)])

    def _help_fragments(self) -> Fragments:
        width, height = terminal_size()
        return self._help.fragments(width, max(height - 7, 3))

    def _keys(self) -> Fragments:
        width, _ = terminal_size()
        keys = list(_SCROLL_KEYS if self._helping else self._question.keys())
        if self._question.help and not self._helping:
            mark = "F1" if self._question.takes_question_mark() else "?"
            keys.insert([key for key, _ in keys].index("Enter") + 1, (mark, "help"))
        if self._place.first:
            keys = [(key, word) for key, word in keys if (key, word) != ("Esc", "back")]
        keys.append(("Ctrl-C", "leave"))
        fragments: Fragments = []
        left = width - 2
        for key, word in keys:
            wide = get_cwidth(f"{key} {word}")
            if wide > left:
                continue
            fragments += [("", " "), ("class:key", key), ("class:hint", f" {word} ")]
            left -= wide + 2
        return fragments

    def _bindings(self) -> KeyBindings:
        question, bindings = self._question, self._question.bindings
        helping = Condition(lambda: self._helping)
        calls_help = Condition(
            lambda: bool(question.help) and not self._helping and not question.takes_question_mark()
        )

        @bindings.add(Keys.F1, eager=True, filter=~helping)
        @bindings.add("?", eager=True, filter=calls_help)
        def _show(_: KeyPressEvent) -> None:
            self._helping = bool(question.help)

        @bindings.add(Keys.Any, filter=helping, eager=True)
        @bindings.add(Keys.BracketedPaste, filter=helping, eager=True)
        def _nothing(_: KeyPressEvent) -> None:
            """Keep what is typed away from the question below the help."""

        @bindings.add(Keys.Enter, filter=helping, eager=True)
        @bindings.add("?", filter=helping, eager=True)
        @bindings.add(Keys.F1, filter=helping, eager=True)
        def _hide(_: KeyPressEvent) -> None:
            self._helping = False

        bind_scroll(bindings, self._help, helping)

        @bindings.add(Keys.Escape, eager=True)
        def _escape(event: KeyPressEvent) -> None:
            if self._helping:
                self._helping = False
            elif not question.escape():
                event.app.exit(exception=Back(question.so_far()))

        @bindings.add(Keys.ControlC, eager=True)
        @bindings.add(Keys.ControlD, eager=True)
        @bindings.add(Keys.SIGINT)
        def _interrupt(event: KeyPressEvent) -> None:
            event.app.exit(exception=KeyboardInterrupt())

        return bindings


def bind_scroll(bindings: KeyBindings, text: Scroll, when: Condition) -> None:
    """Let the keys that move in a list read a text."""
    steps = (
        (-1, (Keys.Up, Keys.ControlP)),
        (1, (Keys.Down, Keys.ControlN)),
        (-10, (Keys.PageUp,)),
        (10, (Keys.PageDown, " ")),
        (-10_000, (Keys.Home,)),
        (10_000, (Keys.End,)),
    )
    for lines, keys in steps:
        for key in keys:
            bindings.add(key, filter=when, eager=True)(lambda _, lines=lines: text.move(lines))
