"""The playbook program that Packer's Ansible provisioner runs: ansible-runner, event by event.

Packer calls it as it would call ansible-playbook. Each event that a person cares for is appended
to a file as one line of JSON, which the devbox that started Packer follows
(:mod:`devbox.playbooks.follow`). It starts from a small script
(:func:`devbox.playbooks.inputs.write_program`).
"""

from __future__ import annotations

import os
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import ansible_runner

from devbox.playbooks.events import Event, event_of

EVENTS_VARIABLE = "DEVBOX_EVENTS"
LOG_VARIABLE = "DEVBOX_ANSIBLE_LOG"


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
        The exit status of ansible-playbook.
    """
    stop = threading.Event()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())

    # ansible-runner keeps the whole environment and all arguments in its artifacts: they live in
    # a private folder that ends with this run.
    with (
        tempfile.TemporaryDirectory(prefix="devbox-runner-") as private,
        events.open("a", encoding="utf-8") as stream,
        log.open("a", encoding="utf-8", errors="replace") as output,
    ):

        def handle(raw: Mapping[str, object]) -> bool:
            if text := raw.get("stdout"):
                output.write(f"{text}\n")
                output.flush()
            event = event_of(raw)
            if event is not None:
                stream.write(event.model_dump_json() + "\n")
                stream.flush()
            return False  # nothing is kept as an artifact

        runner = ansible_runner.run(
            private_data_dir=private,
            playbook=str(playbook),
            cmdline=shlex.join(arguments),
            quiet=True,
            event_handler=handle,
            cancel_callback=stop.is_set,
            settings={"idle_timeout": 0, "job_timeout": 0, "pexpect_timeout": 1},
            suppress_env_files=True,
        )
        if runner.status == "failed" and not _has_failure(events):
            stream.write(
                Event(kind="failed", task="ansible-playbook", message=_tail(log)).model_dump_json()
                + "\n"
            )
    return int(runner.rc or (130 if stop.is_set() else 0))


def _has_failure(events: Path) -> bool:
    return any('"kind":"failed"' in line for line in events.read_text().splitlines())


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").strip().splitlines()[-15:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
