"""``devbox status``: show the machine, its box and whether a newer one is published."""

from __future__ import annotations

import argparse

_EXAMPLES = """\
examples:
  devbox status
  devbox status --json | jq -r .state      running, halted, suspended or "not created"
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument("--json", action="store_true", help="print the state as JSON")


def run(args: argparse.Namespace) -> int:
    """Show the state."""
    import dataclasses
    from pathlib import Path

    from devbox import ui
    from devbox.machine.lifecycle import read_status
    from devbox.machine.state import Machine, find_root

    status = read_status(Machine(find_root(Path.cwd())))
    if args.json:
        ui.print_json({**dataclasses.asdict(status), "outdated": status.outdated})
        return 0
    newest = status.newest or f"not known ({status.newest_unknown})"
    if status.outdated:
        newest += "    devbox update"
    rows = [["machine", status.state], ["box", status.name or "not known"]]
    if status.version:
        rows.append(["version", status.version])
    rows.append(["newest", newest])
    if status.state == "running":
        rows.append(
            ["get in", "devbox ssh" + (f"    at {status.address}" if status.address else "")]
        )
        rows += [
            [
                f"port {forward.guest}",
                f"127.0.0.1:{forward.host}" + ("" if forward.open else "    does not answer"),
            ]
            for forward in status.forwards
        ]
    else:
        rows.append(["start it", "devbox up"])
    for heading, text in rows:
        print(f"{heading:<10} {text}")
    return 0
