"""The manifest of a build."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.images.manifest import (
    FILE_NAME,
    Artifact,
    LayerRecord,
    Manifest,
    ToolRecord,
    Verification,
    read_manifest,
)
from devbox.spec.model import Machine

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PROOF = Verification(box_sha256="d" * 64, at=AT, boot_seconds=42.5, checks=("git",))


def manifest(verification: Verification | None = PROOF) -> Manifest:
    return Manifest(
        build="20260102T030405Z-abc",
        name="acme/web",
        at=AT,
        release="bookworm",
        spec_digest="e" * 64,
        layers=(LayerRecord(name="base", key="f" * 64, cached=True, seconds=1.5),),
        tools=(ToolRecord(name="é 🐘", part="production", ports=(80,)),),
        machine=Machine.model_validate({"ports": {8080: 80}}),
        packages={"git": "1:2.39"},
        programs={"packer": "1.6.6"},
        artifacts=(
            Artifact(kind="production-image", path="p.qcow2", size=1, sha256="a" * 64),
            Artifact(kind="box", path="x.box", size=2, sha256="d" * 64, provider="libvirt"),
        ),
        verification=verification,
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    manifest().write(tmp_path)
    assert read_manifest(tmp_path) == manifest()
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_it_is_plain_json(tmp_path: Path) -> None:
    data = json.loads(manifest().write(tmp_path).read_text())
    assert data["format"] == 1
    assert data["at"] == "2026-01-02T03:04:05Z"
    assert data["machine"]["ports"] == {"8080": 80}


def test_only_the_very_bytes_that_were_booted_are_verified() -> None:
    assert manifest().verified
    assert not manifest(None).verified
    assert not manifest(PROOF.model_copy(update={"box_sha256": "0" * 64})).verified


def test_a_later_devbox_may_say_more(tmp_path: Path) -> None:
    data = manifest().model_dump(mode="json") | {"news": 1}
    data["artifacts"][1]["news"] = 1
    (tmp_path / FILE_NAME).write_text(json.dumps(data))
    assert read_manifest(tmp_path) == manifest()


def test_none_yet(tmp_path: Path) -> None:
    with pytest.raises(DevboxError) as caught:
        read_manifest(tmp_path)
    assert caught.value.what == "there is no finished build here"
    assert caught.value.remedy == "devbox build"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff", b'{"format": 2}'])
def test_a_damaged_one_is_explained(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    with pytest.raises(DevboxError) as caught:
        read_manifest(tmp_path)
    assert caught.value.what == "the manifest of the build is damaged"
    assert FILE_NAME in caught.value.evidence


def test_without_a_box_it_is_damaged(tmp_path: Path) -> None:
    data = manifest().model_dump(mode="json")
    data["artifacts"] = data["artifacts"][:1]
    (tmp_path / FILE_NAME).write_text(json.dumps(data))
    with pytest.raises(DevboxError, match="damaged"):
        read_manifest(tmp_path)
