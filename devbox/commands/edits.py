"""What the commands that edit devbox.yml have in common: read, show, ask, write."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from devbox.errors import EXIT_DONE, EXIT_INTERRUPTED, DevboxError

if TYPE_CHECKING:
    from devbox.spec import Spec, SpecError


@dataclass(frozen=True)
class SpecFile:
    """A devbox.yml that is edited.

    Attributes:
        path: where it is; where a link leads, if it is one.
        root: the folder in which it is found, from which paths of local roles are read.
        data: its bytes.
        text: its content, line ends and byte order mark as they are.
    """

    path: Path
    root: Path
    data: bytes
    text: str

    def read(self) -> Spec:
        """Return what it means."""
        from devbox.spec import parse_spec

        return parse_spec(self.text, self.path.name, self.root)

    def edited(self, after: Spec) -> str:
        """Return its text as it would be to mean something else.

        Raises:
            DevboxError: that would be no valid devbox.yml.
        """
        from devbox.spec import SpecError, edit_text

        try:
            return edit_text(self.text, after, self.root)
        except SpecError as error:
            raise refused(error) from None


def add_result_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options for what is done with an edit."""
    group = parser.add_argument_group("result")
    group.add_argument("-y", "--yes", action="store_true", help="write without asking")
    group.add_argument(
        "--dry-run", action="store_true", help="show what would change, write nothing"
    )
    group.add_argument(
        "--print", action="store_true", help="print the devbox.yml that it would be, write nothing"
    )
    group.add_argument("--json", action="store_true", help="say what changed as JSON")


def open_spec_file() -> SpecFile:
    """Read the nearest devbox.yml, which must be valid.

    Raises:
        DevboxError: there is none, it cannot be read, or it is wrong.
    """
    from devbox.spec import find_spec, load_spec

    found = find_spec()
    load_spec(found)  # refuses what is no file, or too large
    path = found.resolve() if found.is_symlink() else found
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DevboxError(f"{path} cannot be read", evidence=str(error)) from error
    return SpecFile(path, found.parent, data, data.decode())


def refused(error: SpecError) -> DevboxError:
    """Return the error for an edit that would make devbox.yml invalid."""
    return DevboxError(
        error.what.replace(" has ", " would have ", 1),
        evidence=error.evidence,
        remedy="nothing was written",
    )


def deliver(args: argparse.Namespace, file: SpecFile, text: str, said: Sequence[str]) -> int:
    """Show an edit, and write it unless told otherwise.

    Args:
        args: the command's, with those of ``add_result_arguments``.
        file: the file as it is.
        text: the file as it is to be, checked.
        said: what was done, in words.

    Returns:
        The exit status.

    Raises:
        DevboxError: the file has changed meanwhile, or cannot be written.
        KeyboardInterrupt: Ctrl-C was pressed; nothing is written.
    """
    from devbox import ui
    from devbox.ui.difference import difference, show_difference
    from devbox.ui.output import level

    lines = difference(file.text, text, file.path.name)
    changed = text != file.text
    shows_only = args.dry_run or args.print
    seen = args.dry_run or level() >= ui.Level.NORMAL
    if seen and not args.json and not args.print:
        show_difference(lines, result=args.dry_run)
    if changed and not shows_only and _asks(args) and not _may_write(file.path.name):
        ui.say(f"Nothing was written: {file.path} is as it was.")
        return EXIT_INTERRUPTED
    written = changed and not shows_only
    if written:
        _write(file, text)
    if args.json:
        result = {"file": str(file.path), "changed": changed, "written": written, "done": [*said]}
        ui.print_json({**result, "difference": lines, **({"content": text} if args.print else {})})
        return EXIT_DONE
    if args.print:
        sys.stdout.write(text)
    for line in said:
        ui.say(f"  {line}")
    if not changed:
        ui.success(f"{file.path} was already so")
    elif written:
        ui.success(f"{file.path} is written")
    return EXIT_DONE


def _asks(args: argparse.Namespace) -> bool:
    from devbox import ui

    terminal = ui.is_interactive() and os.environ.get("TERM", "dumb") != "dumb"
    return terminal and not args.yes and not args.json


def _may_write(name: str) -> bool:
    import questionary
    from prompt_toolkit.output import create_output

    output = create_output(stdout=sys.stderr)
    return bool(questionary.confirm(f"Write {name}?", default=True, output=output).unsafe_ask())


def _write(file: SpecFile, text: str) -> None:
    from devbox.host.paths import write_atomically

    if file.path.read_bytes() != file.data:
        raise DevboxError(
            f"{file.path} has been changed by somebody else meanwhile",
            remedy="run the same command again",
        )
    write_atomically(file.path, text, mode=file.path.stat().st_mode & 0o777)
