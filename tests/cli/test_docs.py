"""README, CONTRIBUTING and docs/: what they show exists, is valid and is up to date."""

from __future__ import annotations

import argparse
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from devbox.cli import COMMANDS, build_parser
from devbox.spec import Spec, parse_spec
from devbox.tools import load_role

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "CHANGELOG.md",
        *ROOT.glob("docs/**/*.md"),
    ]
)

_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
_PROMPT = re.compile(r"^(?:\S*\$ )?(?:sudo )?devbox (.*)$")
# Where a computer of anybody has these folders, or a machine of ours has them.
_TOP_FOLDERS = {"usr", "etc", "srv", "var", "dev", "opt", "vagrant", "boxes", "proc", "run"}
_PATH = re.compile(r"(?<![\w.:/~*$}>)\]+-])/([A-Za-z]+)/[^\s`)]*")


class Block(NamedTuple):
    """One fenced block of a page."""

    page: str
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(_name(page), line, match[1], match[2])


BLOCKS = [block for page in PAGES for block in _blocks(page)]


def _examples() -> list[Block]:
    """The YAML blocks that are a devbox.yml, or some keys of one."""
    found = []
    for block in BLOCKS:
        if block.language == "yaml":
            content = yaml.safe_load(block.text)
            if isinstance(content, dict) and set(content) <= set(Spec.model_fields):
                found.append(block)
    return found


@pytest.mark.parametrize("block", _examples(), ids=lambda block: block.place)
def test_each_devbox_yml_is_valid(block: Block, tmp_path: Path) -> None:
    for role in re.findall(r"deploy/roles/\w+", block.text):
        tasks = tmp_path / role / "tasks"
        tasks.mkdir(parents=True, exist_ok=True)
        for name in ("main.yml", "verify.yml"):
            (tasks / name).write_text("[]\n")
    text = block.text if re.search(r"^name:", block.text, re.MULTILINE) else "name: acme/web\n"
    parse_spec(text if text == block.text else text + block.text, block.place, tmp_path)


def test_there_are_examples_of_devbox_yml() -> None:
    assert {block.page for block in _examples()} >= {
        "README.md",
        "docs/devbox-yml.md",
        "docs/tutorial.md",
    }


def _lines(block: Block) -> list[str]:
    return re.sub(r"\\\n\s*", "", block.text).splitlines()


def _quoted() -> Iterator[tuple[str, str]]:
    """Yield each command line of devbox that a page shows, with its place."""
    for block in BLOCKS:
        if block.language in {"sh", "console"} or block.page == "docs/tour.md":
            for line in _lines(block):
                if (match := _PROMPT.match(line)) and "✓" not in line:
                    yield block.place, match[1]
    for page in PAGES:
        text = _FENCE.sub("", page.read_text(encoding="utf-8"))
        for match in re.finditer(r"`(?:sudo )?devbox ([a-z-][^`]*)`", text):
            yield _name(page), match[1]


def _parsers() -> dict[str, argparse.ArgumentParser]:
    actions = build_parser()._actions
    found = next(item for item in actions if isinstance(item, argparse._SubParsersAction))
    return dict(found.choices)


def test_each_command_that_is_shown_exists() -> None:
    parsers = _parsers()
    wrong = []
    for place, line in _quoted():
        words = shlex.split(line, comments=True)
        if not words or words[0].startswith("-"):
            continue
        if words[0] not in COMMANDS:
            wrong.append(f"{place}: devbox {line}")
            continue
        own = words[1 : words.index("--")] if "--" in words else words[1:]
        known = parsers[words[0]]._option_string_actions
        wrong += [
            f"{place}: devbox {words[0]} has no {word}"
            for word in own
            if word.startswith("-") and word.partition("=")[0] not in known
        ]
    assert wrong == []


def test_the_pages_show_commands() -> None:
    shown = {line.split()[0] for _, line in _quoted()}
    assert shown >= set(COMMANDS) - {"completion"}


def test_each_target_of_make_that_is_shown_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    shown = re.findall(r"(?:^(?:\$ )?|`)make ([a-z]+)", text, re.MULTILINE)
    assert set(shown) - targets == set()


def _anchors(page: Path) -> set[str]:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_lead_somewhere(page: Path) -> None:
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    broken = []
    for target in _LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in _anchors(file)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_no_page_names_a_folder_of_one_computer(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    foreign = [match[0] for match in _PATH.finditer(text) if match[1] not in _TOP_FOLDERS]
    assert foreign == []
    assert "/var/tmp" not in text


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_every_page_can_be_found(page: Path) -> None:
    if page.parent == ROOT:
        return
    index = ROOT / "docs" / "README.md"
    targets = {
        (index.parent / link.partition("#")[0]).resolve()
        for link in _LINK.findall(index.read_text())
    }
    assert page in targets | {index}


def test_pages_made_from_the_code_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "generate-docs", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_key_of_devbox_yml_is_documented() -> None:
    text = (ROOT / "docs" / "devbox-yml.md").read_text(encoding="utf-8")
    missing = []
    for name, field in Spec.model_fields.items():
        if name in {"production", "development"}:
            missing += [] if name in text else [name]
            continue
        nested = getattr(field.annotation, "model_fields", {}) or {}
        keys = [f"{name}.{key}" for key in nested] or [name]
        missing += [key for key in keys if f"`{key}" not in text]
    assert missing == []


def test_every_variable_of_the_environment_is_documented() -> None:
    text = (ROOT / "docs" / "environment.md").read_text(encoding="utf-8")
    internal = {"DEVBOX_EVENTS", "DEVBOX_ANSIBLE_LOG", "DEVBOX_FROM"}
    sources = [*ROOT.glob("devbox/**/*.py"), ROOT / "Vagrantfile.j2"]
    found = {
        name for path in sources for name in re.findall(r"DEVBOX_[A-Z_]+", path.read_text("utf-8"))
    }
    assert found - internal - set(re.findall(r"DEVBOX_[A-Z_]+", text)) == set()


def test_the_recipe_of_a_tool_is_a_whole_role(tmp_path: Path) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    recipe = text.partition("## Add a tool")[2].partition("\n## ")[0]
    role = tmp_path / "memcached"
    for name, content in re.findall(
        r"^`([a-z]+/[a-z_]+\.yml)`[^`]*?```yaml\n(.*?)^```$", recipe, re.MULTILINE | re.DOTALL
    ):
        (role / name).parent.mkdir(parents=True, exist_ok=True)
        (role / name).write_text(content)
    made = {path.relative_to(role).as_posix() for path in role.rglob("*.yml")}
    expected = ROOT / "ansible" / "roles" / "redis"
    assert made == {path.relative_to(expected).as_posix() for path in expected.rglob("*.yml")}
    definition = load_role(role)
    assert (definition.title, definition.ports) == ("memcached", (11211,))
    assert [(item.name, item.default) for item in definition.options] == [("memory", 64)]
    assert yaml.safe_load((role / "defaults/main.yml").read_text()) == {"memcached_memory": 64}
