"""How the wizard asks: one look, Esc goes back, Ctrl-C leaves, questions on standard error."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import questionary
from prompt_toolkit import print_formatted_text
from prompt_toolkit.application import create_app_session
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.key_binding import KeyBindings, merge_key_bindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import create_output

from devbox.wizard.picker import Choice, go_back, pick

# Weight and marks carry the meaning, colour only helps: the dialogue reads well without it.
STYLE = questionary.Style(
    [
        ("qmark", "fg:ansicyan bold"),
        ("question", "bold"),
        ("answer", "fg:ansigreen"),
        ("pointer", "fg:ansicyan bold"),
        ("highlighted", "bold"),
        ("selected", "fg:ansigreen"),
        ("separator", "underline"),
        ("instruction", "fg:ansibrightblack"),
        ("hint", "fg:ansibrightblack"),
        ("title", "bold"),
        ("problem", "fg:ansired bold"),
        ("added", "fg:ansigreen"),
        ("removed", "fg:ansired"),
        ("validation-toolbar", "bg:default fg:ansired bold noreverse"),
        ("bottom-toolbar", "noreverse"),
    ]
)
# A lone Esc is told from the start of an arrow key by what follows within this time.
_ESCAPE_SECONDS = 0.1


@contextlib.contextmanager
def on_standard_error() -> Iterator[None]:
    """Show questions on standard error while the block runs; results keep standard output."""
    with create_app_session(output=create_output(stdout=sys.stderr)):
        yield


def say(text: str = "", style: str = "text") -> None:
    """Print a line among the questions, in one of the styles of STYLE."""
    print_formatted_text(FormattedText([(f"class:{style}", text)]), style=STYLE)


def ask_text(
    message: str,
    *,
    default: str = "",
    hint: str = "",
    check: Callable[[str], str | None] = lambda _: None,
) -> str:
    """Ask for a line of text.

    Args:
        message: the question.
        default: what stands there at first, to be kept or edited.
        hint: a few words on what to type.
        check: says what is wrong with a text, None if nothing is; shown while typing.

    Raises:
        Back: Esc was pressed.
        KeyboardInterrupt: Ctrl-C or Ctrl-D was.
    """
    question = questionary.text(
        message,
        default=default,
        validate=lambda text: check(text) or True,
        instruction=f"({hint})" if hint else None,
        style=STYLE,
        qmark="?",
    )
    return str(_ask(_with_escape(question))).strip()


def ask_choice(message: str, choices: Sequence[Choice], *, chosen: str | None = None) -> str:
    """Ask for one of some choices; ``chosen`` is where the pointer stands at first.

    Raises:
        Back, KeyboardInterrupt: as ask_text.
    """
    result = _ask(pick(message, choices, chosen=(chosen,) if chosen else (), style=STYLE))
    return str(result[0])


def ask_choices(
    message: str,
    choices: Sequence[Choice],
    *,
    chosen: Sequence[str] = (),
    nothing: str = "none",
) -> tuple[str, ...]:
    """Ask for any number of some choices; ``nothing`` is said when none is chosen.

    Raises:
        Back, KeyboardInterrupt: as ask_text.
    """
    result = _ask(pick(message, choices, chosen=chosen, many=True, nothing=nothing, style=STYLE))
    return tuple(str(value) for value in result)


def ask_yes(message: str, *, default: bool) -> bool:
    """Ask for yes or no.

    Raises:
        Back, KeyboardInterrupt: as ask_text.
    """
    question = questionary.confirm(message, default=default, style=STYLE, qmark="?")
    return bool(_ask(_with_escape(question)))


def _ask(question: questionary.Question) -> Any:
    question.application.ttimeoutlen = _ESCAPE_SECONDS
    try:
        return question.unsafe_ask()
    except EOFError:
        raise KeyboardInterrupt from None


def _with_escape(question: questionary.Question) -> questionary.Question:
    """Let Esc go back in a question of questionary's own making."""
    bindings = KeyBindings()
    bindings.add(Keys.Escape, eager=True)(lambda event: go_back(event.app))
    own = question.application.key_bindings
    question.application.key_bindings = merge_key_bindings([*([own] if own else []), bindings])
    return question
