"""``devbox publish``: put the verified box into the catalog as a new version."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devbox.catalog import Published

_EXAMPLES = """\
examples:
  devbox publish                          the next version, to the place and channel of devbox.yml
  devbox publish --version 2.0.0
  devbox publish --channel edge           a channel is a catalog of its own
  devbox publish --to /srv/boxes --url https://boxes.example.com

A version is never changed once it is published. Only a box that was booted and passed its
checks is published; the same box again is left as it is.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--version", metavar="X.Y.Z", help="the version; default: the one after the highest"
    )
    parser.add_argument("--channel", help="the channel; default: publish.channel of devbox.yml")
    parser.add_argument(
        "--to", metavar="DIR", help="the folder of the catalog; default: publish.to of devbox.yml"
    )
    parser.add_argument(
        "--url", help="the address at which the folder is served; default: publish.url"
    )
    parser.add_argument(
        "--wait",
        metavar="SECONDS",
        type=float,
        default=60.0,
        help="how long to wait for another publisher (60)",
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Publish, and say what to tell the team."""
    import dataclasses
    from pathlib import Path

    from devbox import ui
    from devbox.catalog import publish
    from devbox.errors import DevboxError
    from devbox.images.manifest import read_manifest
    from devbox.spec import find_spec, load_spec

    path = find_spec()
    spec = load_spec(path)
    build = path.parent / ".devbox" / "build"
    manifest = read_manifest(build)
    if manifest.name != spec.name:
        raise DevboxError(
            "the build is of another box",
            evidence=f"{build} holds {manifest.name}, {path.name} says {spec.name}",
            remedy="devbox build",
        )
    # What the command line names is relative to where the user is, unlike devbox.yml's own.
    changes = {
        "to": str(Path(args.to).expanduser().absolute()) if args.to else None,
        "channel": args.channel,
        "url": args.url,
    }
    settings = spec.publish.model_copy(
        update={key: value for key, value in changes.items() if value is not None}
    )
    published = publish(
        build, manifest, settings, path.parent, version=args.version, timeout=args.wait
    )
    if args.json:
        ui.print_json(dataclasses.asdict(published))
        return 0
    _tell(published, served=settings.url is not None)
    return 0


def _tell(published: Published, *, served: bool) -> None:
    import re
    import shlex

    from devbox import ui

    what = f"{published.name} {published.version}"
    if published.new:
        ui.success(f"{what} is published to {published.channel} ({ui.size(published.size)})")
    else:
        ui.success(f"this very box is published to {published.channel} already, as {what}")
    if published.newest != published.version:
        ui.warn(
            f"{published.channel} offers {published.newest}, too: it is the higher version, "
            "so that is what machines get"
        )
    where = shlex.quote(published.url if served else str(published.catalog))
    # Vagrant reads %20 and the like in a plain path, too; in a URL they are sure to be right.
    plain = re.fullmatch(r"[A-Za-z0-9/._-]+", where)
    where_for_vagrant = where if plain else shlex.quote(published.url)
    ui.say(f"  catalog        {published.catalog}")
    if served:
        ui.say(f"  served at      {published.url}")
    ui.say(f"  your team      devbox up {where}")
    ui.say(f"  plain Vagrant  vagrant box add {where_for_vagrant}")
