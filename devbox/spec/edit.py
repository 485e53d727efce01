"""Edits of a devbox.yml that somebody wrote: what did not change stays, byte for byte."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import JsonValue

from devbox.errors import DevboxError
from devbox.spec.dump import dump_spec
from devbox.spec.edit_change import same, step
from devbox.spec.edit_target import target_of
from devbox.spec.edit_tree import Node, read_tree
from devbox.spec.load import parse_spec
from devbox.spec.model import FILE_NAME, Spec
from devbox.spec.problems import SpecError

_MOST_STEPS = 20_000
_Table = dict[str, JsonValue]


def edit_text(text: str, after: Spec, root: Path) -> str:
    """Return devbox.yml's text changed so that it reads as ``after``.

    Comments, order, quoting, blank lines and line ends of all that did not change stay byte for
    byte. A comment directly above an entry in its column, or behind it, goes with the entry.

    Args:
        text: the file's content as it is, with its line ends and byte order mark.
        after: what it is to mean.
        root: the folder of devbox.yml, from which paths of local roles are read.

    Raises:
        SpecError: the text is no valid devbox.yml; or ``after`` would make none, and the lines
            shown are those that it would have.
        DevboxError: the edit went wrong, which is a bug; nothing is lost.
    """
    before = parse_spec(text, FILE_NAME, root)
    if _equal(before, after):
        return text
    edited = change_text(text, target_of(document_in(text), before, after))
    return _checked(edited, after, root)


def document_in(text: str) -> _Table:
    """Return what the text of a valid devbox.yml holds, as it is written: shorthand, defaults."""
    plain = read_tree(text).plain()
    return plain if isinstance(plain, dict) else {}


def change_text(text: str, target: JsonValue) -> str:
    """Return the text of a valid devbox.yml, or another such YAML, changed to hold ``target``.

    What it then holds need not be valid: ``parse_spec`` says what is wrong, and in which line.

    Raises:
        DevboxError: the edit went wrong, which is a bug; nothing is lost.
    """
    for _ in range(_MOST_STEPS):
        stepped = step(text, _tree(text), target)
        if stepped is None:
            return text
        text = stepped
    raise _bug("it came to no end")


def _checked(text: str, after: Spec, root: Path) -> str:
    """Return the text if it means what it should."""
    try:
        meant = parse_spec(text, FILE_NAME, root)
    except SpecError as error:
        if _is_possible(after, root):
            raise _bug(f"its result is not valid: {error.evidence}") from None
        raise
    if not _equal(meant, after):
        raise _bug("its result means something else")
    return text


def _is_possible(spec: Spec, root: Path) -> bool:
    """Return whether there is any devbox.yml that means this: the plainest one says."""
    try:
        return _equal(parse_spec(dump_spec(spec), FILE_NAME, root), spec)
    except SpecError:
        return False


def _tree(text: str) -> Node:
    try:
        return read_tree(text)
    except yaml.YAMLError as error:
        raise _bug(str(error)) from error


def _bug(why: str) -> DevboxError:
    return DevboxError(
        f"{FILE_NAME} could not be edited without risk to what you wrote in it",
        evidence=f"{why}; nothing was written",
        remedy="make the change by hand, and please report this with the file",
    )


def _equal(one: Spec, other: Spec) -> bool:
    # To Python, true and 1 and 1.0 are equal.
    return one == other and same(one.model_dump(mode="json"), other.model_dump(mode="json"))
