"""The wizard's list: one or many of grouped, described, searchable choices.

Everything that is typed searches, in titles, descriptions and categories; the rows of a group stay
together; what the pointer is at is explained below.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Container, FormattedTextControl, ScrollOffsets, Window
from prompt_toolkit.utils import get_cwidth

from devbox.wizard.fit import fold
from devbox.wizard.listing import Choice, Listing, Mode
from devbox.wizard.screen import Fragments, Key, Question, terminal_size

_PAGE = 8
_MARGIN = 10


@dataclass(frozen=True)
class Picked:
    """What was answered: the values chosen, and the row whose options are to be opened first."""

    values: tuple[str, ...]
    opened: str | None = None


class Picker(Question):
    """A list as a question; its result is a ``Picked``.

    Args:
        message: the question.
        listing: the list.
        hint: a line below the question.
        help_lines: what ``?`` shows.
        enter: what Enter does, in a word or two.
    """

    def __init__(
        self,
        message: str,
        listing: Listing,
        *,
        hint: str = "",
        help_lines: Sequence[str] = (),
        enter: str = "",
    ) -> None:
        super().__init__(message, help_lines)
        self._listing = listing
        self._hint = hint
        words = {Mode.ONE: "choose", Mode.MANY: "go on", Mode.LOOK: "go on"}
        self._enter = enter or words[listing.mode]
        self._window = Window(
            FormattedTextControl(
                lambda: self._listing.fragments(terminal_size()[0]),
                focusable=True,
                show_cursor=False,
            ),
            scroll_offsets=ScrollOffsets(top=1, bottom=1),
            wrap_lines=False,
        )
        self._rooms: dict[int, int] = {}
        self._bind()

    def body(self) -> Container:
        """Return the rows."""
        return self._window

    def heading(self, width: int) -> Fragments:
        """Return the question, how many are chosen, the search or the hint."""
        listing = self._listing
        fragments = super().heading(width)
        if listing.mode is Mode.MANY:
            fragments.append(("class:hint", f"  {len(listing.chosen)} chosen"))
        if listing.search:
            return [*fragments, ("class:search", f"\n search: {listing.search}▏")]
        if self._hint:
            lines = fold(self._hint, width - 2)
            fragments += [("class:hint", f"\n {line}") for line in lines]
        return fragments

    def details(self, width: int) -> Sequence[tuple[str, str]]:
        """Return what is to be said of the row that the pointer is at."""
        pointed = self._listing.pointed
        return _explain(pointed, width) if pointed else ()

    def details_room(self, width: int) -> int:
        """Return how many lines the row has of which most is to be said."""
        if width not in self._rooms:
            rows = self._listing.choices
            self._rooms[width] = max((len(_explain(row, width)) for row in rows), default=0)
        return self._rooms[width]

    def keys(self) -> Sequence[Key]:
        """Return the keys of the list."""
        listing = self._listing
        keys: list[Key] = [("Enter", self._enter)]
        if listing.mode is Mode.MANY:
            keys.insert(0, ("Space", "choose"))
        if listing.pointed and listing.pointed.opens:
            keys.append(("→", "options"))
        if listing.mode is not Mode.LOOK and not listing.search and len(listing.choices) > _PAGE:
            keys.append(("a-z", "search"))
        keys.append(("Esc", "clears the search" if listing.search else "back"))
        if self._is_cut():
            # A list that is cut off says where in it one is.
            keys.insert(0, (f"{listing.at + 1}/{len(listing.visible)}", "↑↓"))
        return keys

    def _is_cut(self) -> bool:
        drawn = self._window.render_info
        return drawn is not None and drawn.content_height > drawn.window_height

    def so_far(self) -> tuple[str, ...]:
        """Return what is chosen."""
        return self._listing.result() or ()

    def escape(self) -> bool:
        """Clear the search, if there is one."""
        searched = bool(self._listing.search)
        self._listing.clear()
        return searched

    def _bind(self) -> None:
        listing = self._listing
        self._on(lambda: listing.move(-1), Keys.Up, Keys.ControlP, Keys.BackTab)
        self._on(lambda: listing.move(1), Keys.Down, Keys.ControlN, Keys.Tab)
        self._on(lambda: listing.leap(-_PAGE), Keys.PageUp)
        self._on(lambda: listing.leap(_PAGE), Keys.PageDown)
        self._on(lambda: listing.leap(-len(listing.choices)), Keys.Home)
        self._on(lambda: listing.leap(len(listing.choices)), Keys.End)
        self._bind_search()

        @self.bindings.add(Keys.Enter)
        def _answer(event: KeyPressEvent) -> None:
            if (result := listing.result()) is not None:
                event.app.exit(result=Picked(result))

        @self.bindings.add(Keys.Right)
        def _open(event: KeyPressEvent) -> None:
            if listing.pointed and listing.pointed.opens:
                listing.choose()
                event.app.exit(result=Picked(listing.result() or (), listing.pointed.value))

    def _bind_search(self) -> None:
        listing = self._listing
        if listing.mode is Mode.LOOK:
            return
        self._on(listing.rub_out, Keys.Backspace)
        self._on(listing.toggle if listing.mode is Mode.MANY else lambda: listing.type(" "), " ")
        for character in sorted(set(string.printable) - set(string.whitespace) - {"?"}):
            self.bindings.add(character)(lambda event: listing.type(event.data))
        self.bindings.add(Keys.BracketedPaste)(lambda event: listing.type(event.data))

    def _on(self, action: Callable[[], None], *keys: str) -> None:
        for key in keys:
            self.bindings.add(key)(lambda _: action())


def _explain(choice: Choice, width: int) -> list[tuple[str, str]]:
    """Return what is to be said of a row, its first text so that it stands out.

    Of a row that has nothing to be said, and does not fit, the whole of it.
    """
    whole = (choice.title, choice.hint) if choice.hint else (choice.title,)
    cut = get_cwidth("  ".join(whole)) > width - _MARGIN
    return [
        ("class:hint" if number else "class:text", line)
        for number, text in enumerate(choice.details or (whole if cut else ()))
        for line in fold(text, width - 2, "  ")
    ]


__all__ = ["Choice", "Listing", "Mode", "Picked", "Picker"]
