"""The other release: bootstrapped, built, packaged and verified."""

from __future__ import annotations

import json
from pathlib import Path

from tests.vm.conftest import Devbox


def test_trixie(tmp_path: Path, env: dict[str, str]) -> None:
    box = Devbox(tmp_path, env)
    box.run(
        "init",
        "--defaults",
        "--set=name=acme/trixie",
        "--set=base.release=trixie",
        "--set=production=[{packages: [jq]}]",
        "--set=development=[git]",
        "--set=machine.memory=1024",
    )
    box.run("build")
    manifest = json.loads((tmp_path / ".devbox/build/manifest.json").read_text())
    assert manifest["release"] == "trixie"
    assert manifest["verification"]["checks"] == ["packages", "git"]
