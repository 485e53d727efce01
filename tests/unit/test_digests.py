"""Digests of files and folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.plan.digests import folder_digest, record_digest, role_digest


@pytest.fixture
def role(tmp_path: Path) -> Path:
    folder = tmp_path / "role"
    (folder / "tasks").mkdir(parents=True)
    (folder / "files" / "deep").mkdir(parents=True)
    (folder / "tasks" / "main.yml").write_text("- debug:\n")
    (folder / "files" / "run").write_text("#!/bin/sh\n")
    (folder / "files" / "deep" / "data").write_bytes(bytes(range(256)))
    (folder / "files" / "link").symlink_to("run")
    return folder


def touch(path: Path, content: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def lead_elsewhere(role: Path) -> None:
    (role / "files/link").unlink()
    (role / "files/link").symlink_to("deep/data")


def put_a_link_in_its_place(role: Path) -> None:
    (role / "files/run").rename(role / "files/was")
    (role / "files/run").symlink_to("was")


COUNTS: dict[str, Callable[[Path], object]] = {
    "a byte": lambda role: (role / "tasks/main.yml").write_text("- debug: \n"),
    "a new file": lambda role: touch(role / "files/new", ""),
    "a file less": lambda role: (role / "files/deep/data").unlink(),
    "a name": lambda role: (role / "files/run").rename(role / "files/Run"),
    "a place": lambda role: (role / "files/run").rename(role / "files/deep/run"),
    "the executable bit": lambda role: (role / "files/run").chmod(0o755),
    "where a link leads": lead_elsewhere,
    "a link to a folder": lambda role: (role / "files/way").symlink_to("deep"),
    "a link in place of its file": put_a_link_in_its_place,
    "a name that is no text": lambda role: Path(os.fsdecode(os.fsencode(role) + b"/\xff")).touch(),
}


def tighten(role: Path) -> None:
    for path in role.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)


DOES_NOT_COUNT: dict[str, Callable[[Path], object]] = {
    "times": lambda role: os.utime(role / "tasks/main.yml", (1, 1)),
    "another umask": tighten,
    "what Python leaves": lambda role: touch(role / "library/__pycache__/x.pyc"),
    "a stray .pyc": lambda role: touch(role / "files/x.pyc"),
    "a copy of an editor": lambda role: touch(role / "tasks/main.yml~"),
    "an editor's lock": lambda role: touch(role / "tasks/.main.yml.swp"),
    "macOS's own": lambda role: touch(role / ".DS_Store"),
    "git's own": lambda role: touch(role / ".git/HEAD"),
    "an empty folder": lambda role: (role / "templates").mkdir(),
    "a pipe": lambda role: os.mkfifo(role / "files/pipe"),
}


@pytest.mark.parametrize("change", COUNTS.values(), ids=COUNTS.keys())
def test_counts(role: Path, change: Callable[[Path], object]) -> None:
    before = folder_digest(role)
    change(role)
    assert folder_digest(role) != before


@pytest.mark.parametrize("change", DOES_NOT_COUNT.values(), ids=DOES_NOT_COUNT.keys())
def test_does_not_count(role: Path, change: Callable[[Path], object]) -> None:
    before = folder_digest(role)
    change(role)
    assert folder_digest(role) == before


def test_where_the_folder_stands_does_not_count(role: Path) -> None:
    before = folder_digest(role)
    moved = role.rename(role.parent / "else where é")
    assert folder_digest(moved) == before


def test_the_file_behind_a_link_counts_though_it_is_outside(role: Path, tmp_path: Path) -> None:
    (tmp_path / "app.conf").write_text("1")
    (role / "files/app.conf").symlink_to("../../app.conf")
    before = folder_digest(role)
    (tmp_path / "app.conf").write_text("2")
    assert folder_digest(role) != before


def test_links_that_lead_nowhere_or_in_a_circle_are_no_obstacle(role: Path) -> None:
    (role / "files/nowhere").symlink_to("gone")
    (role / "files/circle").symlink_to("circle")
    (role / "files/up").symlink_to("..")
    assert folder_digest(role)


def test_names_cannot_be_mistaken_for_content() -> None:
    assert record_digest({"a": "b,c"}) != record_digest({"a": ["b", "c"]})
    assert record_digest({"a": 1}) != record_digest({"a": "1"})
    assert record_digest({"a": 1, "b": 2}) == record_digest({"b": 2, "a": 1})
    assert record_digest({"\ud800": "\udcff"})


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DevboxError, match="could not read"):
        folder_digest(tmp_path / "gone")


@pytest.mark.parametrize("listed", ["[base]", "[{role: base}]", "[{name: base, vars: {x: 1}}]"])
def test_a_role_is_its_dependencies_too(role: Path, tmp_path: Path, listed: str) -> None:
    library = tmp_path / "library"
    touch(library / "base/tasks/main.yml")
    touch(role / "meta/main.yml", f"dependencies: {listed}\n")
    before = role_digest(role, library)
    touch(library / "base/tasks/main.yml", "y")
    after = role_digest(role, library)
    assert before != after
    # What stands beside the role is what Ansible takes first.
    touch(role.parent / "base/tasks/main.yml", "z")
    assert role_digest(role, library) not in (before, after)


def test_a_roles_own_tests_are_in_no_layer(role: Path, tmp_path: Path) -> None:
    touch(tmp_path / "library/base/tasks/main.yml")
    touch(role / "meta/main.yml", "dependencies: [base]\n")
    before = role_digest(role, tmp_path / "library")
    touch(role / "tests/cases.yml")
    touch(tmp_path / "library/base/tests/cases.yml")
    assert role_digest(role, tmp_path / "library") == before
    # Only at the top: a folder of files to copy may be called so, too.
    touch(role / "files/tests/data")
    assert role_digest(role, tmp_path / "library") != before


@pytest.mark.parametrize("text", ["", "[]", "dependencies:", "dependencies: [[1]]", "a: [", "\0"])
def test_odd_metadata_is_left_to_ansible(role: Path, tmp_path: Path, text: str) -> None:
    touch(role / "meta/main.yml", text)
    assert role_digest(role, tmp_path) == folder_digest(role)


def test_roles_that_depend_on_one_another_come_to_an_end(role: Path, tmp_path: Path) -> None:
    touch(role / "meta/main.yml", "dependencies: [other]\n")
    touch(tmp_path / "other/meta/main.yml", "dependencies: [role, other]\n")
    assert role_digest(role, tmp_path / "library")
