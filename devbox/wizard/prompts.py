"""How the wizard asks: one screen a question, Esc goes back, Ctrl-C leaves, ? helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from devbox.wizard import screen
from devbox.wizard.line import Check, Line, Notes
from devbox.wizard.listing import Choice, Listing, Mode, Typed
from devbox.wizard.page import Page
from devbox.wizard.picker import Picked, Picker
from devbox.wizard.screen import Place


@dataclass(frozen=True)
class Words:
    """What is said around a question.

    Attributes:
        hint: a line below it.
        help: the lines that ``?`` shows.
    """

    hint: str = ""
    help: tuple[str, ...] = ()


class Prompts:
    """Asks; every question may raise ``Back`` (Esc) and ``KeyboardInterrupt`` (Ctrl-C).

    Attributes:
        place: what stands above the next questions.
    """

    def __init__(self) -> None:
        self.place = Place()

    def line(
        self,
        message: str,
        words: Words = Words(),
        *,
        default: str = "",
        check: Check = lambda _: None,
        notes: Notes = lambda _: (),
        any_text: bool = False,
    ) -> str:
        """Ask for a line of text.

        Args:
            message: the question.
            words: what is said around it; the help's first lines are shown below the question.
            default: what stands there at first, to be kept or edited.
            check: says what is wrong with a text, None if nothing is; shown while typing.
            notes: says what is to be known about a text that can be taken nevertheless.
            any_text: whether the answer may hold a question mark.
        """
        question = Line(
            message,
            default=default,
            hint=words.hint,
            check=check,
            notes=notes,
            about=words.help,
            help_lines=words.help,
            any_text=any_text,
        )
        return str(screen.ask(question, self.place))

    def choice(
        self,
        message: str,
        choices: Sequence[Choice],
        words: Words = Words(),
        *,
        chosen: str | None = None,
        typed: Typed | None = None,
    ) -> str:
        """Ask for one of some choices.

        Args:
            message: the question.
            choices: the rows.
            words: what is said around it.
            chosen: where the pointer stands at first.
            typed: makes a row of what is typed, where more than the rows can be answered.
        """
        listing = Listing(choices, at=chosen, typed=typed)
        return self._pick(message, listing, words).values[0]

    def choices(
        self,
        message: str,
        choices: Sequence[Choice],
        words: Words = Words(),
        *,
        chosen: Sequence[str] = (),
        at: str | None = None,
    ) -> Picked:
        """Ask for any number of some choices; ``at`` is where the pointer stands at first."""
        listing = Listing(choices, chosen, mode=Mode.MANY, at=at)
        return self._pick(message, listing, words)

    def look(self, message: str, rows: Sequence[Choice], words: Words = Words()) -> None:
        """Show rows to look at."""
        self._pick(message, Listing(rows, mode=Mode.LOOK), words)

    def page(
        self,
        message: str,
        lines: Sequence[tuple[str, str]],
        words: Words = Words(),
        *,
        enter: str = "go on",
    ) -> None:
        """Show a text, styles and lines, until it is agreed to."""
        question = Page(message, lines, hint=words.hint, enter=enter, help_lines=words.help)
        screen.ask(question, self.place)

    def _pick(self, message: str, listing: Listing, words: Words) -> Picked:
        question = Picker(message, listing, hint=words.hint, help_lines=words.help)
        picked = screen.ask(question, self.place)
        if not isinstance(picked, Picked):
            raise TypeError(f"a list gave {picked!r}")
        return picked
