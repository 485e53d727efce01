"""Walking a repo: quickly, within bounds, and never out of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from devbox.detect.files import MAX_BYTES, read_bytes
from devbox.detect.findings import Skipped
from devbox.detect.formats.node import Unreadable
from devbox.detect.ignored import Rules, is_ignored, is_vendored, read_rules
from devbox.detect.text import decode, shown

MAX_FILES = 1_000_000
"""How many files are looked at before the walk ends."""

MAX_DEPTH = 32
"""How many folders deep the walk goes."""


@dataclass
class Tree:
    """What a walk found.

    Attributes:
        paths: the files whose names are of interest, relative to the root, those of upper folders
            first; as the system names them, so bytes that are no UTF-8 are lone surrogates.
        skipped: what could not be looked at.
        files: how many files were seen.
    """

    paths: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    files: int = 0

    def skip(self, path: str, why: str, line: int = 0) -> None:
        """Note a file or folder as passed over."""
        self.skipped.append(Skipped(PurePosixPath(shown(path)), line, why))


@dataclass(frozen=True)
class _Folder:
    path: str  # ends in a slash; empty for the root
    depth: int
    rules: tuple[Rules, ...]


def walk(root: Path, wanted: Callable[[str], bool]) -> Tree:
    """Go through a repo's folders, not into those that are ignored or vendored.

    Args:
        root: the repo, without symbolic links in its path.
        wanted: says of a file's name whether it is of interest.
    """
    tree = Tree()
    level = [_Folder("", 0, ())]
    while level:
        below: list[_Folder] = []
        for folder in level:
            below += _scan(root, folder, wanted, tree)
            if tree.files > MAX_FILES:
                tree.skip(folder.path or ".", f"there are more than {MAX_FILES} files")
                return tree
        level = below
    return tree


def _scan(
    root: Path, folder: _Folder, wanted: Callable[[str], bool], tree: Tree
) -> Iterator[_Folder]:
    """Note the files of a folder; yield the folders in it that are to be entered."""
    try:
        with os.scandir(root / folder.path) as entries:
            # Never through a symbolic link: what it leads to is found under its own name.
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except OSError as error:
        why = (error.strerror or "it is not there").lower()
        tree.skip(folder.path or ".", f"the folder cannot be read: {why}")
        return
    files = {name for name, is_folder in found if not is_folder}
    tree.files += len(files)
    rules = folder.rules
    if ".gitignore" in files:
        rules = (*rules, *_rules(root, folder.path, tree))
    for name in sorted(filter(wanted, files)):
        if not (rules and is_ignored(folder.path + name, rules)):
            tree.paths.append(folder.path + name)
    parent = folder.path.rstrip("/").rpartition("/")[2]
    for name in sorted(name for name, is_folder in found if is_folder):
        path = f"{folder.path}{name}/"
        if is_vendored(name, parent, files) or (rules and is_ignored(path, rules)):
            continue
        if folder.depth == MAX_DEPTH:
            tree.skip(path, f"it is more than {MAX_DEPTH} folders deep")
            continue
        yield _Folder(path, folder.depth + 1, rules)


def _rules(root: Path, folder: str, tree: Tree) -> Iterator[Rules]:
    path = f"{folder}.gitignore"
    try:
        rules, skipped = read_rules(decode(read_bytes(root, path, MAX_BYTES)), folder)
    except Unreadable as error:
        tree.skip(path, error.why)
        return
    tree.skipped += skipped
    yield rules
