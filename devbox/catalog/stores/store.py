"""What a place to publish offers; one module a place beside this one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class NewFile:
    """A file to put into a place.

    Attributes:
        name: its name in the folder that it goes to.
        content: its bytes, or the file that holds them.
        sha256: what the bytes must hash to; None for any.
    """

    name: str
    content: bytes | Path
    sha256: str | None = None


class Store(Protocol):
    """A place that holds catalogs.

    Paths are relative to the place, with slashes, made of names that are safe in any file system.
    Every method raises DevboxError when the place cannot do what it is asked.
    """

    def exclusive(
        self,
        folder: str,
        purpose: str,
        *,
        timeout: float,
        on_wait: Callable[[str], None] | None = None,
    ) -> AbstractContextManager[None]:
        """Keep other publishers away from a folder while the block runs.

        Args:
            folder: the box's folder; made if need be.
            purpose: what is done, said to whoever waits.
            timeout: how long to wait for another publisher, in seconds.
            on_wait: called once, with a sentence, when there is one.
        """
        ...

    def read(self, path: str, limit: int) -> bytes | None:
        """Return a file's bytes, at most ``limit`` + 1 of them; None if there is no such file."""
        ...

    def names(self, folder: str) -> tuple[str, ...]:
        """Return what a folder holds, sorted, without hidden names; () if it is missing."""
        ...

    def replace(self, path: str, content: bytes) -> None:
        """Write a small file so that a reader sees the old content or the new, never a part."""
        ...

    def add_folder(self, path: str, files: Sequence[NewFile], progress: Progress) -> None:
        """Add a folder of files so that a reader sees all of it or nothing.

        Args:
            path: the folder; it must not exist.
            files: its files.
            progress: called with the bytes done and all bytes.
        """
        ...

    def remove(self, path: str) -> None:
        """Remove a file or folder; a reader sees all of it or nothing. Missing is fine."""
        ...

    def clean(self, folder: str) -> None:
        """Remove what a killed publisher left half-written in a folder. Needs the lock."""
        ...

    def require_space(self, needed: int) -> None:
        """Check that ``needed`` bytes can be stored."""
        ...

    def location(self, path: str) -> str:
        """Return where a file is in the place's own terms: for a folder, its absolute path."""
        ...

    def address(self, path: str) -> str:
        """Return the absolute URL at which clients reach a file."""
        ...
