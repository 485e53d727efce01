"""The one place that starts processes.

Every process is an argument list, never a shell line. It is written to the log of the run in a
form that can be pasted into a shell, its standard input is closed unless given, and it ends when
devbox does: at the end of the block that started it, on Ctrl-C, and, by the kernel's parent-death
signal, when devbox itself is killed.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from devbox.errors import DevboxError
from devbox.host import runlog
from devbox.host.pipes import Output, drain

type_argument = str | Path
_TAIL_LINES = 25
_GRACE_SECONDS = 20.0
_MISSING_REMEDY = "`devbox doctor` says what is missing, `devbox doctor --fix` installs it"


@dataclass(frozen=True)
class Completed:
    """A process that has ended.

    Attributes:
        argv: its argument list.
        returncode: its exit status; negative for a signal.
        stdout: its standard output, decoded; standard error is in it where lines were followed.
        stderr: its standard error, decoded.
        seconds: how long it ran.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float


class ProcessError(DevboxError):
    """A process that could not be started, failed, or ran out of time.

    Attributes:
        completed: how it ended; None when it never started.
    """

    def __init__(
        self, what: str, *, evidence: str = "", remedy: str = "", completed: Completed | None = None
    ) -> None:
        super().__init__(what, evidence=evidence, remedy=remedy)
        self.completed = completed


def find_program(name: str) -> Path | None:
    """Return where a program is, looking where administrators' programs are, too."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin:/usr/sbin:/sbin"])
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def run(
    argv: Sequence[type_argument],
    *,
    what: str = "",
    remedy: str = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes = b"",
    timeout: float | None = None,
    check: bool = True,
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Run a process to its end.

    Args:
        argv: program and arguments.
        what: what failed if it does ("could not flatten the disk"); default: the program's name.
        remedy: what the user should do then.
        cwd: its working folder.
        env: additions to devbox's own environment.
        stdin: what it reads; nothing by default.
        timeout: its limit in seconds.
        check: raise when its exit status is not 0.
        on_line: called with each line of output (both streams, without the newline) as it comes.

    Raises:
        ProcessError: it could not be started, or failed and ``check`` is set, or timed out.
    """
    data = stdin.encode() if isinstance(stdin, str) else stdin
    started = time.monotonic()
    with start(
        argv, cwd=cwd, env=env, what=what, feed=bool(data), merge=on_line is not None
    ) as child:
        stdout, stderr, timed_out = _collect(child, data, timeout, on_line)
    completed = Completed(
        tuple(str(part) for part in argv),
        child.returncode,
        stdout,
        stderr,
        time.monotonic() - started,
    )
    if on_line is None:
        runlog.write_output(stdout + stderr)
    runlog.write(f"  ended with {completed.returncode} after {completed.seconds:.1f} s")
    name = what or f"{Path(argv[0]).name} failed"
    if timed_out:
        raise ProcessError(
            name,
            evidence=f"no end after {timeout:.0f} s\n{_tail(stdout, stderr)}".strip(),
            remedy=remedy,
            completed=completed,
        )
    if check and completed.returncode != 0:
        raise ProcessError(
            name,
            evidence=_evidence(completed),
            remedy=remedy,
            completed=completed,
        )
    return completed


def _collect(
    child: subprocess.Popen[bytes],
    data: bytes,
    timeout: float | None,
    on_line: Callable[[str], None] | None,
) -> tuple[str, str, bool]:
    """Read a child's output until it has ended; the last value says that its time ran out."""
    output = Output(child, data, on_line)
    deadline = None if timeout is None else time.monotonic() + timeout
    timed_out = False
    while output.open or child.poll() is None:
        if deadline is not None and time.monotonic() >= deadline:
            timed_out, deadline = True, None
            _end(child, grace=2.0)
        if not output.take(deadline) and child.poll() is not None:
            # It has ended and is silent: a daemon of its own keeps the pipe open.
            break
    return *output.texts(), timed_out


@contextlib.contextmanager
def start(
    argv: Sequence[type_argument],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    what: str = "",
    feed: bool = False,
    merge: bool = False,
    output: IO[bytes] | None = None,
    grace: float = _GRACE_SECONDS,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process and end it, with its children, when the block ends.

    Args:
        argv: program and arguments.
        cwd: its working folder.
        env: additions to devbox's own environment.
        what: what failed, should it not start.
        feed: give it a pipe as standard input; else that is empty.
        merge: put standard error into standard output.
        output: a file for both its streams, instead of pipes.
        grace: seconds that it has to end by itself after SIGINT, and again after SIGTERM.

    Raises:
        ProcessError: there is no such program, or it may not be run.
    """
    words = [str(part) for part in argv]
    runlog.write(f"$ {shlex.join(words)}" + (f"   # in {cwd}" if cwd else ""))
    program = find_program(words[0])
    if program is None:
        raise ProcessError(
            what or f"could not run {words[0]}",
            evidence=f"{words[0]}: no such program on PATH",
            remedy=_MISSING_REMEDY,
        )
    pipe: int | IO[bytes] = output if output is not None else subprocess.PIPE
    try:
        child = subprocess.Popen(
            [*_dies_with_parent(), str(program), *words[1:]],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=pipe,
            stderr=subprocess.STDOUT if merge or output is not None else subprocess.PIPE,
            # A group of its own: Ctrl-C reaches devbox alone, which then ends its children in
            # the right order and waits for their clean-up.
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        # ValueError: an argument holds a zero byte.
        raise ProcessError(what or f"could not run {words[0]}", evidence=str(error)) from error
    try:
        yield child
    finally:
        if child.poll() is None:
            # A program that cleans up may say much; it must not wait for a reader.
            for stream in (child.stdout, child.stderr):
                if stream:
                    drain(stream)
        try:
            _end(child, grace)
        finally:
            for stream in (child.stdin, child.stdout, child.stderr):
                if stream:
                    with contextlib.suppress(OSError):
                        stream.close()


def _dies_with_parent() -> list[str]:
    """Return a prefix that has the kernel signal the child when devbox is killed.

    setpriv (util-linux, essential on Debian) sets the parent-death signal and executes the
    program in its own place, which spares a preexec_fn that is unsafe beside threads. The signal
    follows the thread that started the child: worker threads therefore start none that outlive
    them.
    """
    setpriv = find_program("setpriv")
    return [str(setpriv), "--pdeathsig", "TERM", "--"] if setpriv else []


def _end(child: subprocess.Popen[bytes], grace: float) -> None:
    """End a child and its group: ask twice, then kill.

    A second Ctrl-C meanwhile means "faster": the next step is taken at once, none is left out.
    """
    steps = ((signal.SIGINT, grace), (signal.SIGTERM, grace / 2), (signal.SIGKILL, 5.0))
    interrupted = False
    for number, patience in steps:
        try:
            if child.poll() is not None:
                break
            _signal_group(child.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(patience)
        except KeyboardInterrupt:
            interrupted = True
    # The leader is gone; nothing of its group may stay behind.
    _signal_group(child.pid, signal.SIGKILL)
    if interrupted:
        raise KeyboardInterrupt


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def run_in_terminal(argv: Sequence[type_argument], *, what: str = "", remedy: str = "") -> None:
    """Run a program that has the terminal meanwhile: one that asks for a password.

    Args:
        argv: program and arguments.
        what: what failed if it does.
        remedy: what the user should do then.

    Raises:
        ProcessError: there is no such program, or it failed.
    """
    words = [str(part) for part in argv]
    runlog.write(f"$ {shlex.join(words)}")
    program = find_program(words[0])
    if program is None:
        raise ProcessError(
            what or f"could not run {words[0]}",
            evidence=f"{words[0]}: no such program on PATH",
            remedy=remedy or _MISSING_REMEDY,
        )
    started = time.monotonic()
    # Of our own group and session, so that the terminal is its own too. Ctrl-C reaches both, and
    # call() gives it a moment to end by itself.
    returncode = subprocess.call([str(program), *words[1:]])
    runlog.write(f"  ended with {returncode} after {time.monotonic() - started:.1f} s")
    if returncode != 0:
        completed = Completed(tuple(words), returncode, "", "", time.monotonic() - started)
        raise ProcessError(
            what or f"{words[0]} failed",
            evidence=_evidence(completed),
            remedy=remedy,
            completed=completed,
        )


def exec_program(argv: Sequence[type_argument], *, env: Mapping[str, str] | None = None) -> None:
    """Replace devbox by a program, which gets the terminal: for interactive ones such as ssh.

    Raises:
        ProcessError: there is no such program.
    """
    words = [str(part) for part in argv]
    runlog.write(f"$ exec {shlex.join(words)}")
    program = find_program(words[0])
    if program is None:
        raise ProcessError(
            f"could not run {words[0]}",
            evidence=f"{words[0]}: no such program on PATH",
            remedy=_MISSING_REMEDY,
        )
    sys.stdout.flush()
    sys.stderr.flush()
    # Python ignores these, and a program would inherit that.
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execve(program, words, {**os.environ, **(env or {})})  # noqa: S606 - an argument list
    except (OSError, ValueError) as error:
        raise ProcessError(f"could not run {words[0]}", evidence=str(error)) from error


def _tail(*texts: str) -> str:
    lines = (line for text in texts for line in text.splitlines() if line.strip())
    return "\n".join(deque(lines, _TAIL_LINES))


def _evidence(completed: Completed) -> str:
    words = [runlog.redact(word) for word in completed.argv]
    end = (
        f"ended by signal {-completed.returncode}"
        if completed.returncode < 0
        else f"exit status {completed.returncode}"
    )
    said = _tail(completed.stderr.strip() or completed.stdout)
    return f"{said}\n({shlex.join(words)}: {end})".strip()
