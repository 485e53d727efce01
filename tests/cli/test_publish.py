"""``devbox publish`` as a user runs it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devbox.images.manifest import Artifact, Manifest, Verification
from devbox.spec.model import Machine

SPEC = "name: acme/web\nproduction: [nginx]\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "pro ject"
    root.mkdir()
    (root / "devbox.yml").write_text(SPEC)
    build(root, b"one")
    return root


def build(root: Path, content: bytes, *, name: str = "acme/web", verified: bool = True) -> None:
    folder = root / ".devbox/build"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "x.box").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    now = datetime(2026, 1, 2, tzinfo=UTC)
    Manifest(
        build="b",
        name=name,
        at=now,
        release="bookworm",
        spec_digest="0",
        layers=(),
        tools=(),
        machine=Machine.model_validate({}),
        packages={},
        programs={},
        artifacts=(
            Artifact(
                kind="box", path="x.box", size=len(content), sha256=digest, provider="libvirt"
            ),
        ),
        verification=Verification(box_sha256=digest, at=now, boot_seconds=1, checks=())
        if verified
        else None,
    ).write(folder)


def devbox(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    home = root.parent / "home"
    home.mkdir(exist_ok=True)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("XDG_")},
        "HOME": str(home),
        "DEVBOX_CACHE_DIR": str(home / "cache"),
    }
    return subprocess.run(
        [sys.executable, "-m", "devbox", *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_says_what_to_tell_the_team(project: Path) -> None:
    result = devbox(project, "publish")
    assert result.returncode == 0, result.stderr
    catalog = project / "boxes/acme/web/stable.json"
    assert "acme/web 1.0.0 is published to stable" in result.stderr
    assert f"devbox up '{catalog}'" in result.stderr
    assert f"vagrant box add {catalog.as_uri()}" in result.stderr
    assert json.loads(catalog.read_bytes())["versions"][0]["version"] == "1.0.0"


def test_again_it_does_nothing_and_says_so(project: Path) -> None:
    devbox(project, "publish")
    result = devbox(project, "publish")
    assert result.returncode == 0
    assert "published to stable already, as acme/web 1.0.0" in result.stderr


def test_json(project: Path) -> None:
    result = devbox(project, "publish", "--json", "--quiet", "--channel", "edge")
    value = json.loads(result.stdout)
    assert result.stderr == ""
    assert (value["version"], value["channel"], value["new"]) == ("1.0.0", "edge", True)
    assert value["catalog"] == str(project / "boxes/acme/web/edge.json")


def test_the_command_lines_folder_is_relative_to_the_user(project: Path) -> None:
    below = project / "src"
    below.mkdir()
    result = devbox(below, "publish", "--to", "here", "--url", "https://example.com/boxes/")
    assert result.returncode == 0, result.stderr
    assert (below / "here/acme/web/stable.json").is_file()
    assert "vagrant box add https://example.com/boxes/acme/web/stable.json" in result.stderr


def test_devbox_ymls_folder_is_relative_to_it(project: Path) -> None:
    (project / "devbox.yml").write_text(SPEC + "publish: {to: ../team boxes, channel: edge}\n")
    below = project / "src"
    below.mkdir()
    assert devbox(below, "publish").returncode == 0
    assert (project.parent / "team boxes/acme/web/edge.json").is_file()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["--version", "1.0.0-rc1"], 2, "pre-release"),
        (["--version", "$(x)"], 2, "not a version"),
        (["--channel", "../x"], 2, "cannot be a channel"),
        (["--url", "nowhere"], 2, "cannot be the address"),
        (["--to", ""], 0, "is published"),
        (["--to", "/dev/null/x"], 1, "could not lock"),
    ],
)
def test_bad_options(project: Path, words: list[str], status: int, said: str) -> None:
    result = devbox(project, "publish", *words)
    assert result.returncode == status, result.stderr
    assert said in result.stderr
    assert "Traceback" not in result.stderr


def test_an_unverified_build(project: Path) -> None:
    build(project, b"two", verified=False)
    result = devbox(project, "publish")
    assert result.returncode == 1
    assert "not verified" in result.stderr
    assert "→ devbox build" in result.stderr
    assert not (project / "boxes").exists()


def test_a_build_of_another_box(project: Path) -> None:
    build(project, b"two", name="acme/api")
    result = devbox(project, "publish")
    assert result.returncode == 1
    assert "the build is of another box" in result.stderr


def test_without_a_build(project: Path) -> None:
    (project / ".devbox/build/manifest.json").unlink()
    result = devbox(project, "publish")
    assert result.returncode == 1
    assert "→ devbox build" in result.stderr


def test_a_lower_version_is_pointed_out(project: Path) -> None:
    devbox(project, "publish", "--version", "3.0.0")
    build(project, b"two")
    result = devbox(project, "publish", "--version", "2.0.0")
    assert result.returncode == 0
    assert "stable offers 3.0.0, too" in result.stderr
