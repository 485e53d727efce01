from __future__ import annotations

import contextlib
import json
import shlex
import stat
from pathlib import Path

import pytest

from devbox.host import runlog


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(runlog, "_state", runlog._State())


def opened() -> Path:
    path = runlog.open_run("build")
    assert path is not None
    return path


def test_without_an_open_log_writing_does_nothing(tmp_path: Path) -> None:
    runlog.write("$ true")
    runlog.write_output("text")
    assert runlog.current() is None
    assert not (tmp_path / "state").exists()


def test_a_log_is_the_users_alone_and_names_command_and_versions(tmp_path: Path) -> None:
    path = opened()
    assert path.parent == tmp_path / "state" / "devbox" / "logs"
    assert runlog.current() == path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "build" in path.name
    assert "Python" in path.read_text()


def test_lines_are_there_at_once() -> None:
    path = opened()
    runlog.write("$ packer build")
    runlog.write_output("one\ntwo ✓\n")
    text = path.read_text(encoding="utf-8")
    assert "$ packer build\n" in text
    assert "| one\n" in text
    assert "| two ✓\n" in text


def test_commands_are_echoed_and_nothing_else() -> None:
    echoed: list[str] = []
    runlog.open_run("build", echo=echoed.append)
    runlog.hide("hunter2")
    runlog.write("$ login hunter2")
    runlog.write("  ended with 0")
    runlog.write_output("output")
    assert echoed == ["$ login [secret]"]


def test_old_logs_are_pruned(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "devbox" / "logs"
    folder.mkdir(parents=True)
    for number in range(60):
        (folder / f"20200101-{number:06}-build-1.log").touch()
    path = opened()
    logs = sorted(folder.iterdir())
    assert len(logs) == 50
    assert logs[-1] == path
    assert logs[0].name == "20200101-000011-build-1.log"


def test_where_no_log_can_be_written_the_work_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert runlog.open_run("doctor") is None
    runlog.write("$ true")
    assert runlog.current() is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_stops_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    opened()
    full = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 - the log keeps it
    monkeypatch.setattr(runlog._state, "stream", full)
    runlog.write("$ true")
    runlog.write_output("text")
    # What could not be written is still in the buffer.
    with contextlib.suppress(OSError):
        full.close()


@pytest.mark.parametrize(
    "secret", ["hunter2", "it's", 'a"b', "$x `y`", "päss", "back\\slash", "tab\there"]
)
def test_a_secret_is_struck_out_in_every_form(secret: str) -> None:
    path = opened()
    runlog.hide(secret)
    runlog.write("$ " + shlex.join(["login", f"--password={secret}", secret]))
    runlog.write_output(json.dumps({"password": secret}))
    runlog.write_output(json.dumps({"password": secret}, ensure_ascii=False))
    runlog.write_output(f"you said {secret}!")
    text = path.read_text(encoding="utf-8")
    for form in (secret, json.dumps(secret)[1:-1], secret.replace("'", "'\"'\"'")):
        assert form not in text


def test_a_secret_of_several_lines_is_struck_out_line_by_line() -> None:
    path = opened()
    runlog.hide("-----BEGIN KEY-----\nc2VjcmV0\n}\n-----END KEY-----\n")
    for line in ("-----BEGIN KEY-----", "c2VjcmV0", "}"):
        runlog.write_output(line)
    text = path.read_text()
    assert "c2VjcmV0" not in text
    assert "| }" in text


def test_a_secret_within_a_longer_one_does_not_uncover_it() -> None:
    runlog.hide("abc")
    runlog.hide("abcdef")
    assert "def" not in runlog.redact("it is abcdef")


def test_nothing_is_no_secret() -> None:
    runlog.hide("")
    assert runlog.redact("text") == "text"
