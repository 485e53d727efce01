"""The review: the answers in words, the file that they make, what an existing one would lose."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Sequence
from pathlib import Path

from devbox.spec import FILE_NAME, Spec, SpecError
from devbox.wizard import prompts
from devbox.wizard.answers import render
from devbox.wizard.dialogue import Dialogue, Step
from devbox.wizard.picker import Back, Choice


class Decision(enum.Enum):
    """What a person makes of the review."""

    WRITE = "write"
    CHANGE = "change"
    CANCEL = "cancel"


def review(dialogue: Dialogue, spec: Spec, root: Path, *, target: str) -> Spec | None:
    """Show what the answers make, and let them be changed until they are right.

    Args:
        dialogue: the questions, for those that are taken again.
        spec: the answers.
        root: the folder of devbox.yml.
        target: what is done in the end: "Write devbox.yml".

    Returns:
        The answers, or None if nothing is to be done.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    while True:
        error = _show(dialogue.steps, spec, root)
        match _decide(target, error):
            case Decision.WRITE:
                return spec
            case Decision.CANCEL:
                return None
            case Decision.CHANGE:
                spec = dialogue.change(spec)


def _show(steps: Sequence[Step], spec: Spec, root: Path) -> SpecError | None:
    """Print the review; return what is wrong with the answers as a whole."""
    prompts.say()
    prompts.say("Your answers", "title")
    prompts.say("\n".join(f"  {line}" for line in summary(steps, spec)) + "\n")
    try:
        text = render(spec, root)
    except SpecError as error:
        prompts.say(error.what, "problem")
        prompts.say("\n".join(f"  {line}" for line in error.evidence.splitlines()) + "\n")
        return error
    prompts.say(FILE_NAME, "title")
    prompts.say("\n".join(f"  │ {line}" for line in text.splitlines()) + "\n")
    return None


def _decide(target: str, error: SpecError | None) -> Decision:
    rows = [
        Choice(Decision.WRITE.value, target),
        Choice(Decision.CHANGE.value, "Change an answer"),
        Choice(Decision.CANCEL.value, "Leave without writing anything"),
    ]
    try:
        return Decision(prompts.ask_choice("Is this right?", rows[1:] if error else rows))
    except Back:
        return Decision.CHANGE


def summary(steps: Sequence[Step], spec: Spec) -> list[str]:
    """Return the answers in words, a line each."""
    width = max(len(step.title) for step in steps)
    return [f"{step.title:<{width}}  {step.show(spec)}" for step in steps]


def difference(old: str, new: str) -> list[str]:
    """Return the lines in which two devbox.yml differ, as ``diff -u`` shows them."""
    return list(
        difflib.unified_diff(
            old.splitlines(),
            new.splitlines(),
            f"{FILE_NAME} as it is",
            "as it would be",
            lineterm="",
        )
    )


def confirm_replacement(old: str, new: str) -> bool:
    """Show what replacing a file changes, and ask whether to; no unless told.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    prompts.say()
    prompts.say(f"There is a {FILE_NAME} already. Writing changes it so:", "title")
    for line in difference(old, new):
        style = {"+": "added", "-": "removed"}.get(line[:1], "text")
        prompts.say(f"  {line}", style)
    prompts.say()
    try:
        return prompts.ask_yes(f"Replace {FILE_NAME}?", default=False)
    except Back:
        return False
