"""The state of a list of choices while somebody moves in it; knows nothing of terminals."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.utils import get_cwidth

from devbox.wizard.fit import pad, printable, shorten

_Fragments = StyleAndTextTuples
_LONGEST_SEARCH = 60


class Mode(enum.Enum):
    """What a list is for: exactly one choice, any number of them, or only to look at."""

    ONE = "one"
    MANY = "many"
    LOOK = "look"


@dataclass(frozen=True)
class Choice:
    """One row of a list.

    Attributes:
        value: what it gives.
        title: its name.
        hint: a few words about it, or where it was found.
        group: the heading that it stands under.
        details: what is shown of it below the list while the pointer is at it.
        found: whether the hint is evidence, which is shown so that it stands out.
        opens: whether there is more behind it: the options of a tool.
    """

    value: str
    title: str
    hint: str = ""
    group: str = ""
    details: tuple[str, ...] = ()
    found: bool = False
    opens: bool = False

    def matches(self, words: str) -> bool:
        """Return whether every word of a search is found somewhere in the row."""
        text = " ".join([self.value, self.title, self.hint, self.group, *self.details[:1]]).lower()
        return all(word in text for word in words.lower().split())

    def rank(self, words: str) -> int:
        """Return how well a search names the row: 0 as it is called, 1 as it begins, 2 somehow."""
        names = (self.value.lower(), self.title.lower())
        wanted = " ".join(words.lower().split())
        if wanted in names:
            return 0
        return 1 if any(name.startswith(wanted) for name in names) else 2


Typed = Callable[[str], Choice | str]
"""What a typed text means where a list takes more than its rows: a row, or why it means nothing."""


class Listing:
    """A list, what is chosen in it, where the pointer is, and what is searched for.

    Args:
        choices: the rows; those of a group follow one another.
        chosen: the values chosen at the start.
        mode: what the list is for.
        at: the value that the pointer is at; the chosen one if not given.
        typed: makes a row of what is typed.
    """

    def __init__(
        self,
        choices: Sequence[Choice],
        chosen: Sequence[str] = (),
        *,
        mode: Mode = Mode.ONE,
        at: str | None = None,
        typed: Typed | None = None,
    ) -> None:
        self.choices = tuple(choices)
        self.mode = mode
        self.typed = typed
        self.chosen = [choice.value for choice in choices if choice.value in chosen]
        self.search = ""
        self.at = 0
        start = self.chosen[0] if at is None and self.chosen and mode is Mode.ONE else at
        values = [choice.value for choice in choices]
        if start in values:
            self.at = values.index(start)

    @property
    def visible(self) -> tuple[Choice, ...]:
        """The choices that the search leaves, after what the typed text itself means."""
        rows = tuple(choice for choice in self.choices if choice.matches(self.search))
        if self.search:
            rows = tuple(sorted(rows, key=lambda choice: choice.rank(self.search)))
        own = self._typed_row()
        if isinstance(own, Choice) and own.value not in {choice.value for choice in rows}:
            return (own, *rows)
        return rows

    @property
    def pointed(self) -> Choice | None:
        """The row that the pointer is at."""
        rows = self.visible
        return rows[self.at] if rows else None

    @property
    def problem(self) -> str:
        """Why what is typed means nothing here; empty while there is a row left to choose."""
        if self.visible:
            return ""
        own = self._typed_row()
        return own if isinstance(own, str) else "nothing matches; Backspace widens the search"

    def _typed_row(self) -> Choice | str | None:
        return self.typed(self.search) if self.typed and self.search.strip() else None

    def move(self, rows: int) -> None:
        """Move the pointer, past the ends to the other side."""
        if count := len(self.visible):
            self.at = (self.at + rows) % count

    def leap(self, rows: int) -> None:
        """Move the pointer by a page, and no further than the ends."""
        if count := len(self.visible):
            self.at = min(max(self.at + rows, 0), count - 1)

    def type(self, text: str) -> None:
        """Add to the search; of a pasted text only what can be searched for."""
        clean = "".join(char for char in text.replace("\n", " ") if char.isprintable())
        self.search = (self.search + clean)[:_LONGEST_SEARCH]
        self.at = 0

    def rub_out(self) -> None:
        """Take the last character off the search."""
        self.search = self.search[:-1]
        self.at = 0

    def clear(self) -> None:
        """Give the search up, keeping the pointer where it is."""
        pointed = self.pointed
        self.search = ""
        self.at = self.choices.index(pointed) if pointed in self.choices else 0

    def toggle(self) -> None:
        """Choose what the pointer is at, or let go of it."""
        if self.mode is not Mode.MANY or self.pointed is None:
            return
        value = self.pointed.value
        if value in self.chosen:
            self.chosen.remove(value)
        else:
            self.chosen.append(value)

    def choose(self) -> None:
        """Choose what the pointer is at."""
        if self.pointed is not None and self.pointed.value not in self.chosen:
            self.toggle()

    def result(self) -> tuple[str, ...] | None:
        """Return the values chosen, in the order of the list; None while there is no answer."""
        if self.mode is Mode.LOOK:
            return ()
        if self.mode is Mode.MANY:
            return tuple(choice.value for choice in self.choices if choice.value in self.chosen)
        return (self.pointed.value,) if self.pointed else None

    def fragments(self, width: int) -> _Fragments:
        """Render the rows for a terminal of a width in columns."""
        longest = max((get_cwidth(choice.title) for choice in self.visible), default=0) + 2
        marks = 4 if self.mode is Mode.MANY else 0
        column = min(longest, max((width - 4 - marks) * 3 // 5, 12))
        fragments: _Fragments = []
        group = ""
        for row, choice in enumerate(self.visible):
            if choice.group != group:
                group = choice.group
                fragments += [("", "   "), ("class:group", shorten(group, width - 5)), ("", "\n")]
            fragments += self._row(choice, width, column, pointed=row == self.at)
        if not fragments:
            return [("class:problem", f"   {shorten(self.problem, width - 5)}")]
        return [*fragments[:-1], (fragments[-1][0], fragments[-1][1].rstrip("\n"))]

    def _row(self, choice: Choice, width: int, column: int, *, pointed: bool) -> _Fragments:
        checked = choice.value in self.chosen
        many = self.mode is Mode.MANY
        mark = ("[x] " if checked else "[ ] ") if many else ""
        fragments: _Fragments = [("class:pointer", " ❯ " if pointed else "   ")]
        if pointed:
            fragments.append(("[SetCursorPosition]", ""))
        style = "class:selected" if checked and many else "class:text"
        style += " class:pointed" if pointed else ""
        title = pad(shorten(printable(choice.title), column - 2), column)
        hint = shorten(printable(choice.hint), width - 4 - len(mark) - column)
        hint_style = "class:found" if choice.found else "class:hint"
        return [*fragments, (style, mark + title), (hint_style, hint + "\n")]
