"""``devbox destroy``: throw the machine away."""

from __future__ import annotations

import argparse

_EXAMPLES = """\
examples:
  devbox destroy           asks first
  devbox destroy --yes     for scripts

The box, the Vagrantfile and your folder stay: `devbox up` makes a new machine.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")


def run(args: argparse.Namespace) -> int:
    """Throw it away, once that is confirmed."""
    from pathlib import Path

    from devbox import ui
    from devbox.machine.lifecycle import destroy, exists
    from devbox.machine.state import Machine, find_root

    machine = Machine(find_root(Path.cwd()))
    if not exists(machine):
        ui.success("there is no machine")
        return 0
    if not args.yes and not confirm(
        f"Throw away the machine of {machine.root}, with all that is on its disk?",
        "devbox destroy --yes",
    ):
        ui.say("nothing was done")
        return 1
    destroy(machine)
    ui.success("the machine is gone; `devbox up` makes a new one")
    return 0


def confirm(question: str, without_asking: str) -> bool:
    """Ask a yes-or-no question, where no is the default.

    Args:
        question: what is asked.
        without_asking: the command that needs no answer.

    Raises:
        UsageError: nobody is there to answer.
    """
    from devbox import ui
    from devbox.errors import UsageError

    if not ui.is_interactive():
        raise UsageError(
            "this needs a yes, and there is no terminal to ask in", remedy=without_asking
        )
    import questionary

    return bool(questionary.confirm(question, default=False).unsafe_ask())
