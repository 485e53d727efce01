"""Follow a running playbook: its events become tasks that a person sees."""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from pydantic import ValidationError

from devbox import ui
from devbox.errors import DevboxError
from devbox.host import runlog
from devbox.playbooks.events import Event

_POLL_SECONDS = 0.1
_OWN_ROLES = {
    "_begin": "package indexes",
    "_vagrant": "Vagrant's user",
    "_seal": "clean and trim",
    "_verify": "system",
}


class Follower:
    """Shows a playbook's roles as children of a task, while its block runs.

    Attributes:
        failure: the event of the last task that failed (a role may have rescued itself from
            earlier ones); None while none has.
        seconds: how long each role took, in the order in which they ran.
    """

    def __init__(self, events: Path, task: ui.Task) -> None:
        self.failure: Event | None = None
        self.seconds: dict[str, float] = {}
        self._events = events
        self._task = task
        self._role: str | None = None
        self._role_started = 0.0
        self._child: ui.Task | None = None
        self._open = contextlib.ExitStack()
        self._offset = 0
        self._partial = b""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="events", daemon=True)

    def __enter__(self) -> Self:
        self._events.touch()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        self._read()
        self._close_role(failed=error is not None or self.failure is not None)

    def error(self, part: str, log: Path) -> DevboxError | None:
        """Return the failure as an error for people; None when no task failed.

        Args:
            part: what was being done, such as "production" or "verify".
            log: where Ansible's full output is.
        """
        if self.failure is None:
            return None
        role = self.failure.role
        where = f"role {role}, " if role and role not in _OWN_ROLES else ""
        task = f"task “{self.failure.task}”" if self.failure.task else "the playbook"
        return DevboxError(
            f"{part} failed in {where}{task}",
            evidence=f"{self.failure.message}\nAnsible's output: {log}".strip(),
            remedy="mend the cause, then run the same command again",
        )

    def _follow(self) -> None:
        while not self._stop.wait(_POLL_SECONDS):
            self._read()

    def _read(self) -> None:
        # As bytes: what was written last may end within a character.
        with self._events.open("rb") as stream:
            stream.seek(self._offset)
            text = stream.read()
        self._offset += len(text)
        *lines, self._partial = (self._partial + text).split(b"\n")
        for line in lines:
            with contextlib.suppress(ValidationError):
                self._show(Event.model_validate_json(line))

    def _show(self, event: Event) -> None:
        if event.seconds:
            runlog.write(f"- {event.role or '-'}: {event.task}: {event.kind} {event.seconds:.1f} s")
        if event.kind == "failed":
            self.failure = event
        if event.kind != "task":
            return
        if event.role and event.role != self._role:
            self._close_role(failed=False)
            self._role = event.role
            self._role_started = time.monotonic()
            title = _OWN_ROLES.get(event.role, event.role)
            self._task.activity("")
            self._child = self._open.enter_context(self._task.child(title))
        (self._child or self._task).activity(event.task)

    def _close_role(self, *, failed: bool) -> None:
        if self._role is not None:
            took = time.monotonic() - self._role_started
            self.seconds[self._role] = self.seconds.get(self._role, 0.0) + took
        self._role = self._child = None
        if failed:
            error = DevboxError("failed")
            with contextlib.suppress(DevboxError):
                self._open.__exit__(DevboxError, error, None)
        else:
            self._open.close()
        self._open = contextlib.ExitStack()
