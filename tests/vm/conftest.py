"""The real job on the real tools; nothing here is faked, and a missing tool is a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _marked(request: pytest.FixtureRequest) -> None:
    assert os.geteuid() == 0, "these tests bring up machines by libvirt, as root"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.vm)


class Devbox:
    """The command line, run in one folder."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.env = env

    def run(
        self, *words: str, code: int = 0, stdin: str = "", timeout: float = 2400
    ) -> subprocess.CompletedProcess[str]:
        """Run one command and check its exit status; its output is shown if the test fails."""
        result = subprocess.run(
            [sys.executable, "-m", "devbox", *words],
            cwd=self.folder,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        print(f"$ devbox {' '.join(words)}\n{result.stdout}{result.stderr}")
        assert result.returncode == code, f"exit status {result.returncode}"
        return result


@pytest.fixture(scope="session")
def env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment of its own for Vagrant and for logs; layers are shared through the cache."""
    home = tmp_path_factory.mktemp("home")
    values = {
        **os.environ,
        "VAGRANT_HOME": str(home / "vagrant.d"),
        "XDG_STATE_HOME": str(home / "state"),
    }
    values.pop("DEVBOX_ACCEL", None)
    yield values


def guests() -> set[str]:
    """The processes that run guests now."""
    found = subprocess.run(
        ["pgrep", "-f", "qemu-system-x86_64"], capture_output=True, text=True, check=False
    )
    return set(found.stdout.split())
