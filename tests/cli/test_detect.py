"""``devbox detect`` as people and programs meet it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

SAMPLES = Path(__file__).parents[1] / "samples"


def devbox(*words: str, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), "LANG": "C.UTF-8", **extra}
    return subprocess.run(
        [sys.executable, "-m", "devbox", "detect", *words],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.iterdir() if path.is_dir()))
def test_a_report_fits_eighty_columns_and_names_its_evidence(name: str, tmp_path: Path) -> None:
    done = devbox(str(SAMPLES / name), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line for line in lines if len(line) > 80] == []
    assert "\x1b" not in done.stdout
    assert lines[0].startswith(f"{name}: ")
    assert "PRODUCTION" in lines


def test_the_words_of_a_report(tmp_path: Path) -> None:
    shown = devbox(str(SAMPLES / "next-pnpm"), cwd=tmp_path).stdout
    assert "DATABASE_URL=postgresql://studio:***@" in shown
    assert "Node.js: apps/web says 18, apps/worker says 22, .nvmrc says 20" in shown
    assert "no tool of the catalog · likely" in shown
    assert "merely possible: " in shown
    assert "next: devbox init" in shown


def test_a_narrow_terminal_gets_narrow_lines(tmp_path: Path) -> None:
    shown = devbox(str(SAMPLES / "rails-shop"), cwd=tmp_path, COLUMNS="40").stdout
    assert max(map(len, shown.splitlines())) <= 42


def test_all_shows_what_is_possible_and_each_line(tmp_path: Path) -> None:
    few = devbox(str(SAMPLES / "next-pnpm"), cwd=tmp_path).stdout
    every = devbox(str(SAMPLES / "next-pnpm"), "--all", cwd=tmp_path).stdout
    assert "and 10 more" in few
    assert " more\n" not in every
    assert "MongoDB" in every.split("DEVELOPMENT")[1]


def test_json_has_everything(tmp_path: Path) -> None:
    done = devbox(str(SAMPLES / "polyglot"), "--json", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    report: dict[str, Any] = json.loads(done.stdout)
    assert set(report) == {"findings", "libraries", "conflicts", "skipped", "files"}
    mariadb = next(one for one in report["findings"] if one["name"] == "mariadb")
    assert mariadb["options"]["databases"] == ["shop"]
    assert mariadb["folders"] == [".", "billing", "legacy", "ml"]
    assert mariadb["evidence"][0] == {
        "file": "docker-compose.yml",
        "line": 3,
        "text": "image: mariadb:11.4",
        "says": "service mysql is mariadb:11.4",
        "confidence": "certain",
        "part": "production",
        "version": "11.4",
    }
    assert report["conflicts"][0]["choices"][1]["version"] == "3.11"
    assert {"file": "search/pom.xml", "line": 4, "why": "it is not XML: mismatched tag"} in report[
        "skipped"
    ]


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    done = devbox(cwd=tmp_path)
    assert done.returncode == 0
    assert "Nothing in it says what it runs on." in done.stdout


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    done = devbox("nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no folder nowhere" in done.stderr


def test_hostile_names_do_not_reach_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "repo" / "x\x1b[2J\ny"
    folder.mkdir(parents=True)
    (folder / ".nvmrc").write_text("20 \x1b]0;title\x07\n")
    (folder / "package.json").write_text("{")
    for words in ((), ("--all",), ("--json",)):
        done = devbox(str(tmp_path / "repo"), *words, cwd=tmp_path)
        assert done.returncode == 0
        assert "\x1b" not in done.stdout
        assert "\x07" not in done.stdout
    assert "x\\\\e[2J\\\\ny/.nvmrc" in done.stdout


def test_in_a_terminal_it_is_as_wide_as_that(tmp_path: Path) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "devbox", "detect", str(SAMPLES / "rails-shop")],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "dumb", "LANG": "C.UTF-8"},
        encoding="utf-8",
        dimensions=(24, 60),
        timeout=60,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    lines = [line.rstrip("\r") for line in str(child.before).split("\n")]
    assert max(map(len, lines)) <= 60
    assert "PRODUCTION" in lines
