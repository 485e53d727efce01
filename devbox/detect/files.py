"""Opening a repo's files: none leads out of the repo, blocks the reader or fills the memory."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from devbox.detect.formats.node import Unreadable

MAX_BYTES = 1024 * 1024
"""The largest file that is read."""

MAX_LARGE_BYTES = 8 * MAX_BYTES
"""The largest lock file that is read: by lines."""


def read_bytes(root: Path, path: str, limit: int) -> bytes:
    """Return a file's content.

    Args:
        root: the repo, without symbolic links in its path.
        path: relative to it.
        limit: the most bytes that it may have.

    Raises:
        Unreadable: it is no regular file, leads out of the repo, is too large or may not be read.
    """
    try:
        real = os.path.realpath(root / path, strict=True)
        if os.path.commonpath([root, real]) != str(root):
            raise Unreadable("it is a symbolic link that leads out of the repo")
        # A FIFO would block whoever opens it for reading.
        handle = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    except (OSError, ValueError) as error:
        raise Unreadable(_reason(error)) from error
    with open(handle, "rb") as file:  # noqa: PTH123 - a descriptor has no path
        try:
            about = os.fstat(handle)
            if not stat.S_ISREG(about.st_mode):
                raise Unreadable("it is no regular file")
            if about.st_size > limit:
                raise Unreadable(f"it is larger than {limit // MAX_BYTES} MiB")
            data = file.read(limit + 1)
        except OSError as error:
            raise Unreadable(_reason(error)) from error
    if len(data) > limit:
        raise Unreadable(f"it is larger than {limit // MAX_BYTES} MiB")
    return data


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"it cannot be read: {error.strerror[0].lower()}{error.strerror[1:]}"
    return "it cannot be read"
