"""``devbox set``: change single values of devbox.yml."""

from __future__ import annotations

import argparse

_EXAMPLES = """\
examples:
  devbox set machine.memory=4096
  devbox set base.release=trixie machine.cpus=4      several are one change: all, or none
  devbox set machine.ports.8080=80
  devbox set postgresql.port=5433                    an option of a tool of the stack
  devbox set 'production.packages=[jq, libpq5]'      all that a tool has
  devbox set 'schedule={every: day, at: "05:00"}'
  devbox set schedule=null postgresql.port=null      take out what is there
  devbox set machine.memory=4096 --dry-run           show the change, write nothing

a path is written with dots, a value as devbox.yml has it; `devbox schema` describes all keys, and
`devbox tools show TOOL` a tool's options.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from devbox.commands.edits import add_result_arguments

    parser.epilog = _EXAMPLES
    parser.add_argument(
        "wishes", nargs="+", metavar="PATH=VALUE", help="what is to be set, its value in YAML"
    )
    add_result_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Edit, show, ask, write."""
    from devbox.commands.edits import deliver, open_spec_file, refused
    from devbox.spec import SpecError, parse_spec
    from devbox.spec.edit import change_text, document_in
    from devbox.tools import load_tools
    from devbox.wizard.set_words import read_wish, wished

    wishes = [read_wish(word) for word in args.wishes]
    file = open_spec_file()
    target = wished(document_in(file.text), file.read(), wishes, load_tools())
    text = change_text(file.text, target)
    try:
        parse_spec(text, file.path.name, file.root)
    except SpecError as error:
        raise refused(error) from None
    said = [f"{wish.key}: {'set' if wish.value is not None else 'taken out'}" for wish in wishes]
    return deliver(args, file, text, said if text != file.text else ())
