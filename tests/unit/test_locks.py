from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.host.locks import lock

REPOSITORY = Path(__file__).resolve().parents[2]

HOLDER = """
import sys, time
from pathlib import Path
from devbox.host.locks import lock
with lock(Path(sys.argv[1]), "testing"):
    print("held", flush=True)
    time.sleep(60)
"""


def hold(path: Path) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    return holder


def test_a_lock_can_be_taken_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "lock"
    for _ in range(2):
        with lock(path, "testing"):
            assert path.read_text() == f"{os.getpid()}\n"


def test_another_process_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold(path)
    try:
        with pytest.raises(DevboxError) as caught, lock(path, "building acme/web"):
            pass
        assert "building acme/web" in caught.value.what
        assert str(holder.pid) in caught.value.evidence
    finally:
        holder.kill()
        holder.communicate()


def test_a_holder_that_is_killed_holds_no_more(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold(path)
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    with lock(path, "testing"):
        pass


def test_who_may_wait_waits_and_says_so_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    holder = hold(path)
    threading.Timer(0.6, holder.kill).start()
    said: list[str] = []
    started = time.monotonic()
    with lock(path, "testing", timeout=20, on_wait=said.append):
        assert time.monotonic() - started > 0.3
    holder.communicate()
    assert len(said) == 1
    assert str(holder.pid) in said[0]


def test_the_children_of_a_holder_do_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with lock(path, "testing"):
        child = subprocess.Popen(["sleep", "60"])
    try:
        with lock(path, "testing"):
            pass
    finally:
        child.kill()
        child.wait()


def test_an_exception_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with pytest.raises(RuntimeError), lock(path, "testing"):
        raise RuntimeError
    with lock(path, "testing"):
        pass


def test_a_place_that_cannot_be_locked_is_a_failure_and_no_bug(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DevboxError) as caught, lock(tmp_path / "file" / "lock", "testing"):
        pass
    assert str(tmp_path) in caught.value.what
