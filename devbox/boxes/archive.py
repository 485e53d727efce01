"""Box files: a plain tar whose members stand at its top.

Not compressed: the disk in it is (:func:`devbox.images.disk.flatten`). ``vagrant box add`` then
only copies, and the disk can be booted from inside the box file (:func:`disk_inside`).
"""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from devbox.errors import DevboxError

# Of 1980, the oldest that every archive format can hold: the same inputs give the same bytes.
_TIME = 315532800


@dataclass(frozen=True)
class WrittenBox:
    """A box file that has been written: its size in bytes, its SHA-256 in hexadecimal."""

    path: Path
    size: int
    sha256: str


class _Digesting:
    """A file that computes the digest of what is written to it."""

    def __init__(self, stream: IO[bytes], progress: Callable[[int], None]) -> None:
        self._stream = stream
        self._progress = progress
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        self._progress(self.size)
        return self._stream.write(data)


def write_box(
    path: Path,
    texts: Mapping[str, str],
    disk: Path,
    disk_name: str,
    progress: Callable[[int, int], None],
) -> WrittenBox:
    """Write a box file.

    Args:
        path: where; it must not exist.
        texts: the small members by name.
        disk: the disk.
        disk_name: its name in the box; it comes last.
        progress: told the bytes written, and those of the disk.
    """
    total = disk.stat().st_size
    with path.open("xb") as stream:
        sink = _Digesting(stream, lambda done: progress(min(done, total), total))
        target = cast("IO[bytes]", sink)
        with tarfile.open(fileobj=target, mode="w|", format=tarfile.GNU_FORMAT) as tar:
            for name, text in texts.items():
                data = text.encode()
                tar.addfile(_member(name, len(data)), io.BytesIO(data))
            with disk.open("rb") as source:
                tar.addfile(_member(disk_name, total), source)
    return WrittenBox(path, sink.size, sink.digest.hexdigest())


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mtime = _TIME
    member.mode = 0o644
    return member


def disk_inside(box: Path, disk_name: str) -> str:
    """Return QEMU's name for the disk inside a box file, without unpacking it.

    Returns:
        A ``json:`` file name, good as a backing file.

    Raises:
        DevboxError: the box is damaged, or has no such member.
    """
    try:
        with tarfile.open(box, mode="r:") as tar:
            member = tar.getmember(disk_name)
    except (tarfile.TarError, KeyError, OSError) as error:
        raise DevboxError(
            "the box file is damaged", evidence=f"{box}: {error}", remedy="devbox build"
        ) from error
    inner = {
        "driver": "qcow2",
        "file": {
            "driver": "raw",
            "offset": member.offset_data,
            "size": member.size,
            "file": {"driver": "file", "filename": str(box.absolute())},
        },
    }
    # In characters, not in escapes: a backing file's name may have 1023 bytes.
    return "json:" + json.dumps(inner, ensure_ascii=False)
