"""The guests of the role tests, and which of the tests are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .guest import Guest, boot
from .tree import RELEASES


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tool", default="", help="test these tools only: redis,nginx")
    parser.addoption("--release", default="", help="test in this Debian release only")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    if config.getoption("--tool") and collection_path.name != "test_each_role.py":
        return collection_path.is_file() or None
    return None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "release" in metafunc.fixturenames:
        wanted = metafunc.config.getoption("--release")
        metafunc.parametrize("release", [wanted] if wanted else RELEASES, ids=str)


@pytest.fixture
def guest(release: str, tmp_path: Path) -> Iterator[Guest]:
    """A fresh guest."""
    with boot(release, tmp_path) as booted:
        yield booted
