"""What meta/devbox.yml says of a tool, and how broken metadata is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.spec import SpecError, parse_spec
from devbox.tools import Source, load_role

WHOLE = """\
title: PostgreSQL
category: databases
part: production
ports: [5432]
shorthand: databases
manual: https://www.postgresql.org/docs/
verifies: connects to each database
memory: 256
versions:
  debian: {bookworm: "15", trixie: ["17", "18"]}
  sources:
    - name: apt.postgresql.org
      kind: apt
      versions: ["13", "14"]
      releases: [bookworm]
      uri: https://apt.postgresql.org/pub/repos/apt
      suite: "{release}-pgdg"
      components: [main]
      key: https://www.postgresql.org/media/keys/ACCC4CF8.asc
      fingerprint: B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8
      tested: false
    - {name: npm, kind: npm, versions: ["20"], exact: true, of_a_later_devbox: [1]}
evidence:
  npm: [pg]
  images: [postgres, postgis/postgis]
of_a_later_devbox: {a: 1}
"""


def role(folder: Path, text: str) -> Path:
    (folder / "meta").mkdir(parents=True)
    (folder / "tasks").mkdir()
    (folder / "tasks" / "main.yml").write_text("[]\n")
    (folder / "meta" / "devbox.yml").write_text(text)
    return folder


def test_all_of_it_is_read(tmp_path: Path) -> None:
    tool = load_role(role(tmp_path / "pg", WHOLE))
    assert (tool.title, tool.verifies, tool.memory) == (
        "PostgreSQL",
        "connects to each database",
        256,
    )
    assert tool.evidence == {"npm": ("pg",), "images": ("postgres", "postgis/postgis")}
    first, second, third, fourth = tool.sources
    assert first == Source("Debian", "debian", ("15",), ("bookworm",))
    assert second == Source("Debian", "debian", ("17", "18"), ("trixie",))
    assert third == Source(
        "apt.postgresql.org",
        "apt",
        ("13", "14"),
        ("bookworm",),
        tested=False,
        uri="https://apt.postgresql.org/pub/repos/apt",
        suite="{release}-pgdg",
        components=("main",),
        key="https://www.postgresql.org/media/keys/ACCC4CF8.asc",
        fingerprint="B97B0AFCAA1A47F044F244A07FCC7D46ACCC4CF8",
    )
    assert fourth == Source("npm", "npm", ("20",), exact=True)


@pytest.mark.parametrize(
    "text", ["", "---\n", "title:\nports:\nversions:\nevidence:\nmemory:\n", "evidence: []\n"]
)
def test_what_is_not_said_is_not_known(tmp_path: Path, text: str) -> None:
    tool = load_role(role(tmp_path / "thing", text))
    assert (tool.title, tool.category, tool.part) == ("thing", "generic", "production")
    assert (tool.ports, tool.sources, tool.memory) == ((), (), None)
    assert tool.evidence == {}


BROKEN = {
    "ports: http": "ports must be a list",
    "ports: [http]": "ports[0] must be a whole number",
    "ports: [70000]": "ports[0] must be less than or equal to 65535",
    "title: [a]": "title must be text",
    "title: 7": 'title must be text: write "7", in quotes',
    "category: database": 'category must be "languages", "databases"',
    "part: prod": 'part must be "production" or "development"',
    "memory: much": "memory must be a whole number",
    "verifies: [a]": "verifies must be text",
    "versions: '17'": "versions must be a mapping",
    "versions: {debian: '17'}": "versions.debian must be a mapping",
    "versions: {debian: {trixie: 3.1}}": 'versions.debian.trixie[0] must be text: write "3.1"',
    "versions: {sources: [{kind: apt, versions: []}]}": "versions.sources[0].name is missing",
    "versions: {sources: [{name: x, kind: rpm, versions: []}]}": 'kind must be "apt", "npm" or',
    "versions: {sources: [{name: x, kind: apt, versions: '1'}]}": "versions must be a list",
    "evidence: [npm]": "evidence must be a mapping",
    "evidence: {npm: pg}": "evidence.npm must be a list",
    "evidence: {npm: [1]}": "evidence.npm[0] must be text",
    "title: [": "while parsing",
    "- a": "it must be a mapping",
    "a: &a [*a]": "too deep",
}


@pytest.mark.parametrize(("text", "said"), BROKEN.items())
def test_what_is_wrong_is_named_with_its_file(tmp_path: Path, text: str, said: str) -> None:
    folder = role(tmp_path / "thing", text)
    with pytest.raises(DevboxError) as caught:
        load_role(folder)
    assert str(folder / "meta" / "devbox.yml") in caught.value.evidence
    assert said in caught.value.evidence


def test_all_that_is_wrong_is_named_at_once(tmp_path: Path) -> None:
    folder = role(tmp_path / "thing", "ports: x\nmemory: y\n")
    with pytest.raises(DevboxError) as caught:
        load_role(folder)
    assert "ports must be a list; memory must be a whole number" in caught.value.evidence


def test_a_broken_role_of_a_team_is_an_error_with_its_line(tmp_path: Path) -> None:
    role(tmp_path / "roles" / "thing", "ports: x\n")
    with pytest.raises(SpecError) as caught:
        parse_spec("name: a/b\nproduction:\n  - role: roles/thing\n", "devbox.yml", tmp_path)
    (problem,) = caught.value.problems
    assert problem.line == 3
    assert "ports must be a list" in problem.hint
