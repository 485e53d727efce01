"""ansible-runner's events, and what a person is told of a failure."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devbox.playbooks.events import Event, event_of, failure_message


def raw(name: str, **data: object) -> dict[str, object]:
    return {"event": name, "event_data": {"role": "web", "task": "Install", **data}}


@pytest.mark.parametrize(
    ("given_event", "expected"),
    [
        (raw("playbook_on_task_start"), Event(kind="task", role="web", task="Install")),
        (
            raw("runner_on_ok", res={"changed": True}, duration=1.5),
            Event(kind="changed", role="web", task="Install", seconds=1.5),
        ),
        (
            raw("runner_on_ok", res={"changed": False}, duration=2),
            Event(kind="ok", role="web", task="Install", seconds=2),
        ),
        (raw("runner_on_skipped"), Event(kind="skipped", role="web", task="Install")),
        (
            raw("runner_on_failed", res={"msg": "no"}),
            Event(kind="failed", role="web", task="Install", message="no"),
        ),
        (
            raw("runner_on_unreachable", res={"msg": "ssh: refused"}),
            Event(
                kind="failed",
                role="web",
                task="Install",
                message="the machine stopped answering\nssh: refused",
            ),
        ),
        (raw("runner_on_failed", res={"msg": "no"}, ignore_errors=True), None),
        # The task itself fails after its items, and has them in its result.
        (raw("runner_item_on_failed", res={"msg": "no"}), None),
        (raw("runner_on_start"), None),
        ({"event": "verbose", "stdout": "x"}, None),
        ({}, None),
    ],
)
def test_events(given_event: dict[str, object], expected: Event | None) -> None:
    assert event_of(given_event) == expected


def test_a_local_role_is_called_by_its_folder() -> None:
    event = event_of(raw("playbook_on_task_start", role="/home/me/pro ject/roles/acme_api"))
    assert event is not None
    assert event.role == "acme_api"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["msg", "stderr", "stdout", "results", "x"]), JSON))
def test_whatever_a_host_says_a_failure_can_be_told_and_written(result: dict[str, object]) -> None:
    event = event_of(raw("runner_on_failed", res=result))
    assert event is not None
    assert event.message
    assert len(event.message.splitlines()) <= 60
    assert Event.model_validate_json(event.model_dump_json()) == event


def test_a_failure_of_apt_is_shortened_to_the_lines_that_tell() -> None:
    noise = "".join(f"Selecting previously unselected package lib{n}.\n" for n in range(400))
    fault = (
        "dpkg: error processing package broken (--configure):\n"
        " installed broken package post-installation script subprocess returned error exit 1\n"
        "Errors were encountered while processing:\n broken\n"
        "E: Sub-process /usr/bin/dpkg returned an error code (1)\n"
    )
    packages = " ".join(f"'lib{n}=1.0'" for n in range(60))
    result = {
        "msg": f"'/usr/bin/apt-get -y install {packages}' failed: {fault.splitlines()[-1]}\n",
        "stdout": noise + fault,
        "stderr": fault.splitlines()[-1],
        "stdout_lines": (noise + fault).splitlines(),
    }
    assert len(json.dumps(result)) > 20_000
    message = failure_message(result)
    assert len(message) < 2_000
    assert "dpkg: error processing package broken" in message
    first = message.splitlines()[0]
    assert first.startswith("'/usr/bin/apt-get -y install")
    assert first.endswith("E: Sub-process /usr/bin/dpkg returned an error code (1)")


def test_a_crashed_module_ends_with_its_last_words() -> None:
    trace = "Traceback (most recent call last):\n" + "  File x, line 1\n    call()\n" * 30
    message = failure_message(
        {
            "msg": "MODULE FAILURE: No start of json char found",
            "module_stderr": trace + "OSError: full",
        }
    )
    assert message.splitlines()[0].startswith("MODULE FAILURE")
    assert message.splitlines()[-1] == "OSError: full"


def test_items_that_failed_are_named_and_the_others_are_not() -> None:
    message = failure_message(
        {
            "msg": "One or more items failed",
            "results": [
                {"item": "jq", "failed": False, "msg": "fine"},
                {"item": "nope", "failed": True, "msg": "No package matching 'nope'"},
                {"item": {"name": "x"}, "failed": True, "stderr": "gone"},
            ],
        }
    )
    assert message == "nope: No package matching 'nope'\n{'name': 'x'}: gone"


def test_nothing_said_twice() -> None:
    assert failure_message({"msg": "a\nb", "stderr": "b", "stdout": "a"}) == "a\nb"
