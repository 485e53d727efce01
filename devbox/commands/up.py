"""``devbox up``: bring up a machine from the published box."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devbox.machine.up import Running

_EXAMPLES = """\
examples:
  devbox up                                  in a project with devbox.yml or a Vagrantfile
  devbox up /srv/boxes/acme/web/stable.json  in any folder: from that catalog
  devbox up https://boxes.example.com/acme/web/stable.json
  devbox up --version 1.2.0                  another version than the newest

It writes a Vagrantfile where there is none; from then on plain `vagrant up` works, too.
The folder is /vagrant in the machine: shared live where this computer can, else copied at start.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "catalog",
        nargs="?",
        metavar="CATALOG",
        help="path or URL of a catalog (OWNER/BOX/CHANNEL.json); default: devbox.yml's own",
    )
    parser.add_argument("--version", metavar="V", help="the box's version; default: the newest")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Bring the machine up and say how to get in."""
    from pathlib import Path

    from devbox.machine.setup import find_setup
    from devbox.machine.up import bring_up

    running = bring_up(find_setup(Path.cwd(), args.catalog), args.version)
    if args.json:
        show_json(running)
    else:
        show(running)
    return 0


def show_json(running: Running) -> None:
    """Print the same as :func:`show` says, for scripts."""
    import dataclasses

    from devbox import ui

    value = dataclasses.asdict(running)
    value["info"] = running.info.model_dump(mode="json")
    ui.print_json(value)


def show(running: Running) -> None:
    """Say that a machine runs, how to get in, its ports, and what runs in it."""
    from devbox import ui

    what = f"{running.name} {running.version}".strip()
    if running.already:
        ui.success(f"{what} is running already")
    else:
        ui.success(f"{what} is up, in {ui.duration(running.seconds)}")
    rows = [("get in", f"devbox ssh    (or: vagrant ssh; it is at {running.address})")]
    rows += [
        (
            f"port {forward.guest}",
            f"http://127.0.0.1:{forward.host}"
            if forward.guest in (80, 3000, 8000, 8080)
            else f"127.0.0.1:{forward.host}",
        )
        for forward in running.forwards
    ]
    for part in ("production", "development"):
        names = [
            tool.name + (f" ({', '.join(map(str, tool.ports))})" if tool.ports else "")
            for tool in running.info.tools
            if tool.part == part
        ]
        if names:
            rows.append((part, ", ".join(names)))
    if running.files == "copied":
        rows.append(("files", "copied to /vagrant; `vagrant rsync` copies them again"))
    elif running.files == "live":
        rows.append(("files", "this folder is /vagrant, live"))
    for heading, text in rows:
        ui.say(f"  {heading:<12} {text}")
    for forward in running.forwards:
        if not forward.open:
            ui.warn(
                f"port {forward.host} does not lead into the machine any more: "
                "`devbox halt` and `devbox up` open it again"
            )
