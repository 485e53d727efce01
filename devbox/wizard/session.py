"""A whole session with a person: heading, questions, review."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from devbox.spec import FILE_NAME, Spec
from devbox.tools import load_tools
from devbox.wizard import edits, prompts
from devbox.wizard.answers import resolve
from devbox.wizard.dialogue import Dialogue
from devbox.wizard.proposal import Proposal, propose
from devbox.wizard.review import review
from devbox.wizard.settings import Setting


def hold_dialogue(root: Path, settings: Sequence[Setting], *, target: str) -> Spec | None:
    """Ask a person for everything that is not settled, and have it reviewed.

    Args:
        root: the folder of devbox.yml.
        settings: answers given already; their questions are left out.
        target: what is done in the end: "Write devbox.yml".

    Returns:
        The answers, or None if the person wants nothing done.

    Raises:
        SpecError: the settings are wrong.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    catalog = load_tools()
    proposal = propose(root)
    spec = resolve(_first_answers(proposal), root, settings=settings)
    answered = {setting.key for setting in settings}
    dialogue = Dialogue(proposal, catalog)
    if not any(key.startswith("machine.ports") or key == "machine" for key in answered):
        machine = spec.machine.model_copy(update={"ports": edits.stack_ports(spec, catalog)})
        spec = spec.model_copy(update={"machine": machine})
    with prompts.on_standard_error():
        _show_heading(root)
        return review(dialogue, dialogue.run(spec, answered), root, target=target)


def _first_answers(proposal: Proposal) -> Spec:
    return Spec(name=proposal.name, machine=proposal.machine)


def _show_heading(root: Path) -> None:
    prompts.say()
    prompts.say("devbox init", "title")
    prompts.say(f"A few questions, then one file, {FILE_NAME}: what production runs, and what its")
    prompts.say("developers need on top. From it devbox builds the production image and the dev")
    prompts.say("box. Nothing is written before you have seen it.")
    prompts.say("Enter takes what stands there · Esc goes back · Ctrl-C leaves", "instruction")
    if (root / FILE_NAME).exists():
        prompts.say(f"There is a {FILE_NAME} here: it is not touched unless you say so at the end.")
    prompts.say()
