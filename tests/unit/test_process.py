from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devbox.host import process, runlog

REPOSITORY = Path(__file__).resolve().parents[2]


def is_running(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked about does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in ("Z", "X")


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def read_pid(path: Path) -> int:
    assert wait_until(lambda: path.exists() and path.read_text().strip() != ""), path
    return int(path.read_text())


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(runlog, "_state", runlog._State())
    path = runlog.open_run("test")
    assert path is not None
    yield path


def test_both_streams_come_back_apart() -> None:
    done = process.run(["sh", "-c", "echo out; echo err >&2"])
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 0)
    assert done.argv == ("sh", "-c", "echo out; echo err >&2")


def test_arguments_are_never_a_shell_line() -> None:
    hostile = "a b'c\"d$(id)`id`;#{}${HOME}\n✓ --"
    assert process.run(["printf", "%s", hostile]).stdout == hostile


def test_input_is_empty_unless_given() -> None:
    assert process.run(["cat"]).stdout == ""
    assert process.run(["cat"], stdin="héllo").stdout == "héllo"


@pytest.mark.parametrize("follow", [False, True])
def test_much_input_and_much_output_do_not_wait_for_each_other(follow: bool) -> None:
    text = "line of text\n" * 200_000
    seen: list[str] = []
    done = process.run(["cat"], stdin=text, on_line=seen.append if follow else None, timeout=60)
    assert done.stdout.rstrip("\n") == text.rstrip("\n")
    assert len(seen) == (200_000 if follow else 0)


@pytest.mark.parametrize("follow", [False, True])
def test_a_program_need_not_read_its_input(follow: bool) -> None:
    on_line = (lambda _line: None) if follow else None
    process.run(["true"], stdin="x" * 1_000_000, on_line=on_line, timeout=20)


def test_the_environment_is_added_to() -> None:
    done = process.run(["sh", "-c", 'echo "$ADDED $HOME"'], env={"ADDED": "yes"})
    assert done.stdout.strip() == f"yes {os.environ['HOME']}"


def test_the_working_folder(tmp_path: Path) -> None:
    assert process.run(["pwd", "-P"], cwd=tmp_path).stdout.strip() == str(tmp_path.resolve())


def test_lines_are_told_as_they_come_both_streams_in_order(tmp_path: Path) -> None:
    seen: list[str] = []
    answer = tmp_path / "answer"

    def tell(line: str) -> None:
        seen.append(line)
        if line == "two":
            answer.touch()

    # It says "three" only when "two" has been heard.
    script = f"echo one; echo two >&2; until [ -e '{answer}' ]; do sleep 0.05; done; echo three"
    process.run(["sh", "-c", script], on_line=tell, timeout=30)
    assert seen == ["one", "two", "three"]


def test_lines_end_with_newlines_and_with_carriage_returns() -> None:
    seen: list[str] = []
    process.run(
        ["sh", "-c", r"printf '1%%\r2%%\r'; sleep 0.2; printf '\nend\r\n\nünfinished'"],
        on_line=seen.append,
    )
    assert seen == ["1%", "2%", "end", "", "ünfinished"]


def test_output_that_is_no_text_is_no_error() -> None:
    assert process.run(["printf", r"\377\376"]).stdout == "\ufffd\ufffd"


def test_what_on_line_raises_ends_the_process(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def stop(_line: str) -> None:
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        process.run(["sh", "-c", f"echo $$ > '{pid}'; echo ready; exec sleep 60"], on_line=stop)
    assert not is_running(read_pid(pid))


def test_a_failure_has_the_command_its_status_and_its_words() -> None:
    with pytest.raises(process.ProcessError) as caught:
        process.run(["sh", "-c", "echo no space left >&2; exit 3"], what="could not x", remedy="y")
    error = caught.value
    assert (error.what, error.remedy) == ("could not x", "y")
    assert "no space left" in error.evidence
    assert "exit status 3" in error.evidence
    assert error.completed is not None
    assert error.completed.returncode == 3


def test_a_failure_that_says_nothing_on_standard_error_shows_the_other() -> None:
    with pytest.raises(process.ProcessError) as caught:
        process.run(["sh", "-c", "echo the reason; echo >&2; exit 1"])
    assert "the reason" in caught.value.evidence


def test_a_signal_is_named() -> None:
    with pytest.raises(process.ProcessError) as caught:
        process.run(["sh", "-c", "kill -9 $$"])
    assert "signal 9" in caught.value.evidence


def test_a_failure_may_be_allowed() -> None:
    assert process.run(["false"], check=False).returncode == 1


@pytest.mark.parametrize("follow", [False, True])
def test_a_process_that_takes_too_long_is_ended(follow: bool, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(process.ProcessError) as caught:
        process.run(
            ["sh", "-c", f"echo $$ > '{pid}'; echo begun; exec sleep 60"],
            timeout=0.5,
            on_line=(lambda _line: None) if follow else None,
        )
    assert "no end after" in caught.value.evidence
    assert "begun" in caught.value.evidence
    assert caught.value.completed is not None
    assert time.monotonic() - started < 5
    assert not is_running(read_pid(pid))


def test_a_process_that_talks_for_ever_is_ended_in_time() -> None:
    started = time.monotonic()
    with pytest.raises(process.ProcessError):
        process.run(["yes"], timeout=0.3, on_line=lambda _line: None)
    assert time.monotonic() - started < 8


def test_a_daemon_that_keeps_the_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    started = time.monotonic()
    done = process.run(
        ["sh", "-c", f"echo up; setsid sh -c 'echo $$ > \"{pid}\"; exec sleep 60' & sleep 0.3"]
    )
    daemon = read_pid(pid)
    try:
        assert done.stdout == "up\n"
        assert time.monotonic() - started < 5
        # What makes a session of its own is a daemon, and stays.
        assert is_running(daemon)
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_a_missing_program_is_named_with_a_remedy() -> None:
    with pytest.raises(process.ProcessError) as caught:
        process.run(["no-such-program-at-all"])
    assert "no-such-program-at-all" in caught.value.what
    assert "doctor" in caught.value.remedy
    assert caught.value.completed is None


@pytest.mark.parametrize("argv", [["true", "a\0b"], ["true", "x" * 3_000_000]])
def test_an_argument_that_cannot_be_is_a_failure_and_no_bug(argv: list[str]) -> None:
    with pytest.raises(process.ProcessError):
        process.run(argv)


def test_a_working_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(process.ProcessError) as caught:
        process.run(["true"], cwd=tmp_path / "gone")
    assert "gone" in caught.value.evidence


def test_programs_of_administrators_are_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    found = process.find_program("mke2fs")
    if found is None:
        pytest.skip("e2fsprogs is not installed")
    assert "sbin" in str(found)


def test_the_end_of_the_block_ends_the_process_and_its_children(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with process.start(["sh", "-c", f"sleep 60 & echo $! > '{pid}'; wait"], grace=1) as child:
        grandchild = read_pid(pid)
        assert is_running(grandchild)
    assert child.returncode is not None
    assert wait_until(lambda: not is_running(grandchild))


def test_an_exception_in_the_block_ends_the_process() -> None:
    with pytest.raises(RuntimeError), process.start(["sleep", "60"]) as child:
        raise RuntimeError
    assert child.returncode is not None


def test_a_process_that_will_not_end_is_killed() -> None:
    script = "trap '' INT TERM; echo ready; while :; do sleep 0.1; done"
    with process.start(["sh", "-c", script], grace=0.3) as child:
        assert child.stdout is not None
        child.stdout.readline()
    assert child.returncode == -signal.SIGKILL


def test_a_process_has_time_to_clean_up_however_much_it_says(tmp_path: Path) -> None:
    mark = tmp_path / "clean"
    script = (
        f"trap 'head -c 1000000 /dev/zero; touch \"{mark}\"; exit 0' INT;"
        "echo ready; while :; do sleep 0.05; done"
    )
    with process.start(["sh", "-c", script], grace=10) as child:
        assert child.stdout is not None
        child.stdout.readline()
    assert mark.exists()


def test_a_second_interrupt_hurries_and_leaves_nothing_behind() -> None:
    script = "trap '' INT TERM; echo ready; while :; do sleep 0.1; done"
    started = time.monotonic()
    main = threading.get_ident()

    def interrupt() -> None:
        for _ in range(2):
            time.sleep(0.5)
            signal.pthread_kill(main, signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), process.start(["sh", "-c", script], grace=30) as child:
        assert child.stdout is not None
        child.stdout.readline()
        thread = threading.Thread(target=interrupt)
        thread.start()
    thread.join()
    assert child.returncode == -signal.SIGKILL
    assert time.monotonic() - started < 10


def test_output_may_go_to_a_file(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with (
        path.open("wb") as stream,
        process.start(["sh", "-c", "echo one; echo two >&2"], output=stream) as child,
    ):
        child.wait(10)
    assert path.read_text() == "one\ntwo\n"


PARENT = """
import sys
from devbox.host import process, signals
signals.raise_on_terminate()
try:
    process.run(["sh", "-c", 'echo $$ > "$0"; exec sleep 60', sys.argv[1]])
except KeyboardInterrupt:
    sys.exit(130)
"""


def start_parent(script: str, *words: str | Path, ignore: str = "") -> subprocess.Popen[bytes]:
    prefix = ["sh", "-c", f"trap '' {ignore}; exec \"$@\"", "sh"] if ignore else []
    return subprocess.Popen(
        [*prefix, sys.executable, "-c", script, *map(str, words)], cwd=REPOSITORY
    )


@pytest.mark.parametrize(
    ("number", "status"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 130),
        (signal.SIGHUP, 130),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_a_child_ends_with_its_parent_however_that_ends(
    number: signal.Signals, status: int, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    parent = start_parent(PARENT, pid)
    try:
        child = read_pid(pid)
        assert is_running(child)
        parent.send_signal(number)
        assert (130 if parent.wait(15) == -signal.SIGINT else parent.returncode) == status
        assert wait_until(lambda: not is_running(child))
    finally:
        parent.kill()
        parent.wait()


def test_who_was_started_with_nohup_outlives_the_terminal(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    parent = start_parent(PARENT, pid, ignore="HUP")
    try:
        child = read_pid(pid)
        parent.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        assert parent.poll() is None
        assert is_running(child)
    finally:
        parent.terminate()
        parent.wait(15)


def test_a_program_that_takes_over_has_the_usual_signals() -> None:
    script = (
        "from devbox.host import process; print('before');"
        "process.exec_program(['grep', 'SigIgn', '/proc/self/status'], env={'A': 'b'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    first, ignored = done.stdout.splitlines()
    assert first == "before"
    assert not int(ignored.split()[1], 16) & 1 << (signal.SIGPIPE - 1)


def test_a_program_that_cannot_take_over_is_an_error() -> None:
    with pytest.raises(process.ProcessError) as caught:
        process.exec_program(["no-such-program-at-all"])
    assert "doctor" in caught.value.remedy


def test_each_command_is_logged_so_that_it_can_be_pasted(log: Path, tmp_path: Path) -> None:
    process.run(["echo", "a b", "$c"], cwd=tmp_path)
    process.run(["echo", "followed"], on_line=lambda _line: None)
    text = log.read_text()
    assert f"$ echo 'a b' '$c'   # in {tmp_path}" in text
    assert "| a b $c" in text
    assert "| followed" in text
    assert "ended with 0" in text


def test_what_a_process_said_before_its_time_ran_out_is_logged(log: Path) -> None:
    with pytest.raises(process.ProcessError):
        process.run(["sh", "-c", "echo stuck here; exec sleep 60"], timeout=0.3)
    assert "| stuck here" in log.read_text()


def test_a_secret_reaches_neither_log_nor_message(log: Path) -> None:
    secret = 'pa\'ss "word" $x'
    runlog.hide(secret)
    with pytest.raises(process.ProcessError) as caught:
        process.run(["sh", "-c", 'echo "got $0" >&2; exit 1', secret])
    text = log.read_text()
    assert "word" not in text
    assert "[secret]" in text
    assert "word" not in runlog.redact(caught.value.evidence)
