"""The whole catalog: what each tool says of itself is complete, known, and fits the others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from devbox.spec import parse_spec
from devbox.spec.names import TOOL_SYNONYMS, TOOLS_ELSEWHERE, explain_elsewhere
from devbox.spec.schema import json_schema
from devbox.tools import (
    RELEASES,
    Option,
    Source,
    ToolDefinition,
    find_offer,
    load_tools,
    offers,
    validate_options,
)
from devbox.tools.definition import Category
from devbox.tools.describe import Line, list_lines, show_lines
from devbox.tools.example import example_options
from devbox.tools.search import search_tools

ROLES = Path(__file__).parents[2] / "ansible" / "roles"
TOOLS = list(load_tools().values())
VERSIONED = [tool for tool in TOOLS if tool.sources]
EVIDENCE = {
    "actions", "apt", "asdf", "brew", "commands", "composer", "cpan", "crates", "features", "files",
    "galaxy", "gems", "go", "hex", "images", "maven", "npm", "nuget", "pypi", "schemes",
}  # fmt: skip
# Those kinds in which upper case means something.
AS_WRITTEN = {"files", "go", "maven", "galaxy", "actions", "composer", "commands"}
# Tools that want the same port, and cannot well want another: a machine has one of them, or gives
# one of them another port.
SAME_PORT = {
    80: {"apache", "caddy", "haproxy", "nginx", "varnish"},
    443: {"caddy", "haproxy"},
    6379: {"redis", "valkey"},
    9000: {"php_fpm"},
}

each = pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
each_versioned = pytest.mark.parametrize("tool", VERSIONED, ids=lambda tool: tool.name)


def read(tool: ToolDefinition, name: str) -> dict[str, Any]:
    content = yaml.safe_load((tool.folder / name).read_text(encoding="utf-8"))
    assert isinstance(content, dict), name
    return content


@each
def test_it_says_what_it_is(tool: ToolDefinition) -> None:
    meta = read(tool, "meta/devbox.yml")
    assert {"title", "category", "part", "ports", "shorthand", "manual", "verifies"} <= set(meta)
    known = {"memory", "versions", "evidence"}
    assert set(meta) <= known | {
        "title",
        "category",
        "part",
        "ports",
        "shorthand",
        "manual",
        "verifies",
    }
    assert tool.category in get_args(Category)
    assert re.fullmatch(r"https://\S+", tool.manual or "")
    assert tool.memory is None or 1 <= tool.memory <= 4096
    assert len(set(tool.ports)) == len(tool.ports)
    assert tool.shorthand is None or tool.option(tool.shorthand)


@each
def test_its_texts_are_phrases(tool: ToolDefinition) -> None:
    for text in (tool.description, tool.verifies):
        assert text
        assert text == " ".join(text.split())
        assert not text.endswith((".", "!"))
    # In sentences: "each build connects to …", "The PostgreSQL database server".
    assert tool.verifies[0].islower()
    assert not tool.description[0].islower() or tool.description.startswith(tool.title)


@each
def test_it_supports_releases_that_there_are(tool: ToolDefinition) -> None:
    assert tool.releases
    assert set(tool.releases) <= set(RELEASES)


@each
def test_its_options_begin_with_its_name_and_have_valid_defaults(tool: ToolDefinition) -> None:
    assert not tool.any_option
    defaults = read(tool, "defaults/main.yml") if tool.options else {}
    stated = {option.variable: option.default for option in tool.options}
    for option in tool.options:
        assert option.variable == f"{tool.name}_{option.name}"
        assert option.description
        if option.variable in defaults:
            value = defaults[option.variable]
            assert json.dumps(value) == json.dumps(option.default), option.variable
            problems = validate_options(tool, {option.name: value})
            assert problems == validate_options(tool, {}), option.variable
    assert {name for name, value in stated.items() if value is not None} <= set(defaults)
    assert set(defaults) <= set(stated)


@each
def test_a_version_is_an_option_if_and_only_if_versions_are_known(tool: ToolDefinition) -> None:
    option = tool.option("version")
    assert bool(option) == bool(tool.sources)
    if option:
        assert option == Option(
            f"{tool.name}_version", "version", default="", description=option.description
        )


@each_versioned
def test_its_sources_can_be_trusted(tool: ToolDefinition) -> None:
    for source in tool.sources:
        assert set(source.releases) <= set(RELEASES)
        assert source.versions
        for version in source.versions:
            assert re.fullmatch(r"[0-9][0-9A-Za-z.+~-]*", version), version
        if source.kind == "apt":
            _check_archive(source)
        else:
            assert (source.uri, source.suite, source.key, source.fingerprint) == ("", "", "", "")
    names = [source.name for source in tool.sources if source.kind != "debian"]
    # One name may have versions of its own in each release.
    assert len({(item.name, item.releases) for item in tool.sources}) == len(tool.sources), names
    releases = [source.releases for source in tool.sources if source.kind == "debian"]
    assert len(set(releases)) == len(releases)


def _check_archive(source: Source) -> None:
    assert re.fullmatch(r"https?://[a-z0-9.-]+(/\S*)?", source.uri)
    assert source.suite
    if source.fingerprint:
        assert re.fullmatch(r"[0-9A-F]{40}", source.fingerprint)
        assert source.key.startswith("https://")
    else:
        # Debian's own backports: signed with the key that each Debian has.
        assert source.key == ""
        assert re.match(r"http://deb\.debian\.org/debian", source.uri)
        assert source.tested


@each_versioned
def test_each_version_on_offer_is_found(tool: ToolDefinition) -> None:
    for release in RELEASES:
        for offer in offers(tool, release):
            assert find_offer(tool, release, offer.version) == offer
    for release in tool.releases:
        assert offers(tool, release), release


@each
def test_its_evidence_is_of_known_kinds(tool: ToolDefinition) -> None:
    assert set(tool.evidence) <= EVIDENCE
    for kind, names in tool.evidence.items():
        assert names, kind
        assert len(set(names)) == len(names), kind
        for name in names:
            assert name == name.strip() != "", kind
            assert kind in AS_WRITTEN or name == name.lower(), (kind, name)


@each
def test_its_cases_are_valid(tool: ToolDefinition) -> None:
    content = read(tool, "tests/cases.yml")
    first, *rest = content["cases"]
    # A generic tool does nothing at all without what it is given.
    assert first["name"] == "defaults" or tool.category == "generic"
    assert first["options"] == {} or tool.category == "generic"
    for case in [*rest, {"options": content.get("together", {})}]:
        names = [name.removeprefix(f"{tool.name}_") for name in case["options"]]
        assert [f"{tool.name}_{name}" for name in names] == list(case["options"])
        assert validate_options(tool, case["options"]) == validate_options(tool, {})
        assert set(case.get("releases", [])) <= set(RELEASES)
    assert content["broken"]
    for broken in content["broken"]:
        assert broken["name"]
        assert broken["break"]


@each
def test_its_example_is_valid(tool: ToolDefinition) -> None:
    for release in tool.releases:
        options = example_options(tool, release)
        entry = {tool.name: options} if options else tool.name
        text = json.dumps({"name": "a/b", "base": {"release": release}, tool.part: [entry]})
        spec = parse_spec(text, "example", ROLES)
        assert [item.name for item in spec.production + spec.development] == [tool.name]


@each
def test_it_is_shown_and_found(tool: ToolDefinition) -> None:
    for width in (40, 64, 80, 200):
        for lines in (show_lines(tool, width), list_lines([tool], "trixie", width)):
            assert [line.text for line in lines if _too_long(line, width)] == []
            assert all(line.text == line.text.rstrip() for line in lines)
    (line,) = list_lines([tool], "trixie", None)
    assert line.text.startswith(f"{tool.name}  {tool.category}  {tool.part}  ")
    assert tool in search_tools(TOOLS, [tool.name], {})[:1]
    assert tool in search_tools(TOOLS, tool.title.split(), {})


def _too_long(line: Line, width: int) -> bool:
    """Whether a line does not fit, though there is a space at which it could have been broken."""
    words = line.text.split()
    return len(line.text) > width and len(words) > 1 and max(map(len, words)) < width - 16


def test_the_list_is_by_category_and_says_what_no_test_reaches() -> None:
    lines = list_lines(TOOLS, "bookworm", 80)
    headings = [line.text for line in lines if line.heading][1:]
    assert headings == [name for name in get_args(Category) if name in headings]
    assert set(headings) == {tool.category for tool in TOOLS}
    marked = any("†" in line.text for line in lines[:-1])
    assert marked == any(not offer.source.tested for t in TOOLS for offer in offers(t, "bookworm"))


def test_ports_are_shared_only_for_a_reason() -> None:
    owners: dict[int, set[str]] = {}
    for tool in TOOLS:
        for port in tool.ports:
            owners.setdefault(port, set()).add(tool.name)
    clashes = {port: names for port, names in owners.items() if len(names) > 1}
    assert {
        port: names for port, names in clashes.items() if names - SAME_PORT.get(port, set())
    } == {}


def test_other_words_lead_to_tools_that_there_are() -> None:
    names = {tool.name for tool in TOOLS}
    assert {word: name for word, name in TOOL_SYNONYMS.items() if name not in names} == {}
    assert set(TOOL_SYNONYMS) & names == set()
    assert set(TOOLS_ELSEWHERE) & names == set()
    for text in TOOLS_ELSEWHERE.values():
        assert _mentioned(text, ("rabbitmq", "nats", "mariadb", "ansible_core", "npm")) <= names
    assert explain_elsewhere(" Mongo ").startswith("MongoDB is not in Debian")
    assert explain_elsewhere("nginx") == ""


def _mentioned(text: str, names: Iterable[str]) -> set[str]:
    return {name for name in names if re.search(rf"\b{name}\b", text)}


def test_the_schema_lists_the_versions() -> None:
    entry = json_schema()["$defs"]["Tool"]["anyOf"][1]["properties"]
    for tool in VERSIONED:
        (options,) = [item for item in entry[tool.name]["anyOf"] if "properties" in item]
        version = options["properties"]["version"]
        listed = version.get("enum") or version["examples"]
        for release in RELEASES:
            assert {offer.version for offer in offers(tool, release)} <= set(listed)
        # Where any version within is allowed, no list can be all.
        assert ("enum" in version) != any(source.exact for source in tool.sources)
        assert "bookworm: " in version["description"] or "trixie: " in version["description"]


def test_every_folder_is_a_tool() -> None:
    folders = {path.name for path in ROLES.iterdir() if path.name[0] not in "._"}
    assert folders == {tool.name for tool in TOOLS}
