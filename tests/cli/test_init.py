"""``devbox init`` without a terminal: flags in, a file or an error out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydantic import JsonValue

from devbox.spec import load_spec


@pytest.fixture
def env(tmp_path: Path) -> Mapping[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "USER": "ann",
        "LOGNAME": "ann",
        "LANG": "C.UTF-8",
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "Shop Web"
    folder.mkdir()
    return folder


def _init(project: Path, env: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devbox", "init", *words],
        cwd=project,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _left(project: Path) -> list[str]:
    return sorted(path.name for path in project.iterdir())


def test_defaults_write_a_valid_file_and_its_schema(project: Path, env: Mapping[str, str]) -> None:
    done = _init(project, env, "--defaults")
    assert done.returncode == 0, done.stderr
    assert "devbox build" in done.stderr
    spec = load_spec(project / "devbox.yml")
    assert spec.name == "ann/shop-web"
    assert (spec.production, spec.development, spec.schedule) == ((), (), None)
    comment = (project / "devbox.yml").read_text().splitlines()[0]
    schema = project / comment.partition("$schema=")[2]
    assert json.loads(schema.read_text())["title"] == "devbox.yml"
    assert _left(project) == [".devbox", "devbox.yml"]


def test_settings_are_answers_enough(project: Path, env: Mapping[str, str]) -> None:
    done = _init(project, env, "--set", "machine.cpus=4", "--set", "production=[nginx, postgresql]")
    assert done.returncode == 0, done.stderr
    spec = load_spec(project / "devbox.yml")
    assert (spec.machine.cpus, [tool.name for tool in spec.production]) == (
        4,
        ["nginx", "postgresql"],
    )


def test_tools_on_one_port_are_named(project: Path, env: Mapping[str, str]) -> None:
    done = _init(project, env, "--set", "production=[nginx, apache]")
    assert done.returncode == 0
    assert "listen on one port, 80" in done.stderr


def test_answers_of_a_file_with_settings_over_them(project: Path, env: Mapping[str, str]) -> None:
    (project / "stack.yml").write_text("development: [git]\nmachine: {cpus: 3}\n")
    done = _init(project, env, "--answers", "stack.yml", "--set", "machine.disk=60", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["written"], said["name"], said["next"]) == (True, "ann/shop-web", "devbox build")
    spec = load_spec(project / said["file"])
    assert (spec.machine.cpus, spec.machine.disk) == (3, 60)


def test_printing_writes_nothing(project: Path, env: Mapping[str, str]) -> None:
    done = _init(project, env, "--defaults", "--print", "--set", "name=acme/web")
    assert (done.returncode, done.stderr, _left(project)) == (0, "", [])
    assert "name: acme/web\n" in done.stdout


def test_another_folder_can_be_named(tmp_path: Path, project: Path, env: Mapping[str, str]) -> None:
    assert _init(tmp_path, env, "--defaults", "--dir", "Shop Web").returncode == 0
    assert load_spec(project / "devbox.yml").name == "ann/shop-web"
    done = _init(tmp_path, env, "--defaults", "--dir", "no such folder")
    assert (done.returncode, "mkdir" in done.stderr) == (2, True)


def test_without_a_terminal_the_flags_are_named(project: Path, env: Mapping[str, str]) -> None:
    done = _init(project, env)
    assert done.returncode == 2
    assert all(flag in done.stderr for flag in ("--defaults", "--answers", "--set"))
    assert _left(project) == []


def test_an_existing_file_is_edited_and_replaced_only_by_force(
    project: Path, env: Mapping[str, str]
) -> None:
    path = project / "devbox.yml"
    mine = "# ours\nname: mine/own # by hand\nproduction:   [nginx]\n"
    path.write_text(mine)
    done = _init(project, env, "--defaults")
    assert (done.returncode, "was already so" in done.stderr) == (0, True)
    assert path.read_text() == mine
    assert _init(project, env, "--set", "machine.cpus=4").returncode == 0
    assert path.read_text().startswith(mine)
    assert load_spec(path).machine.cpus == 4
    (project / "a.yml").write_text("machine: {memory: 4096}\n")
    assert _init(project, env, "--answers", "a.yml").returncode == 0
    spec = load_spec(path)
    assert (spec.name, spec.machine.cpus, spec.machine.memory) == ("mine/own", 4, 4096)
    assert _init(project, env, "--defaults", "--force").returncode == 0
    assert load_spec(path).name == "ann/shop-web"


def test_a_wrong_file_is_not_touched_and_its_errors_are_shown(
    project: Path, env: Mapping[str, str]
) -> None:
    path = project / "devbox.yml"
    wrong = b"name: a/b\nproduction:\n\t- nginx\n"
    for content in (wrong, b"name: a/b\nproduction: [ngnix]\n", b"\xff\xfe\x00", b"&a [*a]\n"):
        path.write_bytes(content)
        done = _init(project, env, "--defaults")
        assert (done.returncode, "--force" in done.stderr) == (1, True)
        assert path.read_bytes() == content
        assert "it was not touched" in done.stderr
    path.write_bytes(wrong)
    assert "devbox.yml:3:1" in _init(project, env, "--set", "name=a/b").stderr
    assert _init(project, env, "--defaults", "--force").returncode == 0
    assert load_spec(path).name == "ann/shop-web"


_COMPOSE = "services: {db: {image: 'postgres:17', environment: {POSTGRES_DB: shop}}}\n"


@pytest.fixture
def repo(project: Path) -> Path:
    """A repo that speaks of PostgreSQL, and of two versions of Node.js."""
    (project / "compose.yml").write_text(_COMPOSE)
    for folder, version in (("web", "18"), ("api", "20")):
        (project / folder).mkdir()
        (project / folder / ".nvmrc").write_text(f"{version}\n")
    return project


def _tools(path: Path) -> dict[str, dict[str, JsonValue]]:
    spec = load_spec(path)
    return {tool.name: tool.options for tool in (*spec.production, *spec.development)}


def test_defaults_take_the_stack_that_was_found(repo: Path, env: Mapping[str, str]) -> None:
    done = _init(repo, env, "--defaults")
    assert done.returncode == 0, done.stderr
    tools = _tools(repo / "devbox.yml")
    assert tools["postgresql"]["databases"] == ["shop"]
    assert tools["node"]["version"] == "20"
    assert "20 is taken" in done.stderr
    assert load_spec(repo / "devbox.yml").machine.ports == {5432: 5432}


def test_a_version_that_cannot_be_had_is_told(repo: Path, env: Mapping[str, str]) -> None:
    for folder in ("web", "api"):
        (repo / folder / ".nvmrc").write_text("99\n")
    done = _init(repo, env, "--defaults")
    assert done.returncode == 0, done.stderr
    assert "Node.js 99 cannot be had" in done.stderr
    assert "version" not in _tools(repo / "devbox.yml")["node"]


def test_nothing_is_looked_for_where_that_is_not_wanted(repo: Path, env: Mapping[str, str]) -> None:
    assert _init(repo, env, "--defaults", "--no-detect").returncode == 0
    assert _tools(repo / "devbox.yml") == {}


def test_the_repo_that_is_looked_at_can_be_another(
    repo: Path, tmp_path: Path, env: Mapping[str, str]
) -> None:
    other = tmp_path / "infrastructure"
    other.mkdir()
    done = _init(other, env, "--defaults", "--from", str(repo))
    assert done.returncode == 0, done.stderr
    assert "postgresql" in _tools(other / "devbox.yml")
    assert load_spec(other / "devbox.yml").name == "ann/shop-web"
    assert _init(other, env, "--defaults", "--from", "nowhere").returncode == 2
    assert _init(other, env, "--defaults", "--from", ".", "--no-detect").returncode == 2


def test_what_is_new_in_the_repo_is_told_and_not_put_in(repo: Path, env: Mapping[str, str]) -> None:
    (repo / "devbox.yml").write_text("name: a/b\nproduction: [node]\n")
    done = _init(repo, env, "--set", "machine.cpus=3")
    assert done.returncode == 0, done.stderr
    assert "PostgreSQL" in done.stderr
    assert "Node.js" not in done.stderr
    assert set(_tools(repo / "devbox.yml")) == {"node"}


def test_printed_answers_make_the_same_again(
    repo: Path, tmp_path: Path, env: Mapping[str, str]
) -> None:
    done = _init(
        repo,
        env,
        "--set=production=[redis]",
        "--set=schedule.every=day",
        "--set=machine.ports={}",
        "--print-answers",
    )
    assert done.returncode == 0, done.stderr
    first = (repo / "devbox.yml").read_text()
    (repo / "answers.yml").write_text(done.stdout)
    (repo / "devbox.yml").unlink()
    assert _init(repo, env, "--answers", "answers.yml").returncode == 0
    assert (repo / "devbox.yml").read_text() == first
    for other in ("--print", "--json"):
        assert _init(repo, env, "--defaults", "--print-answers", other).returncode == 2


def test_what_is_not_a_file_is_left_alone(project: Path, env: Mapping[str, str]) -> None:
    (project / "devbox.yml").mkdir()
    done = _init(project, env, "--defaults", "--force")
    assert (done.returncode, "not a file" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("setting", "code", "said"),
    [
        ("name=a#{b}", 1, "owner/box"),
        ("name=../x", 1, "owner/box"),
        ("name=a/${HOME}", 1, "owner/box"),
        ('name="a/{{ b }}"', 1, "owner/box"),
        ("name=🙂/🙂", 1, "owner/box"),
        ('name="a/b\\nc: d"', 1, "owner/box"),
        ("production=[ngnix]", 1, 'did you mean "nginx"'),
        ("production=[{nginx: {prot: 80}}]", 1, 'no option "prot"'),
        ("production=[role: ../../etc]", 1, "within the folder"),
        ("base.release=bokworm", 1, "bookworm"),
        ("machine.cpus=many", 1, "whole number"),
        ("machine.memory=1", 1, "512"),
        ("providers=[libvrt]", 1, "libvirt"),
        ("schedule.on=mondy", 1, "monday"),
        ("machine.cpu=4", 2, "did you mean machine.cpus?"),
        ("name=[", 2, "not YAML"),
        ("name=!!python/object:os.system x", 2, "not YAML"),
        ("name", 2, "key=value"),
    ],
)
def test_values_that_cannot_be_write_nothing(
    project: Path, env: Mapping[str, str], setting: str, code: int, said: str
) -> None:
    done = _init(project, env, "--defaults", "--set", setting)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert _left(project) == []


def test_a_hostile_text_is_text_in_the_file(project: Path, env: Mapping[str, str]) -> None:
    folder = "/srv/a #{b} ${c} {{ d }} 'e' \"f\" 🙂: [x"
    done = _init(
        project, env, "--defaults", "--set", "publish.to=" + json.dumps(folder, ensure_ascii=False)
    )
    assert done.returncode == 0, done.stderr
    assert load_spec(project / "devbox.yml").publish.to == folder


def test_errors_of_an_answers_file_name_their_places(project: Path, env: Mapping[str, str]) -> None:
    (project / "a.yml").write_text("production:\n  - ngnix\nmachine: {cpus: many}\n")
    done = _init(project, env, "--answers", "a.yml")
    assert done.returncode == 1
    assert "a.yml:2:5" in done.stderr
    assert "a.yml:3:17" in done.stderr
    assert _left(project) == ["a.yml"]


def test_a_folder_that_cannot_be_written_is_an_error_of_the_user(
    project: Path, env: Mapping[str, str]
) -> None:
    (project / ".devbox").write_text("in the way")
    done = _init(project, env, "--defaults")
    assert done.returncode == 1, done.stderr
