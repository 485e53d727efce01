from __future__ import annotations

import itertools
from pathlib import Path, PurePosixPath

import pytest

from devbox.detect.findings import Evidence, Finding, Report
from devbox.spec import Machine, Schedule, Spec, Tool
from devbox.tools import Option, ToolDefinition
from devbox.wizard import checks, choices, edits, words
from devbox.wizard.proposal import Proposal, propose_stack
from devbox.wizard.tool_rows import tool_choices


def _tool(name: str, category: str, *ports: int) -> ToolDefinition:
    return ToolDefinition(name, Path(name), name.capitalize(), category=category, ports=ports)


_CATALOG = {
    tool.name: tool
    for tool in (
        _tool("git", "developer tools"),
        _tool("nginx", "web", 80),
        ToolDefinition(
            "postgresql",
            Path("postgresql"),
            "Postgresql",
            category="databases",
            ports=(5432,),
            options=(
                Option("postgresql_databases", "databases", "list", "str"),
                Option("postgresql_port", "port", "int", default=5432),
            ),
        ),
        _tool("old", "languages"),
        ToolDefinition(
            "packages",
            Path("packages"),
            "Debian packages",
            category="generic",
            shorthand="names",
            options=(Option("packages_names", "names", "list", "str"),),
        ),
    )
}
_ROLE = Tool(name="role", path=PurePosixPath("roles/api"))
_PACKAGES = Tool(name="packages", options={"names": ["libpq5"]})
_SPEC = Spec(
    name="acme/web",
    production=(Tool(name="postgresql", options={"databases": ["app"]}), _PACKAGES, _ROLE),
    machine=Machine(ports={5432: 5432}),
)
_ALL = ("postgresql", "packages", "role: roles/api")


def _names(tools: tuple[Tool, ...]) -> list[str]:
    return [tool.name for tool in tools]


def test_entries_that_stay_keep_their_options_and_order() -> None:
    spec = edits.choose_tools(_SPEC, "production", ["nginx", *_ALL], _CATALOG)
    assert _names(spec.production) == ["postgresql", "nginx", "packages", "role"]
    assert edits.tool_options(spec, "production", "postgresql") == {"databases": ["app"]}


def test_an_entry_written_by_hand_can_be_taken_off_like_any_other() -> None:
    spec = edits.choose_tools(_SPEC, "production", ["postgresql"], _CATALOG)
    assert _names(spec.production) == ["postgresql"]


def test_a_new_entry_begins_as_it_is_proposed() -> None:
    proposed = {"nginx": Tool(name="nginx", options={"sites": []})}
    spec = edits.choose_tools(_SPEC, "production", ["nginx"], _CATALOG, proposed)
    assert spec.production == (proposed["nginx"],)


def test_a_tool_is_in_one_part_only_and_takes_its_options_along() -> None:
    spec = edits.choose_tools(_SPEC, "development", ["git"], _CATALOG)
    spec = edits.set_options(spec, "development", "git", {"lfs": True}, _CATALOG)
    spec = edits.choose_tools(spec, "production", [*_ALL, "git"], _CATALOG)
    assert (spec.production[1], spec.development) == (
        Tool(name="git", options={"lfs": True}),
        (),
    )


def test_each_part_may_have_packages() -> None:
    spec = edits.choose_tools(_SPEC, "development", ["packages"], _CATALOG)
    assert (_PACKAGES in spec.production, _names(spec.development)) == (True, ["packages"])


def test_ports_follow_the_tools_until_somebody_sets_them() -> None:
    spec = edits.choose_tools(_SPEC, "production", ["nginx", "postgresql"], _CATALOG)
    assert spec.machine.ports == {5432: 5432, 8080: 80}
    spec = edits.set_options(spec, "production", "postgresql", {"port": 6000}, _CATALOG)
    assert spec.machine.ports == {6000: 6000, 8080: 80}
    own = _SPEC.model_copy(update={"machine": Machine(ports={1234: 5432})})
    assert edits.choose_tools(own, "production", ["nginx"], _CATALOG).machine.ports == {1234: 5432}


@pytest.mark.parametrize("name", ["acme/web", "a/b", "a.b/c_d-e", "0/1"])
def test_names_that_a_box_can_have(name: str) -> None:
    assert checks.check_name(name) is None


@pytest.mark.parametrize(
    "name", ["web", "Acme/web", "a/b/c", "../x", "a#{b}", "a/b c", "é/x", "", "a/", "a/" + "x" * 65]
)
def test_names_that_no_box_can_have(name: str) -> None:
    assert checks.check_name(name)


def test_numbers_of_the_machine_are_checked_by_the_model() -> None:
    assert checks.check_size("memory", "2048") is None
    assert checks.check_size("memory", "511") == "a whole number from 512 to 1048576"
    assert checks.check_size("cpus", "4 GB")


def _evidence(file: str, version: str | None = None) -> Evidence:
    return Evidence(
        PurePosixPath(file), 1, f"text of {file}", "says so", "certain", "production", version
    )


def test_what_was_found_comes_first_with_what_asks_for_its_version() -> None:
    evidence = (_evidence("web/x", "18"), _evidence("api/x", "20"))
    found = Finding("old", "old", "Old", "production", "18", "certain", evidence)
    proposal = propose_stack(Report((found,)), _CATALOG)
    rows = tool_choices(_SPEC, "production", _CATALOG, proposal, {"old": "20"})
    assert (rows[0].value, rows[0].title) == ("old", "Old 20")
    assert rows[0].hint == "api/x:1  text of api/x"


def test_development_is_not_offered_what_production_has_but_packages() -> None:
    rows = tool_choices(_SPEC, "development", _CATALOG, Proposal(), {})
    assert [row.value for row in rows] == ["git", "old", "nginx", "packages"]


def test_groups_are_together_and_roles_of_the_team_are_among_them() -> None:
    rows = tool_choices(_SPEC, "production", _CATALOG, Proposal(), {})
    groups = [row.group for row in rows]
    assert len(set(groups)) == len([group for group, _ in itertools.groupby(groups)])
    assert (rows[-1].value, rows[-1].title) == ("role: roles/api", "api")


def test_the_present_size_of_the_machine_is_among_the_sizes() -> None:
    rows = choices.machine_choices(Machine(cpus=7), Machine(), 4096)
    assert choices.machine_key(Machine(cpus=7)) in [row.value for row in rows]
    assert len({row.value for row in rows}) == len(rows)
    assert "the stack wants 4096 MiB" in rows[0].hint


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        (None, "never by itself"),
        (Schedule(every="day", at="13:00"), "every day at 13:00"),
        (Schedule(every="week"), "every Monday at 03:00"),
        (Schedule(every="week", on="friday"), "every Friday at 03:00"),
        (Schedule(every="month"), "on the first of every month at 03:00"),
    ],
)
def test_schedules_are_said_in_words(schedule: Schedule | None, said: str) -> None:
    assert words.describe_schedule(schedule) == said


def test_a_stack_is_said_in_words() -> None:
    said = words.describe_tools(_SPEC, "production", _CATALOG)
    assert said == "Postgresql, libpq5, api"
    assert words.describe_machine(Machine(cpus=1, memory=1536)) == (
        "1 processor, 1.5 GiB memory, 40 GiB disk"
    )
