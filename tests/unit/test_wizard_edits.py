from __future__ import annotations

import itertools
from pathlib import Path, PurePosixPath

import pytest

from devbox.spec import Machine, Schedule, Spec, Tool
from devbox.tools import Option, ToolDefinition
from devbox.wizard import checks, choices, edits, words
from devbox.wizard.proposal import Computer, Proposal


def _tool(name: str, category: str, *ports: int, releases: tuple[str, ...] = ()) -> ToolDefinition:
    return ToolDefinition(
        name, Path(name), name.capitalize(), category=category, ports=ports, releases=releases
    )


_CATALOG = {
    tool.name: tool
    for tool in (
        _tool("git", "developer tools"),
        _tool("nginx", "web", 80),
        _tool("postgresql", "databases", 5432),
        _tool("old", "languages", releases=("bookworm",)),
        ToolDefinition(
            "packages",
            Path("packages"),
            "Debian packages",
            shorthand="names",
            options=(Option("packages_names", "names", "list", "str"),),
        ),
    )
}
_ROLE = Tool(name="role", path=PurePosixPath("roles/api"))
_SPEC = Spec(
    name="acme/web",
    production=(
        Tool(name="postgresql", options={"databases": ["app"]}),
        Tool(name="packages", options={"names": ["libpq5"]}),
        _ROLE,
    ),
    machine=Machine(ports={5432: 5432}),
)


def _names(tools: tuple[Tool, ...]) -> list[str]:
    return [tool.name for tool in tools]


def test_tools_that_stay_keep_options_and_hand_made_entries_stay() -> None:
    spec = edits.choose_tools(_SPEC, "production", ["nginx", "postgresql"], _CATALOG)
    assert _names(spec.production) == ["postgresql", "nginx", "packages", "role"]
    assert edits.tool_options(spec, "production", "postgresql") == {"databases": ["app"]}


def test_a_tool_is_in_one_part_only() -> None:
    spec = edits.choose_tools(_SPEC, "development", ["git"], _CATALOG)
    spec = edits.choose_tools(spec, "production", ["git"], _CATALOG)
    assert (_names(spec.production)[0], spec.development) == ("git", ())


def test_ports_follow_the_tools_until_somebody_sets_them() -> None:
    spec = edits.choose_tools(_SPEC, "production", ["nginx", "postgresql"], _CATALOG)
    assert spec.machine.ports == {5432: 5432, 8080: 80}
    own = _SPEC.model_copy(update={"machine": Machine(ports={1234: 5432})})
    assert edits.choose_tools(own, "production", ["nginx"], _CATALOG).machine.ports == {1234: 5432}


def test_packages_come_and_go() -> None:
    spec = edits.set_packages(_SPEC, "production", [], _CATALOG)
    assert _names(spec.production) == ["postgresql", "role"]
    spec = edits.set_packages(spec, "development", ["jq"], _CATALOG)
    assert spec.development == (Tool(name="packages", options={"names": ["jq"]}),)
    assert edits.packages(spec, "development", _CATALOG) == ("jq",)


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("8080:80, 5432", {8080: 80, 5432: 5432}),
        ("8080:80 9090:80", {8080: 80, 9090: 80}),
        ("", {}),
    ],
)
def test_ports_are_typed_as_pairs(text: str, ports: dict[int, int]) -> None:
    assert edits.parse_ports(text) == ports
    assert edits.parse_ports(edits.render_ports(ports)) == ports


@pytest.mark.parametrize("text", ["0", "65536", "80:", "a:b", "80:80, 80:81", "-1", "8080→80", "٣"])
def test_what_is_no_port_is_refused(text: str) -> None:
    assert checks.check_ports(text)


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


def test_times_of_day_are_checked() -> None:
    assert checks.check_time("23:59") is None
    assert checks.check_time("24:00")
    assert checks.check_time("3:00")


def test_tools_that_the_release_has_not_are_not_offered() -> None:
    trixie = _SPEC.model_copy(update={"base": _SPEC.base.model_copy(update={"release": "trixie"})})
    offered = [row.value for row in choices.tool_choices(trixie, "production", _CATALOG)]
    assert offered == ["nginx", "postgresql", "git"]


def test_development_is_not_offered_what_production_has() -> None:
    offered = [row.value for row in choices.tool_choices(_SPEC, "development", _CATALOG)]
    assert offered == ["git", "old", "nginx"]


def test_groups_are_together() -> None:
    groups = [row.group for row in choices.tool_choices(_SPEC, "production", _CATALOG)]
    assert len(set(groups)) == len([group for group, _ in itertools.groupby(groups)])


def test_the_present_size_of_the_machine_is_among_the_sizes() -> None:
    proposal = Proposal("a/b", "", Machine(), Computer(2, 4096, 100))
    rows = choices.machine_choices(Machine(cpus=7), proposal)
    assert choices.machine_key(Machine(cpus=7)) in [row.value for row in rows]
    assert len({row.value for row in rows}) == len(rows)


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
