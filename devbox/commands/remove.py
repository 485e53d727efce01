"""``devbox remove``: take tools out of devbox.yml."""

from __future__ import annotations

import argparse

_EXAMPLES = """\
examples:
  devbox remove redis                      out of the part where it is
  devbox remove packages --from production
  devbox remove packages:jq                one Debian package: tool:item takes out of a tool's list
  devbox remove deploy/roles/acme_api      a role of your own; its folder stays
  devbox remove git --dry-run              show the change, write nothing

the comments of an entry, above it and behind it, go with it; all others stay.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from devbox.commands.edits import add_result_arguments

    parser.epilog = _EXAMPLES
    parser.add_argument(
        "entries",
        nargs="+",
        metavar="TOOL",
        help="a tool's name, TOOL:ITEM, or the folder or name of a role",
    )
    parser.add_argument(
        "--from",
        dest="part",
        choices=("production", "development"),
        help="the part; default: both",
    )
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Edit, show, ask, write."""
    from pathlib import Path

    from devbox.commands.edits import deliver, open_spec_file
    from devbox.tools import load_tools
    from devbox.wizard.edits import follow_ports
    from devbox.wizard.stack_words import StackEdit

    file, catalog = open_spec_file(), load_tools()
    before = file.read()
    edit = StackEdit(before, catalog)
    for word in args.entries:
        edit.remove(edit.find_entry(word, file.root, Path.cwd()), args.part)
    after = follow_ports(before, edit.spec, catalog)
    return deliver(args, file, file.edited(after), edit.said)
