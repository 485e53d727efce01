from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.host import paths

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_cache_folder_is_the_users_or_the_one_that_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEVBOX_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert paths.cache_dir() == tmp_path / "cache" / "devbox"
    monkeypatch.setenv("DEVBOX_CACHE_DIR", str(tmp_path / "own"))
    assert paths.cache_dir() == tmp_path / "own"


def test_a_relative_cache_folder_means_the_same_from_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DEVBOX_CACHE_DIR", "cache")
    assert paths.cache_dir() == tmp_path / "cache"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DEVBOX_CACHE_DIR", "~/cache")
    assert paths.cache_dir() == tmp_path / "home" / "cache"


def test_the_runtime_folder_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "devbox").mkdir(mode=0o777)
    path = paths.runtime_dir()
    assert path == tmp_path / "devbox"
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_runtime_folder_that_is_not_there_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "of another login"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert paths.runtime_dir() == tmp_path / f"devbox-{os.getuid()}"


def test_a_link_that_somebody_has_put_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "devbox").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DevboxError):
        paths.runtime_dir()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make another user's folder")
def test_a_runtime_folder_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "devbox").mkdir()
    os.chown(tmp_path / "devbox", 65534, 65534)
    with pytest.raises(DevboxError):
        paths.runtime_dir()


def test_git_ignores_the_projects_state(tmp_path: Path) -> None:
    path = paths.project_dir(tmp_path)
    (path / "state").touch()
    assert path == tmp_path / ".devbox"
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    seen = subprocess.run(
        ["git", "-C", tmp_path, "status", "--porcelain"], capture_output=True, check=True
    )
    assert seen.stdout == b""


def test_a_project_whose_folder_cannot_be_written_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / ".devbox").touch()
    with pytest.raises(DevboxError):
        paths.project_dir(tmp_path)


def test_writing_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "file ✓"
    paths.write_atomically(path, "old")
    paths.write_atomically(path, "néw", mode=0o600)
    assert path.read_text(encoding="utf-8") == "néw"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    contents = ["a" * 3_000_000, "b" * 3_000_000]
    paths.write_atomically(path, contents[0])
    script = (
        "import sys; from pathlib import Path; from devbox.host.paths import write_atomically\n"
        "for n in range(30): write_atomically(Path(sys.argv[1]), 'ab'[n % 2] * 3_000_000)"
    )
    writer = subprocess.Popen([sys.executable, "-c", script, str(path)], cwd=REPOSITORY)
    while writer.poll() is None:
        assert path.read_text() in contents
    assert writer.returncode == 0


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    script = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from devbox.errors import DevboxError\n"
        "from devbox.host.paths import write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_atomically(Path(sys.argv[1]), 'x' * 100_000)\n"
        "except DevboxError as error: print(error.what)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(path) in done.stdout
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_missing_is_a_failure_and_no_bug(tmp_path: Path) -> None:
    with pytest.raises(DevboxError):
        paths.write_atomically(tmp_path / "gone" / "file", "")


def test_a_scratch_folder_goes_with_its_content(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError),
        paths.scratch_dir(tmp_path / "parent", "work-") as path,
    ):
        (path / "deep" / "er").mkdir(parents=True)
        (path / "deep" / "file").touch()
        raise RuntimeError
    assert list((tmp_path / "parent").iterdir()) == []


def test_a_scratch_folder_that_cannot_be_made_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DevboxError), paths.scratch_dir(tmp_path / "file", "work-"):
        pass


def test_free_space_is_required_where_the_path_will_be(tmp_path: Path) -> None:
    path = tmp_path / "not" / "yet"
    paths.require_free_space(path, 1, "a test")
    with pytest.raises(DevboxError) as caught:
        paths.require_free_space(path, 10**18, "a test")
    assert "a test" in caught.value.what
    assert str(tmp_path) in caught.value.evidence
