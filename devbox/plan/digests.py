"""Digests of what layers are made from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from pathlib import Path

import yaml
from pydantic import JsonValue

from devbox.errors import DevboxError

# Files that editors, Python and git leave in a role's folder and no task reads.
_IGNORED_NAMES = {"__pycache__", ".git", ".DS_Store"}
_IGNORED_ENDINGS = (".pyc", "~", ".swp")
_NOT_APPLIED = ("tests",)


def canonical(record: Mapping[str, JsonValue]) -> bytes:
    """Return the one form in which a record is hashed: JSON, keys sorted, no spaces."""
    text = json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Names of files need not be text: Python reads their odd bytes as lone surrogates.
    return text.encode("utf-8", "surrogatepass")


def record_digest(record: Mapping[str, JsonValue]) -> str:
    """Return the SHA-256 of a record, in hexadecimal."""
    return hashlib.sha256(canonical(record)).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_digest(folder: Path, *, without: Collection[str] = ()) -> str:
    """Return the SHA-256 of a folder: names, bytes and the executable bit of all files in it.

    Times, owners and where the folder stands do not count. A link counts as what it says, and as
    the bytes of the file that it leads to.

    Args:
        folder: the folder.
        without: what does not count, by its name at the folder's top.

    Raises:
        DevboxError: a part of it cannot be read.
    """
    entries: dict[str, JsonValue] = {}
    try:
        for parent, folders, files in os.walk(folder, onerror=_fail):
            ignored = _IGNORED_NAMES.union(without if Path(parent) == folder else ())
            folders[:] = [name for name in folders if name not in ignored]
            # A link to a folder stands among the folders, and is not walked into.
            links = [name for name in folders if (Path(parent) / name).is_symlink()]
            for name in (*files, *links):
                path = Path(parent) / name
                if name in ignored or name.endswith(_IGNORED_ENDINGS):
                    continue
                if entry := _entry(path):
                    entries[path.relative_to(folder).as_posix()] = entry
    except OSError as error:
        raise DevboxError(
            f"could not read {folder}", evidence=str(error), remedy="check who may read it"
        ) from error
    return record_digest(entries)


def role_digest(folder: Path, library: Path) -> str:
    """Return the SHA-256 of a role's folder, and of the roles that its ``meta`` depends on.

    A role's ``tests`` are for its authors: what is in them is in no image.

    Args:
        folder: the role's folder; Ansible looks for what it depends on beside it, then in
        library: the folder of devbox's own roles.

    Raises:
        DevboxError: a part of it cannot be read.
    """
    own = folder_digest(folder, without=_NOT_APPLIED)
    others = {
        path.name: folder_digest(path, without=_NOT_APPLIED)
        for path in role_dependencies(folder, library)
    }
    return record_digest({"role": own, "dependencies": {**others}}) if others else own


def role_dependencies(folder: Path, library: Path) -> set[Path]:
    """Return the folders of the roles that a role's ``meta`` depends on, and those on, in turn.

    Args:
        folder: the role's folder; Ansible looks for what it depends on beside it, then in
        library: the folder of devbox's own roles.
    """
    # Each role once, however often and in whatever circle they name one another.
    return _dependencies(folder, library, {folder})


def _dependencies(folder: Path, library: Path, known: set[Path]) -> set[Path]:
    meta_file = folder / "meta" / "main.yml"
    if not meta_file.is_file():
        meta_file = meta_file.with_suffix(".yaml")
    try:
        meta = yaml.safe_load(meta_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return set()  # Ansible itself says what is wrong with it
    listed = meta.get("dependencies") if isinstance(meta, dict) else None
    found: set[Path] = set()
    for item in listed if isinstance(listed, list) else []:
        name = _dependency_name(item)
        places = [folder.parent / name, library / name]
        path = next((place for place in places if place.is_dir()), None)
        if path is not None and path not in known:
            found |= {path} | _dependencies(path, library, known | {path})
            known = known | found
    return found


def _dependency_name(item: object) -> str:
    """Return a dependency's role: of ``name``, ``{role: name}`` or ``{src: name, version: …}``.

    The forms are those of ``ansible.playbook.role.requirement``.
    """
    if isinstance(item, dict):
        item = item.get("role") or item.get("name") or item.get("src")
    source, _, rest = str(item).partition(",")
    if name := rest.partition(",")[2]:
        return name
    if "://" not in source:
        return source
    return source.rpartition("/")[2].removesuffix(".tar.gz").removesuffix(".git")


def _fail(error: OSError) -> None:
    raise error


def _entry(path: Path) -> list[JsonValue]:
    """Return what one path counts as; nothing for a socket or a pipe, which no task reads."""
    if path.is_symlink():
        said: list[JsonValue] = ["link", str(path.readlink())]
        return [*said, file_digest(path)] if path.is_file() else said
    if not path.is_file():
        return []
    return ["file", file_digest(path), bool(path.stat().st_mode & 0o100)]
