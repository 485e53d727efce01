"""Following a playbook's events."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from devbox import ui
from devbox.playbooks.events import Event
from devbox.playbooks.follow import Follower


def line(kind: str, role: str = "", task: str = "", **more: object) -> bytes:
    event = Event.model_validate({"kind": kind, "role": role, "task": task, **more})
    return event.model_dump_json().encode() + b"\n"


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(data)


def test_roles_are_children_in_their_order(tmp_path: Path) -> None:
    events = tmp_path / "events"
    with ui.task("t") as task, Follower(events, task) as follower:
        append(events, line("task", "_begin", "Refresh") + line("task", "git", "Install"))
        append(events, line("changed", "git", "Install", seconds=2))
        append(events, line("task", "", "Prove each tool") + line("task", "nginx", "Install"))
    own, *tools = [child.title for child in task.children]
    assert not own.startswith("_")
    assert tools == ["git", "nginx"]
    assert list(follower.seconds) == ["_begin", "git", "nginx"]
    assert follower.failure is None
    assert follower.error("production", Path("log")) is None


def test_an_event_may_come_in_pieces_even_within_a_character(tmp_path: Path) -> None:
    events = tmp_path / "events"
    whole = line("task", "git", "Größe 🐘") + line("failed", "git", "Größe 🐘", message="zu groß")
    with ui.task("t") as task, Follower(events, task) as follower:
        for index in range(0, len(whole), 7):
            append(events, whole[index : index + 7])
            time.sleep(0.03)
    assert follower.failure == Event(kind="failed", role="git", task="Größe 🐘", message="zu groß")
    error = follower.error("production", Path("/log"))
    assert error is not None
    assert error.what == "production failed in role git, task “Größe 🐘”"
    assert error.evidence == "zu groß\nAnsible's output: /log"
    assert error.remedy


def test_lines_that_are_no_events_are_passed_over(tmp_path: Path) -> None:
    events = tmp_path / "events"
    with ui.task("t") as task, Follower(events, task) as follower:
        append(
            events, b"rubbish\n\n{}\n\xff\xfe\n" + b'{"kind":"other"}\n' + line("task", "git", "x")
        )
    assert list(follower.seconds) == ["git"]


def test_the_time_of_a_role_that_runs_twice_adds_up(tmp_path: Path) -> None:
    events = tmp_path / "events"
    with ui.task("t") as task, Follower(events, task) as follower:
        for role in ("packages", "git", "packages"):
            append(events, line("task", role, "x"))
            time.sleep(0.3)
    assert follower.seconds["packages"] > follower.seconds["git"] + 0.15
    assert [child.title for child in task.children] == ["packages", "git", "packages"]


def test_the_last_failure_counts_as_a_role_may_rescue_itself(tmp_path: Path) -> None:
    events = tmp_path / "events"
    with ui.task("t") as task, Follower(events, task) as follower:
        append(events, line("failed", "git", "plan A", message="harmless"))
        append(events, line("failed", "git", "plan B", message="the end"))
    error = follower.error("production", Path("log"))
    assert error is not None
    assert "plan B" in error.what
    assert "harmless" not in error.evidence


def test_an_error_of_the_block_closes_the_open_role_as_failed(tmp_path: Path) -> None:
    events = tmp_path / "events"
    with ui.task("t") as task:
        with pytest.raises(KeyboardInterrupt), Follower(events, task):
            append(events, line("task", "git", "x"))
            raise KeyboardInterrupt
        assert task.children[0].state.value == "failed"


def test_a_failure_before_any_task_is_the_playbooks(tmp_path: Path) -> None:
    events = tmp_path / "events"
    with ui.task("t") as task, Follower(events, task) as follower:
        append(events, line("failed", message="ERROR! no such role"))
    error = follower.error("verify", Path("log"))
    assert error is not None
    assert error.what == "verify failed in the playbook"
