"""``devbox add``: put tools into devbox.yml."""

from __future__ import annotations

import argparse

from devbox.errors import EXIT_DONE, UsageError

_EXAMPLES = """\
examples:
  devbox add redis                         to the part where it usually goes
  devbox add git node --to development
  devbox add postgresql=[app]              with what its shorthand holds, or with options:
  devbox add 'postgresql={databases: [app], port: 5433}'
  devbox add postgresql --set databases=[app] --set port=5433
  devbox add packages:jq,libpq5            Debian packages: tool:item adds to a tool's list
  devbox add postgresql:reports            one more database
  devbox add deploy/roles/acme_api         an Ansible role of your own, by its folder
  devbox add galaxy:geerlingguy.nginx@3.2.0    a role of Ansible Galaxy, brought into roles/
  devbox add git --dry-run                 show the change, write nothing

comments, order and all that you wrote by hand stay as they are.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from devbox.commands.edits import add_result_arguments

    parser.epilog = _EXAMPLES
    parser.add_argument(
        "entries",
        nargs="+",
        metavar="TOOL",
        help="a tool's name, TOOL=OPTIONS, TOOL:ITEM, or the folder of a role",
    )
    parser.add_argument(
        "--to",
        choices=("production", "development"),
        help="the part; default: where the tool usually goes",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        dest="options",
        metavar="OPTION=VALUE",
        help="an option of the tool, its value in YAML; repeatable",
    )
    parser.add_argument(
        "--release",
        choices=("bookworm", "trixie"),
        help="change the base's release as well, for a tool or version that only this one has",
    )
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Edit, show, ask, write."""
    from pathlib import Path

    from devbox.commands.edits import deliver, open_spec_file
    from devbox.spec import Tool
    from devbox.tools import ROLE, load_role, load_tools
    from devbox.wizard.edits import follow_ports
    from devbox.wizard.galaxy import Vendor, is_wanted, read_requirement
    from devbox.wizard.ports import clashes
    from devbox.wizard.stack_words import (
        Entry,
        StackEdit,
        read_entry,
        read_options,
        with_options,
    )

    if args.options and len(args.entries) > 1:
        raise UsageError("--set is for one tool at a time", remedy="devbox add TOOL --set …")
    file, catalog = open_spec_file(), load_tools()
    before = file.read()
    edit = StackEdit(before, catalog)
    if args.release and args.release != before.base.release:
        base = before.base.model_copy(update={"release": args.release})
        edit.spec = before.model_copy(update={"base": base})
        edit.said.append(f"base: release {args.release}")
    with Vendor(file.root) as vendor:
        for word in args.entries:
            if is_wanted(word):
                role = Tool(name=ROLE, path=vendor.fetch(read_requirement(word)))
                entry = Entry(role, load_role(file.root / str(role.path)).part)
            else:
                entry = read_entry(word, file.root, Path.cwd(), catalog)
            edit.add(with_options(entry, read_options(args.options)), args.to)
        after = follow_ports(before, edit.spec, catalog)
        said = [*vendor.said, *edit.said, *clashes(after, catalog)]
        code = deliver(args, file, file.edited(after), said)
        if code == EXIT_DONE and not args.dry_run and not args.print:
            vendor.keep()
    return code
