"""``devbox schema``: the JSON Schema of devbox.yml, for editors."""

from __future__ import annotations

import argparse

_EXAMPLES = """\
examples:
  devbox schema                     print it
  devbox schema --write             write .devbox/devbox.schema.json, where devbox.yml's first
                                    line tells your editor to look for it
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--write", action="store_true", help="write it to .devbox/devbox.schema.json instead"
    )


def run(args: argparse.Namespace) -> int:
    """Print or write the schema."""
    from devbox import ui
    from devbox.spec import find_spec, json_schema, write_schema

    if args.write:
        ui.success(f"wrote {write_schema(find_spec().parent)}")
    else:
        ui.print_json(json_schema())
    return 0
