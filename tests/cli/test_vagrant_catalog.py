"""Vagrant's own client on a published catalog: adds the box, sees the update, takes it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devbox.catalog import Published, publish
from devbox.images.manifest import Artifact, Manifest, Verification
from devbox.spec.model import Machine, Publish

pytestmark = pytest.mark.skipif(
    shutil.which("vagrant") is None or shutil.which("qemu-img") is None,
    reason="needs vagrant and qemu-img",
)

# Nothing in it may be read as a URL's escape, a query, a fragment, or Ruby.
HOSTILE = "bo xes #1 %20 #{x} é😀"


def publish_tiny_box(root: Path, to: str, size: str) -> Published:
    """Publish a libvirt box with an empty disk of some size."""
    build = root / "build"
    shutil.rmtree(build, ignore_errors=True)
    build.mkdir()
    image = build / "box.img"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", image, size], check=True)
    metadata = json.dumps({"provider": "libvirt", "format": "qcow2", "virtual_size": 1}).encode()
    with tarfile.open(build / "libvirt.box", "w") as box:
        box.add(image, "box.img")
        entry = tarfile.TarInfo("metadata.json")
        entry.size = len(metadata)
        box.addfile(entry, io.BytesIO(metadata))
    data = (build / "libvirt.box").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    now = datetime.now(UTC)
    manifest = Manifest(
        build="b",
        name="acme/web",
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
                kind="box", path="libvirt.box", size=len(data), sha256=digest, provider="libvirt"
            ),
        ),
        verification=Verification(box_sha256=digest, at=now, boot_seconds=1, checks=()),
    )
    settings = Publish.model_validate({"to": to})
    return publish(build, manifest, settings, root)


def test_add_outdated_update(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "VAGRANT_HOME": str(tmp_path / "vagrant"),
        "VAGRANT_CHECKPOINT_DISABLE": "1",
        "VAGRANT_DEFAULT_PROVIDER": "libvirt",
        "LC_ALL": "C.UTF-8",
    }

    def vagrant(*words: str) -> str:
        result = subprocess.run(
            ["vagrant", *words],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    # A plain path, where the path is plain.
    first = publish_tiny_box(tmp_path, "boxes", "1M")
    vagrant("box", "add", str(first.catalog))
    assert "acme/web (libvirt, 1.0.0)" in vagrant("box", "list")

    second = publish_tiny_box(tmp_path, "boxes", "2M")
    assert second.version == "1.0.1"
    outdated = vagrant("box", "outdated", "--global")
    assert "outdated! Current: 1.0.0. Latest: 1.0.1" in outdated
    vagrant("box", "update", "--box", "acme/web", "--provider", "libvirt")
    listed = vagrant("box", "list")
    assert "1.0.0" in listed
    assert "1.0.1" in listed
    assert "up to date" in vagrant("box", "outdated", "--global")

    # The catalog's URL, where the folder's name is hostile.
    hostile = publish_tiny_box(tmp_path, HOSTILE, "3M")
    vagrant("box", "remove", "acme/web", "--all", "--force")
    vagrant("box", "add", hostile.url)
    stored = tmp_path / "vagrant/boxes/acme-VAGRANTSLASH-web/1.0.0"
    image = next(stored.rglob("box.img"))
    info = json.loads(
        subprocess.run(
            ["qemu-img", "info", "--output=json", image], capture_output=True, check=True
        ).stdout
    )
    assert info["virtual-size"] == 3 * 1024 * 1024
