"""The wizard's list: one or many of grouped, described, searchable choices.

questionary's own ``select`` and ``checkbox`` are not used for lists: with group headings their
search hangs as soon as a filter leaves fewer rows than there are (questionary 2.1.1 looks the
pointer up in the unfiltered list), it finds titles but not descriptions, and an answered list says
"done (3 selections)" instead of which. This one is a ``questionary.Question`` like any other.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import questionary
from prompt_toolkit.application import Application, get_app
from prompt_toolkit.filters import Condition, is_done
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import ConditionalContainer, HSplit, Layout, Window
from prompt_toolkit.layout.controls import FormattedTextControl
from prompt_toolkit.styles import BaseStyle
from prompt_toolkit.utils import get_cwidth

_Fragments = StyleAndTextTuples
# Lines that the list leaves to the question, the search and the hint.
_RESERVED_LINES = 5
_FEWEST_ROWS = 3


class Back(Exception):  # noqa: N818 - a direction, not an error
    """Esc: the person wants the question before this one."""


def go_back(application: Application[Any]) -> None:
    """End a question with Back, and leave nothing of it on the screen."""
    application.erase_when_done = True
    application.exit(exception=Back())


@dataclass(frozen=True)
class Choice:
    """One row: what it gives, its title, a few words about it, the heading that it stands under."""

    value: str
    title: str
    hint: str = ""
    group: str = ""

    def matches(self, words: str) -> bool:
        """Return whether every word of a search is found somewhere in the row."""
        text = f"{self.value} {self.title} {self.hint} {self.group}".lower()
        return all(word in text for word in words.lower().split())


class Listing:
    """The state of a list while somebody moves in it; knows nothing of terminals."""

    def __init__(
        self,
        choices: Sequence[Choice],
        chosen: Sequence[str] = (),
        *,
        many: bool = False,
        nothing: str = "none",
    ) -> None:
        self.choices = tuple(choices)
        self.nothing = nothing
        self.many = many
        self.chosen = [choice.value for choice in choices if choice.value in chosen]
        self.search = ""
        self.at = 0
        if not many and self.chosen:
            self.at = [choice.value for choice in choices].index(self.chosen[0])

    @property
    def visible(self) -> tuple[Choice, ...]:
        """The choices that the search leaves."""
        return tuple(choice for choice in self.choices if choice.matches(self.search))

    def move(self, rows: int) -> None:
        """Move the pointer, past the ends to the other side."""
        if count := len(self.visible):
            self.at = (self.at + rows) % count

    def type(self, text: str) -> None:
        """Add to the search."""
        self.search += text
        self.at = 0

    def rub_out(self) -> None:
        """Take the last character off the search."""
        self.search = self.search[:-1]
        self.at = 0

    def clear(self) -> None:
        """Give the search up, keeping the pointer where it is."""
        pointed = self.visible[self.at] if self.visible else self.choices[0]
        self.search = ""
        self.at = self.choices.index(pointed)

    def toggle(self) -> None:
        """Choose what the pointer is at, or let go of it."""
        if not self.visible:
            return
        value = self.visible[self.at].value
        if value in self.chosen:
            self.chosen.remove(value)
        else:
            self.chosen.append(value)

    def result(self) -> tuple[str, ...] | None:
        """Return the values chosen, in the order of the list; None while there is no answer."""
        if self.many:
            return tuple(choice.value for choice in self.choices if choice.value in self.chosen)
        return (self.visible[self.at].value,) if self.visible else None

    def summary(self) -> str:
        """Name what was chosen."""
        result = self.result() or ()
        titles = [choice.title for choice in self.choices if choice.value in result]
        return ", ".join(titles) or self.nothing

    def fragments(self, width: int) -> _Fragments:
        """Render the rows for a terminal of a width in columns."""
        column = max((get_cwidth(choice.title) for choice in self.choices), default=0) + 2
        fragments: _Fragments = []
        group = ""
        for row, choice in enumerate(self.visible):
            if choice.group and choice.group != group:
                group = choice.group
                fragments.append(("class:separator", f"  {group}\n"))
            fragments += self._row(choice, width, column, pointed=row == self.at)
        if not fragments:
            fragments = [("class:instruction", "  nothing matches; Backspace widens the search\n")]
        return [*fragments[:-1], (fragments[-1][0], fragments[-1][1].rstrip("\n"))]

    def _row(self, choice: Choice, width: int, column: int, *, pointed: bool) -> _Fragments:
        checked = choice.value in self.chosen
        mark = ("[x] " if checked else "[ ] ") if self.many else ""
        style = "class:selected" if checked and self.many else "class:text"
        fragments: _Fragments = [("class:pointer", "❯ " if pointed else "  ")]
        if pointed:
            fragments.append(("[SetCursorPosition]", ""))
            style += " class:highlighted"
        title = choice.title + " " * (column - get_cwidth(choice.title))
        hint = _shorten(choice.hint, width - 2 - len(mark) - column - 2)
        return [*fragments, (style, mark + title), ("class:hint", hint + "\n")]


def _shorten(text: str, width: int) -> str:
    if get_cwidth(text) <= width:
        return text
    while text and get_cwidth(text) > width - 1:
        text = text[:-1]
    return text.rstrip(" ,;·") + "…" if text else ""


def pick(
    message: str,
    choices: Sequence[Choice],
    *,
    chosen: Sequence[str] = (),
    many: bool = False,
    nothing: str = "none",
    style: BaseStyle | None = None,
) -> questionary.Question:
    """Return the question; its answer is a tuple of values, of one where ``many`` is not set.

    Args:
        message: the question.
        choices: the rows; those of a group follow one another.
        chosen: the values chosen at the start.
        many: whether any number may be chosen, or exactly one.
        nothing: what is said when none was.
        style: how it looks.
    """
    listing = Listing(choices, chosen, many=many, nothing=nothing)
    answered = Condition(lambda: get_app().is_done)
    body = Window(
        FormattedTextControl(lambda: listing.fragments(get_app().output.get_size().columns)),
        height=lambda: _height(listing),
        wrap_lines=False,
    )
    layout = HSplit(
        [
            Window(
                FormattedTextControl(lambda: _heading(message, listing, answered=answered())),
                dont_extend_height=True,
                wrap_lines=True,
            ),
            ConditionalContainer(body, filter=~is_done),
            ConditionalContainer(
                Window(FormattedTextControl(lambda: _footer(listing)), height=1), filter=~is_done
            ),
        ]
    )
    return questionary.Question(
        Application(layout=Layout(layout), key_bindings=_bindings(listing), style=style)
    )


def _height(listing: Listing) -> int:
    room = get_app().output.get_size().rows - _RESERVED_LINES
    return min(_lines(listing), max(_FEWEST_ROWS, room))


def _lines(listing: Listing) -> int:
    return fragment_list_to_text(listing.fragments(80)).count("\n") + 1


def _heading(message: str, listing: Listing, *, answered: bool) -> _Fragments:
    fragments: _Fragments = [("class:qmark", "?"), ("class:question", f" {message} ")]
    if answered:
        return [*fragments, ("class:answer", f" {listing.summary()}")]
    if listing.many:
        fragments.append(("class:instruction", f" {len(listing.chosen)} chosen"))
    return fragments


def _footer(listing: Listing) -> _Fragments:
    keys = "Space chooses · Enter goes on" if listing.many else "↑ ↓ move · Enter chooses"
    # A list that is cut off says where in it one is.
    cut = _height(listing) < _lines(listing)
    place = f" · {listing.at + 1} of {len(listing.visible)}" if cut else ""
    if listing.search:
        return [
            ("class:instruction", "  search: "),
            ("class:answer", listing.search),
            ("class:instruction", f"▏  {keys} · Esc clears{place}"),
        ]
    return [("class:instruction", f"  {keys} · type to search · Esc back{place}")]


def _bindings(listing: Listing) -> KeyBindings:
    bindings = KeyBindings()

    def bind(action: Callable[[], None], *keys: str) -> None:
        for key in keys:
            bindings.add(key, eager=True)(lambda _: action())

    bind(lambda: listing.move(-1), Keys.Up, Keys.ControlP, Keys.BackTab)
    bind(lambda: listing.move(1), Keys.Down, Keys.ControlN, Keys.Tab)
    bind(lambda: listing.move(-listing.at), Keys.Home)
    bind(lambda: listing.move(-listing.at - 1), Keys.End)
    bind(listing.rub_out, Keys.Backspace)
    bind(listing.toggle if listing.many else lambda: listing.type(" "), " ")
    for character in sorted(set(string.printable) - set(string.whitespace)):
        bindings.add(character)(lambda event: listing.type(event.data))
    _bind_endings(bindings, listing)
    return bindings


def _bind_endings(bindings: KeyBindings, listing: Listing) -> None:
    @bindings.add(Keys.Escape, eager=True)
    def _escape(event: KeyPressEvent) -> None:
        if listing.search:
            listing.clear()
        else:
            go_back(event.app)

    @bindings.add(Keys.Enter)
    def _answer(event: KeyPressEvent) -> None:
        if (result := listing.result()) is not None:
            event.app.exit(result=result)

    @bindings.add(Keys.ControlC)
    @bindings.add(Keys.ControlD)
    def _interrupt(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt())
