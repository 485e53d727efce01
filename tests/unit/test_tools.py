"""A role's metadata becomes a tool's definition; options are held against it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from pydantic import JsonValue

from devbox.errors import DevboxError
from devbox.tools import (
    Option,
    ToolDefinition,
    load_role,
    load_tools,
    role_variables,
    validate_options,
)
from devbox.tools.options import quote, suggestion

SPECS = """\
argument_specs:
  main:
    short_description: The thing, at C(/opt/thing)
    options:
      thing_name: {type: str, required: true, description: "What it is called, see O(thing_port)."}
      thing_version: {type: str, choices: ["15", "17"]}
      thing_port: {type: int, default: 80, description: [One., Two.]}
      thing_ratio: {type: float}
      thing_fast: {type: bool}
      thing_folder: {type: path}
      thing_any: {type: raw}
      thing_words: {type: list, elements: str, choices: [red, green]}
      thing_free: {type: list}
      thing_settings: {type: dict}
      thing_users:
        type: list
        elements: dict
        options:
          name: {type: str, required: true}
          admin: {type: bool}
          thing_extra: {type: int}
      thing_tls:
        type: dict
        options:
          cert: {type: path, required: true}
"""


def role(folder: Path, **files: str) -> Path:
    (folder / "meta").mkdir(parents=True)
    for name, content in files.items():
        (folder / "meta" / f"{name}.yml").write_text(textwrap.dedent(content))
    return folder


@pytest.fixture
def thing(tmp_path: Path) -> ToolDefinition:
    return load_role(role(tmp_path / "thing", argument_specs=SPECS))


def test_the_catalog_holds_the_tools_and_nothing_else() -> None:
    tools = load_tools()
    assert {"build_tools", "git", "nginx", "node", "packages", "postgresql", "python"} <= set(tools)
    assert list(tools) == sorted(tools)
    assert not [name for name in tools if name.startswith("_")]
    assert load_tools() is tools


def test_metadata_is_read(tmp_path: Path) -> None:
    folder = role(
        tmp_path / "thing",
        argument_specs=SPECS,
        devbox="""\
            title: The Thing
            category: web
            part: development
            ports: [80, 443]
            shorthand: words
            manual: https://thing.example
            """,
        main="galaxy_info: {platforms: [{name: Debian, versions: [12, trixie]}, {name: EL}]}",
    )
    tool = load_role(folder)
    assert (tool.title, tool.category, tool.part) == ("The Thing", "web", "development")
    assert (tool.ports, tool.shorthand, tool.manual) == (
        (80, 443),
        "words",
        "https://thing.example",
    )
    assert tool.releases == ("bookworm", "trixie")
    assert tool.description == "The thing, at /opt/thing"
    assert tool.options[:3] == (
        Option("thing_name", "name", required=True, description="What it is called, see port."),
        Option("thing_version", "version", choices=("15", "17")),
        Option("thing_port", "port", type="int", default=80, description="One. Two."),
    )
    users = tool.option("users")
    assert users is not None
    assert users is tool.option("thing_users")
    assert [option.name for option in users.options] == ["name", "admin", "thing_extra"]


def test_a_role_without_metadata_accepts_any_option(tmp_path: Path) -> None:
    (tmp_path / "acme-api" / "defaults").mkdir(parents=True)
    (tmp_path / "acme-api" / "defaults" / "main.yml").write_text("acme_api_greeting: hi\n")
    tool = load_role(tmp_path / "acme-api")
    assert (tool.title, tool.category, tool.releases) == ("acme-api", "generic", ())
    options: dict[str, JsonValue] = {"greeting": "ho", "acme_api_greeting2": 1, "other": [1]}
    assert validate_options(tool, options) == []
    assert role_variables(tool, options) == {
        "acme_api_greeting": "ho",
        "acme_api_greeting2": 1,
        "other": [1],
    }
    for name in ("ansible_host", "a-b", "{{ x }}", ""):
        assert len(validate_options(tool, {name: 1})) == 1


def test_a_role_from_galaxy_drops_its_maker_from_its_variables(tmp_path: Path) -> None:
    specs = "argument_specs: {main: {options: {java_home: {type: path}}}}"
    tool = load_role(role(tmp_path / "acme.java", argument_specs=specs))
    assert [option.name for option in tool.options] == ["home"]


def test_options_may_stand_in_meta_main(tmp_path: Path) -> None:
    tool = load_role(role(tmp_path / "thing", main=SPECS))
    assert tool.option("port")


@pytest.mark.parametrize(
    "content",
    [
        "argument_specs: [",
        "- a",
        "argument_specs: 7",
        "argument_specs: {main: 7}",
        "argument_specs: {main: {options: [a]}}",
        "argument_specs: &a {main: {options: {x: {options: *a}}}}",
        "&a [*a]",
        "a: !!python/object/apply:os.system [true]",
        "a: " + "[" * 5000,
        "\x00",
        "{1: 2}",
        "#" * 2_000_000,
        "a: &a [0,0,0,0,0,0]\n" + "".join(f"b{n}: &b{n} [*a,*a]\n" for n in range(9000)),
    ],
    ids=lambda content: content[:20],
)
def test_broken_metadata_is_an_error_that_names_the_file(tmp_path: Path, content: str) -> None:
    folder = role(tmp_path / "thing")
    (folder / "meta" / "argument_specs.yml").write_text(content)
    with pytest.raises(DevboxError) as caught:
        load_role(folder)
    assert "argument_specs.yml" in caught.value.evidence


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"version": "17"},
        {"version": 17},
        {"port": 8080, "ratio": 1, "fast": True, "folder": "/x"},
        {"ratio": 0.5, "any": None},
        {"any": [1, {"a": None}]},
        {"words": ["red", "green"], "free": [1, "a"]},
        {"words": []},
        {"settings": {"a": 1, "b": [True]}},
        {"users": [{"name": "a", "admin": False}, {"name": "b", "thing_extra": 1}]},
        {"tls": {"cert": "/x"}},
        {"thing_port": 1},
    ],
)
def test_right_options_have_no_problems(
    thing: ToolDefinition, options: dict[str, JsonValue]
) -> None:
    assert validate_options(thing, {"name": "x", **options}) == []


@pytest.mark.parametrize(
    ("options", "path", "message", "hint"),
    [
        (
            {"prot": 1},
            ("prot",),
            'has no option "prot"',
            'did you mean "port"? known: name, version',
        ),
        ({"port": "80"}, ("port",), 'must be a whole number, not the text "80"', "quotes: 80"),
        ({"port": True}, ("port",), "must be a whole number, not true", ""),
        ({"port": 1.5}, ("port",), "must be a whole number, not the number 1.5", ""),
        ({"port": None}, ("port",), "has no value", "remove the option"),
        ({"version": 3.1}, ("version",), "must be text, not the number 3.1", 'quotes: "3.1"'),
        ({"version": True}, ("version",), "must be text, not true", 'quotes: "true"'),
        ({"version": "16"}, ("version",), 'cannot be "16"', "allowed: 15, 17"),
        ({"version": 16}, ("version",), "cannot be 16", "allowed: 15, 17"),
        ({"fast": "yes"}, ("fast",), "must be true or false", "write true"),
        ({"fast": "Off"}, ("fast",), "must be true or false", "write false"),
        ({"fast": 1}, ("fast",), "must be true or false, not the number 1", ""),
        ({"folder": 7}, ("folder",), "must be a path", '"7"'),
        ({"words": "red"}, ("words",), "must be a list", 'write ["red"]'),
        ({"words": ["red", "grean"]}, ("words", 1), 'cannot be "grean"', 'mean "green"'),
        ({"words": [["red"]]}, ("words", 0), "must be text, not a list", ""),
        ({"settings": [1]}, ("settings",), "must be a mapping, not a list", ""),
        ({"users": [{"name": "a", "admn": 1}]}, ("users", 0, "admn"), "no key", '"admin"'),
        ({"users": [{"name": "a", "admin": "no"}]}, ("users", 0, "admin"), "true or", "false"),
        ({"users": [{}]}, ("users", 0), 'needs the option "name"', ""),
        ({"users": ["a"]}, ("users", 0), "must be a mapping", ""),
        ({"tls": {}}, ("tls",), 'needs the option "cert"', ""),
        ({"port": 1, "thing_port": 2}, ("thing_port",), "are one option", ""),
    ],
)
def test_a_wrong_option_is_named(
    thing: ToolDefinition,
    options: dict[str, JsonValue],
    path: tuple[str | int, ...],
    message: str,
    hint: str,
) -> None:
    (problem,) = validate_options(thing, {"name": "x", **options})
    assert problem.path == path
    assert message in problem.message
    assert hint in problem.hint


def test_all_problems_are_found_at_once(thing: ToolDefinition) -> None:
    problems = validate_options(thing, {"prot": 1, "fast": 1, "words": ["x", "y"]})
    assert [problem.path for problem in problems] == [
        ("prot",),
        ("fast",),
        ("words", 0),
        ("words", 1),
        (),
    ]
    assert problems[-1].message == 'needs the option "name"'


def test_variables_have_their_full_names_and_the_text_that_was_meant(
    thing: ToolDefinition,
) -> None:
    options: dict[str, JsonValue] = {
        "name": 7,
        "port": 80,
        "thing_folder": "/x",
        "any": 5,
        "free": [1],
        "users": [{"name": 3, "thing_extra": 4}],
        "settings": {"a": 1},
    }
    assert role_variables(thing, options) == {
        "thing_name": "7",
        "thing_port": 80,
        "thing_folder": "/x",
        "thing_any": 5,
        "thing_free": [1],
        "thing_users": [{"name": "3", "thing_extra": 4}],
        "thing_settings": {"a": 1},
    }
    assert role_variables(thing, {}) == {}


def test_a_value_is_shown_so_that_no_terminal_obeys_it() -> None:
    assert quote("\x1b[31m\n\u202e\x9b") == '"\\u001b[31m\\n\\u202e\\x9b"'
    assert len(quote("x" * 1000)) < 65
    assert quote("é🚀") == '"é🚀"'


def test_the_nearest_word_is_proposed_without_regard_to_case() -> None:
    assert suggestion("Monday", ["monday", "tuesday"]).startswith('did you mean "monday"?')
    assert suggestion("zzz", ["a", "b"]) == "known: a, b"
    assert suggestion("pg", ["postgresql"], synonyms={"pg": "postgresql"}).startswith(
        "did you mean"
    )
    assert suggestion("pg", ["nginx"], synonyms={"pg": "postgresql"}) == "known: nginx"
