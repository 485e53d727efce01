"""The command line's own manners: help, versions, exit codes, pipes, completion."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from devbox import __version__
from devbox.cli import COMMANDS

_HEAVY = ("pydantic", "yaml", "rich", "questionary", "jinja2", "ansible_runner", "vagrant", "shtab")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "COLUMNS": "100",
    }


def _devbox(*words: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devbox", *words],
        env=dict(env),
        cwd=env["HOME"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command: str, env: dict[str, str]) -> None:
    done = _devbox(command, "--help", env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: devbox {command}")
    examples = done.stdout.partition("\nexamples:\n")[2]
    assert re.search(rf"^  (sudo )?devbox {command}\b", examples, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_fits_a_terminal(command: str, env: dict[str, str]) -> None:
    done = _devbox(command, "--help", env=env)
    assert [line for line in done.stdout.splitlines() if len(line) > 100] == []


def test_help_names_every_command_and_a_way_to_begin(env: dict[str, str]) -> None:
    done = _devbox("--help", env=env)
    assert done.returncode == 0
    for command, summary in COMMANDS.items():
        assert re.search(rf"^    {command} +{re.escape(summary)}$", done.stdout, re.MULTILINE)
    assert "devbox init" in done.stdout.partition("a team's first box")[2]


def test_without_a_command_help_is_shown_as_wrong_usage(env: dict[str, str]) -> None:
    done = _devbox(env=env)
    assert done.returncode == 2
    assert "usage: devbox" in done.stdout


def test_the_version(env: dict[str, str]) -> None:
    done = _devbox("--version", env=env)
    assert (done.returncode, done.stdout) == (0, f"devbox {__version__}\n")


def test_an_unknown_command_names_the_nearest(env: dict[str, str]) -> None:
    done = _devbox("biuld", env=env)
    assert done.returncode == 2
    assert "no command 'biuld'" in done.stderr
    assert "did you mean `devbox build`?" in done.stderr


def test_an_unknown_option_is_wrong_usage(env: dict[str, str]) -> None:
    done = _devbox("build", "--fats", env=env)
    assert done.returncode == 2
    assert "--fats" in done.stderr
    assert "devbox build --help" in done.stderr


def test_a_failure_says_what_to_do(env: dict[str, str]) -> None:
    done = _devbox("build", env=env)
    assert done.returncode == 1
    assert "there is no devbox.yml here" in done.stderr
    assert "→ devbox init" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bug_says_so_and_asks_for_a_report(env: dict[str, str], tmp_path: Path) -> None:
    # A dependency that breaks in a way that nobody has thought of.
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "pydantic.py").write_text("raise ZeroDivisionError('seven')\n")
    done = _devbox("build", env={**env, "PYTHONPATH": str(broken)})
    assert done.returncode == 3
    assert f"this is a bug in devbox {__version__}: ZeroDivisionError: seven" in done.stderr
    log = re.search(r"log: (\S+)", done.stderr)
    assert log
    assert "ZeroDivisionError" in Path(log[1]).read_text()


def test_an_interrupt_ends_it_with_the_shells_own_status(env: dict[str, str]) -> None:
    # `doctor` asks apt, QEMU and others: long enough to be interrupted.
    child = subprocess.Popen(
        [sys.executable, "-m", "devbox", "doctor"],
        env=env,
        cwd=env["HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    logs = Path(env["HOME"]) / ".local" / "state" / "devbox" / "logs"
    deadline = time.monotonic() + 30
    # The log has each program that it runs.
    while not any("$ " in log.read_text() for log in logs.glob("*-doctor-*.log")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == 130, errors
    assert "interrupted" in errors
    assert "Traceback" not in errors


_INTERRUPTED = "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(9)"


@pytest.mark.parametrize(
    "module",
    [
        # Within an exec() of text, after which Python remembers the signal …
        f"exec({_INTERRUPTED!r})\n",
        # … and where something takes it for an error.
        f"try:\n    {_INTERRUPTED}\nexcept KeyboardInterrupt:\n    raise ValueError from None\n",
    ],
)
def test_an_interrupt_while_modules_are_imported_ends_it_likewise(
    module: str, env: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "modules"
    folder.mkdir()
    (folder / "pydantic.py").write_text(module)
    done = _devbox("build", env={**env, "PYTHONPATH": str(folder)})
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")


@pytest.mark.parametrize("words", [(), ("build", "--help"), ("schema",), ("completion", "bash")])
def test_a_reader_that_goes_away_is_no_error(words: tuple[str, ...], env: dict[str, str]) -> None:
    line = " ".join([sys.executable, "-m", "devbox", *(words or ("--help",))])
    done = subprocess.run(
        ["bash", "-c", f"{line} | head -1; echo ${{PIPESTATUS[0]}}"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "0"


def test_a_reader_that_was_never_there_is_no_error(env: dict[str, str]) -> None:
    program = f"{sys.executable} -m devbox schema | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", program], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("0\n", "")


def test_help_imports_nothing_heavy(env: dict[str, str]) -> None:
    program = (
        "import sys\n"
        "from devbox.cli import main\n"
        "try:\n    main(['--help'])\n"
        "except SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded.isdisjoint(_HEAVY)
    assert not any(name.startswith("devbox.commands.") for name in done.stderr.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_a_command_imports_nothing_heavy(command: str, env: dict[str, str]) -> None:
    program = (
        "import sys\n"
        "from devbox.cli import main\n"
        f"try:\n    main([{command!r}, '--help'])\n"
        "except SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert {name.partition(".")[0] for name in done.stderr.split()}.isdisjoint(_HEAVY)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_completion_script_is_valid(shell: str, env: dict[str, str], tmp_path: Path) -> None:
    done = _devbox("completion", shell, env=env)
    assert done.returncode == 0, done.stderr
    assert "--recreate" in done.stdout
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = tmp_path / f"completion.{shell}"
    script.write_text(done.stdout)
    checked = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_bash_completes_commands_and_options(env: dict[str, str], tmp_path: Path) -> None:
    script = tmp_path / "completion.bash"
    script.write_text(_devbox("completion", "bash", env=env).stdout)
    program = f"""
        source {script}
        complete=$(complete -p devbox); complete=${{complete##*-F }}; complete=${{complete%% *}}
        try() {{ COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); $complete; \
            echo "${{COMPREPLY[@]}}"; }}
        try devbox reb
        try devbox init --def
    """
    done = subprocess.run(
        ["bash", "-c", program], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["rebuild", "--defaults"], done.stderr
