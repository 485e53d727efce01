"""``devbox tools`` on the real command line: in a terminal, a pipe, as JSON, in a team's repo."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from devbox.spec import parse_spec
from devbox.tools import load_role, load_tools

ROLE = """\
argument_specs:
  main:
    short_description: The \\e[31mred service of Acme
    options:
      acme_api_port: {type: int, default: 8000, description: Where it listens.}
"""


def devbox(*words: str, cwd: Path, columns: int | None = None) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    if columns:
        env["COLUMNS"] = str(columns)
    return subprocess.run(
        [sys.executable, "-m", "devbox", "tools", *words],
        cwd=cwd,
        env=env | {"HOME": str(cwd)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A team's repo with a role of its own."""
    role = tmp_path / "deploy" / "roles" / "acme_api"
    for name, text in {"tasks/main.yml": "[]\n", "meta/argument_specs.yml": ROLE}.items():
        (role / name).parent.mkdir(parents=True, exist_ok=True)
        (role / name).write_text(text)
    (tmp_path / "devbox.yml").write_text(
        "name: acme/web\nbase: {release: trixie}\nproduction:\n  - role: deploy/roles/acme_api\n"
    )
    return tmp_path


def test_all_tools_are_listed_by_category(tmp_path: Path) -> None:
    done = devbox(cwd=tmp_path, columns=80)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["tool", "what", "it", "is", "usual", "part", "in", "bookworm"]
    assert lines.index("languages") < lines.index("databases") < lines.index("generic")
    assert [line for line in lines if len(line) > 80] == []
    shown = {line.split()[0] for line in lines if line.startswith("  ") and line[2] != " "}
    assert shown - {"tool"} == set(load_tools())
    assert devbox("list", cwd=tmp_path, columns=80).stdout == done.stdout


@pytest.mark.parametrize("columns", [40, 63])
def test_the_list_fits_a_narrow_terminal(tmp_path: Path, columns: int) -> None:
    done = devbox(cwd=tmp_path, columns=columns)
    assert [line for line in done.stdout.splitlines() if len(line) > columns] == []
    assert "\n  git\n    Git" in done.stdout


def test_a_pipe_gets_a_line_for_each_tool(tmp_path: Path) -> None:
    done = devbox(cwd=tmp_path)
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(load_tools())
    assert "\x1b" not in done.stdout


def test_the_release_decides_on_the_versions(tmp_path: Path, repo: Path) -> None:
    for words, cwd, version in (
        (["show", "python", "--release", "bookworm"], repo, "3.11"),
        (["list"], repo, "3.13"),
        (["list", "--release", "bookworm"], repo, "3.11"),
        (["--release", "bookworm", "list"], repo, "3.11"),
    ):
        done = devbox(*words, cwd=cwd)
        lines = [line for line in done.stdout.splitlines() if "ython" in line or "version" in line]
        assert [line for line in lines if version in line], words


def test_the_roles_of_the_repo_are_listed_by_their_paths(repo: Path) -> None:
    (repo / "src").mkdir()
    done = devbox(cwd=repo / "src", columns=80)
    assert "\nroles of this repo\n  deploy/roles/acme_api\n    " in done.stdout
    assert "red service of Acme" in done.stdout
    found = devbox("search", "acme", cwd=repo)
    assert [line.split()[0] for line in found.stdout.splitlines()] == ["deploy/roles/acme_api"]
    for word in ("deploy/roles/acme_api", "acme_api", "./deploy/roles/acme_api"):
        shown = devbox("show", word, cwd=repo, columns=80)
        assert shown.returncode == 0, shown.stderr
        assert "Where it listens." in shown.stdout
        assert "  - role: " in shown.stdout


def test_a_broken_devbox_yml_is_said_and_the_catalog_shown(repo: Path) -> None:
    (repo / "deploy/roles/acme_api/meta/devbox.yml").write_text("ports: x\n")
    done = devbox(cwd=repo)
    assert done.returncode == 0
    assert "metadata that cannot be read" in done.stderr
    assert "ports must be a list" in done.stderr
    assert len(done.stdout.splitlines()) == len(load_tools())
    broken = devbox("show", "deploy/roles/acme_api", cwd=repo)
    assert broken.returncode == 1
    assert "ports must be a list" in broken.stderr


def test_search_finds_the_best_first(tmp_path: Path) -> None:
    done = devbox("search", "postgres", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)[0]["name"] == "postgresql"
    lines = devbox("search", "web", "server", cwd=tmp_path).stdout.splitlines()
    assert "nginx" in [line.split()[0] for line in lines]


def test_search_says_what_may_be_meant(tmp_path: Path) -> None:
    done = devbox("search", "postgrsql", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "did you mean postgresql" in done.stderr
    # Whatever else is found, a thing that cannot be had is explained.
    for word, said in (("terraform", "HashiCorp"), ("mysql", "MySQL itself is not in Debian")):
        assert said in devbox("search", word, cwd=tmp_path).stderr
    done = devbox("search", "no-such-thing", "--json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)) == (1, [])


def test_show_says_all_of_a_tool(tmp_path: Path) -> None:
    done = devbox("show", "postgres", cwd=tmp_path, columns=80)
    assert done.returncode == 0, done.stderr
    tool = load_tools()["postgresql"]
    for text in ("PostgreSQL\n", "5432", "bookworm, trixie", str(tool.manual), "list of dict"):
        assert text in done.stdout
    assert [line for line in done.stdout.splitlines() if len(line) > 80] == []
    names = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert [option.name for option in tool.options if option.name not in names] == []


def test_what_show_proposes_is_valid(tmp_path: Path) -> None:
    done = devbox("show", "postgresql", "--release", "trixie", cwd=tmp_path, columns=80)
    example = done.stdout.partition("in devbox.yml\n")[2].partition("\n\n")[0]
    spec = parse_spec(f"name: a/b\nbase: {{release: trixie}}\n{_dedent(example)}\n", "x", tmp_path)
    assert [tool.name for tool in spec.production] == ["postgresql"]


def _dedent(text: str) -> str:
    return "\n".join(line.removeprefix("  ") for line in text.splitlines())


def test_show_as_json_has_types_and_versions(tmp_path: Path) -> None:
    done = devbox("show", "python", "--json", cwd=tmp_path)
    content = json.loads(done.stdout)
    assert (content["name"], content["path"]) == ("python", None)
    assert content["versions"]["trixie"][0] == {
        "version": "3.13",
        "source": "Debian",
        "exact": False,
        "tested": True,
    }
    options = {option["name"]: option for option in content["options"]}
    assert options["version"]["type"] == "str"


@pytest.mark.parametrize(
    ("word", "said"),
    [("nignx", "did you mean nginx"), ("mongodb", "MongoDB is not in Debian"), ("\x1b[31m", "no")],
)
def test_an_unknown_tool_is_explained(tmp_path: Path, word: str, said: str) -> None:
    done = devbox("show", word, cwd=tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert "\x1b" not in done.stderr


def test_an_unknown_action_is_wrong_usage(tmp_path: Path) -> None:
    done = devbox("shwo", cwd=tmp_path)
    assert done.returncode == 2
    assert "'list', 'search', 'show', 'new'" in done.stderr


def test_a_new_role_is_begun_in_the_repo_of_devbox_yml(repo: Path) -> None:
    (repo / "src").mkdir()
    done = devbox("new", "acme_worker", cwd=repo / "src")
    assert done.returncode == 0, done.stderr
    assert "- role: roles/acme_worker" in done.stderr
    tool = load_role(repo / "roles" / "acme_worker")
    assert tool.title == "Acme worker"
    assert "acme" in (tool.folder / "meta/main.yml").read_text()
    text = (repo / "devbox.yml").read_text() + "  - role: roles/acme_worker\n"
    parse_spec(text, "devbox.yml", repo)
    assert devbox("show", "roles/acme_worker", cwd=repo).returncode == 0
    again = devbox("new", "acme_worker", cwd=repo)
    assert again.returncode == 1
    assert "is there already" in again.stderr


def test_a_new_role_may_be_put_elsewhere(repo: Path, tmp_path: Path) -> None:
    done = devbox("new", "acme_worker", "--dir", "deploy/roles", cwd=repo)
    assert "- role: deploy/roles/acme_worker" in done.stderr
    assert (repo / "deploy/roles/acme_worker/tasks/verify.yml").is_file()


def test_without_a_devbox_yml_the_next_step_says_so(tmp_path: Path) -> None:
    done = devbox("new", "acme_worker", cwd=tmp_path)
    assert done.returncode == 0
    assert "devbox.yml" in done.stderr
    assert (tmp_path / "roles/acme_worker/meta/devbox.yml").is_file()


@pytest.mark.parametrize("name", ["Acme-Worker", "../x", "role", "git", ""])
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    done = devbox("new", name, cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot be called" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_is_asked_for_its_width(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "CI"}}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "devbox", "tools", "show", "git"],
        cwd=str(tmp_path),
        env=env | {"TERM": "xterm", "HOME": str(tmp_path)},
        dimensions=(24, 60),
        encoding="utf-8",
        timeout=60,
    )
    child.expect(pexpect.EOF)
    text = child.before or ""
    child.close()
    assert child.exitstatus == 0
    # In bold, and no line longer than the terminal.
    assert "\x1b[1mGit\x1b[0m" in text
    plain = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert [line for line in plain.splitlines() if len(line) > 60] == []


def test_a_shell_completes_the_names_of_tools() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devbox", "completion", "bash"],
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = [line for line in done.stdout.splitlines() if "tools_show_pos_0_choices=" in line]
    assert " postgresql " in line
