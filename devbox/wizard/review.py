"""The review: the answers in words, any of which can be asked again, and the file they make."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, replace

from devbox.errors import DevboxError
from devbox.spec import FILE_NAME, Spec
from devbox.wizard import texts
from devbox.wizard.dialogue import Dialogue
from devbox.wizard.listing import Choice
from devbox.wizard.prompts import Words
from devbox.wizard.screen import Back, Place

_GO, _LEAVE, _WRONG = "\0go", "\0leave", "\0wrong"
_CONTEXT_LINES = 3


@dataclass(frozen=True)
class Outcome:
    """What a person has agreed to: the answers, and the text of the file."""

    spec: Spec
    text: str


@dataclass(frozen=True)
class Target:
    """What the answers become.

    Attributes:
        verb: what is done in the end: "write" or "print".
        old: the present file that is edited or replaced; None if there is none.
        render: makes the file of the answers; raises DevboxError if they make none.
    """

    verb: str
    old: str | None
    render: Callable[[Spec], str]


def review(dialogue: Dialogue, spec: Spec, target: Target) -> Outcome | None:
    """Show what the answers make, and let them be changed until they are right.

    Returns:
        What was agreed to, or None if nothing is to be done.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    prompts = dialogue.context.prompts
    steps = {step.title: step for step in dialogue.answers}
    at = ""
    while True:
        text, error = _render(spec, target)
        prompts.place = Place(f"devbox init · {spec.name}", "review", first=True)
        rows = _rows(dialogue, spec, target, error, text)
        try:
            picked = prompts.choice(*_question(target, error, text), rows, texts.REVIEW, chosen=at)
        except Back:
            # There is nothing before the review that is not in it.
            continue
        at = picked if picked == _WRONG else ""
        if picked == _LEAVE:
            return None
        if picked in steps:
            spec = dialogue.change(spec, steps[picked])
            continue
        prompts.place = replace(prompts.place, first=False)
        try:
            if error is not None:
                _show_error(dialogue, error)
            elif _show_file(dialogue, text, target):
                return Outcome(spec, text)
        except Back:
            continue


def _render(spec: Spec, target: Target) -> tuple[str, DevboxError | None]:
    try:
        return target.render(spec), None
    except DevboxError as error:
        return "", error


def _question(target: Target, error: DevboxError | None, text: str) -> tuple[str]:
    if error is not None:
        return (f"These answers do not fit together: {error.what}",)
    if target.old == text:
        return (f"Your answers: {FILE_NAME} says so already",)
    return ("Your answers: is this right?",)


def _rows(
    dialogue: Dialogue, spec: Spec, target: Target, error: DevboxError | None, text: str
) -> list[Choice]:
    if error is not None:
        first = Choice(_WRONG, "See what is wrong", details=tuple(error.evidence.splitlines()[:6]))
    elif target.old == text:
        first = Choice(_GO, "Leave it as it is", "nothing has changed", details=("Done.",))
    else:
        shown = f"see {'what changes' if target.old else 'the whole file'} first"
        about = f"Nothing is {_past(target.verb)} before you have seen it and pressed Enter again."
        first = Choice(_GO, f"{target.verb.capitalize()} {FILE_NAME}", shown, details=(about,))
    answers = [
        Choice(step.title, step.title, step.show(spec), "change an answer", (step.show(spec),))
        for step in dialogue.answers
        if step.show
    ]
    return [
        first,
        *answers,
        Choice(_LEAVE, "Leave", f"nothing is {_past(target.verb)}", "or", ("As with Ctrl-C.",)),
    ]


def _past(verb: str) -> str:
    return {"write": "written", "print": "printed"}[verb]


def _show_error(dialogue: Dialogue, error: DevboxError) -> None:
    lines = [("class:text", line) for line in error.evidence.splitlines()]
    dialogue.context.prompts.page(error.what, lines, enter="back to the answers")


def _show_file(dialogue: Dialogue, text: str, target: Target) -> bool:
    """Show the file, or what changes in it; return True when the person agrees.

    Raises:
        Back: Esc was pressed.
    """
    if target.old == text:
        return True
    if target.old is None:
        message = f"The whole {FILE_NAME}"
        lines = [("class:text", line) for line in text.splitlines()]
    else:
        message = f"What changes in {FILE_NAME}"
        lines = [(_style(line), line) for line in difference(target.old, text)]
    words = Words("", texts.FILE.help)
    dialogue.context.prompts.page(message, lines, words, enter=f"{target.verb}s it")
    return True


def difference(old: str, new: str) -> list[str]:
    """Return the lines in which two devbox.yml differ, as ``diff -u`` shows them."""
    return list(
        difflib.unified_diff(
            old.splitlines(),
            new.splitlines(),
            f"{FILE_NAME} as it is",
            "as it will be",
            lineterm="",
            n=_CONTEXT_LINES,
        )
    )


def _style(line: str) -> str:
    return {"+": "class:added", "-": "class:removed"}.get(line[:1], "class:text")
