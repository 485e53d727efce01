"""``devbox update``: say what is newer, and recreate the machine from it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devbox.machine.state import Machine

_EXAMPLES = """\
examples:
  devbox update                   says what is newer; in a terminal, offers to recreate
  devbox update --recreate        a new machine from the newest version, without asking
  devbox update --prune           then removes old versions of the box that no machine uses

A new machine has a new disk. What is in your project's folder stays; what else you changed in
the machine is lost.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--recreate",
        "-y",
        "--yes",
        dest="recreate",
        action="store_true",
        help="throw the machine away and make a new one, without asking",
    )
    parser.add_argument(
        "--version", metavar="V", help="recreate from this version; default: the newest"
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="remove old versions of the box from Vagrant and libvirt",
    )
    parser.add_argument("--json", action="store_true", help="print what is newer as JSON")


def run(args: argparse.Namespace) -> int:
    """Say what is newer; recreate and prune on request."""
    from pathlib import Path

    from devbox.machine.state import Machine, find_root

    machine = Machine(find_root(Path.cwd()))
    code = _update(args, machine)
    if args.prune:
        _prune(machine)
    return code


def _update(args: argparse.Namespace, machine: Machine) -> int:
    from devbox import ui
    from devbox.commands.destroy import confirm
    from devbox.errors import DevboxError
    from devbox.machine.lifecycle import read_status

    status = read_status(machine)
    wanted = args.version or status.newest
    if args.json and not args.recreate:
        ui.print_json(
            {
                "name": status.name,
                "version": status.version,
                "newest": status.newest,
                "outdated": status.outdated,
            }
        )
        return 0
    if wanted is None:
        raise DevboxError(
            "what is newest cannot be told",
            evidence=status.newest_unknown,
            remedy="check the catalog, then run this again",
        )
    if status.version is None:
        ui.success(f"the newest version of {status.name} is {wanted}; there is no machine yet")
        ui.say("  devbox up    makes one")
        return 0
    if wanted == status.version or not (args.version or status.outdated):
        ui.success(f"{status.name} {status.version} is the newest version")
        return 0
    ui.say(f"{status.name} {wanted} is published; this machine is made from {status.version}")
    if not args.recreate:
        ui.say("a new machine has a new disk: only what is in the project's folder stays")
        if not ui.is_interactive():
            ui.say("  devbox update --recreate    makes a new machine from it")
            return 0
        question = "Throw this machine away and make a new one?"
        if not confirm(question, "devbox update --recreate"):
            ui.say("nothing was done")
            return 0
    return _recreate(machine, wanted, json=args.json)


def _recreate(machine: Machine, version: str, *, json: bool) -> int:

    from devbox.commands.up import show, show_json
    from devbox.machine.lifecycle import recreate

    running = recreate(machine, version)
    if json:
        show_json(running)
    else:
        show(running)
    return 0


def _prune(machine: Machine) -> None:
    from devbox import ui
    from devbox.machine.lifecycle import prune

    box = machine.box()
    if box is None:
        ui.warn("nothing pruned: without a machine it cannot be told which version is in use")
        return
    removed, kept = prune(machine.root, box)
    for version in kept:
        ui.say(f"{box.name} {version} stays: a machine on this computer is made from it")
    if not removed and not kept:
        ui.say(f"no other version of {box.name} is here")
