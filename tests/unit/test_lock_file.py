"""devbox.lock."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.plan.lock import FILE_NAME, Lock, now, read_lock, write_lock

MOMENT = "2026-03-01T04:05:06Z"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    lock = Lock(base=MOMENT, packages=now())
    write_lock(tmp_path, lock)
    assert read_lock(tmp_path) == lock
    assert (tmp_path / FILE_NAME).read_text().startswith("# Written by devbox; commit it.")


def test_the_same_lock_gives_the_same_bytes(tmp_path: Path) -> None:
    lock = Lock(base=MOMENT, packages=MOMENT)
    write_lock(tmp_path, lock)
    before = (tmp_path / FILE_NAME).read_bytes()
    write_lock(tmp_path, lock)
    assert (tmp_path / FILE_NAME).read_bytes() == before


def test_none_yet(tmp_path: Path) -> None:
    assert read_lock(tmp_path) is None


def test_now_is_in_utc() -> None:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", now())
    assert datetime.fromisoformat(now()).utcoffset() is not None


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("", "dictionary"),
        ("<<<<<<< HEAD\nbase: 1\n=======\n", "line"),
        (f"format: 2\nbase: '{MOMENT}'\npackages: '{MOMENT}'\n", "format"),
        (f"base: {MOMENT}\npackages: {MOMENT}\n", "base"),
        (f"base: 'yesterday'\npackages: '{MOMENT}'\n", "base"),
        (f"base: '{MOMENT}'\n", "packages"),
        (f"base: '{MOMENT}'\npackages: '{MOMENT}'\nmore: 1\n", "more"),
        ("!!python/object/apply:os.system [id]", "line 1"),
        ("\x00", "devbox.lock"),
    ],
)
def test_a_damaged_one_is_explained_in_a_line(tmp_path: Path, text: str, seen: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    with pytest.raises(DevboxError) as caught:
        read_lock(tmp_path)
    assert caught.value.what == "devbox.lock cannot be read"
    assert seen in caught.value.evidence
    assert len(caught.value.evidence.splitlines()) == 1
    assert "git" in caught.value.remedy


def test_bytes_and_folders_are_no_lock(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe")
    with pytest.raises(DevboxError):
        read_lock(tmp_path)
    (tmp_path / FILE_NAME).unlink()
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(DevboxError):
        read_lock(tmp_path)
