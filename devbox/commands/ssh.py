"""``devbox ssh``: open a shell in the machine, or run a command in it."""

from __future__ import annotations

import argparse

_EXAMPLES = """\
examples:
  devbox ssh                                 a shell
  devbox ssh -- systemctl is-active nginx    a command; its exit status is devbox's
  devbox ssh -- 'cd /vagrant && make test'   one word is a shell line
  devbox ssh -- psql app < dump.sql          standard input goes to the command
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "words",
        nargs="*",
        metavar="-- COMMAND",
        help="a command to run instead of a shell; a single word is a shell line",
    )


def run(args: argparse.Namespace) -> int:
    """Become ssh."""
    from pathlib import Path

    from devbox.host import process
    from devbox.machine.ssh import command_line, read_config
    from devbox.machine.state import Machine, find_root

    config = read_config(Machine(find_root(Path.cwd())))
    process.exec_program(command_line(config, args.words))
    return 1
