from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest
from rich.console import Console

from devbox import ui
from devbox.errors import DevboxError
from devbox.host import runlog
from devbox.ui import output, tasks

REPOSITORY = Path(__file__).resolve().parents[2]
HOSTILE = "[red]no markup[/red] :key: {x} #{y} ✓"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runlog, "_state", runlog._State())
    monkeypatch.delenv("COLUMNS", raising=False)
    for console in (output.err_console, output.out_console):
        console.cache_clear()
    ui.configure()


def test_messages_go_to_standard_error_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    ui.say(HOSTILE)
    ui.success(HOSTILE)
    ui.warn(HOSTILE)
    ui.verbose("too much")
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"{HOSTILE}\n✓ {HOSTILE}\n! {HOSTILE}\n"


def test_quiet_says_only_what_went_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    ui.configure(level=ui.Level.QUIET)
    ui.say("nothing")
    ui.success("nothing")
    with ui.task("Work") as task:
        task.activity("nothing")
    ui.print_error(DevboxError("it failed"))
    assert capsys.readouterr().err == "✗ it failed\n"


def test_an_error_has_three_parts_without_secrets_and_without_hold_of_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    runlog.hide("hunter2")
    ui.print_error(
        DevboxError(
            "could not log in [bold]",
            evidence="login hunter2\n\x1b[31mred\x1b[0m \x1b]0;title\x07end\r\x07",
            remedy="devbox doctor\nor else",
        )
    )
    assert capsys.readouterr().err.splitlines() == [
        "✗ could not log in [bold]",
        "  login [secret]",
        "  red end",
        "  → devbox doctor",
        "    or else",
    ]


def test_a_long_line_is_not_folded_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 100
    ui.say(long)
    ui.print_table(["name", "size "], [["x" * 300, "1"], [HOSTILE, "2000"]], title=HOSTILE)
    out, err = capsys.readouterr()
    assert long in err
    assert "x" * 300 in out
    assert out.count(HOSTILE) == 2


def test_numbers_are_aligned_to_the_right(capsys: pytest.CaptureFixture[str]) -> None:
    ui.print_table(["name", "size "], [["a", "1"], ["b", "2000"]])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert any(line.endswith("   1") for line in lines)


def test_json_is_one_document_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    ui.print_json({"name": HOSTILE, "path": Path("/x"), "raw": "\udcff"})
    out, err = capsys.readouterr()
    assert json.loads(out) == {"name": HOSTILE, "path": "/x", "raw": "\udcff"}
    assert err == ""


def test_a_checklist_reads_without_colour(capsys: pytest.CaptureFixture[str]) -> None:
    ui.print_checklist(
        "To build",
        [
            ui.CheckItem("ok", "packer", "1.6.6"),
            ui.CheckItem("warning", "zstd", "not installed", "apt-get install zstd"),
            ui.CheckItem("problem", "vagrant [x]", "broken\x1b[2J\nreally", "one\ntwo"),
        ],
    )
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "To build",
        "  ✓ packer       1.6.6",
        "  ! zstd         not installed",
        "                 → apt-get install zstd",
        "  ✗ vagrant [x]  broken",
        "                 really",
        "                 → one",
        "                 → two",
        "",
    ]


def test_an_encoding_that_lacks_a_character_is_no_failure() -> None:
    script = (
        "from devbox import ui; ui.configure(); ui.success('done ✓ é');"
        "ui.print_checklist('x', [ui.CheckItem('ok', 'é', '✓')]); ui.print_json({'é': '✓'})"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_tasks_are_lines_where_nothing_is_redrawn(capsys: pytest.CaptureFixture[str]) -> None:
    with ui.task("Building acme/web") as task:
        with task.child("base") as child:
            child.note("cached")
        with pytest.raises(RuntimeError), task.child("nginx") as child:
            child.activity("not shown")
            raise RuntimeError
    lines = [line.split("] ", 1)[1] for line in capsys.readouterr().err.splitlines()]
    assert [line.split(" in ")[0] for line in lines] == [
        "Building acme/web",
        "Building acme/web › base",
        "Building acme/web › base: done",
        "Building acme/web › nginx",
        "Building acme/web › nginx: failed",
        "Building acme/web: done",
    ]
    assert lines[2].endswith("(cached)")


def test_verbose_tells_activities_too_each_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    ui.configure(level=ui.Level.VERBOSE)
    with ui.task("Work") as task:
        task.activity("one\n\x1b[31mtwo")
        task.activity("one two")
        task.activity("")
    err = capsys.readouterr().err
    assert err.count("Work › one two\n") == 1


def test_the_log_of_a_run_has_the_tasks_even_when_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = runlog.open_run("build")
    assert path is not None
    ui.configure(level=ui.Level.QUIET)
    with ui.task("Work") as task:
        task.activity("detail")
    text = path.read_text()
    assert "Work › detail" in text
    assert "Work: done" in text


def test_a_task_tells_its_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    with ui.task("Download") as task:
        task.activity("image")
        task.progress(50_000_000, 200_000_000)
        line = task.lines()[0].plain
        assert "50.0 MB of 200 MB" in line
        assert "━━━━━─────" in line
        task.progress(50_000_000, 0)
        assert "50.0 MB" in task.lines()[0].plain
        task.activity("checking")
        assert "MB" not in task.lines()[0].plain


def test_the_rate_is_that_of_this_transfer(monkeypatch: pytest.MonkeyPatch) -> None:
    with ui.task("Download") as task:
        task.started -= 1000
        task.progress(0, 10)
        time.sleep(0.2)
        task.progress(10_000_000, 20_000_000)
        rate = task.lines()[0].plain.rsplit(" ", 2)
        assert rate[2] == "MB/s"
        assert float(rate[1]) > 10


TREE = """
import time
from devbox import ui
ui.configure()
with ui.task("Building acme/web") as task:
    for number in range({count}):
        with task.child(f"layer {{number}}") as child:
            child.activity("doing things")
            ui.say("a message") if number == 0 else None
            time.sleep({seconds})
ui.success("built")
"""


def live(script: str) -> str:
    done = pexpect.spawn(
        sys.executable,
        ["-c", script],
        cwd=str(REPOSITORY),
        env={**os.environ, "TERM": "xterm", "CI": "", "NO_COLOR": "1"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=30,
    )
    done.expect(pexpect.EOF)
    done.close()
    assert done.exitstatus == 0
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", str(done.before))


def test_in_a_terminal_the_tree_is_live_and_its_end_stays() -> None:
    shown = live(TREE.format(count=2, seconds=0.4))
    assert "doing things" in shown
    last = shown[shown.rindex("✓ Building acme/web") :]
    assert "✓ layer 0" in last
    assert "✓ layer 1" in last
    assert last.rstrip().endswith("✓ built")
    assert shown.count("a message") == 1


def test_a_tree_taller_than_the_terminal_shows_what_runs() -> None:
    screen = Console(file=io.StringIO(), width=80, height=8)
    with ui.task("Building acme/web") as task:
        for number in range(20):
            with task.child(f"layer {number}"):
                pass
        with task.child("the last one"):
            screen.print(tasks._board)
    assert isinstance(screen.file, io.StringIO)
    lines = screen.file.getvalue().splitlines()
    assert len(lines) <= 8
    assert "Building acme/web" in lines[0]
    assert "above" in lines[1]
    assert "the last one" in lines[-1]


def test_a_terminal_with_plain_gets_lines() -> None:
    shown = live(TREE.format(count=1, seconds=0).replace("configure()", "configure(plain=True)"))
    assert "Building acme/web › layer 0: done" in shown


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (281_000_000, "281 MB"), (2 * 10**12, "2.0 TB")],
)
def test_sizes(count: int, text: str) -> None:
    assert ui.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.42, "0.4s"), (12.4, "12s"), (185, "3m 05s"), (3725, "1h 02m")]
)
def test_durations(seconds: float, text: str) -> None:
    assert ui.duration(seconds) == text
