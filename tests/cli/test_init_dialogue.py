"""``devbox init`` driven in a real terminal of 80 columns and 24 lines."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from devbox.spec import Schedule, Tool, load_spec

_ENTER, _ESCAPE, _INTERRUPT, _SPACE = "\r", "\x1b", "\x03", " "
_DOWN = "\x1b[B"
_CLEAR = "\x15"

_QUESTIONS = (
    "Name of the box",
    "Base release",
    "What does production run?",
    "Other Debian packages for production",
    "What do developers need",
    "Other Debian packages for development",
    "How large is a developer's machine?",
    "Ports to open",
    "Where to publish",
    "Channel to publish to",
    "When is the box rebuilt",
)


class Terminal:
    """A person at a terminal."""

    def __init__(self, project: Path, *words: str) -> None:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": str(project.parent),
            "USER": "ann",
            "LOGNAME": "ann",
            "LANG": "C.UTF-8",
            "TERM": "xterm-256color",
            "NO_COLOR": "1",
            # Nobody here answers the question where the cursor is.
            "PROMPT_TOOLKIT_NO_CPR": "1",
        }
        self.child: pexpect.spawn[str] = pexpect.spawn(
            sys.executable,
            ["-m", "devbox", "init", *words],
            cwd=str(project),
            env=env,
            dimensions=(24, 80),
            encoding="utf-8",
            timeout=30,
        )

    def sees(self, text: str) -> None:
        self.child.expect_exact(text)

    def types(self, keys: str) -> None:
        self.child.send(keys)

    def answers(self, question: str, keys: str = _ENTER) -> None:
        self.sees(question)
        self.types(keys)

    def ends(self) -> int:
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus if self.child.exitstatus is not None else -1


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", folder], check=True)
    remote = "git@example.org:Acme/Shop.git"
    subprocess.run(["git", "-C", folder, "remote", "add", "origin", remote], check=True)
    return folder


@pytest.fixture
def terminal(project: Path) -> Iterator[Terminal]:
    terminal = Terminal(project)
    yield terminal
    terminal.child.close(force=True)


def _left(project: Path) -> list[str]:
    return sorted(path.name for path in project.iterdir() if path.name != ".git")


def test_a_whole_dialogue_writes_what_was_answered(project: Path, terminal: Terminal) -> None:
    terminal.sees("acme/shop")
    terminal.types(_CLEAR + "acme/web" + _ENTER)
    terminal.answers("Base release", _DOWN + _ENTER)
    terminal.sees("What does production run?")
    terminal.types("nginx")
    terminal.sees("search: ")
    terminal.types(_SPACE + _ESCAPE)
    terminal.sees("type to search")
    terminal.types("database server")
    terminal.types(_SPACE + _ENTER)
    terminal.sees("Which options do you want to set?")
    terminal.types("databases")
    terminal.types(_SPACE + _ENTER)
    terminal.answers("PostgreSQL: databases", "app, shop" + _ENTER)
    terminal.answers("Other Debian packages for production", "libpq5" + _ENTER)
    terminal.answers("What do developers need", "git" + _SPACE + _ENTER)
    terminal.answers("Which options do you want to set?")
    terminal.answers("Other Debian packages for development")
    terminal.answers("How large is a developer's machine?", "another" + _ENTER)
    terminal.answers("Processors", _CLEAR + "3" + _ENTER)
    terminal.answers("Memory in MiB", _CLEAR + "3000" + _ENTER)
    terminal.answers("Disk in GiB", _CLEAR + "50" + _ENTER)
    terminal.sees("Ports to open")
    terminal.sees("8080:80")
    terminal.types(_ENTER)
    terminal.answers("Where to publish", _CLEAR + "/srv/boxes" + _ENTER)
    terminal.answers("Channel to publish to", _CLEAR + "beta" + _ENTER)
    terminal.answers("When is the box rebuilt", "week" + _ENTER)
    terminal.answers("On which day?", "friday" + _ENTER)
    terminal.answers("At what time?", _CLEAR + "13:30" + _ENTER)
    terminal.sees("Your answers")
    terminal.sees("every Friday at 13:30")
    assert _left(project) == []
    terminal.answers("Is this right?")
    terminal.sees("devbox build")
    assert terminal.ends() == 0
    spec = load_spec(project / "devbox.yml")
    assert (spec.name, spec.base.release) == ("acme/web", "trixie")
    assert spec.production == (
        Tool(name="nginx"),
        Tool(name="postgresql", options={"databases": ["app", "shop"]}),
        Tool(name="packages", options={"names": ["libpq5"]}),
    )
    assert spec.development == (Tool(name="git"),)
    assert (spec.machine.cpus, spec.machine.memory, spec.machine.disk) == (3, 3000, 50)
    assert spec.machine.ports == {8080: 80, 5432: 5432}
    assert (spec.publish.to, spec.publish.channel) == ("/srv/boxes", "beta")
    assert spec.schedule == Schedule(every="week", on="friday", at="13:30")


@pytest.mark.parametrize("last", range(len(_QUESTIONS)))
def test_ctrl_c_at_any_question_writes_nothing(
    project: Path, terminal: Terminal, last: int
) -> None:
    for question in _QUESTIONS[:last]:
        terminal.answers(question)
    terminal.answers(_QUESTIONS[last], _INTERRUPT)
    assert terminal.ends() == 130
    assert _left(project) == []


def test_ctrl_c_and_cancel_at_the_review_write_nothing(project: Path) -> None:
    for keys in (_INTERRUPT, "leave" + _ENTER):
        terminal = Terminal(project, *_all_but("name"))
        terminal.answers("Name of the box")
        terminal.answers("Is this right?", keys)
        terminal.sees("Nothing was written")
        assert terminal.ends() == 130
        assert _left(project) == []


def _all_but(*open_keys: str) -> list[str]:
    """Return settings that answer every question but some."""
    answers = {
        "name": "a/b",
        "base.release": "bookworm",
        "production": "[nginx]",
        "development": "[git]",
        "machine": "{cpus: 2}",
        "publish.to": "./boxes",
        "schedule": "null",
    }
    pairs = [f"{key}={value}" for key, value in answers.items() if key not in open_keys]
    return [word for pair in pairs for word in ("--set", pair)]


def test_settings_leave_their_questions_out(project: Path) -> None:
    terminal = Terminal(project, *_all_but("name"))
    terminal.answers("Name of the box")
    terminal.answers("Is this right?")
    assert terminal.ends() == 0
    spec = load_spec(project / "devbox.yml")
    assert (spec.name, spec.production) == ("acme/shop", (Tool(name="nginx"),))


def test_wrong_settings_are_told_before_any_question(project: Path) -> None:
    terminal = Terminal(project, "--set", "machine.cpus=many")
    terminal.sees("machine.cpus must be a whole number")
    assert terminal.ends() == 1


def test_escape_goes_back_and_the_answers_stay(project: Path) -> None:
    terminal = Terminal(project, *_all_but("name", "base.release"))
    terminal.answers("Name of the box", _CLEAR + "acme/web" + _ENTER)
    terminal.answers("Base release", _ESCAPE)
    terminal.sees("Name of the box")
    terminal.sees("acme/web")
    terminal.types("2" + _ENTER)
    terminal.answers("Base release")
    terminal.answers("Is this right?")
    assert terminal.ends() == 0
    assert load_spec(project / "devbox.yml").name == "acme/web2"


def test_an_answer_can_be_changed_from_the_review(project: Path) -> None:
    terminal = Terminal(project, *_all_but("name"))
    terminal.answers("Name of the box")
    terminal.answers("Is this right?", "change" + _ENTER)
    terminal.answers("What do you want to change?", "machine" + _ENTER)
    terminal.answers("How large is a developer's machine?", "1 processor" + _ENTER)
    terminal.sees("Your answers")
    terminal.sees("1 processor, 1 GiB memory")
    terminal.answers("Is this right?")
    assert terminal.ends() == 0
    assert load_spec(project / "devbox.yml").machine.cpus == 1


def test_answers_that_do_not_fit_together_cannot_be_written(project: Path) -> None:
    (project / "role" / "tasks").mkdir(parents=True)
    (project / "role" / "tasks" / "main.yml").write_text("[]\n")
    (project / "role" / "meta").mkdir()
    (project / "role" / "meta" / "main.yml").write_text(
        "galaxy_info: {platforms: [{name: Debian, versions: [bookworm]}]}\n"
    )
    words = [*_all_but("base.release", "production"), "--set", "production=[role: role]"]
    terminal = Terminal(project, *words)
    terminal.answers("Base release", "trixie" + _ENTER)
    terminal.sees("does not support the release trixie")
    terminal.answers("Is this right?")
    terminal.answers("What do you want to change?", "base" + _ENTER)
    terminal.answers("Base release", "bookworm" + _ENTER)
    terminal.answers("Is this right?", "write" + _ENTER)
    assert terminal.ends() == 0
    assert load_spec(project / "devbox.yml").base.release == "bookworm"


def test_what_is_typed_is_checked_at_once(project: Path) -> None:
    terminal = Terminal(project, *_all_but("name"))
    terminal.answers("Name of the box", _CLEAR + "a#{b}")
    terminal.sees("owner/box: lower-case")
    terminal.types(_ENTER + _CLEAR + "acme/b" + _ENTER)
    terminal.answers("Is this right?")
    assert terminal.ends() == 0
    assert load_spec(project / "devbox.yml").name == "acme/b"


@pytest.mark.parametrize(("key", "code"), [(_ENTER, 130), ("n", 130), ("y", 0)])
def test_an_existing_file_is_replaced_only_by_a_yes(project: Path, key: str, code: int) -> None:
    path = project / "devbox.yml"
    path.write_text("name: mine/own\n")
    terminal = Terminal(project, "--defaults")
    terminal.sees("-name: mine/own")
    terminal.sees("+name: acme/shop")
    terminal.answers("Replace devbox.yml?", key)
    assert terminal.ends() == code
    assert (path.read_text() == "name: mine/own\n") == (code != 0)


def test_force_asks_nothing_and_the_same_again_changes_nothing(project: Path) -> None:
    (project / "devbox.yml").write_text("name: mine/own\n")
    terminal = Terminal(project, "--defaults", "--force")
    terminal.sees("is written")
    assert terminal.ends() == 0
    terminal = Terminal(project, "--defaults")
    terminal.sees("was already so")
    assert terminal.ends() == 0


def test_a_terminal_that_can_show_nothing_is_told_the_flags(project: Path) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "devbox", "init"],
        cwd=str(project),
        env={**os.environ, "TERM": "dumb"},
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("--defaults")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2


def test_questions_keep_out_of_standard_output(project: Path) -> None:
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f"{sys.executable} -m devbox init --print {_quoted()} > out.yml"],
        cwd=str(project),
        env={**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm"},
        encoding="utf-8",
        timeout=30,
    )
    child.expect_exact("Name of the box")
    child.send(_ENTER)
    child.expect_exact("Is this right?")
    child.send(_ENTER)
    child.expect(pexpect.EOF)
    assert re.match(
        r"# yaml-language-server.*\nname: acme/shop\n", (project / "out.yml").read_text()
    )
    assert _left(project) == ["out.yml"]


def _quoted() -> str:
    return " ".join(f"'{word}'" for word in _all_but("name"))
