"""``devbox init`` driven in a real terminal: the screens as a person sees them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from devbox.spec import Schedule, Tool, load_spec

from .terminal import (
    CLEAR,
    ENTER,
    ESCAPE,
    F1,
    INTERRUPT,
    RIGHT,
    SPACE,
    UP,
    Terminal,
)

_COMPOSE = """\
services:
  db:
    image: postgres:17-alpine
    environment:
      POSTGRES_DB: shop
"""

# All screens of a first run in the sample repo, each by what only it shows.
_SCREENS = (
    "Found:",
    "Which?",
    "Name of the box",
    "What does production run?",
    "PostgreSQL: options",
    "What do developers need",
    "Which Debian release?",
    "How large is a developer's machine?",
    "Ports to open",
    "Where to publish",
    "When is the box rebuilt",
    "is this right?",
    "The whole devbox.yml",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty repo with a remote."""
    folder = tmp_path / "shop"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", folder], check=True)
    remote = "git@example.org:Acme/Shop.git"
    subprocess.run(["git", "-C", folder, "remote", "add", "origin", remote], check=True)
    return folder


@pytest.fixture
def repo(project: Path) -> Path:
    """A repo that speaks of PostgreSQL, and of two versions of Node.js."""
    (project / "compose.yml").write_text(_COMPOSE)
    for folder, version in (("web", "18"), ("api", "20")):
        (project / folder).mkdir()
        (project / folder / ".nvmrc").write_text(f"{version}\n")
        (project / folder / "package.json").write_text(
            f'{{"name": "{folder}", "scripts": {{"start": "node ."}}}}\n'
        )
    return project


@pytest.fixture
def opened() -> Iterator[list[Terminal]]:
    terminals: list[Terminal] = []
    yield terminals
    for terminal in terminals:
        terminal.close()


class Runs:
    """Starts ``devbox init`` in a folder."""

    def __init__(self, opened: list[Terminal]) -> None:
        self._opened = opened

    def __call__(
        self, folder: Path, *words: str, size: tuple[int, int] = (80, 24), **env: str
    ) -> Terminal:
        terminal = Terminal(folder, "init", *words, size=size, env=env)
        self._opened.append(terminal)
        return terminal


@pytest.fixture
def init(opened: list[Terminal]) -> Runs:
    return Runs(opened)


def _left(project: Path) -> list[str]:
    names = (path.name for path in project.iterdir())
    return sorted(name for name in names if name in (".devbox", "devbox.yml", "devbox.lock"))


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
    return ["--no-detect", *(word for pair in pairs for word in ("--set", pair))]


def _writes(terminal: Terminal) -> None:
    terminal.answers("is this right?")
    terminal.answers("The whole devbox.yml")
    assert terminal.ends() == 0


def test_a_first_run_takes_the_stack_that_was_found(repo: Path, init: Runs) -> None:
    terminal = init(repo)
    found = terminal.answers("Found:")
    assert "compose.yml:3" in found
    assert "image: postgres:17-alpine" in found
    asked = terminal.answers("Which?", UP + ENTER)
    assert ".nvmrc" in asked
    terminal.answers("Name of the box")
    listed = terminal.answers("What does production run?")
    assert "[x] PostgreSQL" in listed
    assert "found in this repo" in listed
    terminal.answers("PostgreSQL: options")
    for question in _SCREENS[5:11]:
        terminal.answers(question)
    review = terminal.sees("is this right?")
    assert "acme/shop" in review
    assert _left(repo) == []
    _writes(terminal)
    spec = load_spec(repo / "devbox.yml")
    tools = {tool.name: tool.options for tool in (*spec.production, *spec.development)}
    assert tools["postgresql"]["databases"] == ["shop"]
    assert "node" in tools
    assert spec.machine.ports[5432] == 5432


@pytest.mark.parametrize("last", range(len(_SCREENS)))
def test_ctrl_c_at_any_screen_writes_nothing(repo: Path, init: Runs, last: int) -> None:
    terminal = init(repo)
    for question in _SCREENS[:last]:
        terminal.answers(question)
    terminal.answers(_SCREENS[last], INTERRUPT)
    assert terminal.ends() == 130
    assert "Nothing was written." in terminal.raw.replace("\r\n", "\n")
    # The terminal is given back: its own screen, with a cursor.
    assert terminal.raw.rindex("\x1b[?1049l") > terminal.raw.rindex("\x1b[?1049h")
    assert terminal.raw.rindex("\x1b[?25h") > terminal.raw.rfind("\x1b[?25l")
    assert _left(repo) == []


def test_every_answer_can_be_another(project: Path, init: Runs) -> None:
    terminal = init(project, "--no-detect")
    terminal.answers("Name of the box", CLEAR + "acme/web" + ENTER)
    terminal.answers("What does production run?", "nginx")
    terminal.answers("search: nginx", SPACE + ESCAPE)
    terminal.gone("search:")
    terminal.types("postgresql")
    terminal.answers("search: postgresql▏", RIGHT)
    terminal.answers("PostgreSQL: options", "databases" + ENTER)
    terminal.answers("PostgreSQL: databases", "app, shop" + ENTER)
    terminal.answers("app, shop")
    terminal.answers("What does production run?", "packages")
    terminal.answers("search: packages", SPACE)
    terminal.answers("3 chosen")
    terminal.answers("Debian packages: options")
    terminal.answers("Debian packages: names", "libpq5 $(id)")
    terminal.answers("not the name of a Debian package", CLEAR + "libpq5" + ENTER)
    terminal.answers("with these")
    terminal.answers("What do developers need", "git" + SPACE)
    terminal.answers("1 chosen")
    terminal.answers("Which Debian release?", "trixie" + ENTER)
    terminal.answers("How large is a developer's machine?", "another" + ENTER)
    terminal.answers("Processors", CLEAR + "3" + ENTER)
    terminal.answers("Memory in MiB", CLEAR + "3000" + ENTER)
    terminal.answers("Disk in GiB", CLEAR + "50" + ENTER)
    terminal.sees("Ports to open", "8080:80")
    terminal.types(ENTER)
    terminal.answers("Where to publish", CLEAR + "/srv/boxes" + ENTER)
    terminal.answers("When is the box rebuilt", "fridays at 1:30pm")
    terminal.answers("every Friday at 13:30")
    terminal.answers("is this right?", "channel" + ENTER)
    terminal.answers("Channel to publish to", CLEAR + "beta" + ENTER)
    terminal.gone("Channel to publish to")
    terminal.answers("is this right?")
    terminal.answers("The whole devbox.yml")
    assert terminal.ends() == 0
    spec = load_spec(project / "devbox.yml")
    assert (spec.name, spec.base.release) == ("acme/web", "trixie")
    assert sorted(spec.production, key=lambda tool: tool.name) == [
        Tool(name="nginx"),
        Tool(name="packages", options={"names": ["libpq5"]}),
        Tool(name="postgresql", options={"databases": ["app", "shop"]}),
    ]
    assert spec.development == (Tool(name="git"),)
    assert (spec.machine.cpus, spec.machine.memory, spec.machine.disk) == (3, 3000, 50)
    assert spec.machine.ports == {8080: 80, 5432: 5432}
    assert (spec.publish.to, spec.publish.channel) == ("/srv/boxes", "beta")
    assert spec.schedule == Schedule(every="week", on="friday", at="13:30")


def test_users_are_asked_for_one_by_one(project: Path, init: Runs) -> None:
    terminal = init(project, *_all_but("production", "name"))
    terminal.answers("Name of the box")
    terminal.answers("What does production run?", "postgresql")
    terminal.answers("search: postgresql", RIGHT)
    terminal.answers("PostgreSQL: options", "users" + ENTER)
    terminal.answers("Add one")
    terminal.answers("PostgreSQL: users 1", ENTER)
    terminal.answers("PostgreSQL: users 1: name", "ann" + ENTER)
    terminal.answers("with these", "superuser" + ENTER)
    terminal.answers("users 1: superuser", UP + ENTER)
    terminal.gone("users 1: superuser")
    terminal.answers("superuser")
    seen = terminal.answers("Add one")
    assert "ann" in seen
    terminal.answers("PostgreSQL: options")
    terminal.answers("What does production run?")
    _writes(terminal)
    users = load_spec(project / "devbox.yml").production[0].options["users"]
    assert users == [{"name": "ann", "superuser": True}]


def test_escape_goes_back_and_the_answers_stay(project: Path, init: Runs) -> None:
    terminal = init(project, *_all_but("name", "production", "base.release"))
    terminal.answers("Name of the box", CLEAR + "acme/web" + ENTER)
    terminal.answers("What does production run?", "redis" + SPACE)
    terminal.answers("1 chosen", ESCAPE)
    terminal.gone("search:")
    terminal.types(ESCAPE)
    terminal.sees("Name of the box", "acme/web")
    terminal.types("2" + ENTER)
    terminal.sees("What does production run?", "1 chosen")
    terminal.types("redis")
    terminal.answers("search: redis", RIGHT)
    terminal.answers("Redis: options", "port" + ENTER)
    terminal.answers("Redis: port", ESCAPE)
    terminal.answers("Redis: options")
    terminal.answers("Redis: port", "6390" + ENTER)
    terminal.answers("6390")
    terminal.answers("What does production run?", ESCAPE)
    terminal.answers("Name of the box")
    terminal.answers("What does production run?")
    terminal.answers("Which Debian release?", ESCAPE)
    terminal.answers("What does production run?")
    terminal.answers("Which Debian release?")
    _writes(terminal)
    spec = load_spec(project / "devbox.yml")
    assert spec.name == "acme/web2"
    assert spec.production == (Tool(name="redis", options={"port": 6390}),)


def test_help_is_behind_a_question_mark(project: Path, init: Runs) -> None:
    terminal = init(project, *_all_but("name", "production"))
    terminal.answers("Name of the box", "?")
    terminal.answers("Help: Name of the box", "xyz" + ESCAPE)
    terminal.gone("Help:")
    terminal.answers("acme/shop")
    terminal.answers("What does production run?", "postgresql")
    terminal.answers("search: postgresql", RIGHT)
    terminal.answers("PostgreSQL: options", "listen_addresses" + ENTER)
    terminal.answers("PostgreSQL: listen_addresses", "?")
    terminal.answers("https://www.postgresql.org/docs/", "?")
    terminal.gone("Help:")
    # A text that somebody has begun may hold a question mark; F1 helps then.
    terminal.types("a?b")
    terminal.answers("a?b", F1)
    terminal.answers("Help:", INTERRUPT)
    assert terminal.ends() == 130


def test_settings_leave_their_questions_out(project: Path, init: Runs) -> None:
    terminal = init(project, *_all_but("name"))
    terminal.answers("Name of the box")
    _writes(terminal)
    spec = load_spec(project / "devbox.yml")
    assert (spec.name, spec.production) == ("acme/shop", (Tool(name="nginx"),))


def test_wrong_settings_are_told_before_any_question(project: Path, init: Runs) -> None:
    terminal = init(project, "--set", "machine.cpus=many")
    terminal.sees("machine.cpus must be a whole number")
    assert terminal.ends() == 1


def test_answers_that_do_not_fit_together_cannot_be_written(project: Path, init: Runs) -> None:
    (project / "role" / "tasks").mkdir(parents=True)
    (project / "role" / "tasks" / "main.yml").write_text("[]\n")
    (project / "role" / "meta").mkdir()
    (project / "role" / "meta" / "main.yml").write_text(
        "galaxy_info: {platforms: [{name: Debian, versions: [bookworm]}]}\n"
    )
    words = [*_all_but("base.release", "production"), "--set", "production=[role: role]"]
    terminal = init(project, *words)
    terminal.answers("Which Debian release?", "trixie" + ENTER)
    terminal.answers("These answers do not fit together")
    terminal.answers("does not support the release trixie")
    terminal.answers("These answers do not fit together", "base" + ENTER)
    terminal.answers("Which Debian release?", "bookworm" + ENTER)
    terminal.gone("Channel to publish to")
    terminal.answers("is this right?")
    terminal.answers("The whole devbox.yml")
    assert terminal.ends() == 0
    assert load_spec(project / "devbox.yml").base.release == "bookworm"


@pytest.mark.parametrize(
    "pasted",
    ["a#{b}", "${x}/{{ y }}", "x\n\x1b[31my", "../../etc", "\u202eacme/web", "a/b\r\nc: d"],
)
def test_hostile_text_is_refused_while_it_is_typed(project: Path, init: Runs, pasted: str) -> None:
    terminal = init(project, *_all_but("name"))
    terminal.answers("Name of the box", CLEAR + f"\x1b[200~{pasted}\x1b[201~", ENTER)
    if pasted != "\u202eacme/web":
        terminal.answers("owner/box: lower-case", CLEAR + "acme/web" + ENTER)
    _writes(terminal)
    assert load_spec(project / "devbox.yml").name == "acme/web"


def test_a_hostile_option_is_text_in_the_file(project: Path, init: Runs) -> None:
    hostile = "#{x} ${y} {{ 7*7 }} 'a' \"b\": [c]"
    terminal = init(project, *_all_but("production"))
    terminal.answers("What does production run?", "nginx")
    terminal.answers("search: nginx", RIGHT)
    terminal.answers("nginx: options", "extra_config" + ENTER)
    terminal.answers("nginx: extra_config", f"\x1b[200~{hostile}\x1b[201~", ENTER)
    terminal.answers("nginx: options")
    terminal.answers("What does production run?")
    _writes(terminal)
    assert load_spec(project / "devbox.yml").production[0].options == {"extra_config": hostile}


@pytest.mark.parametrize("size", [(40, 24), (40, 12), (200, 60)])
def test_every_line_fits_terminals_of_other_sizes(
    repo: Path, init: Runs, size: tuple[int, int]
) -> None:
    terminal = init(repo, size=size)
    for question in ("Found", "Which?", "Name of", "What does", "PostgreSQL: ", "What do dev"):
        seen = terminal.answers(question)
        # A line that is too long would have pushed the title out, or the keys.
        assert seen.startswith(" devbox init")
        assert "Enter" in seen.splitlines()[-1]
    terminal.answers("Which Debian", INTERRUPT)
    assert terminal.ends() == 130


def test_a_resize_in_the_middle_draws_anew(repo: Path, init: Runs) -> None:
    terminal = init(repo, *_all_but("production")[1:])
    terminal.answers("Found:")
    terminal.answers("Which?")
    terminal.sees("What does production run?")
    terminal.types("postgresql")
    terminal.sees("search: postgresql▏")
    terminal.resize(40, 16)
    terminal.sees("─" * 40 + "\n")
    seen = terminal.sees("search: postgresql▏", "Enter")
    assert all(len(line) <= 40 for line in seen.splitlines())
    terminal.resize(100, 30)
    terminal.sees("─" * 100)
    terminal.sees("search: postgresql▏")
    terminal.types(INTERRUPT)
    assert terminal.ends() == 130


@pytest.mark.parametrize(
    ("term", "wish"), [("xterm-mono", ""), ("vt100", ""), ("xterm-256color", "1")]
)
def test_without_colour_none_is_sent(repo: Path, init: Runs, term: str, wish: str) -> None:
    terminal = init(repo, TERM=term, NO_COLOR=wish)
    terminal.answers("Found:", INTERRUPT)
    assert terminal.ends() == 130
    drawn = terminal.raw.partition("\x1b[?1049h")[2].partition("\x1b[?1049l")[0]
    assert not any(f"\x1b[{code}" in drawn for code in ("36m", "0;36", "38;", "90m", "32m"))


_MINE = """\
# Our stack. Ask Ann before you change it!
name: acme/shop        # as in the registry

production:
  # the database of the shop
  - postgresql: {databases:   [shop], version: "17"}   # 17 since May
  - role: roles/api

base: {release: trixie}
"""


@pytest.fixture
def edited(repo: Path) -> Path:
    """A repo with a devbox.yml that somebody has written by hand."""
    (repo / "roles" / "api" / "tasks").mkdir(parents=True)
    (repo / "roles" / "api" / "tasks" / "main.yml").write_text("[]\n")
    (repo / "devbox.yml").write_text(_MINE)
    return repo


def test_a_second_run_edits_and_keeps_what_was_written_by_hand(edited: Path, init: Runs) -> None:
    terminal = init(edited)
    new = terminal.answers("New in this repo", "node")
    assert "PostgreSQL" not in new
    terminal.answers("search: node", SPACE + ENTER)
    terminal.answers("Which?")
    terminal.answers("is this right?", "schedule")
    terminal.types(CLEAR + ESCAPE)
    terminal.answers("is this right?", "rebuild" + ENTER)
    terminal.answers("When is the box rebuilt", "every tuesday at 4" + ENTER)
    terminal.gone("When is")
    terminal.answers("every Tuesday at 04:00")
    diff = terminal.sees("What changes in devbox.yml")
    assert '+  - node: {version: "20"}' in diff
    assert "-" not in [line[3:4] for line in diff.splitlines()[6:-3]]
    terminal.types(ENTER)
    assert terminal.ends() == 0
    after = (edited / "devbox.yml").read_text()
    assert [line for line in _MINE.splitlines() if line not in after.splitlines()] == []
    spec = load_spec(edited / "devbox.yml")
    assert spec.schedule == Schedule(every="week", on="tuesday", at="04:00")
    assert [tool.label for tool in spec.production] == ["postgresql", "node", "api"]
    assert spec.production[1].options == {"version": "20"}


def test_a_second_run_that_changes_nothing_writes_nothing(edited: Path, init: Runs) -> None:
    terminal = init(edited)
    terminal.answers("New in this repo")
    terminal.answers("says so already")
    assert terminal.ends() == 0
    assert (edited / "devbox.yml").read_text() == _MINE
    assert "was already so" in terminal.raw


def test_ctrl_c_and_leaving_a_second_run_change_nothing(edited: Path, init: Runs) -> None:
    for keys in (INTERRUPT, "leave" + ENTER):
        terminal = init(edited)
        terminal.answers("New in this repo", SPACE + ENTER)
        terminal.answers("Which?")
        terminal.answers("is this right?", keys)
        assert terminal.ends() == 130
        assert (edited / "devbox.yml").read_text() == _MINE


def test_a_wrong_file_is_shown_with_its_errors_and_not_touched(repo: Path, init: Runs) -> None:
    (repo / "devbox.yml").write_text("name: a/b\nproduction:\n  - ngnix\n")
    terminal = init(repo)
    terminal.sees("devbox.yml:3:5", "it was not touched", "--force")
    assert terminal.ends() == 1


def test_a_file_that_somebody_changes_meanwhile_is_not_written_over(
    edited: Path, init: Runs
) -> None:
    terminal = init(edited, "--no-detect")
    terminal.answers("says so already", "channel" + ENTER)
    terminal.answers("Channel to publish to", CLEAR + "beta" + ENTER)
    terminal.answers("is this right?")
    terminal.sees("What changes")
    (edited / "devbox.yml").write_text(_MINE + "# meanwhile\n")
    terminal.types(ENTER)
    assert terminal.ends() == 1
    assert (edited / "devbox.yml").read_text() == _MINE + "# meanwhile\n"


def test_what_a_dialogue_chose_can_be_repeated(repo: Path) -> None:
    answers = repo / "answers.yml"
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f"{sys.executable} -m devbox init --print-answers > answers.yml"],
        cwd=str(repo),
        env={**os.environ, "TERM": "xterm", "HOME": str(repo.parent), "NO_COLOR": "1"},
        dimensions=(24, 80),
        encoding="utf-8",
        timeout=30,
    )
    for question in _SCREENS:
        child.expect_exact(question.rpartition("? ")[2].split(" ")[0])
        child.send(ENTER)
    child.expect(pexpect.EOF)
    first = (repo / "devbox.yml").read_text()
    (repo / "devbox.yml").unlink()
    subprocess.run(
        [sys.executable, "-m", "devbox", "init", "--answers", answers.name],
        cwd=repo,
        env={**os.environ, "HOME": str(repo.parent)},
        stdin=subprocess.DEVNULL,
        check=True,
        capture_output=True,
    )
    assert (repo / "devbox.yml").read_text() == first


def test_a_version_that_the_release_has_not_is_asked_for(repo: Path, init: Runs) -> None:
    (repo / "web" / ".nvmrc").write_text("99\n")
    (repo / "api" / ".nvmrc").write_text("99\n")
    terminal = init(repo, "--set=development=[]", "--set=name=a/b", "--set=base.release=trixie")
    terminal.answers("Found:")
    terminal.answers("What does production run?")
    terminal.answers("PostgreSQL: options")
    asked = terminal.answers("Node.js 99 cannot be had in trixie. Which one then?", ESCAPE)
    assert "Debian's own" in asked
    terminal.answers("What does production run?")
    terminal.answers("Which one then?", INTERRUPT)
    assert terminal.ends() == 130


def test_force_asks_nothing_and_the_same_again_changes_nothing(project: Path, init: Runs) -> None:
    (project / "devbox.yml").write_text("name: mine/own\n")
    terminal = init(project, "--defaults", "--force")
    terminal.sees("is written")
    assert terminal.ends() == 0
    terminal = init(project, "--defaults")
    terminal.sees("was already so")
    assert terminal.ends() == 0


def test_a_terminal_that_can_show_nothing_is_told_the_flags(project: Path, init: Runs) -> None:
    terminal = init(project, TERM="dumb")
    terminal.sees("--defaults")
    assert terminal.ends() == 2


def test_questions_keep_out_of_standard_output(project: Path) -> None:
    words = " ".join(f"'{word}'" for word in _all_but("name"))
    child = pexpect.spawn(
        "/bin/sh",
        ["-c", f"{sys.executable} -m devbox init --print {words} > out.yml"],
        cwd=str(project),
        env={**os.environ, "TERM": "xterm", "HOME": str(project.parent)},
        encoding="utf-8",
        timeout=30,
    )
    for text in ("Name of the box", "right?", "The whole"):
        child.expect_exact(text)
        child.send(ENTER)
    child.expect(pexpect.EOF)
    assert (project / "out.yml").read_text().splitlines()[1] == "name: acme/shop"
    assert _left(project) == []
