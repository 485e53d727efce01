"""``devbox init``: what the repo speaks of, questions, answers, devbox.yml."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from devbox.errors import EXIT_DONE, EXIT_INTERRUPTED, DevboxError, UsageError

if TYPE_CHECKING:
    from devbox.detect.findings import Report
    from devbox.spec import Spec
    from devbox.wizard.review import Outcome
    from devbox.wizard.session import Start

_EXAMPLES = """\
examples:
  devbox init                                  look at the repo, ask, show, write
  devbox init --set base.release=trixie        ask the rest
  devbox init --defaults                       ask nothing: the stack that was found
  devbox init --no-detect --defaults --set development=[git,node] \\
              --set 'production=[nginx, postgresql: {databases: [app]}]'
  devbox init --answers stack.yml --print      show what a file of answers makes
  devbox init --print-answers > stack.yml      ask, write, and keep the answers

answers are in the form of devbox.yml, any key of which may be missing: what is not answered
is as the present devbox.yml has it, or as it was found in the repo. `devbox schema` describes
all keys.

an existing devbox.yml is edited: its comments, its order and what you wrote by hand stay, and
what is new in the repo is offered, never put in by itself. --force replaces it by a new one.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    answers = parser.add_argument_group("answers")
    answers.add_argument(
        "--defaults",
        action="store_true",
        help="ask nothing: the stack that was found, and defaults for the rest",
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
    found = parser.add_argument_group("detection")
    found.add_argument(
        "--from",
        type=Path,
        dest="source",
        metavar="DIR",
        help="the repo to look at, if it is not the folder that is written to",
    )
    found.add_argument("--no-detect", action="store_true", help="do not look at the repo's files")
    output = parser.add_argument_group("result")
    output.add_argument(
        "--dir", type=Path, default=Path(), metavar="DIR", help="the folder to write to"
    )
    output.add_argument(
        "--force", action="store_true", help="begin from scratch, and replace a devbox.yml"
    )
    output.add_argument("--print", action="store_true", help="print devbox.yml, write nothing")
    output.add_argument(
        "--print-answers", action="store_true", help="print the answers, for --answers"
    )
    output.add_argument("--json", action="store_true", help="say what was written as JSON")


def run(args: argparse.Namespace) -> int:
    """Get the answers, and write devbox.yml."""
    from devbox import ui

    root: Path = args.dir
    _check_arguments(args, root)
    silent = args.defaults or args.answers is not None
    asks = not silent and _can_ask()
    if not asks and not silent and not args.settings:
        raise UsageError(
            "there is no terminal to ask in",
            remedy="answer with --defaults, --answers FILE or --set KEY=VALUE; "
            "`devbox init --help` has examples",
        )
    try:
        start = _begin(args, root)
        outcome = _ask(args, start) if asks else _take(start)
        if outcome is None:
            ui.say("Nothing was written.")
            return EXIT_INTERRUPTED
        return _deliver(args, start, outcome)
    except KeyboardInterrupt:
        ui.say("Nothing was written.")
        raise


def _check_arguments(args: argparse.Namespace, root: Path) -> None:
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}", remedy=f"mkdir -p {root}")
    if args.source is not None and not args.source.is_dir():
        raise UsageError(f"there is no folder {args.source} to look at")
    if args.source is not None and args.no_detect:
        raise UsageError("--from and --no-detect: one of them")
    if args.print_answers and (args.print or args.json):
        other = "--print" if args.print else "--json"
        raise UsageError(f"--print-answers and {other} both want standard output: one of them")


def _can_ask() -> bool:
    import os

    from devbox import ui

    return ui.is_interactive() and os.environ.get("TERM", "dumb") != "dumb"


def _begin(args: argparse.Namespace, root: Path) -> Start:
    """Read what is there and what is answered, and look at the repo."""
    from devbox.spec import FILE_NAME
    from devbox.wizard.answers import read_answers
    from devbox.wizard.session import begin
    from devbox.wizard.settings import parse_setting

    settings = [parse_setting(text) for text in args.settings]
    answers = read_answers(args.answers) if args.answers is not None else None
    old = _read(root / FILE_NAME, replaced=args.force)
    if old is not None and not args.force:
        _check_present(root, old)
    report = _detect(args, root)
    return begin(
        root,
        report,
        source=args.source,
        old=old,
        replace=args.force,
        answers=answers,
        settings=settings,
    )


def _check_present(root: Path, old: str) -> None:
    """Refuse to edit a devbox.yml that is wrong: what it means is not known.

    Raises:
        DevboxError: it is wrong; its errors are named with their lines.
    """
    from devbox.spec import FILE_NAME, SpecError, parse_spec

    try:
        parse_spec(old, FILE_NAME, root)
    except SpecError as error:
        raise DevboxError(
            f"{error.what}, so it is not known what to edit; it was not touched",
            evidence=error.evidence,
            remedy="correct it and run devbox init again\n"
            "or begin from scratch: devbox init --force (--print shows the result first)",
        ) from error


def _detect(args: argparse.Namespace, root: Path) -> Report:
    from devbox.detect.findings import Report

    if args.no_detect:
        return Report()
    from devbox.detect import detect
    from devbox.tools import load_tools

    return detect(args.source or root, load_tools())


def _ask(args: argparse.Namespace, start: Start) -> Outcome | None:
    from devbox.wizard.session import hold_dialogue

    return hold_dialogue(start, verb="print" if args.print else "write")


def _take(start: Start) -> Outcome:
    """Take what the flags say and what was found, with no question."""
    from devbox import ui
    from devbox.wizard.review import Outcome
    from devbox.wizard.session import notes

    outcome = Outcome(start.spec, start.render(start.spec))
    for note in notes(start):
        ui.warn(note)
    return outcome


def _deliver(args: argparse.Namespace, start: Start, outcome: Outcome) -> int:
    """Write or print the file, and say so."""
    import sys

    from devbox import ui
    from devbox.wizard.answers import render_answers

    if args.print:
        if args.json:
            ui.print_json({"written": False, "name": outcome.spec.name, "content": outcome.text})
        else:
            sys.stdout.write(outcome.text)
        return EXIT_DONE
    _write(args, start, outcome)
    if args.print_answers:
        sys.stdout.write(render_answers(outcome.spec))
        sys.stdout.flush()
    return EXIT_DONE


def _write(args: argparse.Namespace, start: Start, outcome: Outcome) -> None:
    from devbox import ui
    from devbox.host.paths import write_atomically
    from devbox.spec import FILE_NAME, write_schema

    path = start.root / FILE_NAME
    changed = start.old != outcome.text
    if _read(path, replaced=args.force) != start.old:
        raise DevboxError(
            f"{path} has been changed by somebody else meanwhile",
            evidence="nothing was written",
            remedy="devbox init",
        )
    if changed:
        write_atomically(path, outcome.text)
    schema = write_schema(start.root)
    if args.json:
        _say_as_json(path, schema, outcome.spec, changed=changed)
        return
    done = "is edited" if start.edits else "is written"
    ui.success(f"{path} {done}" if changed else f"{path} was already so: nothing is written")
    if changed:
        ui.say("  next: commit it, and run devbox build")


def _say_as_json(path: Path, schema: Path, spec: Spec, *, changed: bool) -> None:
    from devbox import ui

    ui.print_json(
        {
            "written": changed,
            "file": str(path),
            "schema": str(schema),
            "name": spec.name,
            "next": "devbox build",
        }
    )


def _read(path: Path, *, replaced: bool) -> str | None:
    """Return the present devbox.yml with its line ends, None if there is none.

    Args:
        path: the file.
        replaced: whether it is only shown and replaced: then any bytes will do.

    Raises:
        DevboxError: it is no file, cannot be read, or is no text and would have to be edited.
    """
    from devbox.spec.document import MAX_BYTES

    if path.exists() and not path.is_file():
        raise DevboxError(f"{path} is not a file", remedy="move it away")
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        return data.decode(errors="replace" if replaced else "strict")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise DevboxError(
            f"{path} is not UTF-8 text: it was not touched",
            evidence=str(error),
            remedy="save it as UTF-8 in your editor, or begin from scratch: devbox init --force",
        ) from error
    except OSError as error:
        raise DevboxError(f"{path} cannot be read", evidence=str(error)) from error
