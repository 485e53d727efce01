"""``devbox add``, ``remove`` and ``set``: single edits of a devbox.yml that somebody wrote."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

_TEXT = """\
# The shop's box
name: acme/shop  # as in the catalog

production:
  # in front
  - nginx   # TLS ends elsewhere
  - role: deploy/roles/acme_api

machine: {cpus: 2, memory: 2048, disk: 40, ports: {8080: 80}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    for name in ("acme_api", "acme_web"):
        tasks = folder / "deploy" / "roles" / name / "tasks"
        tasks.mkdir(parents=True)
        (tasks / "main.yml").write_text("[]\n")
    (folder / "devbox.yml").write_text(_TEXT)
    return folder


def environment(project: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(project.parent),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "NO_COLOR": "1",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }


def devbox(
    project: Path, *words: str, code: int = 0, below: str = ""
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "devbox", *words],
        cwd=project / below,
        env=environment(project),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def content(project: Path) -> str:
    return (project / "devbox.yml").read_text()


def test_a_tool_is_added_where_it_goes_and_its_port_with_it(project: Path) -> None:
    done = devbox(project, "add", "redis", "git", "postgresql=[app]")
    assert content(project) == _TEXT.replace(
        "elsewhere\n", "elsewhere\n  - redis\n  - postgresql: {databases: [app]}\n"
    ).replace("\nmachine:", "\ndevelopment:\n  - git\n\nmachine:").replace(
        "{8080: 80}", "{8080: 80, 6379: 6379, 5432: 5432}"
    )
    assert "+  - redis" in done.stderr
    assert "redis: added to production" in done.stderr
    assert "is written" in done.stderr
    again = devbox(project, "add", "redis", "git", "postgresql=[app]")
    assert "was already so" in again.stderr
    assert "redis: in production, already so" in again.stderr


def test_what_is_added_can_be_removed_without_a_trace(project: Path) -> None:
    devbox(project, "add", "redis", "packages:jq,curl", "deploy/roles/acme_web")
    assert "  - packages: [jq, curl]\n" in content(project)
    devbox(project, "remove", "redis", "packages:jq,curl", "acme_web")
    assert content(project) == _TEXT
    assert "already so" in devbox(project, "remove", "redis").stderr


def test_options_are_given_with_the_tool(project: Path) -> None:
    devbox(project, "add", "postgresql", "--set", "databases=[app]", "--set", "port=5433")
    assert "  - postgresql: {databases: [app], port: 5433}\n" in content(project)
    assert "5433: 5433" in content(project)
    done = devbox(project, "add", "postgresql=[other]", code=2)
    assert "in production already, with other options" in done.stderr
    assert "devbox set 'postgresql.databases=" in done.stderr


def test_items_come_to_a_list(project: Path) -> None:
    devbox(project, "add", "postgresql:app")
    devbox(project, "add", "postgresql:reports,app")
    assert "postgresql: {databases: [app, reports]}" in content(project)
    devbox(project, "remove", "postgresql:app,reports")
    assert "  - postgresql\n" in content(project)
    assert "no x in production, already so" in devbox(project, "remove", "postgresql:x").stderr


def test_a_tool_moves_to_production_and_never_back(project: Path) -> None:
    devbox(project, "add", "git", "packages:jq", "--to", "development")
    devbox(project, "add", "git", "packages:jq", "--to", "production")
    text = content(project)
    assert text.index("- git") < text.index("acme_api")
    assert text.count("packages: [jq]") == 2  # each part may have its own
    done = devbox(project, "add", "git", "--to", "development")
    assert "dev box has all of production" in done.stderr
    devbox(project, "remove", "packages", "--from", "production")
    assert content(project).count("packages: [jq]") == 1


def test_a_role_is_found_from_below(project: Path) -> None:
    devbox(project, "add", "roles/acme_web={port: 9000}", below="deploy")
    assert "  - role: {path: deploy/roles/acme_web, port: 9000}\n" in content(project)
    devbox(project, "remove", "../deploy/roles/acme_web", below="deploy")
    assert content(project) == _TEXT


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["add", "ngnix"], 2, ['no tool "ngnix"', 'did you mean "nginx"', "packages:ngnix"]),
        (["add", "mongodb"], 2, ['no tool "mongodb"', "not in Debian", "a role of your own"]),
        (["add", "postgres"], 2, ['did you mean "postgresql"']),
        (["add", "cowsay"], 2, ["devbox add packages:cowsay"]),
        (["add", "git=[x"], 2, ["git: the value is not YAML"]),
        (["add", "git=3"], 2, ["git wants its options as a mapping"]),
        (["add", "git:x"], 2, ["git has no list"]),
        (["add", "packages:"], 2, ["names nothing"]),
        (["add", "redis", "git", "--set", "a=b"], 2, ["one tool at a time"]),
        (["add", "redis", "--set", "port"], 2, ["--set wants option=value"]),
        (["add", "redis", "--set", "prot=1"], 1, ["devbox.yml:7:13", 'did you mean "port"']),
        (["add", "deploy/roles/nope"], 1, ["devbox.yml:8:11", "does not exist"]),
        (["add", "../out"], 1, ["within the folder of devbox.yml"]),
        (["remove", "ngnix"], 2, ['no "ngnix" in the stack', 'did you mean "nginx"']),
        (["remove", "nginx=x"], 2, ["only names are taken out"]),
        (["set", "machine.memory"], 2, ["is not path=value"]),
        (["set", "machine.memory=2GB"], 1, ["devbox.yml:9:28", "machine.memory"]),
        (["set", "machine.memroy=4096"], 1, ['machine has no key "memroy"', "would have an error"]),
        (["set", "memory=4096"], 2, ["did you mean machine.memory?"]),
        (["set", "ngnix.sites=[]"], 2, ["did you mean nginx.sites?"]),
        (
            ["set", "redis.port=1"],
            2,
            ["redis is not in the stack", "devbox add redis --set 'port="],
        ),
        (["set", "name.x=1"], 2, ["nothing is below name"]),
        (["set", "name=null"], 1, ['needs the key "name"']),
        (["set", "name=*x"], 2, ["not YAML", "aliases"]),
        (["set", "machine.cpus=4", "machine.disk=1"], 1, ["at least 20 GiB"]),
        (["set", "production=[nginx, nginx]"], 1, ["listed twice"]),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    words: list[str], code: int, said: list[str], project: Path
) -> None:
    done = devbox(project, *words, code=code)
    for text in said:
        assert text in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert content(project) == _TEXT


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["machine.memory=4096", "machine.cpus=4"], "machine: {cpus: 4, memory: 4096,"),
        (["machine.ports.9000=90"], "ports: {8080: 80, 9000: 90}}"),
        (["machine.ports={443: 443}"], "ports: {443: 443}}"),
        (["base.release=trixie"], "base: {distribution: debian, release: trixie}\n"),
        (["schedule={every: day}"], "schedule: {every: day}\n"),
        (["schedule.at=05:00"], 'schedule: {every: week, at: "05:00"}\n'),
        (["schedule.on=friday"], 'schedule: {every: week, on: friday, at: "03:00"}\n'),
        (["nginx.default_site=false"], "  - nginx: {default_site: false}   # TLS ends elsewhere\n"),
        (["acme_api.port=9000"], "  - role: {path: deploy/roles/acme_api, port: 9000}\n"),
        (
            ["acme_api.deep.er=[1, 'x']"],
            "  - role: {path: deploy/roles/acme_api, deep: {er: [1, x]}}\n",
        ),
        (["development=[git, node]"], "development:\n  - git\n  - node\n"),
        (["name=acme/web"], "name: acme/web  # as in the catalog\n"),
    ],
)
def test_a_value_is_set_and_set_again_is_already_so(
    words: list[str], line: str, project: Path
) -> None:
    devbox(project, "set", *words)
    text = content(project)
    assert line in text
    assert "# in front\n" in text
    assert "was already so" in devbox(project, "set", *words).stderr
    assert content(project) == text


def test_null_takes_out_what_is_there(project: Path) -> None:
    devbox(project, "set", "schedule.at=05:00", "nginx.default_site=false")
    devbox(project, "set", "schedule=null", "nginx.default_site=null")
    assert content(project) == _TEXT
    devbox(project, "set", "machine.ports.8080=null")
    assert "machine: {cpus: 2, memory: 2048, disk: 40, ports: {}}\n" in content(project)


def test_a_tool_in_both_parts_needs_its_part(project: Path) -> None:
    devbox(project, "add", "packages:jq")
    devbox(project, "add", "packages:jq", "--to", "development")
    done = devbox(project, "set", "packages=[curl]", code=2)
    assert "packages is in both parts" in done.stderr
    devbox(project, "set", "development.packages=[curl]", "production.packages.names=[gdb]")
    assert "- packages: [curl]" in content(project)
    assert "- packages: [gdb]" in content(project)


def test_a_dry_run_shows_and_writes_nothing(project: Path) -> None:
    done = devbox(project, "add", "redis", "--dry-run")
    assert "+  - redis" in done.stdout.splitlines()
    done = devbox(project, "set", "machine.cpus=4", "--print")
    assert done.stdout == _TEXT.replace("cpus: 2", "cpus: 4")
    assert content(project) == _TEXT


def test_scripts_get_json(project: Path) -> None:
    seen = json.loads(devbox(project, "add", "redis", "--json", "--dry-run").stdout)
    assert (seen["changed"], seen["written"]) == (True, False)
    seen = json.loads(devbox(project, "add", "redis", "--json").stdout)
    assert (seen["changed"], seen["written"]) == (True, True)
    assert seen["done"] == ["redis: added to production"]
    assert "+  - redis" in seen["difference"]
    seen = json.loads(devbox(project, "add", "redis", "--json").stdout)
    assert (seen["changed"], seen["written"], seen["difference"]) == (False, False, [])
    seen = json.loads(devbox(project, "remove", "redis", "--json", "--print").stdout)
    assert seen["content"] == _TEXT


def test_the_file_keeps_its_bytes_rights_and_link(project: Path) -> None:
    path = project / "devbox.yml"
    real = project / "deploy" / "box.yml"
    path.rename(real)
    path.symlink_to(real)
    real.write_bytes(b"\xef\xbb\xbf" + _TEXT.replace("\n", "\r\n").encode())
    real.chmod(0o600)
    devbox(project, "set", "machine.cpus=4")
    assert path.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600
    expected = _TEXT.replace("cpus: 2", "cpus: 4").replace("\n", "\r\n").encode()
    assert real.read_bytes() == b"\xef\xbb\xbf" + expected


def test_a_file_with_errors_is_not_edited(project: Path) -> None:
    (project / "devbox.yml").write_text("name: acme/shop\nbase: &a {}\nbase: *a\n")
    done = devbox(project, "add", "redis", code=1)
    assert "devbox.yml:2:7" in done.stderr
    assert "devbox.yml:3:7" in done.stderr
    (project / "devbox.yml").unlink()
    assert "devbox init" in devbox(project, "add", "redis", code=1).stderr


@pytest.mark.parametrize("name", ["add", "remove", "set"])
def test_help_has_examples(name: str, project: Path) -> None:
    shown = devbox(project, name, "--help").stdout
    assert f"  devbox {name} " in shown
    assert "--dry-run" in shown


# --- in a terminal ----------------------------------------------------------------------------


def terminal(project: Path, *words: str) -> pexpect.spawn[str]:
    return pexpect.spawn(
        sys.executable,
        ["-m", "devbox", *words],
        cwd=str(project),
        env=environment(project),
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=30,
    )


@pytest.mark.parametrize(
    ("key", "code", "written"), [("y", 0, True), ("\r", 0, True), ("n", 130, False)]
)
def test_a_person_sees_the_change_and_is_asked(
    key: str, code: int, written: bool, project: Path
) -> None:
    child = terminal(project, "add", "redis")
    child.expect_exact("+  - redis")
    child.expect_exact("Write devbox.yml?")
    child.send(key)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code
    assert ("- redis" in content(project)) == written


def test_ctrl_c_leaves_the_file_whole(project: Path) -> None:
    child = terminal(project, "set", "machine.cpus=4")
    child.expect_exact("Write devbox.yml?")
    child.send("\x03")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert content(project) == _TEXT
    assert sorted(path.name for path in project.iterdir()) == ["deploy", "devbox.yml"]


def test_a_file_that_changes_meanwhile_is_not_written_over(project: Path) -> None:
    child = terminal(project, "add", "redis")
    child.expect_exact("Write devbox.yml?")
    (project / "devbox.yml").write_text("name: acme/other\n")
    child.send("y")
    child.expect_exact("changed by somebody else")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert content(project) == "name: acme/other\n"


def test_yes_asks_nothing(project: Path) -> None:
    child = terminal(project, "add", "redis", "--yes")
    child.expect_exact("is written")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
