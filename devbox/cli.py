"""The command line: the commands, the options that all of them have, the one error boundary."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import NoReturn, Protocol, cast

from devbox import __version__
from devbox.errors import (
    EXIT_BUG,
    EXIT_DONE,
    EXIT_FAILURE,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    DevboxError,
)

# The commands in the order in which a team meets them. Their one-line help stands here, so that
# `devbox --help` imports none of their modules.
COMMANDS = {
    "init": "ask for your stack and write devbox.yml",
    "detect": "say what this repo's stack is, and how we know",
    "tools": "list, search and show what can go into the stack, or begin a new tool",
    "add": "put tools into devbox.yml",
    "remove": "take tools out of devbox.yml",
    "set": "change single values of devbox.yml",
    "build": "build the production image and the dev box on top, and verify it",
    "publish": "put the verified box into the catalog as a new version",
    "up": "bring up a machine from the published box",
    "ssh": "open a shell in the machine, or run a command in it",
    "status": "show the machine, its box and whether a newer one is published",
    "halt": "shut the machine down",
    "destroy": "throw the machine away",
    "update": "say what is newer, and recreate the machine from it",
    "rebuild": "build, verify and publish, if anything has changed",
    "schedule": "write a timer, cron line or CI workflow that rebuilds",
    "doctor": "check this computer, and mend it with --fix",
    "schema": "print the JSON Schema of devbox.yml",
    "completion": "print the completion script for your shell",
}

# Commands whose work is long or changes something: their runs are logged.
_LOGGED = frozenset(
    {"build", "publish", "up", "ssh", "halt", "destroy", "update", "rebuild", "doctor"}
)

# What no code of ours can mend: a full or damaged disk, a quota, rights.
_COMPUTERS_FAULT = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
)

_EXAMPLES = """\
a team's first box:
  devbox init                     answer some questions, get devbox.yml
  devbox build                    make the box and prove that it works
  devbox publish                  offer it to the team

a new team member:
  devbox up                       in the team's repo, or: devbox up URL-OF-CATALOG
  devbox ssh                      you are in

`devbox COMMAND --help` shows each command's options, with examples.
"""


class CommandModule(Protocol):
    """What a module under ``devbox/commands`` offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's options."""

    def run(self, args: argparse.Namespace) -> int:
        """Do the work; return the exit status."""


class _Parser(argparse.ArgumentParser):
    """A parser that names the nearest known word."""

    def error(self, message: str) -> NoReturn:
        import difflib

        hint = ""
        words = [word for word in sys.argv[1:] if not word.startswith("-")]
        if "invalid choice" in message and words and "command" in message:
            close = difflib.get_close_matches(words[0], COMMANDS, 1)
            message = f"there is no command {words[0]!r}"
            hint = f"\n  → did you mean `devbox {close[0]}`?" if close else ""
        # argparse has the top parser complain about an option that a command does not know.
        named = next((word for word in words if word in COMMANDS), None)
        prog = f"devbox {named}" if named and self.prog == "devbox" else self.prog
        self.exit(EXIT_USAGE, f"✗ {message}{hint}\n  → {prog} --help\n")


def build_parser(commands: Sequence[str] = tuple(COMMANDS), *, load: bool = True) -> _Parser:
    """Return the parser.

    Args:
        commands: the commands whose options are loaded from their modules.
        load: whether they are; `devbox --help` needs no module at all.
    """
    parser = _Parser(
        prog="devbox",
        description="One file to a production image and the dev box on top of it.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"devbox {__version__}")
    _add_common(parser, suppress=False)
    subparsers = parser.add_subparsers(dest="command", metavar="command", title="commands")
    for name, summary in COMMANDS.items():
        child = subparsers.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if load and name in commands:
            load_command(name).add_arguments(child)
            for each in (child, *_actions(child)):
                _add_common(each, suppress=True)
    return parser


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers of a command's actions, as `devbox tools show` has them."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            yield from action.choices.values()


def _add_common(parser: argparse.ArgumentParser, *, suppress: bool) -> None:
    """Add the options that stand before or after the command's name."""
    default = argparse.SUPPRESS if suppress else False
    group = parser.add_argument_group("output")
    group.add_argument(
        "-v", "--verbose", action="store_true", default=default, help="show the programs it runs"
    )
    group.add_argument(
        "-q", "--quiet", action="store_true", default=default, help="say only what went wrong"
    )
    group.add_argument(
        "--plain", action="store_true", default=default, help="lines only, nothing redrawn"
    )


def load_command(name: str) -> CommandModule:
    """Import a command's module."""
    return cast("CommandModule", importlib.import_module(f"devbox.commands.{name}"))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the only place where errors become exit codes.

    Returns:
        0 done, 1 the user's or a tool's failure, 2 usage, 3 a bug of ours, 130 interrupted.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        try:
            return _parse_and_run(words)
        finally:
            # Here, where a reader that went away is expected, not when the interpreter ends.
            sys.stdout.flush()
    except KeyboardInterrupt:
        return _say_interrupted()
    except DevboxError as error:
        from devbox import ui

        ui.print_error(error)
        return error.exit_code
    except BrokenPipeError:
        # The reader of our output went away: nobody is left to be told.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except OSError as error:
        if error.errno not in _COMPUTERS_FAULT:
            return _report_bug(error)
        from devbox import ui

        ui.print_error(
            DevboxError(
                "this computer did not let devbox write or read a file",
                evidence=str(error),
                remedy="check free space, and who may write there",
            )
        )
        return EXIT_FAILURE
    except Exception as error:  # noqa: BLE001 - the boundary itself
        from devbox.host import signals

        return _say_interrupted() if signals.was_interrupted() else _report_bug(error)


def _say_interrupted() -> int:
    # An interrupt within an exec() of text, as dataclasses use while modules are imported, has
    # `python -m` end by the signal however it is handled. Another exec() has it forgotten.
    exec("")  # noqa: S102 - nothing
    sys.stderr.write("\ninterrupted\n")
    return EXIT_INTERRUPTED


def _parse_and_run(words: Sequence[str]) -> int:
    named = next((word for word in words if word in COMMANDS), None)
    parser = build_parser([named] if named else [], load=named is not None)
    args = parser.parse_args(words)
    if args.command is None:
        parser.print_help()
        return EXIT_USAGE
    return _run(args)


def _run(args: argparse.Namespace) -> int:
    from devbox import ui
    from devbox.host import runlog, signals

    level = ui.Level.VERBOSE if args.verbose else ui.Level.QUIET if args.quiet else ui.Level.NORMAL
    ui.configure(level=level, plain=args.plain)
    signals.raise_on_terminate()
    if args.command in _LOGGED:
        runlog.open_run(args.command, echo=ui.verbose if args.verbose else None)
    return load_command(args.command).run(args)


def _report_bug(error: Exception) -> int:
    import traceback

    from devbox.host import runlog

    details = "".join(traceback.format_exception(error))
    runlog.write(details)
    log = runlog.current()
    where = f"\n  log: {log}" if log else ""
    sys.stderr.write(
        f"✗ this is a bug in devbox {__version__}: {type(error).__name__}: {error}{where}\n"
        "  → please report it with the lines below\n\n" + runlog.redact(details)
    )
    return EXIT_BUG
