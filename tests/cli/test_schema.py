"""``devbox schema`` on the real command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def devbox(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devbox", *arguments],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_schema_is_printed(tmp_path: Path) -> None:
    done = devbox("schema", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(tmp_path.iterdir()) == []


def test_the_schema_is_written_where_devbox_yml_points(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "devbox.yml").write_text("name: acme/web\n")
    done = devbox("schema", "--write", cwd=tmp_path / "src")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / ".devbox" / "devbox.schema.json").read_text())["title"]


def test_without_a_project_there_is_nowhere_to_write(tmp_path: Path) -> None:
    done = devbox("schema", "--write", cwd=tmp_path)
    assert done.returncode == 1
    assert "devbox init" in done.stderr
