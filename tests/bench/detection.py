"""How quickly a large repo is read: 100,000 files, against a bare walk over them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.timing import Figure, benchmark, best_of

_FILES = 100_000
_PER_FOLDER = 40
_NAMES = (
    "index.ts",
    "model.py",
    "view.rb",
    "main.go",
    "data.json",
    "notes.md",
    "logo.svg",
    "a.css",
)
_MANIFEST = '{"engines": {"node": ">=20"}, "dependencies": {"pg": "^8", "express": "^4"}}\n'


def make_repo(root: Path, files: int = _FILES) -> None:
    """Make a monorepo: nested packages, each with sources, a manifest in every fifth."""
    (root / ".gitignore").write_text("*.log\n/tmp/\ncoverage/\n**/generated/*\n!keep.log\n")
    left = files - 1
    number = 0
    while left > 0:
        folder = root / f"area{number % 20}" / f"team{number % 7}" / f"package{number}" / "src"
        folder.mkdir(parents=True)
        for index in range(min(_PER_FOLDER, left)):
            (folder / f"{index}-{_NAMES[index % len(_NAMES)]}").touch()
        left -= _PER_FOLDER
        if number % 5 == 0 and left > 0:
            (folder.parent / "package.json").write_text(_MANIFEST)
            left -= 1
        number += 1


_WALK = """\
import os, sys
todo = [sys.argv[1]]
while todo:
    with os.scandir(todo.pop()) as entries:
        todo += [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
"""


@benchmark
def detection() -> Figure:
    """``devbox detect`` of 100,000 files, each a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        make_repo(Path(folder))
        count = sum(len(files) for _, _, files in os.walk(folder))
        detect = [sys.executable, "-m", "devbox", "detect", folder, "--json"]
        walk = [sys.executable, "-c", _WALK, folder]

        def runs(argv: list[str]) -> None:
            subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)

        seconds, base = best_of(5, lambda: runs(detect), lambda: runs(walk))
    return Figure(f"`devbox detect` of {count:,} files", seconds, "a bare walk of them", base)
