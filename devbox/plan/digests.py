"""Digests of what layers are made from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

# Files that editors, Python and git leave in a role's folder and no task reads.
_IGNORED_NAMES = {"__pycache__", ".git", ".DS_Store"}
_IGNORED_ENDINGS = (".pyc", "~", ".swp")


def canonical(record: Mapping[str, JsonValue]) -> bytes:
    """Return the one form in which a record is hashed: JSON, keys sorted, no spaces."""
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def record_digest(record: Mapping[str, JsonValue]) -> str:
    """Return the SHA-256 of a record, in hexadecimal."""
    return hashlib.sha256(canonical(record)).hexdigest()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def folder_digest(folder: Path) -> str:
    """Return the SHA-256 of a folder: names, bytes and the executable bit of all files in it.

    Times, owners and where the folder stands do not count. A link counts as what it says.
    """
    entries: dict[str, JsonValue] = {}
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in _IGNORED_NAMES]
        for name in files:
            if name in _IGNORED_NAMES or name.endswith(_IGNORED_ENDINGS):
                continue
            path = Path(parent) / name
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink():
                entries[relative] = ["link", str(path.readlink())]
            else:
                executable = bool(path.stat().st_mode & 0o100)
                entries[relative] = ["file", file_digest(path), executable]
    return record_digest(entries)
