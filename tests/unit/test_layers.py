"""The layer store: only whole layers are layers, whoever was killed when."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from devbox.build.layers import DISK, STATUS, Layer, LayerStore
from devbox.errors import DevboxError
from devbox.host.process import run
from devbox.images.disk import make_overlay, set_backing
from devbox.plan.plan import PlannedLayer

BASE, UPPER = "b" * 64, "c" * 64


def planned(key: str, name: str = "base") -> PlannedLayer:
    return PlannedLayer(name, key, {"kind": name})


def make(store: LayerStore, key: str = BASE, parent: Layer | None = None) -> Layer:
    with store.building(key) as aside:
        if parent is None:
            run(["qemu-img", "create", "-q", "-f", "qcow2", aside / DISK, "1M"])
        else:
            make_overlay(parent.disk, aside / DISK)
            set_backing(aside / DISK, f"../{parent.file.key}/{DISK}")
        (aside / STATUS).write_text("")
        name = "production" if parent else "base"
        return store.add(planned(key, name), aside, parent, 1.5, {"git": 1.0})


@pytest.fixture
def store(tmp_path: Path) -> LayerStore:
    return LayerStore(tmp_path / "layers")


def names(store: LayerStore) -> list[str]:
    return sorted(path.name for path in store.root.iterdir() if not path.name.endswith(".lock"))


def test_what_was_added_is_found(store: LayerStore) -> None:
    base = make(store)
    upper = make(store, UPPER, base)
    assert store.find(BASE) == base
    assert store.find(UPPER) == upper
    assert upper.file.parent == BASE
    assert upper.file.roles == {"git": 1.0}
    assert names(store) == [BASE, UPPER]
    assert run(["qemu-img", "check", "-q", upper.disk], check=False).returncode == 0


def test_a_disk_is_never_written_to_again(store: LayerStore) -> None:
    assert make(store).disk.stat().st_mode & 0o777 == 0o444


def test_the_store_can_be_moved(store: LayerStore, tmp_path: Path) -> None:
    make(store, UPPER, make(store))
    store.root.rename(tmp_path / "mo ved")
    moved = LayerStore(tmp_path / "mo ved").find(UPPER)
    assert moved is not None
    shown = run(["qemu-img", "info", "--backing-chain", moved.disk]).stdout
    assert str(tmp_path / "mo ved" / UPPER / ".." / BASE / DISK) in shown


@pytest.mark.parametrize("kind", ["disk", STATUS, "layer.json"])
def test_a_layer_that_lacks_a_part_is_none(store: LayerStore, kind: str) -> None:
    layer = make(store)
    (layer.folder / (DISK if kind == "disk" else kind)).unlink()
    assert store.find(BASE) is None


def test_truncated_foreign_and_odd_ones_are_none(store: LayerStore) -> None:
    layer = make(store)
    os.truncate(layer.disk, layer.file.disk_size - 1)
    assert store.find(BASE) is None
    layer = make(store)
    layer.folder.rename(store.root / UPPER)
    assert store.find(UPPER) is None
    (store.root / "notes.txt").write_text("mine")
    (store.root / "empty").mkdir()
    (store.root / "half").mkdir()
    (store.root / "half" / "layer.json").write_text('{"key": "half"')
    assert store.find("notes.txt") is None
    assert store.find_all("base") == []


def test_a_layer_that_is_its_own_parent_is_none(store: LayerStore) -> None:
    base = make(store)
    path = base.folder / "layer.json"
    path.write_text(path.read_text().replace('"parent": null', f'"parent": "{BASE}"'))
    assert store.find(BASE) is None


def test_without_its_parent_a_layer_is_none(store: LayerStore) -> None:
    base = make(store)
    make(store, UPPER, base)
    base.disk.unlink()
    assert store.find(UPPER) is None


def test_a_parent_made_again_is_another_disk(store: LayerStore) -> None:
    """The key is the same, the bytes are not: an overlay on the first is none on the second."""
    base = make(store)
    make(store, UPPER, base)
    base.disk.unlink()
    make(store)
    assert store.find(BASE) is not None
    assert store.find(UPPER) is None


def test_a_damaged_disk_does_not_come_in(store: LayerStore) -> None:
    with pytest.raises(DevboxError, match="damaged"), store.building(BASE) as aside:
        (aside / DISK).write_bytes(b"no disk")
        (aside / STATUS).touch()
        store.add(planned(BASE), aside, None, 1, {})
    assert names(store) == []


def test_a_builder_that_fails_leaves_nothing(store: LayerStore) -> None:
    with pytest.raises(ZeroDivisionError), store.building(BASE) as aside:
        (aside / DISK).write_bytes(b"x")
        raise ZeroDivisionError
    assert names(store) == []


def test_all_of_a_name_the_newest_first(store: LayerStore) -> None:
    base = make(store)
    second = make(store, "d" * 64)
    make(store, UPPER, base)
    os.utime(base.folder, (1, 1))
    assert store.find_all("base") == [second, base]


BUILDER = """
import sys, time
from pathlib import Path
from devbox.build.layers import DISK, STATUS, LayerStore
from devbox.host.process import run
from devbox.plan.plan import PlannedLayer
root, key, seconds = sys.argv[1:]
store = LayerStore(Path(root))
with store.building(key) as aside:
    (aside / DISK).write_bytes(b"half")
    print("building", flush=True)
    time.sleep(float(seconds))
    run(["qemu-img", "create", "-q", "-f", "qcow2", aside / DISK, "1M"])
    (aside / STATUS).touch()
    store.add(PlannedLayer("base", key, {}), aside, None, 1, {})
"""


def builder(store: LayerStore, seconds: float, key: str = BASE) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", BUILDER, str(store.root), key, str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "building\n"
    return child


def test_a_builder_that_is_killed_leaves_nothing_that_counts(store: LayerStore) -> None:
    child = builder(store, 60)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert store.find(BASE) is None
    assert store.find_all("base") == []
    # Whoever builds next, another layer even, clears it away.
    make(store, UPPER)
    assert names(store) == [UPPER]


def test_what_another_builds_now_is_left_alone(store: LayerStore) -> None:
    child = builder(store, 60)
    try:
        make(store, UPPER)
        assert (store.root / f".{BASE}.new" / DISK).read_bytes() == b"half"
    finally:
        child.kill()
        child.communicate()


def test_the_second_builder_of_a_layer_waits_and_then_finds_it(store: LayerStore) -> None:
    child = builder(store, 1)
    said: list[str] = []
    with store.building(BASE, said.append):
        assert store.find(BASE) is not None
    assert child.wait() == 0
    child.communicate()
    assert said == [f"waiting for process {child.pid}, which is building layer {BASE[:12]}"]


def test_many_builders_of_one_layer_make_it_once(store: LayerStore) -> None:
    made = []

    def build() -> None:
        with store.building(BASE) as aside:
            if store.find(BASE):
                return
            time.sleep(0.1)
            run(["qemu-img", "create", "-q", "-f", "qcow2", aside / DISK, "1M"])
            (aside / STATUS).touch()
            made.append(store.add(planned(BASE), aside, None, 1, {}))

    threads = [threading.Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [store.find(BASE)] == made


def test_a_cache_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DevboxError) as caught:
        LayerStore(tmp_path / "file" / "layers")
    assert "DEVBOX_CACHE_DIR" in caught.value.remedy
