"""The playbook program that Packer's Ansible provisioner runs: ansible-runner, event by event.

Packer calls it as it would call ansible-playbook. Each event that a person cares for is appended
to a file as one line of JSON, which the devbox that started Packer follows
(:mod:`devbox.playbooks.follow`). It starts from a small script
(:func:`devbox.playbooks.inputs.write_program`).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import ansible_runner

from devbox.playbooks.events import Event, event_of, failure_message

EVENTS_VARIABLE = "DEVBOX_EVENTS"
LOG_VARIABLE = "DEVBOX_ANSIBLE_LOG"

_INTERRUPTED = 130
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def main(argv: Sequence[str]) -> int:
    """Run a playbook.

    Args:
        argv: the arguments of ansible-playbook as Packer gives them; the playbook comes last.

    Returns:
        The exit status of ansible-playbook.
    """
    events = Path(os.environ[EVENTS_VARIABLE])
    log = Path(os.environ[LOG_VARIABLE])
    return run_playbook(list(argv[:-1]), Path(argv[-1]), events, log)


def run_playbook(arguments: Sequence[str], playbook: Path, events: Path, log: Path) -> int:
    """Run a playbook through ansible-runner.

    Args:
        arguments: options for ansible-playbook.
        playbook: the playbook's path.
        events: the file that gets a line of JSON for each event.
        log: the file that gets Ansible's full output.

    Returns:
        The exit status of ansible-playbook; 130 when this process was told to end.
    """
    stop = threading.Event()
    parent = os.getppid()
    _adopt_orphans()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())

    # ansible-runner keeps the whole environment and all arguments in its artifacts: they live in
    # a private folder that ends with this run.
    with (
        tempfile.TemporaryDirectory(prefix="devbox-runner-") as private,
        contextlib.ExitStack() as ending,
        events.open("a", encoding="utf-8") as stream,
        log.open("a", encoding="utf-8", errors="replace") as output,
    ):
        ending.callback(_end_children)
        failed = False

        def stopped() -> bool:
            # Packer, killed, tells nobody: its child then has another parent.
            return stop.is_set() or os.getppid() != parent

        def handle(raw: Mapping[str, object]) -> bool:
            nonlocal failed
            if text := raw.get("stdout"):
                output.write(f"{text}\n")
                output.flush()
            event = event_of(raw)
            if event is not None:
                failed = failed or event.kind == "failed"
                stream.write(event.model_dump_json() + "\n")
                stream.flush()
            return False  # nothing is kept as an artifact

        runner = ansible_runner.run(
            private_data_dir=private,
            playbook=str(playbook),
            cmdline=shlex.join(arguments),
            quiet=True,
            event_handler=handle,
            cancel_callback=stopped,
            settings={"idle_timeout": 0, "job_timeout": 0, "pexpect_timeout": 1},
            suppress_env_files=True,
        )
        if stopped():
            return _INTERRUPTED
        if runner.status != "successful" and not failed:
            # It did not come to a task: ansible-playbook is missing, a playbook or role is wrong.
            stream.write(Event(kind="failed", message=_tail(log)).model_dump_json() + "\n")
    # A status is set where it ended by itself; none means that it did not.
    return 0 if runner.status == "successful" else int(runner.rc or 1)


def _tail(log: Path) -> str:
    text = log.read_text(encoding="utf-8", errors="replace")
    return "\n".join(failure_message({"msg": text}).splitlines()[-15:])


def _adopt_orphans() -> None:
    """Have what our children leave behind become children of ours, where the kernel can do it.

    Ansible's workers and the connections that ssh keeps open are in sessions of their own.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_children() -> None:
    """Kill what is left of the run; what a killed one leaves comes to us, and is next."""
    listing = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    with contextlib.suppress(OSError):  # no such listing, or no child is left
        while children := listing.read_text().split():
            for child in children:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)
                os.waitpid(int(child), 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
