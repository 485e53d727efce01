from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from devbox.detect.findings import Conflict, Evidence, Finding, Library, Report
from devbox.spec import Spec, Tool
from devbox.tools import Option, Source, ToolDefinition
from devbox.wizard.names import name_from_folder, name_from_remote, name_of_repo
from devbox.wizard.proposal import first_spec, highest_version, propose_stack, settle_versions
from devbox.wizard.sizes import Computer, default_memory, propose_machine, stack_memory


@pytest.mark.parametrize(
    ("remote", "name"),
    [
        ("git@github.com:Acme/Web.git", "acme/web"),
        ("https://github.com/acme/web", "acme/web"),
        ("https://user:secret@git.example.org:8443/acme/web.git", "acme/web"),
        ("ssh://git@git.example.org:22/group/sub/My%20Web.git", "sub/my-20web"),
        ("git@host:~me/Web App.git", "me/web-app"),
        ("/srv/git/acme/web.git", "acme/web"),
        ("../web.git", None),
        ("web", None),
        ("", None),
    ],
)
def test_a_name_is_proposed_from_the_git_remote(remote: str, name: str | None) -> None:
    assert name_from_remote(remote) == name


@pytest.mark.parametrize(
    ("folder", "owner", "name"),
    [
        ("Shop Web", "ann", "ann/shop-web"),
        ("a#{b}", "ann", "ann/a-b"),
        ("🙂", "ann", "my-team/ann"),
        ("", "", "my-team/box"),
    ],
)
def test_a_name_is_proposed_from_the_folder(folder: str, owner: str, name: str) -> None:
    assert name_from_folder(Path(folder), owner) == name


@given(st.text(), st.text())
def test_any_folder_and_owner_give_a_valid_name(folder: str, owner: str) -> None:
    parts = folder.replace("\0", "").replace("/", "")
    Spec(name=name_from_folder(Path(parts), owner))


@given(st.text())
def test_any_remote_gives_a_valid_name_or_none(remote: str) -> None:
    name = name_from_remote(remote)
    if name is not None:
        assert Spec(name=name).name == name


def test_the_remote_of_a_repository_wins_over_its_folder(tmp_path: Path) -> None:
    assert name_of_repo(tmp_path)[1] == "from the folder"
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(
        ["git", "-C", tmp_path, "remote", "add", "upstream", "https://example.org/acme/web.git"],
        check=True,
    )
    assert name_of_repo(tmp_path) == ("acme/web", "from the git remote")


def test_without_git_the_folder_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("USER", "ann")
    monkeypatch.setenv("LOGNAME", "ann")
    folder = tmp_path / "Shop"
    folder.mkdir()
    name, source = name_of_repo(folder)
    assert (name.endswith("/shop"), source) == (True, "from the folder")


@pytest.mark.parametrize(
    ("computer", "size"),
    [
        (Computer(cpus=1, memory=2048, free_disk=10), (1, 1024, 20)),
        (Computer(cpus=2, memory=24 * 1024, free_disk=100), (2, 4096, 40)),
        (Computer(cpus=8, memory=15 * 1024, free_disk=500), (4, 3072, 40)),
        (Computer(cpus=128, memory=512 * 1024, free_disk=5000), (4, 4096, 40)),
    ],
)
def test_the_machine_leaves_the_computer_usable(
    computer: Computer, size: tuple[int, int, int]
) -> None:
    machine = propose_machine(computer)
    assert (machine.cpus, machine.memory, machine.disk) == size


def test_a_stack_that_needs_more_gets_it_as_long_as_half_is_left() -> None:
    computer = Computer(cpus=4, memory=16 * 1024, free_disk=100)
    assert propose_machine(computer, 6144).memory == 6144
    assert propose_machine(computer, 32 * 1024).memory == 8192
    assert (default_memory(1024), default_memory(6144)) == (2048, 6144)


def _source(kind: str, versions: str, *releases: str, exact: bool = False) -> Source:
    name = {"debian": "Debian"}.get(kind, kind)
    return Source(name, kind, tuple(versions.split()), releases, exact)  # type: ignore[arg-type] # given by each test


_NODE = ToolDefinition(
    "node",
    Path("node"),
    "Node.js",
    category="languages",
    memory=512,
    options=(Option("node_version", "version"), Option("node_npm", "npm", "bool")),
    sources=(
        _source("debian", "18", "bookworm"),
        _source("debian", "20", "trixie"),
        _source("npm", "22", exact=True),
    ),
)
_RUBY = ToolDefinition(
    "ruby",
    Path("ruby"),
    "Ruby",
    category="languages",
    options=(Option("ruby_version", "version"),),
    sources=(_source("debian", "3.1", "bookworm"), _source("debian", "3.3", "trixie")),
)
_PACKAGES = ToolDefinition(
    "packages",
    Path("packages"),
    "Debian packages",
    category="generic",
    shorthand="names",
    options=(Option("packages_names", "names", "list", "str"),),
)
_CATALOG = {tool.name: tool for tool in (_NODE, _RUBY, _PACKAGES)}


def _evidence(version: str | None = None) -> Evidence:
    return Evidence(PurePosixPath("f"), 1, "text", "says", "certain", "production", version)


def _finding(tool: str | None, version: str | None = None, **options: JsonValue) -> Finding:
    name = tool or "mongodb"
    evidence = (_evidence(version),)
    return Finding(tool, name, name, "production", version, "certain", evidence, options)


def test_what_was_found_makes_a_stack() -> None:
    report = Report(
        findings=(_finding("node", "20", npm=True), _finding(None)),
        libraries=(Library("libpq5", "production", (_evidence(),)),),
    )
    spec = first_spec("a/b", propose_stack(report, _CATALOG), _CATALOG)
    assert spec.base.release == "trixie"
    assert spec.production == (
        Tool(name="node", options={"version": "20", "npm": True}),
        Tool(name="packages", options={"names": ["libpq5"]}),
    )
    assert stack_memory(spec, _CATALOG) == 1536


def test_options_that_the_tool_does_not_take_are_left_out() -> None:
    proposal = propose_stack(Report((_finding("node", npm="yes", colour=1),)), _CATALOG)
    assert proposal.production["node"].options == {}


def test_folders_that_do_not_agree_get_the_highest_version() -> None:
    conflict = Conflict("node", "web 9, api 18", (("9", _evidence()), ("18", _evidence())))
    assert highest_version(conflict) == "18"
    report = Report((_finding("node", "9"),), conflicts=(conflict,))
    assert propose_stack(report, _CATALOG).wanted == {"node": "18"}


@pytest.mark.parametrize(
    ("release", "wanted", "version"),
    [
        ("bookworm", "18", "18"),
        ("bookworm", "18.4.0", "18"),
        ("trixie", "22", "22"),
        ("trixie", "22.11.0", "22.11.0"),
    ],
)
def test_versions_are_set_as_the_release_offers_them(
    release: str, wanted: str, version: str
) -> None:
    spec = Spec.model_validate(
        {"name": "a/b", "base": {"release": release}, "production": ({"name": "node"},)}
    )
    spec, missing = settle_versions(spec, {"node": wanted}, _CATALOG)
    assert (spec.production[0].options, missing) == ({"version": version}, {})


def test_a_version_that_cannot_be_had_is_not_replaced_in_silence() -> None:
    spec = Spec(name="a/b", production=(Tool(name="ruby", options={"version": "3.1"}),))
    spec, missing = settle_versions(spec, {"ruby": "3.4"}, _CATALOG)
    assert (spec.production, missing) == ((Tool(name="ruby"),), {"ruby": "3.4"})


def test_what_is_answered_already_is_not_proposed_again() -> None:
    proposal = propose_stack(Report((_finding("node"), _finding("ruby"))), _CATALOG)
    spec = first_spec("a/b", proposal, _CATALOG, taken={"development": ["node"]})
    assert spec.production == (Tool(name="ruby"),)
    spec = first_spec("a/b", proposal, _CATALOG, taken={"production": []}, release="bookworm")
    assert (spec.production, spec.base.release) == ((), "bookworm")


def test_what_is_merely_possible_is_not_proposed_for_production() -> None:
    possible = replace(_finding("node"), confidence="possible")
    assert propose_stack(Report(findings=(possible,)), _CATALOG).production == {}
    developers = replace(possible, part="development")
    assert [*propose_stack(Report(findings=(developers,)), _CATALOG).development] == ["node"]
