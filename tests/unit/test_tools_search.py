"""Finding a tool by the words of a person, and a new tool's folder."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from devbox.errors import DevboxError, UsageError
from devbox.spec import parse_spec
from devbox.spec.names import TOOL_SYNONYMS
from devbox.tools import Option, ToolDefinition, load_role, validate_options
from devbox.tools.search import near_names, search_tools
from devbox.tools.skeleton import check_name, write_role

ROOT = Path(__file__).parents[2]


def tool(name: str, title: str, description: str, **more: object) -> ToolDefinition:
    return ToolDefinition(name, Path(name), title, description, **more)  # type: ignore[arg-type]


TOOLS = (
    tool(
        "postgresql",
        "PostgreSQL",
        "The PostgreSQL database server",
        category="databases",
        evidence={"pypi": ("psycopg2",)},
        options=(Option("postgresql_extensions", "extensions", description="Such as pg_trgm."),),
    ),
    tool("redis", "Redis", "The Redis in-memory data store", category="databases"),
    tool("go", "Go", "The Go compiler and its tools", category="languages"),
    tool("mariadb", "MariaDB", "The MariaDB database server", category="databases"),
    tool("gdb", "GDB", "The GNU debugger, also for Go"),
)


def found(*words: str) -> list[str]:
    return [item.name for item in search_tools(TOOLS, words, TOOL_SYNONYMS)]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["postgresql"], ["postgresql"]),
        (["POSTGRES"], ["postgresql"]),
        (["psycopg2"], ["postgresql"]),
        (["pg_trgm"], ["postgresql"]),
        (["extensions"], ["postgresql"]),
        (["database", "server"], ["mariadb", "redis", "postgresql"]),
        (["database server maria"], ["mariadb"]),
        (["golang"], ["go"]),
        # The name counts more than a word of a description.
        (["go"], ["go", "gdb"]),
        (["databases"], ["mariadb", "postgresql", "redis"]),
        (["quux"], []),
        (["database", "quux"], []),
        ([""], []),
        (["("], []),
    ],
)
def test_search_finds_by_all_words_and_ranks(words: list[str], names: list[str]) -> None:
    assert found(*words) == names


def test_a_slip_of_the_finger_is_forgiven() -> None:
    assert near_names("postgrse", TOOLS, TOOL_SYNONYMS) == ("postgresql",)
    assert near_names("goland", TOOLS, TOOL_SYNONYMS) == ("go",)
    assert near_names("zzzzzz", TOOLS, TOOL_SYNONYMS) == ()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Acme-API", "small letters"),
        ("", "small letters"),
        ("../x", "small letters"),
        ("é", "small letters"),
        ("x" * 31, "small letters"),
        ("a\n", "small letters"),
        ("role", "meaning of their own"),
        ("ansible_x", "meaning of their own"),
        ("redis", "the catalog has a tool"),
    ],
)
def test_a_new_tool_needs_a_name_that_a_role_can_have(name: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_name(name, ["redis"])
    assert said in caught.value.evidence


def test_a_wrong_name_is_answered_with_a_right_one() -> None:
    with pytest.raises(UsageError) as caught:
        check_name("Acme-API")
    assert caught.value.remedy == "devbox tools new acme_api"
    check_name("acme_api", ["redis"])


@pytest.fixture
def made(tmp_path: Path) -> Path:
    folder = tmp_path / "roles" / "acme_api"
    write_role(folder, title="Acme api", category="generic", author="acme")
    return folder


def test_a_new_role_is_whole(made: Path) -> None:
    files = {path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()}
    assert files == {
        "defaults/main.yml",
        "files/greet",
        "meta/argument_specs.yml",
        "meta/devbox.yml",
        "meta/main.yml",
        "tasks/main.yml",
        "tasks/verify.yml",
        "tests/cases.yml",
    }
    assert [path.name for path in made.parent.iterdir()] == ["acme_api"]
    assert stat.S_IMODE((made / "files" / "greet").stat().st_mode) == 0o755
    assert [path for path in made.rglob("*") if path.is_file() and "@" in path.read_text()] == []
    definition = load_role(made)
    (option,) = definition.options
    assert (definition.title, option.name, definition.any_option) == ("Acme api", "greeting", False)
    assert yaml.safe_load((made / "defaults/main.yml").read_text()) == {
        option.variable: option.default
    }
    cases = yaml.safe_load((made / "tests/cases.yml").read_text())
    assert set(cases) == {"cases", "refused", "broken"}
    for case in cases["cases"]:
        assert validate_options(definition, case["options"]) == []
    parse_spec("name: a/b\nproduction: [role: roles/acme_api]", "x", made.parents[1])


def test_a_name_that_yaml_takes_for_a_truth_stays_a_name(tmp_path: Path) -> None:
    write_role(tmp_path / "yes", title="Yes", category="generic", author="on")
    assert load_role(tmp_path / "yes").title == "Yes"
    about = yaml.safe_load((tmp_path / "yes/meta/main.yml").read_text())
    assert about["galaxy_info"]["author"] == "on"


def test_what_is_there_is_not_overwritten(made: Path, tmp_path: Path) -> None:
    (made / "tasks" / "main.yml").write_text("mine\n")
    with pytest.raises(DevboxError, match="is there already"):
        write_role(made, title="x", category="generic", author="x")
    assert (made / "tasks" / "main.yml").read_text() == "mine\n"
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(DevboxError, match="is there already"):
        write_role(tmp_path / "dangling", title="x", category="generic", author="x")
    (tmp_path / "file").write_text("")
    with pytest.raises(DevboxError, match="cannot be written"):
        write_role(tmp_path / "file" / "x", title="x", category="generic", author="x")


def test_a_new_role_is_tidy(made: Path, tmp_path: Path) -> None:
    # By our rules whatever its name, and by the stricter ones that come with yamllint.
    longest = tmp_path / ("x" * 30)
    write_role(longest, title="X" * 30, category="generic", author="acme")
    ours, strict = ["-c", str(ROOT / ".yamllint")], ["-d", "extends: default"]
    for rules, folder in ((ours, made), (ours, longest), (strict, made)):
        ended = subprocess.run(
            [sys.executable, "-m", "yamllint", "--strict", *rules, folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (0, "")


def test_a_new_role_passes_ansible_lint_for_production(made: Path) -> None:
    ended = subprocess.run(
        [
            Path(sys.executable).with_name("ansible-lint"),
            "--offline",
            "--nocolor",
            "--profile=production",
            made,
        ],
        cwd=made.parents[1],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_program_of_a_new_role_greets(made: Path, tmp_path: Path) -> None:
    greet = tmp_path / "greet"
    greet.write_text((made / "files" / "greet").read_text())
    (tmp_path / "settings.json").write_text('{"greeting": "it\'s {{ x }} \\u00e9"}')
    ended = subprocess.run([sys.executable, greet], capture_output=True, text=True, check=True)
    assert ended.stdout == "it's {{ x }} é\n"
