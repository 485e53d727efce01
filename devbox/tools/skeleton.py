"""A new tool's folder: a whole role that works, to be changed into what is wanted."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path

from devbox.errors import DevboxError, UsageError
from devbox.tools.definition import ROLE
from devbox.tools.options import quote

_TEMPLATE = Path(__file__).with_name("new")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_PROGRAM = "files/greet"


def check_name(name: str, taken: Collection[str] = ()) -> None:
    """Check that a new tool can have a name.

    Args:
        name: the name that is wanted.
        taken: names that other tools have.

    Raises:
        UsageError: it cannot; it says why.
    """
    why, hint = "", "choose another name, such as acme_api"
    if not _NAME.fullmatch(name):
        why = "a role's name has small letters, digits and _, a letter first, at most 30"
        proposed = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:30].strip("_")
        hint = f"devbox tools new {proposed}" if proposed else hint
    elif name == ROLE or name.startswith("ansible"):
        why = "Ansible and devbox.yml have a meaning of their own for it"
    elif name in taken:
        why = "the catalog has a tool of that name"
        hint = f"devbox tools show {name}; or choose another name, such as acme_{name}"
    if why:
        raise UsageError(f"a tool cannot be called {quote(name)}", evidence=why, remedy=hint)


def write_role(folder: Path, *, title: str, category: str, author: str) -> tuple[Path, ...]:
    """Write a new role: all of it, or nothing.

    Args:
        folder: where; its name is the tool's. It must not exist.
        title: what people call the tool.
        category: one of the catalog's categories.
        author: who is named in ``meta/main.yml``.

    Returns:
        The files, relative to the folder.

    Raises:
        DevboxError: the folder exists, or cannot be written.
    """
    if folder.is_symlink() or folder.exists():
        raise DevboxError(
            f"{folder} is there already",
            evidence="nothing was written",
            remedy="choose another name, or another folder with --dir",
        )
    words = {"name": folder.name, "title": title, "category": category, "author": author}
    files = tuple(
        sorted(
            path.relative_to(_TEMPLATE)
            for path in _TEMPLATE.rglob("*")
            if path.is_file() and path.suffix != ".pyc"
        )
    )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as made:
            role = Path(made) / folder.name
            for file in files:
                _write(role / file, _fill(_TEMPLATE / file, words))
            (role / _PROGRAM).chmod(0o755)
            shutil.move(role, folder)
    except OSError as error:
        raise DevboxError(f"{folder} cannot be written", evidence=str(error)) from error
    return files


def _fill(template: Path, words: dict[str, str]) -> str:
    text = template.read_text(encoding="utf-8")
    for name, word in words.items():
        text = text.replace(f"@{name}@", word)
    return text


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
