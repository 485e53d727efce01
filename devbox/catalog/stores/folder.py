"""A folder as the place: on this computer, on a network share, or below a web server's root."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from devbox.catalog.stores.store import NewFile, Progress
from devbox.errors import DevboxError, UsageError
from devbox.host.locks import lock
from devbox.host.paths import require_free_space, sync_folder, write_atomically

_LOCK = ".lock"
_ASIDE = ".tmp-"
_CHUNK = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FolderStore:
    """A folder that holds catalogs; see :class:`devbox.catalog.stores.store.Store`.

    Files are copied, never linked: a link would share its bytes with the build, which a later
    build may overwrite.

    Args:
        root: the folder, absolute.
        url: the address at which it is served; None for its ``file://`` address.

    Raises:
        UsageError: nothing can be reached below that URL.
    """

    def __init__(self, root: Path, url: str | None = None) -> None:
        self._root = root
        self._url = _check_url(url) if url else root.as_uri()

    @contextlib.contextmanager
    def exclusive(
        self,
        folder: str,
        purpose: str,
        *,
        timeout: float,
        on_wait: Callable[[str], None] | None = None,
    ) -> Iterator[None]:
        """Keep other publishers away from a folder while the block runs."""
        path = self._root / folder
        with contextlib.ExitStack() as stack:
            with _explained(f"could not lock {path}"):
                stack.enter_context(lock(path / _LOCK, purpose, timeout=timeout, on_wait=on_wait))
            yield

    def read(self, path: str, limit: int) -> bytes | None:
        """Return a file's bytes, at most ``limit`` + 1 of them; None if there is no such file."""
        with _explained(f"could not read {self._root / path}"):
            try:
                with (self._root / path).open("rb") as stream:
                    return stream.read(limit + 1)
            except FileNotFoundError:
                return None

    def names(self, folder: str) -> tuple[str, ...]:
        """Return what a folder holds, sorted, without hidden names; () if it is missing."""
        with _explained(f"could not read {self._root / folder}"):
            try:
                names = os.listdir(self._root / folder)  # noqa: PTH208 - names are all we want
            except FileNotFoundError:
                return ()
        return tuple(sorted(name for name in names if not name.startswith(".")))

    def replace(self, path: str, content: bytes) -> None:
        """Write a small file whole or not at all."""
        target = self._root / path
        with _explained(f"could not write {target}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, content)

    def add_folder(self, path: str, files: Sequence[NewFile], progress: Progress) -> None:
        """Write a folder aside, and rename it when all its bytes are on the disk."""
        target = self._root / path
        aside = target.parent / f"{_ASIDE}{target.name}-{secrets.token_hex(4)}"
        sizes = [_size(item) for item in files]
        with _explained(f"could not write {target}"):
            target.parent.mkdir(parents=True, exist_ok=True)
            # rename(2) replaces an empty folder without a word; the lock makes this check enough.
            if target.exists():
                raise DevboxError(f"{target} exists already")
            try:
                aside.mkdir()
                for index, item in enumerate(files):
                    done = sum(sizes[:index])
                    _write(item, aside / item.name, lambda n, d=done: progress(d + n, sum(sizes)))  # type: ignore[misc]
                sync_folder(aside)
                aside.rename(target)
            except BaseException:
                shutil.rmtree(aside, ignore_errors=True)
                raise
            sync_folder(target.parent)

    def remove(self, path: str) -> None:
        """Remove a file or folder: renamed first, so that no reader sees a part of it."""
        target = self._root / path
        with _explained(f"could not remove {target}"):
            aside = target.parent / f"{_ASIDE}{target.name}-{secrets.token_hex(4)}"
            try:
                target.rename(aside)
            except FileNotFoundError:
                return
            sync_folder(target.parent)
            _remove_tree(aside)

    def clean(self, folder: str) -> None:
        """Remove hidden names that a killed publisher left. Needs the lock."""
        path = self._root / folder
        with _explained(f"could not clean {path}"):
            if not path.is_dir():
                return
            for entry in path.iterdir():
                # write_atomically's own names are ".NAME.json.RANDOM".
                if entry.name.startswith(_ASIDE) or re.fullmatch(r"\..+\.json\.\w+", entry.name):
                    _remove_tree(entry)

    def require_space(self, needed: int) -> None:
        """Check that ``needed`` bytes are free."""
        with _explained(f"could not measure {self._root}"):
            require_free_space(self._root, needed, f"the catalog in {self._root}")

    def location(self, path: str) -> str:
        """Return a file's absolute path."""
        return str(self._root / path)

    def address(self, path: str) -> str:
        """Return the absolute URL at which clients reach a file."""
        return f"{self._url.removesuffix('/')}/{urllib.parse.quote(path)}"


def _check_url(url: str) -> str:
    """Return the URL if paths can be appended to it."""
    try:
        parts = urllib.parse.urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise _bad_url(url, str(error)) from None
    if not re.fullmatch(r"[!-~]+", url):
        raise _bad_url(url, "it has characters that a URL must write as %XX")
    if parts.scheme not in {"https", "http", "file"}:
        raise _bad_url(url, "it must begin with https://, http:// or file:///")
    if parts.scheme == "file" and (parts.netloc or not parts.path.startswith("/")):
        raise _bad_url(url, "a file URL is file:/// and an absolute path")
    if parts.scheme != "file" and not parts.hostname:
        raise _bad_url(url, "it names no host")
    if parts.username or parts.password:
        raise _bad_url(
            re.sub(r"//[^/]*@", "//…@", url),
            "it holds a user or password, which every reader would see",
        )
    if "?" in url or "#" in url:
        raise _bad_url(url, "the box's path is appended to it: it can have no ? and no #")
    if re.search(r"[\"'<>\\^`{|}]|%(?![0-9A-Fa-f]{2})", url):
        raise _bad_url(url, "it has characters that a URL must write as %XX")
    return url


def _bad_url(url: str, reason: str) -> UsageError:
    return UsageError(
        f"{url!r} cannot be the address of a catalog",
        evidence=reason,
        remedy="for example `url: https://boxes.example.com/team`",
    )


def _size(item: NewFile) -> int:
    if isinstance(item.content, bytes):
        return len(item.content)
    with _explained(f"could not read {item.content}"):
        return item.content.stat().st_size


def _write(item: NewFile, target: Path, progress: Callable[[int], None]) -> None:
    """Write a file to the disk, checking its bytes on the way."""
    digest = hashlib.sha256()
    done = 0
    with target.open("xb") as output:
        for chunk in _chunks(item.content):
            digest.update(chunk)
            output.write(chunk)
            done += len(chunk)
            progress(done)
        output.flush()
        os.fsync(output.fileno())
    if item.sha256 and digest.hexdigest() != item.sha256:
        raise DevboxError(
            "the box is not what was verified",
            evidence=f"{item.content!s} has sha256 {digest.hexdigest()}, "
            f"the manifest says {item.sha256}",
            remedy="something changed it after the build: devbox build",
        )


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _remove_tree(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn the system's errors into ours."""
    try:
        yield
    except OSError as error:
        full = error.errno in _FULL
        raise DevboxError(
            f"{what}: the disk is full" if full else what,
            evidence=str(error),
            remedy="free some space, then run this again; nothing was published"
            if full
            else "check that the folder exists and that you may write to it",
        ) from error
