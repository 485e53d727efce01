"""Versions as RubyGems orders them, and which may be published."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from devbox.catalog.version import check_version, is_version, next_version, sort_key
from devbox.errors import DevboxError, UsageError

# In RubyGems' order; the test below asks Ruby itself where it is installed.
ORDERED = [
    "0.1",
    # A dash is read as ".pre.", which sorts after "beta".
    "1.0.0.beta2",
    "1.0.0.beta10",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-rc1",
    "1.0.0.rc1",
    "1.0.0",
    "1.0.0.1",
    "1.0.1",
    "1.2",
    "1.10",
    "2.0.0",
    "20240101.0.0",
    "20261122.1",
]


def test_order_is_that_of_rubygems() -> None:
    shuffled = ORDERED[::-1]
    assert sorted(shuffled, key=sort_key) == ORDERED


@pytest.mark.skipif(shutil.which("ruby") is None, reason="needs ruby")
def test_ruby_itself_agrees() -> None:
    program = "puts ARGV.sort_by { |v| Gem::Version.new(v) }"
    result = subprocess.run(
        ["ruby", "-e", program, *reversed(ORDERED)], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ORDERED


@pytest.mark.parametrize(("one", "other"), [("1.0", "1.0.0"), ("1", "1.0.0"), ("1.01.0", "1.1")])
def test_versions_that_vagrant_takes_for_equal(one: str, other: str) -> None:
    assert sort_key(one) == sort_key(other)


@pytest.mark.parametrize(
    "text", ["", "v1.0", "1..0", "1.0 0", "../1", "1.0\n2", "１.0", "9" * 5000]
)
def test_what_is_no_version(text: str) -> None:
    assert not is_version(text)
    with pytest.raises(DevboxError, match="is not a version"):
        sort_key(text)


@pytest.mark.parametrize(
    ("existing", "expected"),
    [
        ([], "1.0.0"),
        (["1.0.0"], "1.0.1"),
        (["1.0.9", "1.0.10", "1.0.2"], "1.0.11"),
        (["1.2"], "1.2.1"),
        (["3"], "3.0.1"),
        (["1.2.3.4"], "1.2.4"),
        (["1.0.0", "2.0.0-rc1"], "2.0.0"),
        (["2.0.0.rc1", "2.0.0"], "2.0.1"),
        (["1.5.0rc1"], "1.5.0"),
        (["20261122.0.0"], "20261122.0.1"),
    ],
)
def test_the_next_version(existing: list[str], expected: str) -> None:
    proposed = next_version(existing)
    assert proposed == expected
    assert check_version(proposed) == proposed
    assert all(sort_key(proposed) > sort_key(item) for item in existing)


@pytest.mark.parametrize("version", ["1.0.0-rc1", "1.0.0.beta2", "2.0.0-1"])
def test_prereleases_are_refused_with_the_reason(version: str) -> None:
    with pytest.raises(UsageError) as caught:
        check_version(version)
    assert "pre-release" in caught.value.what
    assert "--channel edge" in caught.value.remedy


@pytest.mark.parametrize(
    "version",
    ["", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.0.0 ", "../../x", "1.0.0\n", "1.0.#{}"],
)
def test_other_versions_are_refused(version: str) -> None:
    with pytest.raises(UsageError, match="not a version that can be published"):
        check_version(version)
