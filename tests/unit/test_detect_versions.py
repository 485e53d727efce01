"""Versions as repos write them, and the version that the catalog then proposes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devbox.detect.versions import choose, offered, read_wanted
from devbox.tools import Source, ToolDefinition

NODE = ToolDefinition(
    name="node",
    folder=Path("node"),
    title="Node.js",
    sources=(
        Source("Debian", "debian", ("18",), ("bookworm",)),
        Source("Debian", "debian", ("20",), ("trixie",)),
        Source("npm", "npm", ("18", "20", "22", "24"), exact=True),
    ),
)
PYTHON = ToolDefinition(
    name="python",
    folder=Path("python"),
    title="Python",
    sources=(
        Source("Debian", "debian", ("3.11",), ("bookworm",)),
        Source("Debian", "debian", ("3.13",), ("trixie",)),
    ),
)


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        (">=18 <21", ["18", "20", "20.11"], ["16", "21"]),
        (">= 18, < 21", ["18", "20"], ["21"]),
        ("^18.17 || ^20", ["18", "20", "20.1"], ["18.16", "19", "21"]),
        ("20.x", ["20", "20.3.1"], ["21"]),
        ("~18.2", ["18.2.9", "18"], ["18.3"]),
        ("16 - 18", ["16", "18.9"], ["15", "19"]),
        ("~> 3.2", ["3.2", "3.9"], ["3.1", "4.0"]),
        ("~> 3.2.1", ["3.2.4", "3.2"], ["3.3"]),
        ("~=3.9", ["3.9", "3.13"], ["3.8", "4"]),
        ("==3.11.*", ["3.11", "3.11.4"], ["3.12"]),
        (">=3.9,<4.0", ["3.11"], ["4.0", "3.8"]),
        ("^0.2.3", ["0.2.4"], ["0.3", "0.2.2"]),
        (">18", ["19"], ["18.5", "18"]),
        ("<=3.10", ["3.10.9", "3.9"], ["3.11"]),
        ("~> 1.15 or ~> 2.1", ["1.17", "2.1"], ["1.14", "2.0"]),
        ("!=3.0,>=2.7", ["3.11"], ["2.6"]),
        ("v20.11.1", ["20", "20.11"], ["22"]),
    ],
)
def test_ranges(text: str, allowed: list[str], refused: list[str]) -> None:
    wanted = read_wanted(text)
    assert wanted
    assert [version for version in allowed if not wanted.allows(version)] == []
    assert [version for version in refused if wanted.allows(version)] == []


@pytest.mark.parametrize("text", ["latest", "*", "", "lts", "stable", "x"])
def test_what_names_no_number_asks_for_nothing(text: str) -> None:
    assert read_wanted(text) is None


def test_a_tilde_is_wider_in_composer() -> None:
    npm, composer = read_wanted("~8.1"), read_wanted("~8.1", wide_tilde=True)
    assert npm
    assert composer
    assert (npm.allows("8.4"), composer.allows("8.4"), composer.allows("9.0")) == (
        False,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("wanted", "version"),
    [
        (["20.11.1"], "20"),
        (["v20"], "20"),
        (["21"], "21"),  # cannot be had: said as it is
        ([">=18"], None),  # what either release has will do
        ([">=20"], "20"),  # trixie's own
        ([">=22"], "22"),
        (["^18 || ^20"], None),
        ([">=20", "22"], "22"),  # an exact one decides
        ([">=26"], "26"),
        ([">=18", "<20"], "18"),
        ([], None),
    ],
)
def test_the_version_of_node(wanted: list[str], version: str | None) -> None:
    demands = [demand for demand in map(read_wanted, wanted) if demand]
    assert choose(NODE, demands) == version


@pytest.mark.parametrize(
    ("wanted", "version"), [("3.11.4", "3.11"), ("3.12.1", "3.12.1"), (">=3.12", "3.13")]
)
def test_the_version_of_python(wanted: str, version: str) -> None:
    demand = read_wanted(wanted)
    assert demand
    assert choose(PYTHON, [demand]) == version


def test_without_a_tool_an_exact_version_is_kept_and_a_range_is_none() -> None:
    exact, range_ = read_wanted("7.0.5"), read_wanted(">=7")
    assert exact
    assert range_
    assert choose(None, [range_, exact]) == "7.0.5"
    assert choose(None, [range_]) is None


def test_offered() -> None:
    assert offered(PYTHON, "3.13.1") == "3.13"
    assert offered(PYTHON, "2.7") == "2.7"


@given(st.text(max_size=300))
def test_any_text_is_read_or_asks_for_nothing(text: str) -> None:
    wanted = read_wanted(text)
    if wanted:
        wanted.allows("3.11")
        choose(NODE, [wanted])
