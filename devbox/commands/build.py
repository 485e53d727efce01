"""``devbox build``: production image and dev box, verified."""

from __future__ import annotations

import argparse

_EXAMPLES = """\
examples:
  devbox build            build what has changed, verify it
  devbox build --force    package and verify again, though nothing has changed
  devbox build --json     print the manifest of the build

The box and the production image are left in .devbox/build; a build that fails goes on from the
last finished layer when it is started again.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--force", action="store_true", help="package and verify again even if nothing has changed"
    )
    parser.add_argument("--json", action="store_true", help="print the manifest as JSON")


def run(args: argparse.Namespace) -> int:
    """Build."""
    from devbox import ui
    from devbox.commands.results import show_build
    from devbox.pipeline import make_verified_box
    from devbox.spec import find_spec, load_spec

    path = find_spec()
    outcome = make_verified_box(load_spec(path), path.parent, force=args.force)
    if args.json:
        ui.print_json(outcome.manifest.model_dump(mode="json"))
        return 0
    show_build(outcome)
    ui.say("next: devbox publish")
    return 0
