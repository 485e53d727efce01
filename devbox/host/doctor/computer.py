"""Checks of the computer itself: folders, disk space, and whose ``devbox`` is on PATH."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from devbox.errors import DevboxError
from devbox.host import paths
from devbox.host.doctor.finding import Finding, Group, Subject

_GROUP = Group.COMPUTER
# A first build: base image, layers, production image and box, with room to flatten.
_COMFORTABLE = 15_000_000_000
_LEAST = 5_000_000_000
# libvirt's storage: it keeps a copy of each box, and the machines' disks.
_POOL = Path("/var/lib/libvirt/images")


def check_folders(subject: Subject) -> Iterator[Finding]:
    """Write into each folder that devbox keeps files in."""
    folders: tuple[tuple[str, Callable[[], Path], str], ...] = (
        ("cache folder", paths.cache_dir, "set DEVBOX_CACHE_DIR to a folder of your own"),
        ("state folder", paths.state_dir, "set XDG_STATE_HOME to a folder of your own"),
        ("runtime folder", paths.runtime_dir, "set XDG_RUNTIME_DIR to a folder of your own"),
        ("project folder", lambda: subject.root, "go to a folder of your own"),
    )
    for name, find, remedy in folders:
        try:
            path = find()
            existing = _existing(path)
            with tempfile.TemporaryFile(dir=existing):
                pass
        except (OSError, DevboxError) as error:
            evidence = error.evidence or error.what if isinstance(error, DevboxError) else error
            yield Finding(_GROUP, name, "problem", f"cannot be written: {evidence}", remedy)
        else:
            yield Finding(_GROUP, name, "ok", str(path))


def check_space(subject: Subject) -> Iterator[Finding]:
    """Look at the free space of each disk that devbox fills."""
    uses = (
        ("cache", paths.cache_dir()),
        ("state", paths.state_dir()),
        ("project", subject.root),
        ("machines", _POOL),
    )
    disks: dict[int, tuple[Path, list[str]]] = {}
    for use, path in uses:
        existing = _existing(path)
        disks.setdefault(existing.stat().st_dev, (existing, []))[1].append(use)
    for existing, names in disks.values():
        free = shutil.disk_usage(existing).free
        seen = f"{free / 1e9:.0f} GB free for {', '.join(names)}"
        if free >= _COMFORTABLE:
            yield Finding(_GROUP, "disk space", "ok", seen)
            continue
        yield Finding(
            _GROUP,
            "disk space",
            "problem" if free < _LEAST else "warning",
            f"{seen} (on the disk of {existing}); a build may need {_COMFORTABLE / 1e9:.0f} GB",
            "free some, or set DEVBOX_CACHE_DIR to a folder on a larger disk",
        )


def check_path(_subject: Subject) -> Iterator[Finding]:
    """Look whose ``devbox`` the shell finds: another tool has a command of this name."""
    name = "devbox command"
    found = [
        path
        for folder in os.environ.get("PATH", "").split(os.pathsep)
        if os.access(path := Path(folder or ".") / "devbox", os.X_OK) and path.is_file()
    ]
    others = [path for path in found if not _is_ours(path)]
    if not found:
        yield Finding(_GROUP, name, "ok", "not on PATH, which is no harm")
    elif found[0] in others:
        yield Finding(
            _GROUP,
            name,
            "warning",
            f"your shell's `devbox` is another tool's: {found[0]} (Jetify's has the same name)",
            "put this devbox's folder first on PATH, or call it as `python -m devbox`",
        )
    elif others:
        seen = f"{found[0]}; another tool's comes after it: {others[0]}"
        yield Finding(_GROUP, name, "ok", seen)
    else:
        yield Finding(_GROUP, name, "ok", str(found[0]))


def _is_ours(path: Path) -> bool:
    """Return whether a ``devbox`` is the script that an installer of Python packages writes."""
    try:
        with path.open("rb") as stream:
            return b"devbox.cli" in stream.read(4096)
    except OSError:
        return False


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path
