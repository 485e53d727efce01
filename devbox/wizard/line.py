"""A question that is answered with a line of text, checked while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    Container,
    Dimension,
    FormattedTextControl,
    HSplit,
    VSplit,
    Window,
)

from devbox.wizard.fit import fold
from devbox.wizard.screen import Fragments, Key, Question, terminal_size

Check = Callable[[str], str | None]
Notes = Callable[[str], Sequence[str]]

_LONGEST = 20_000


class Line(Question):
    """A line of text as a question; its result is the text.

    Args:
        message: the question.
        default: what stands there at first, to be kept or edited.
        hint: a line on what to type.
        check: says what is wrong with a text, None if nothing is.
        notes: says what is to be known about a text that can be taken nevertheless.
        about: what is explained below the question.
        help_lines: what ``?`` shows.
        any_text: whether ``?`` may be part of the answer.
    """

    def __init__(
        self,
        message: str,
        *,
        default: str = "",
        hint: str = "",
        check: Check = lambda _: None,
        notes: Notes = lambda _: (),
        about: Sequence[str] = (),
        help_lines: Sequence[str] = (),
        any_text: bool = False,
    ) -> None:
        super().__init__(message, help_lines)
        self._default = default
        self._hint = hint
        self._check = check
        self._notes = notes
        self._about = tuple(about)
        self._any_text = any_text
        self._refused = False
        self._buffer = Buffer(multiline=False)
        self._buffer.text = default
        self._buffer.cursor_position = len(default)
        self._bind()

    def body(self) -> Container:
        """Return the line, and what is wrong with it."""
        line = Window(
            BufferControl(self._buffer),
            wrap_lines=True,
            height=Dimension(min=1, max=6),
            dont_extend_height=True,
        )
        mark = Window(
            FormattedTextControl([("class:pointer", " ❯ ")]), width=3, dont_extend_height=True
        )
        return HSplit(
            [
                VSplit([mark, line]),
                Window(height=1),
                Window(FormattedTextControl(self._remarks), wrap_lines=False),
            ]
        )

    def heading(self, width: int) -> Fragments:
        """Return the question and the hint."""
        hints = fold(self._hint, width - 2) if self._hint else []
        return [*super().heading(width), *(("class:hint", f"\n {line}") for line in hints)]

    def details(self, width: int) -> Sequence[tuple[str, str]]:
        """Return the short explanation."""
        return [("class:hint", line) for text in self._about for line in fold(text, width - 2)]

    def keys(self) -> Sequence[Key]:
        """Return the keys of a line."""
        return [("Enter", "go on"), ("Esc", "back"), ("Ctrl-U", "empties the line")]

    def takes_question_mark(self) -> bool:
        """Return whether the text may hold a question mark, and somebody has begun to type it."""
        return self._any_text and self._buffer.text not in ("", self._default)

    def _remarks(self) -> Fragments:
        width, _ = terminal_size()
        text = self._buffer.text
        wrong = self._check(text)
        fragments: Fragments = []
        if wrong and (self._refused or text not in ("", self._default)):
            fragments += self._remark("✗", "class:problem", wrong, width)
        elif not wrong:
            for note in self._notes(text):
                fragments += self._remark("!", "class:warning", note, width)
        return fragments

    def _remark(self, mark: str, style: str, text: str, width: int) -> Fragments:
        lines = fold(f"{mark} {text}", width - 5, "  ")
        return [(style, f"   {line}\n") for line in lines]

    def _bind(self) -> None:
        @self.bindings.add(Keys.Enter)
        def _answer(event: KeyPressEvent) -> None:
            text = self._buffer.text.strip()
            self._refused = self._check(text) is not None
            if not self._refused:
                event.app.exit(result=text)

        @self.bindings.add(Keys.BracketedPaste)
        def _paste(event: KeyPressEvent) -> None:
            # Of what is pasted, only what can be seen gets into the answer.
            lines = event.data.replace("\r", "\n").strip().replace("\n", " ").replace("\t", " ")
            seen = "".join(char for char in lines if char.isprintable())
            self._buffer.insert_text(seen[:_LONGEST])
