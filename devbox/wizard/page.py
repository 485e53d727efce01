"""A text to read: a file, its differences, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Container, FormattedTextControl, Window

from devbox.wizard.fit import fold
from devbox.wizard.screen import Fragments, Key, Question, Scroll, bind_scroll, terminal_size

_AROUND = 8


class Page(Question):
    """Lines in their styles, to be read and agreed to with Enter; its result is True.

    Args:
        message: what it is.
        lines: styles and texts.
        hint: a line below the message.
        enter: what Enter does, in a word or two.
        help_lines: what ``?`` shows.
    """

    def __init__(
        self,
        message: str,
        lines: Sequence[tuple[str, str]],
        *,
        hint: str = "",
        enter: str = "go on",
        help_lines: Sequence[str] = (),
    ) -> None:
        super().__init__(message, help_lines)
        self._lines = tuple(lines)
        self._hint = hint
        self._enter = enter
        self._scroll = Scroll(self._folded)
        bind_scroll(self.bindings, self._scroll, Condition(lambda: True))

        @self.bindings.add(Keys.Enter)
        def _agree(event: KeyPressEvent) -> None:
            event.app.exit(result=True)

    def body(self) -> Container:
        """Return the part of the text that fits."""
        return Window(FormattedTextControl(self._fragments, focusable=True, show_cursor=False))

    def heading(self, width: int) -> Fragments:
        """Return the message and the hint."""
        hints = fold(self._hint, width - 2) if self._hint else []
        return [*super().heading(width), *(("class:hint", f"\n {line}") for line in hints)]

    def keys(self) -> Sequence[Key]:
        """Return the keys of a page."""
        keys: list[Key] = [("Enter", self._enter), ("Esc", "back")]
        width, _ = terminal_size()
        if len(self._folded(width)) > self._room():
            keys.insert(1, ("↑↓", "read on"))
        return keys

    def _folded(self, width: int) -> list[tuple[str, str]]:
        return [
            (style, f"   {line}")
            for style, text in self._lines
            for line in fold(text, width - 5, "    ")
        ]

    def _fragments(self) -> Fragments:
        return self._scroll.fragments(terminal_size()[0], self._room())

    def _room(self) -> int:
        width, height = terminal_size()
        heading = "".join(text for _, text, *_ in self.heading(width)).count("\n")
        return max(height - _AROUND + 2 - heading, 3)
