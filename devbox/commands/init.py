"""``devbox init``: questions, answers, devbox.yml."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from devbox.errors import EXIT_DONE, EXIT_INTERRUPTED, DevboxError, UsageError

if TYPE_CHECKING:
    from devbox.spec import Spec
    from devbox.wizard.settings import Setting

_EXAMPLES = """\
examples:
  devbox init                                  ask, show, write
  devbox init --set base.release=trixie        ask the rest
  devbox init --defaults --set 'production=[nginx, postgresql: {databases: [app]}]' \\
              --set 'development=[git, node]'  ask nothing
  devbox init --answers stack.yml --print      show what a file of answers makes

answers are in the form of devbox.yml; keys that are missing take their defaults.
`devbox schema` describes them all.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    answers = parser.add_argument_group("answers")
    answers.add_argument(
        "--defaults", action="store_true", help="ask nothing: a name from the folder, no tools yet"
    )
    answers.add_argument(
        "--answers", type=Path, metavar="FILE", help="ask nothing: take the answers from a file"
    )
    answers.add_argument(
        "--set",
        action="append",
        default=[],
        dest="settings",
        metavar="KEY=VALUE",
        help="give one answer; KEY is a path such as machine.cpus, VALUE is YAML; repeatable",
    )
    output = parser.add_argument_group("result")
    output.add_argument(
        "--dir", type=Path, default=Path(), metavar="DIR", help="the folder to write to"
    )
    output.add_argument("--force", action="store_true", help="replace a devbox.yml without asking")
    output.add_argument("--print", action="store_true", help="print devbox.yml, write nothing")
    output.add_argument("--json", action="store_true", help="say what was written as JSON")


def run(args: argparse.Namespace) -> int:
    """Get the answers, and write devbox.yml."""
    from devbox import ui
    from devbox.wizard.settings import parse_setting

    root: Path = args.dir
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}", remedy=f"mkdir -p {root}")
    settings = [parse_setting(text) for text in args.settings]
    silent = args.defaults or args.answers is not None
    asks = not silent and _can_ask()
    if not asks and not silent and not settings:
        raise UsageError(
            "there is no terminal to ask in",
            remedy="answer with --defaults, --answers FILE or --set KEY=VALUE; "
            "`devbox init --help` has examples",
        )
    if not args.print:
        _check_target(root, force=args.force, asks=_can_ask())
    try:
        spec = _ask(args, root, settings) if asks else _resolve(args, root, settings)
        if spec is None:
            ui.say("Nothing was written.")
            return EXIT_INTERRUPTED
        return _deliver(args, root, spec)
    except KeyboardInterrupt:
        ui.say("Nothing was written.")
        raise


def _can_ask() -> bool:
    import os

    from devbox import ui

    return ui.is_interactive() and os.environ.get("TERM", "dumb") != "dumb"


def _resolve(args: argparse.Namespace, root: Path, settings: list[Setting]) -> Spec:
    """Return what the flags say, with no question."""
    from devbox.spec import Spec
    from devbox.wizard.answers import read_answers, resolve
    from devbox.wizard.proposal import propose

    answers = read_answers(args.answers) if args.answers is not None else None
    # The size of this computer is no team's default: without a person, the model's defaults hold.
    return resolve(Spec(name=propose(root).name), root, answers, settings)


def _ask(args: argparse.Namespace, root: Path, settings: list[Setting]) -> Spec | None:
    from devbox.wizard.session import hold_dialogue

    target = "Print devbox.yml" if args.print else "Write devbox.yml"
    return hold_dialogue(root, settings, target=target)


def _check_target(root: Path, *, force: bool, asks: bool) -> None:
    """Refuse early what could not be written in the end."""
    from devbox.spec import FILE_NAME

    path = root / FILE_NAME
    if path.exists() and not path.is_file():
        raise DevboxError(f"{path} is not a file", remedy="move it away")
    if path.exists() and not force and not asks:
        raise DevboxError(
            f"{path} exists already",
            remedy="--force replaces it; --print shows the new one and writes nothing",
        )


def _deliver(args: argparse.Namespace, root: Path, spec: Spec) -> int:
    """Write or print the file, and say so."""
    import sys

    from devbox import ui
    from devbox.host.paths import write_atomically
    from devbox.spec import FILE_NAME, write_schema
    from devbox.wizard.answers import render

    text = render(spec, root)
    path = root / FILE_NAME
    if args.print:
        if args.json:
            ui.print_json({"written": False, "name": spec.name, "content": text})
        else:
            sys.stdout.write(text)
        return EXIT_DONE
    old = _read(path)
    if old is not None and old != text and not args.force and not _may_replace(old, text):
        ui.say(f"Nothing was written: {path} is as it was.")
        return EXIT_INTERRUPTED
    if old != text:
        write_atomically(path, text)
    schema = write_schema(root)
    if args.json:
        ui.print_json(
            {
                "written": old != text,
                "file": str(path),
                "schema": str(schema),
                "name": spec.name,
                "next": "devbox build",
            }
        )
        return EXIT_DONE
    ui.success(f"{path} is written" if old != text else f"{path} was already so")
    ui.say("  next: commit it, and run devbox build")
    return EXIT_DONE


def _read(path: Path) -> str | None:
    """Return the present devbox.yml, None if there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DevboxError(f"{path} cannot be read", evidence=str(error)) from error


def _may_replace(old: str, new: str) -> bool:
    from devbox.wizard.prompts import on_standard_error
    from devbox.wizard.review import confirm_replacement

    with on_standard_error():
        return confirm_replacement(old, new)
