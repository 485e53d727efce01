"""Why a rebuild is needed, where no archive has to be asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from devbox.images.manifest import Artifact, Manifest, Verification
from devbox.plan.lock import Lock, read_lock, write_lock
from devbox.renewal import Reason, adopt_lock, find_reasons, renew_lock
from devbox.spec.model import Machine, Spec

SPEC = Spec.model_validate({"name": "acme/web"})
OLD = Lock(base="2026-01-01T00:00:00Z", packages="2026-01-02T00:00:00Z")


@pytest.mark.parametrize("damage", ["none", "damaged", "empty"])
def test_without_a_build_there_is_one_reason(tmp_path: Path, damage: str) -> None:
    if damage != "none":
        (tmp_path / ".devbox/build").mkdir(parents=True)
        content = "{" if damage == "damaged" else ""
        (tmp_path / ".devbox/build/manifest.json").write_text(content)
    assert find_reasons(SPEC, tmp_path) == (Reason("there is no verified build yet"),)


@pytest.mark.parametrize("force", [False, True])
def test_only_force_moves_the_lock_of_a_box_without_a_build(tmp_path: Path, force: bool) -> None:
    write_lock(tmp_path, OLD)
    renew_lock(tmp_path, find_reasons(SPEC, tmp_path, force=force))
    lock = read_lock(tmp_path)
    assert lock is not None
    assert (lock == OLD) is not force
    if force:
        assert lock.base == lock.packages


def test_the_base_stays_where_only_packages_above_it_are_newer(tmp_path: Path) -> None:
    write_lock(tmp_path, OLD)
    renew_lock(tmp_path, (Reason("newer", packages=True),))
    lock = read_lock(tmp_path)
    assert lock is not None
    assert lock.base == OLD.base
    assert lock.packages > OLD.packages


def test_without_a_lock_none_is_written(tmp_path: Path) -> None:
    renew_lock(tmp_path, (Reason("newer", packages=True, base=True),))
    assert read_lock(tmp_path) is None


def build_with(root: Path, lock: Lock) -> None:
    """Leave a verified build that was made with a lock."""
    machine = Machine()
    box = Artifact(kind="box", path="libvirt.box", size=1, sha256="0" * 64, provider="libvirt")
    (root / ".devbox" / "build").mkdir(parents=True)
    Manifest(
        build="b",
        name="acme/web",
        at=datetime.now(UTC),
        release="bookworm",
        spec_digest="",
        lock=lock,
        layers=(),
        tools=(),
        machine=machine,
        packages={},
        programs={},
        artifacts=(box,),
        verification=Verification(
            box_sha256="0" * 64, at=datetime.now(UTC), boot_seconds=1.0, checks=()
        ),
    ).write(root / ".devbox" / "build")


def test_a_checkout_does_not_take_a_rebuild_back(tmp_path: Path) -> None:
    newer = Lock(base=OLD.base, packages="2026-02-02T00:00:00Z")
    build_with(tmp_path, newer)
    write_lock(tmp_path, OLD)
    adopt_lock(tmp_path)
    assert read_lock(tmp_path) == newer


def test_a_lock_that_moved_on_for_a_failed_build_stays(tmp_path: Path) -> None:
    build_with(tmp_path, OLD)
    moved = Lock(base=OLD.base, packages="2026-02-02T00:00:00Z")
    write_lock(tmp_path, moved)
    adopt_lock(tmp_path)
    renew_lock(tmp_path, (Reason("newer", packages=True, base=True),))
    assert read_lock(tmp_path) == moved
    renew_lock(tmp_path, (Reason("newer", packages=True),), force=True)
    assert read_lock(tmp_path) != moved
