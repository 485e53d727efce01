"""What happens while a playbook runs: ansible-runner's events, as values of our own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

# The items of a loop that fail are in the result of their task, which fails after them.
_FAILED = {"runner_on_failed", "runner_on_unreachable"}
_STOPPED_ANSWERING = "the machine stopped answering"
_ITEMS_FAILED = "One or more items failed"
_MESSAGE_LINES = 20
_LINE = 300
# Lines of apt and dpkg that name the fault, among hundreds that do not.
_TELLING = re.compile(
    r"^(E: |W: |dpkg: error|dpkg-deb: error|Err:|fatal|error|ERROR|.*: error)|"
    r"unmet dependencies|Unable to locate|No such file|not found|Permission denied|No space left"
)


class Event(BaseModel):
    """One event of a playbook.

    Attributes:
        kind: "task" (a task has begun), "changed", "ok", "skipped", "failed".
        role: the role that the task belongs to; empty for tasks of the playbook itself.
        task: the task's name.
        seconds: how long it ran; 0 at its begin.
        message: for a failure, what the host said, shortened to the lines that tell.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["task", "ok", "changed", "skipped", "failed"]
    role: str = ""
    task: str = ""
    seconds: float = 0.0
    message: str = ""


def event_of(raw: Mapping[str, object]) -> Event | None:
    """Return the event that one of ansible-runner's tells, None for those that nobody cares for.

    Args:
        raw: the event, see https://ansible.readthedocs.io/projects/runner/en/latest/intro/
    """
    name = raw.get("event")
    data = _mapping(raw.get("event_data"))
    # A local role's name is the path by which the playbook asks for it.
    role, task = _text(data.get("role")).rpartition("/")[2], _text(data.get("task"))
    seconds = data.get("duration")
    took = float(seconds) if isinstance(seconds, int | float) else 0.0
    if name == "playbook_on_task_start":
        return Event(kind="task", role=role, task=task)
    if name == "runner_on_ok":
        changed = _mapping(data.get("res")).get("changed")
        return Event(kind="changed" if changed else "ok", role=role, task=task, seconds=took)
    if name == "runner_on_skipped":
        return Event(kind="skipped", role=role, task=task, seconds=took)
    if name in _FAILED and not data.get("ignore_errors"):
        message = failure_message(_mapping(data.get("res")))
        if name == "runner_on_unreachable":
            message = f"{_STOPPED_ANSWERING}\n{message}"
        return Event(kind="failed", role=role, task=task, seconds=took, message=message)
    return None


def failure_message(result: Mapping[str, object]) -> str:
    """Return what a person needs of a failed task's result.

    A failure of apt carries all of dpkg's output twice, 20 kB of it: only the lines that name
    the fault are kept, and the last few.
    """
    lines: list[str] = []
    for key in ("msg", "module_stderr", "stderr", "stdout"):
        text = result.get(key)
        if isinstance(text, str) and text.strip() not in ("", "non-zero return code"):
            lines += [line.rstrip() for line in _text(text).strip().splitlines()]
    failed = [found for item in _list(result.get("results")) if (found := _mapping(item))]
    for found in failed:
        if found.get("failed") or found.get("unreachable"):
            # "One or more items failed" says nothing beside what the items say.
            lines = [] if lines == [_ITEMS_FAILED] else lines
            item = _text(found.get("_ansible_item_label") or found.get("item"))
            said = failure_message(found).splitlines()
            lines += [f"{item}: {said[0]}" if item else said[0], *said[1:]]
    if not lines:
        lines = [_text(dict(result))]
    lines = list(dict.fromkeys(_shortened(line) for line in lines if line))
    if len(lines) <= _MESSAGE_LINES:
        return "\n".join(lines)
    telling = [line for line in lines[1:-4] if _TELLING.search(line)]
    return "\n".join(dict.fromkeys([lines[0], *telling[: _MESSAGE_LINES - 5], *lines[-4:]]))


def _text(value: object) -> str:
    """Return a value as text that can be written in UTF-8: a host's output need not be any."""
    text = "" if value is None else str(value)
    return text.encode("utf-8", "replace").decode("utf-8")


def _shortened(line: str) -> str:
    """Keep a long line's ends: apt's begins with a command of any length, and ends with why."""
    if len(line) <= _LINE:
        return line
    return f"{line[: _LINE // 3]} … {line[-(_LINE - _LINE // 3) :]}"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
