"""``devbox halt``: shut the machine down."""

from __future__ import annotations

import argparse

_EXAMPLES = """\
examples:
  devbox halt        what is on its disk stays; `devbox up` starts it again
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES


def run(args: argparse.Namespace) -> int:  # noqa: ARG001 - every command has it
    """Shut it down."""
    from pathlib import Path

    from devbox import ui
    from devbox.machine.lifecycle import halt
    from devbox.machine.state import Machine, find_root

    if halt(Machine(find_root(Path.cwd()))):
        ui.success("the machine is shut down; `devbox up` starts it again")
    else:
        ui.success("the machine is not running")
    return 0
