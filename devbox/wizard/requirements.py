"""``roles/requirements.yml``: where the roles in it are from, in ansible-galaxy's own form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from devbox.errors import DevboxError
from devbox.spec.document import Malformed, decode, plain, read_document
from devbox.spec.edit import change_text
from devbox.spec.render import Lines, render_block

_HEAD = """\
---
# Where the roles in this folder are from: `devbox add galaxy:NAME@VERSION` brought them here.
"""


@dataclass(frozen=True)
class Requirement:
    """A role that is fetched.

    Attributes:
        source: its name on Galaxy, ``geerlingguy.nginx``, or the address of its archive.
        version: the version; "" for the newest.
        name: its folder's name, where that is not the source's.
    """

    source: str
    version: str = ""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.source} {self.version}".rstrip()

    @property
    def folder(self) -> str:
        """The name of its folder."""
        if self.name:
            return self.name
        if "://" not in self.source:
            return self.source
        return re.sub(r"(\.tar\.gz|\.git)$", "", self.source.rpartition("/")[2])

    def entry(self) -> dict[str, JsonValue]:
        """Return it as an entry of requirements.yml."""
        entry: dict[str, JsonValue] = {"src": self.source}
        if self.folder != Requirement(self.source).folder:
            entry["name"] = self.name
        return {**entry, "version": self.version} if self.version else entry


def recorded(path: Path) -> list[Requirement]:
    """Return what a requirements.yml lists; nothing if there is none, or it cannot be read."""
    try:
        content = _read(path.read_bytes().decode())
    except (OSError, UnicodeDecodeError, Malformed):
        return []
    found = []
    for item in _roles(content):
        if isinstance(item, dict) and (source := item.get("src") or item.get("name")):
            version, name = item.get("version") or "", item.get("name") or ""
            found.append(Requirement(str(source), str(version), str(name)))
    return found


def with_requirement(path: Path, text: str | None, brought: Requirement) -> str:
    """Return a requirements.yml's text with a role in it, in its version.

    Args:
        path: the file, for errors.
        text: its text; None if there is none yet.
        brought: the role.

    Raises:
        DevboxError: the text cannot be edited.
    """
    entry = brought.entry()
    try:
        content = _read(text) if text else None
    except Malformed as error:
        raise _cannot(path, error.problems[0].message, entry) from None
    items = _roles(content)
    kept = [
        item for item in items if not (isinstance(item, dict) and item.get("src") == brought.source)
    ]
    at = next((row for row, item in enumerate(items) if item not in kept), len(items))
    wanted = Lines([*kept[:at], entry, *kept[at:]])
    if text is None or content is None:
        begin = text if text and text.strip() else _HEAD
        return "\n".join([begin.rstrip("\n"), *render_block("", wanted)]) + "\n"
    if isinstance(content, dict):
        return change_text(text, {**content, "roles": wanted})
    if isinstance(content, list) and content:
        return change_text(text, wanted)
    raise _cannot(path, "it is neither a list of roles, nor has one", entry)


def _read(text: str) -> JsonValue:
    node, problems = read_document(decode(text))
    if problems:
        raise Malformed(problems)
    return plain(node)


def _roles(content: JsonValue) -> list[JsonValue]:
    listed = content.get("roles") if isinstance(content, dict) else content
    return listed if isinstance(listed, list) else []


def _cannot(path: Path, why: str, entry: dict[str, JsonValue]) -> DevboxError:
    lines = "\n".join(render_block("", Lines([entry])))
    return DevboxError(
        f"{path} cannot be edited", evidence=why, remedy=f"make it a list that holds:\n{lines}"
    )
