"""``devbox rebuild``: build, verify and publish, if anything has changed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devbox.renewal import Reason

_EXAMPLES = """\
examples:
  devbox rebuild             what a schedule runs: see devbox schedule
  devbox rebuild --dry-run   say what has changed, build nothing
  devbox rebuild --force     build all of it anew from the archive of today

It does nothing when devbox.yml, the roles and the base are what they were, and the archive has no
newer package for anything that is installed. What it builds it verifies before it publishes.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--dry-run", action="store_true", help="only say what has changed")
    parser.add_argument("--force", action="store_true", help="build anew from today's archive")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Rebuild if need be."""
    import dataclasses

    from devbox import ui
    from devbox.catalog import publish
    from devbox.commands.results import show_build
    from devbox.pipeline import make_verified_box
    from devbox.renewal import adopt_lock, find_reasons, renew_lock
    from devbox.spec import find_spec, load_spec

    path = find_spec()
    spec, root = load_spec(path), path.parent
    if not args.dry_run:
        adopt_lock(root)
    reasons = find_reasons(spec, root, force=args.force)
    if args.dry_run:
        if args.json:
            ui.print_json({"reasons": [dataclasses.asdict(reason) for reason in reasons]})
        else:
            _tell(reasons)
        return 0
    if not args.json:
        _tell(reasons)
    renew_lock(root, reasons, force=args.force)
    outcome = make_verified_box(spec, root)
    published = publish(outcome.folder, outcome.manifest, spec.publish, root)
    if args.json:
        ui.print_json(
            {
                "changed": outcome.changed,
                "reasons": [dataclasses.asdict(reason) for reason in reasons],
                "published": dataclasses.asdict(published),
            }
        )
        return 0
    if outcome.changed:
        show_build(outcome)
    what = f"{published.name} {published.version}"
    if published.new:
        ui.success(f"{what} is published to {published.channel}")
    else:
        ui.success(f"nothing to do: {what} is what {published.channel} offers")
    return 0


def _tell(reasons: tuple[Reason, ...]) -> None:
    from devbox import ui

    if not reasons:
        ui.say("nothing has changed: devbox.yml, roles and base are the same, no newer packages")
    for reason in reasons:
        ui.say(f"{reason.what}")
        for detail in reason.details[:8]:
            ui.say(f"  {detail}")
        if len(reason.details) > 8:
            ui.say(f"  and {len(reason.details) - 8} more")
