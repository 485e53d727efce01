"""Where devbox keeps its files (XDG base directories) and how it writes them."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from devbox.errors import DevboxError

_APP = "devbox"


def cache_dir() -> Path:
    """Base images, layers and downloads: all of it can be deleted and made again."""
    chosen = os.environ.get("DEVBOX_CACHE_DIR") or platformdirs.user_cache_dir(_APP)
    return Path(chosen).expanduser().absolute()


def state_dir() -> Path:
    """Logs of runs, and verdicts about this machine."""
    return Path(platformdirs.user_state_dir(_APP))


def runtime_dir() -> Path:
    """Sockets, keys and other files of a run: private to the user, short enough for a socket.

    Raises:
        DevboxError: the folder is another user's, or cannot be made.
    """
    shared = Path(tempfile.gettempdir()) / f"devbox-{os.getuid()}"
    root = os.environ.get("XDG_RUNTIME_DIR")
    # After `su` the variable still names the folder of the user before.
    path = Path(root) / _APP if root and os.access(root, os.W_OK | os.X_OK) else shared
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        # In a shared folder somebody else may have been here first, with a link of theirs.
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise DevboxError(
                f"{path} is not a folder of your own",
                remedy="remove it, or set XDG_RUNTIME_DIR to a folder of your own",
            )
        path.chmod(0o700)
    except OSError as error:
        raise DevboxError(
            f"could not make {path}",
            evidence=str(error),
            remedy="set XDG_RUNTIME_DIR to a folder of your own",
        ) from error
    return path


def project_dir(root: Path) -> Path:
    """Return ``ROOT/.devbox``, made if need be, which git ignores by a file of its own.

    Raises:
        DevboxError: it cannot be made.
    """
    path = root / ".devbox"
    _make_folder(path)
    ignore = path / ".gitignore"
    if not ignore.exists():
        write_atomically(ignore, "*\n")
    return path


def write_atomically(path: Path, content: str | bytes, mode: int = 0o644) -> None:
    """Write a file so that a reader sees the old content or the new, never a part.

    Raises:
        DevboxError: the folder cannot be written, or the disk is full.
    """
    data = content.encode() if isinstance(content, str) else content
    try:
        fd, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(fd, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise DevboxError(
            f"could not write {path}", evidence=str(error), remedy="check the folder and free space"
        ) from error


def sync_folder(path: Path) -> None:
    """Make renames in a folder survive a crash of the machine."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def scratch_dir(parent: Path, prefix: str) -> Iterator[Path]:
    """Yield a new folder under ``parent``, and remove it with all its content at the end.

    Raises:
        DevboxError: it cannot be made.
    """
    _make_folder(parent)
    try:
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    except OSError as error:
        raise _cannot_make(parent, error) from error
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_make(path, error) from error


def _cannot_make(path: Path, error: OSError) -> DevboxError:
    return DevboxError(
        f"could not make a folder in {path}",
        evidence=str(error),
        remedy="check who owns it, and that its disk is not full",
    )


def _is_cache(path: Path) -> bool:
    cache = cache_dir()
    return cache in (path.absolute(), *path.absolute().parents)


def require_free_space(path: Path, needed: int, purpose: str) -> None:
    """Check that ``needed`` bytes are free where ``path`` is or will be.

    Raises:
        DevboxError: there is less; it names both figures.
    """
    existing = path
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise DevboxError(
            f"not enough disk space for {purpose}",
            evidence=f"{existing} has {free / 1e9:.1f} GB free, {needed / 1e9:.1f} GB are needed",
            remedy="free some space there"
            + (", or set DEVBOX_CACHE_DIR to a larger disk" if _is_cache(path) else ""),
        )
