"""Versions: what a release offers, what is refused and why, which release suits a stack."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from pydantic import JsonValue

from devbox.spec import SpecError, parse_spec
from devbox.spec.model import Release
from devbox.tools import (
    RELEASES,
    Option,
    Source,
    ToolDefinition,
    describe_offers,
    find_offer,
    nearest_offer,
    offers,
    propose_release,
    version_problem,
)
from devbox.tools.versions import default_version


def debian(**versions: str) -> tuple[Source, ...]:
    return tuple(
        Source("Debian", "debian", tuple(text.split()), (release,))
        for release, text in versions.items()
    )


def tool(name: str, title: str, *sources: Source, releases: tuple[str, ...] = ()) -> ToolDefinition:
    option = Option(f"{name}_version", "version", default="")
    return ToolDefinition(
        name, Path(name), title, sources=sources, options=(option,), releases=releases
    )


PGDG = Source("apt.postgresql.org", "apt", ("13", "15", "16", "17"), tested=False)
POSTGRESQL = tool("postgresql", "PostgreSQL", *debian(bookworm="15", trixie="17"), PGDG)
PYTHON = tool("python", "Python", *debian(bookworm="3.11", trixie="3.13"))
NODE = tool(
    "node",
    "Node.js",
    *debian(bookworm="18", trixie="20"),
    Source("npm", "npm", ("18", "20", "22"), exact=True),
)
JAVA = tool("java", "Java", *debian(bookworm="17", trixie="21 25"))
VALKEY = tool("valkey", "Valkey", *debian(trixie="8.1"), releases=("trixie",))
BACKPORTED = tool(
    "go", "Go", *debian(bookworm="1.19"), Source("backports", "apt", ("1.23",), ("bookworm",))
)
PLAIN = ToolDefinition("nginx", Path("nginx"), "nginx")
TOOLS = {item.name: item for item in (POSTGRESQL, PYTHON, NODE, JAVA, VALKEY, BACKPORTED, PLAIN)}


def test_the_releases_are_those_of_devbox_yml() -> None:
    assert get_args(Release) == RELEASES


def test_debian_comes_first_and_no_version_twice() -> None:
    found = [(offer.version, offer.source.name) for offer in offers(POSTGRESQL, "bookworm")]
    assert found == [
        ("15", "Debian"),
        ("13", "apt.postgresql.org"),
        ("16", "apt.postgresql.org"),
        ("17", "apt.postgresql.org"),
    ]
    assert describe_offers(POSTGRESQL, "trixie") == "17 (Debian), 13, 15, 16 (apt.postgresql.org)"
    assert [offer.version for offer in offers(JAVA, "trixie")] == ["21", "25"]
    assert [offer.version for offer in offers(BACKPORTED, "trixie")] == []
    assert offers(PLAIN, "bookworm") == ()


def test_the_default_is_what_the_release_carries() -> None:
    assert default_version(JAVA, "trixie") == "21"
    assert default_version(BACKPORTED, "trixie") is None
    assert default_version(PLAIN, "bookworm") is None


@pytest.mark.parametrize(
    ("definition", "release", "wanted", "source"),
    [
        (POSTGRESQL, "bookworm", "15", "Debian"),
        (POSTGRESQL, "trixie", "15", "apt.postgresql.org"),
        (POSTGRESQL, "bookworm", "15.3", None),
        (POSTGRESQL, "bookworm", "1", None),
        (POSTGRESQL, "bookworm", "", None),
        (PYTHON, "bookworm", "3.11", "Debian"),
        (PYTHON, "bookworm", "3", None),
        (NODE, "bookworm", "18", "Debian"),
        # Debian has 18 as it is; a certain one of its patch versions is npm's.
        (NODE, "bookworm", "18.20.1", "npm"),
        (NODE, "bookworm", "22.11.0", "npm"),
        (NODE, "bookworm", "22.x", None),
        (NODE, "bookworm", "22.1; rm -rf /", None),
        (NODE, "bookworm", "220.1", None),
    ],
)
def test_a_version_is_found_or_not(
    definition: ToolDefinition, release: str, wanted: str, source: str | None
) -> None:
    offer = find_offer(definition, release, wanted)
    assert (offer.source.name if offer else None) == source


def test_what_a_repo_says_is_brought_to_what_is_offered() -> None:
    python = nearest_offer(PYTHON, "bookworm", "3.11.4")
    assert python
    assert python.version == "3.11"
    postgresql = nearest_offer(POSTGRESQL, "trixie", "17.2")
    assert postgresql
    assert (postgresql.version, postgresql.source.name) == ("17", "Debian")
    assert nearest_offer(PYTHON, "bookworm", "3.12") is None
    assert nearest_offer(PYTHON, "bookworm", "3.110") is None


@pytest.mark.parametrize(
    ("wanted", "release", "reasons"),
    [
        (
            {"postgresql": "17.2", "python": "3.13"},
            "trixie",
            ("PostgreSQL 17 and Python 3.13: trixie",),
        ),
        ({"python": "3.11.4", "node": "22"}, "bookworm", ("Python 3.11: bookworm",)),
        ({"node": "22"}, "trixie", ()),
        # Debian's own is better than another source, and having it is better than not.
        ({"postgresql": "15"}, "bookworm", ("PostgreSQL 15: bookworm",)),
        (
            {"postgresql": "15", "python": "3.13"},
            "trixie",
            ("Python 3.13: trixie", "PostgreSQL 15: bookworm"),
        ),
        ({"valkey": "", "nginx": "1.2"}, "trixie", ("Valkey: trixie",)),
        ({"python": "2.7", "unheard-of": "1"}, "trixie", ()),
        ({}, "trixie", ()),
    ],
)
def test_a_release_is_proposed_with_reasons(
    wanted: dict[str, str], release: str, reasons: tuple[str, ...]
) -> None:
    proposal = propose_release(wanted, TOOLS)
    assert (proposal.release, proposal.reasons) == (release, reasons)


@pytest.mark.parametrize(
    "options",
    [{}, {"version": ""}, {"version": "17"}, {"version": 17}, {"postgresql_version": "13"}],
)
def test_a_version_that_can_be_had_is_no_problem(options: dict[str, JsonValue]) -> None:
    assert version_problem(POSTGRESQL, options, "bookworm") is None


@pytest.mark.parametrize("value", [3.1, True, None, ["17"], {"a": 1}])
def test_what_is_no_text_is_the_business_of_the_types(value: JsonValue) -> None:
    assert version_problem(PYTHON, {"version": value}, "bookworm") is None


def test_nothing_is_refused_where_nothing_is_known() -> None:
    assert version_problem(PYTHON, {"version": "99"}, None) is None
    assert version_problem(tool("thing", "Thing"), {"version": "99"}, "bookworm") is None


@pytest.mark.parametrize(
    ("definition", "value", "message", "hint"),
    [
        (
            PYTHON,
            "3.13",
            'is "3.13", which Python cannot have in bookworm',
            "bookworm has 3.11 (Debian)\ntrixie has 3.13 (Debian): base: {release: trixie}",
        ),
        (
            PYTHON,
            "3.11.4",
            'is "3.11.4", more precise than Python can be asked for',
            'write "3.11": the newest of its kind that bookworm has',
        ),
        (
            POSTGRESQL,
            "16.1",
            'is "16.1", more precise than PostgreSQL can be asked for',
            'write "16": the newest of its kind that apt.postgresql.org has',
        ),
        (
            NODE,
            9,
            'is "9", which Node.js cannot have in bookworm',
            "bookworm has 18 (Debian), 20, 22 (npm)",
        ),
        (
            VALKEY,
            "8.1.2",
            'is "8.1.2", which Valkey cannot have in bookworm',
            (
                "bookworm has no version of it to ask for\n"
                "trixie has 8.1 (Debian): base: {release: trixie}"
            ),
        ),
    ],
)
def test_a_refusal_says_what_can_be_had(
    definition: ToolDefinition, value: JsonValue, message: str, hint: str
) -> None:
    problem = version_problem(definition, {"version": value}, "bookworm")
    assert problem
    assert (problem.path, problem.message, problem.hint) == (("version",), message, hint)
    assert problem.at_value


ROLE = """\
argument_specs:
  main:
    options:
      thing_version: {type: str, default: ""}
"""
METADATA = """\
title: The Thing
versions:
  debian: {bookworm: "1.2", trixie: "1.4"}
  sources: [{name: thing.example, kind: apt, versions: ["2"], tested: false}]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, content in {
        "tasks/main.yml": "[]",
        "meta/argument_specs.yml": ROLE,
        "meta/devbox.yml": METADATA,
    }.items():
        (tmp_path / "thing" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "thing" / name).write_text(content)
    return tmp_path


def read(version: str, root: Path, release: str = "bookworm") -> None:
    parse_spec(
        f"name: a/b\nbase: {{release: {release}}}\nproduction:\n"
        f"  - role:\n      path: thing\n      version: {version}\n",
        "devbox.yml",
        root,
    )


@pytest.mark.parametrize("version", ["2", '"2"', '"1.2"', '""'])
def test_devbox_yml_may_ask_for_what_can_be_had(version: str, root: Path) -> None:
    read(version, root)


@pytest.mark.parametrize(
    ("version", "said"),
    [
        ("1.20", ["must be text, not the number 1.20", 'write it in quotes: "1.20"']),
        ('"1.4"', ["cannot have in bookworm", "1.2 (Debian), 2 (thing.example)", "trixie has 1.4"]),
        ("3", ['is "3"', "bookworm has 1.2 (Debian)"]),
        ('"1.2.7"', ['write "1.2"']),
        ('"2\\e[31m"', ['"2\\u001b[31m"']),
        ("[2]", ["must be text, not a list"]),
        ('"{{ 7*7 }}"', ['is "{{ 7*7 }}"']),
    ],
)
def test_devbox_yml_is_refused_with_the_place(version: str, said: list[str], root: Path) -> None:
    with pytest.raises(SpecError) as caught:
        read(version, root)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (6, 16)
    assert [text for text in said if text not in caught.value.evidence] == []
    assert "\x1b" not in caught.value.evidence


def test_the_release_decides(root: Path) -> None:
    read('"1.4"', root, "trixie")
    with pytest.raises(SpecError, match="an error"):
        read('"1.2"', root, "trixie")


def test_a_tool_with_one_version_says_so() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec("name: a/b\nproduction: [memcached: {version: '1.6'}]", "devbox.yml", Path())
    assert "comes in the version that the Debian release carries" in caught.value.evidence


def test_what_is_not_in_the_catalog_is_explained() -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec("name: a/b\nproduction: [Mongo, terraform, golang]", "devbox.yml", Path())
    mongo, terraform, go = caught.value.problems
    assert "MongoDB is not in Debian" in mongo.hint
    assert "devbox tools new" in terraform.hint
    assert 'did you mean "go"?' in go.hint
