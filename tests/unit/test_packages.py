"""dpkg's status file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from devbox.host.process import run
from devbox.images.packages import installed_packages

STATUS = """\
Package: zlib1g
Status: install ok installed
Version: 1:1.2.13.dfsg-1
Description: compression
 Status: of nothing
 .
 Package: none

Package: gone
Status: deinstall ok config-files
Version: 1.0

Package: half
Status: install ok half-configured
Version: 2.0

Package: kept
Status: hold ok installed
Version: 3.0~rc1+b1

Package: purged
Status: purge ok not-installed

"""


def test_only_what_is_installed_counts(tmp_path: Path) -> None:
    path = tmp_path / "status"
    path.write_text(STATUS)
    assert installed_packages(path) == {"kept": "3.0~rc1+b1", "zlib1g": "1:1.2.13.dfsg-1"}
    assert list(installed_packages(path)) == ["kept", "zlib1g"]


def test_an_empty_file_has_none(tmp_path: Path) -> None:
    (tmp_path / "status").touch()
    assert installed_packages(tmp_path / "status") == {}


def test_bytes_that_are_no_text_are_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "status").write_bytes(STATUS.encode().replace(b"compression", b"\xff\xfe"))
    assert len(installed_packages(tmp_path / "status")) == 2


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="compares with this computer's dpkg")
def test_it_says_what_dpkg_says() -> None:
    shown = run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Version}\n"]).stdout
    expected = {}
    for line in shown.splitlines():
        state, name, version = line.split()
        if state == "installed":
            expected[name] = version
    assert installed_packages(Path("/var/lib/dpkg/status")) == expected
