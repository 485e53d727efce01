"""Walking and opening a repo: what is hostile in it is passed over, and said."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devbox.detect import Report, detect
from devbox.detect.walk import MAX_DEPTH, walk
from devbox.errors import DevboxError
from devbox.tools import load_tools

PACKAGE = '{"engines": {"node": "20"}}\n'


@pytest.fixture
def look(tmp_path: Path) -> Callable[[], Report]:
    return lambda: detect(tmp_path, load_tools())


def skipped(report: Report) -> dict[str, str]:
    return {str(item.file): item.why for item in report.skipped}


def files_of(report: Report, name: str) -> set[str]:
    found = [finding for finding in report.findings if finding.name == name]
    return {str(piece.file) for finding in found for piece in finding.evidence}


def test_an_empty_repo_has_an_empty_report(look: Callable[[], Report]) -> None:
    assert look() == Report()


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DevboxError, match="cannot be read"):
        detect(tmp_path / "none", load_tools())


def test_ignored_and_vendored_folders_are_not_entered(
    tmp_path: Path, look: Callable[[], Report]
) -> None:
    (tmp_path / ".gitignore").write_text("/private/\n*.local\n!keep.local\nsub/deep/\n")
    for name in (
        "node_modules/x",
        "vendor/y",
        ".venv/lib",
        "target/debug",
        "dist",
        "private",
        "some.local",
        "sub/deep",
        "tests/fixtures/app",
        "tests/samples/app",
    ):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "package.json").write_text(PACKAGE)
    kept = ["web", "keep.local", "deep", "samples"]
    for name in kept:
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "package.json").write_text(PACKAGE)
    report = look()
    assert files_of(report, "node") == {f"{name}/package.json" for name in kept}


def test_a_nested_gitignore_counts_below_its_folder_only(
    tmp_path: Path, look: Callable[[], Report]
) -> None:
    for name in ("a/out2", "b/out2"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "package.json").write_text(PACKAGE)
    (tmp_path / "a" / ".gitignore").write_text("out2/\n")
    assert files_of(look(), "node") == {"b/out2/package.json"}


def test_a_gitignore_that_would_take_for_ever_is_passed_over(
    tmp_path: Path, look: Callable[[], Report]
) -> None:
    (tmp_path / ".gitignore").write_text("*a*a*a*a*a*a*a*a*a*a*b\n/ok/\n")
    (tmp_path / ("a" * 200)).mkdir()
    (tmp_path / "ok").mkdir()
    (tmp_path / "ok" / "package.json").write_text(PACKAGE)
    started = time.process_time()
    report = look()
    assert time.process_time() - started < 2
    assert skipped(report) == {".gitignore": "the pattern has too many stars"}
    assert report.findings == ()


def test_symbolic_links_are_not_followed_out_or_in_circles(
    tmp_path: Path, look: Callable[[], Report], tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "package.json").write_text(PACKAGE)
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "away").symlink_to(outside)
    (tmp_path / "package.json").symlink_to(outside / "package.json")
    (tmp_path / "Gemfile").symlink_to("Gemfile")
    (tmp_path / "go.mod").symlink_to("nowhere")
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker" / "main").write_text("FROM redis:7\n")
    (tmp_path / "Dockerfile").symlink_to("docker/main")
    report = look()
    assert skipped(report) == {
        "package.json": "it is a symbolic link that leads out of the repo",
        "Gemfile": "it cannot be read: too many levels of symbolic links",
        "go.mod": "it cannot be read: no such file or directory",
    }
    assert files_of(report, "redis") == {"Dockerfile"}


def test_what_is_no_file_is_passed_over_and_blocks_nobody(
    tmp_path: Path, look: Callable[[], Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "package.json")
    monkeypatch.chdir(tmp_path)  # a socket's path may not be long
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("Gemfile")
        (tmp_path / "pyproject.toml").mkdir()
        (tmp_path / "requirements.txt").symlink_to("/dev/zero")
        started = time.process_time()
        found = skipped(look())
    assert time.process_time() - started < 2
    assert found["package.json"] == "it is no regular file"
    assert "Gemfile" in found
    assert found["requirements.txt"] == "it is a symbolic link that leads out of the repo"


def test_a_file_of_a_gigabyte_is_not_read(tmp_path: Path, look: Callable[[], Report]) -> None:
    for name in ("package.json", "uv.lock"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(1 << 30)
    started = time.process_time()
    report = look()
    assert time.process_time() - started < 2
    assert skipped(report) == {
        "package.json": "it is larger than 1 MiB",
        "uv.lock": "it is larger than 8 MiB",
    }


def test_hostile_names_are_escaped(tmp_path: Path, look: Callable[[], Report]) -> None:
    for name in (b"new\nline", b"\x1b[31mred", b"\xff\xfe", "\u202egnp".encode(), b"-rf", b"a b"):
        folder = tmp_path / os.fsdecode(name)
        folder.mkdir()
        (folder / "package.json").write_text("not json")
        (folder / ".nvmrc").write_text("20\n")
    report = look()
    names = {"new\\nline", "\\e[31mred", "\\xff\\xfe", "\\u202egnp", "-rf", "a b"}
    assert {str(item.file) for item in report.skipped} == {f"{name}/package.json" for name in names}
    assert files_of(report, "node") >= {f"{name}/.nvmrc" for name in names}


@pytest.mark.parametrize(
    "data",
    [
        b"\x7fELF\0\0\0",
        b'{"engines": {"node": \0}}',
        b"\xff\xfe\x00",
        b"\xef\xbb\xbf{",
        b"[1]",
        b"x",
    ],
)
def test_a_package_json_that_is_none_is_passed_over(
    tmp_path: Path, look: Callable[[], Report], data: bytes
) -> None:
    (tmp_path / "package.json").write_bytes(data)
    (tmp_path / ".nvmrc").write_text("20\n")
    report = look()
    assert list(skipped(report)) == ["package.json"]
    assert ".nvmrc" in files_of(report, "node")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "latin-1"])
def test_marks_and_other_encodings_are_read(
    tmp_path: Path, look: Callable[[], Report], encoding: str
) -> None:
    text = '{"description": "Gebäude",\r\n "engines": {"node": "20"}}'
    (tmp_path / "package.json").write_bytes(text.encode(encoding))
    report = look()
    assert report.skipped == ()
    (node,) = [finding for finding in report.findings if finding.name == "node"]
    assert (node.version, node.evidence[0].line) == ("20", 2)


def test_a_folder_without_end_has_one(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(MAX_DEPTH + 5):
        folder /= "d"
    folder.mkdir(parents=True)
    tree = walk(tmp_path, lambda name: name == "x")
    assert [item.why for item in tree.skipped] == [f"it is more than {MAX_DEPTH} folders deep"]


def test_nothing_of_the_repo_is_run_or_imported(tmp_path: Path, look: Callable[[], Report]) -> None:
    trap = f"open({str(tmp_path / 'sprung')!r}, 'w')\n"
    for name in ("setup.py", "settings.py", "conftest.py", "manage.py", "yaml.py", "Gemfile"):
        (tmp_path / name).write_text(trap)
    (tmp_path / "Makefile").write_text(f"X := $(shell touch {tmp_path / 'sprung'})\n")
    (tmp_path / "compose.yml").write_text(
        f"services: !!python/object/apply:os.system ['touch {tmp_path / 'sprung'}']\n"
    )
    look()
    assert not (tmp_path / "sprung").exists()
