"""The layer store: finished layers, each in a folder named by its key.

A layer's folder holds ``disk.qcow2``, an overlay that names its parent by a relative path, its
``layer.json`` and what else the build brought out. It is made aside, under a lock for its key,
and renamed into place when it is whole: a folder under its own name is a finished layer.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from devbox.errors import DevboxError
from devbox.host import paths
from devbox.host.locks import lock
from devbox.images.disk import check_disk
from devbox.plan.plan import PlannedLayer

DISK = "disk.qcow2"
STATUS = "dpkg-status"
_RECORD = "layer.json"
_WAIT_SECONDS = 4 * 3600


class LayerFile(BaseModel):
    """``layer.json``: what a layer was made from, and when."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    record: dict[str, JsonValue]
    parent: str | None
    disk_size: int
    seconds: float
    roles: dict[str, float] = {}
    # Which making of the layer this is, and on which of its parent the disk is an overlay: the
    # same key made again has other bytes, and an overlay on those would be another disk.
    made: str = ""
    parent_made: str = ""


@dataclass(frozen=True)
class Layer:
    """A finished layer in the store."""

    folder: Path
    file: LayerFile

    @property
    def disk(self) -> Path:
        """The overlay disk; never written to again."""
        return self.folder / DISK

    @property
    def dpkg_status(self) -> Path:
        """What dpkg says is installed, up to this layer."""
        return self.folder / STATUS


class LayerStore:
    """The layers on this computer."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or paths.cache_dir() / "layers"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            # Tools' options are in the records, a database's password among them.
            self.root.chmod(0o700)
        except OSError as error:
            raise DevboxError(
                f"the cache {self.root} cannot be made",
                evidence=str(error),
                remedy="check who owns the folder, or set DEVBOX_CACHE_DIR to another",
            ) from error

    def find(self, key: str) -> Layer | None:
        """Return a finished layer; None if there is none, or it is not what its record says."""
        folder = self.root / key
        try:
            file = LayerFile.model_validate_json((folder / _RECORD).read_bytes())
            size = (folder / DISK).stat().st_size
        except (OSError, ValidationError):
            return None
        whole = file.key == key and size == file.disk_size and (folder / STATUS).is_file()
        if not whole or file.parent == key:
            return None
        if file.parent is not None:
            parent = self.find(file.parent)
            if parent is None or parent.file.made != file.parent_made:
                return None
        return Layer(folder, file)

    def find_all(self, name: str) -> list[Layer]:
        """Return all finished layers of one name ("base"), the newest first."""
        ages: list[tuple[float, str]] = []
        for item in self.root.iterdir():
            with contextlib.suppress(OSError):  # another devbox has just replaced it
                if not item.name.startswith("."):
                    ages.append((item.stat().st_mtime, item.name))
        layers = (self.find(key) for _, key in sorted(ages, reverse=True))
        return [layer for layer in layers if layer and layer.file.name == name]

    @contextlib.contextmanager
    def building(self, key: str, on_wait: Callable[[str], None] | None = None) -> Iterator[Path]:
        """Hold the right to build a layer, and yield a new folder beside its place.

        A second builder of the same layer waits here, and should look with :meth:`find` again.
        What earlier builders left when they were killed is removed.

        Args:
            key: the layer's key.
            on_wait: told, once, that another builder has to be waited for.
        """
        with lock(
            self._lock(key), f"building layer {key[:12]}", timeout=_WAIT_SECONDS, on_wait=on_wait
        ):
            self._remove_half_made()
            aside = self.root / f".{key}.new"
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            try:
                yield aside
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def _lock(self, key: str) -> Path:
        return self.root / f".{key}.lock"

    def _remove_half_made(self) -> None:
        """Remove what builders of any layer left that were killed: nobody holds their locks."""
        for aside in self.root.glob(".*.new"):
            key = aside.name.removeprefix(".").removesuffix(".new")
            with contextlib.suppress(DevboxError), lock(self._lock(key), "building a layer"):
                shutil.rmtree(aside, ignore_errors=True)

    def add(
        self,
        planned: PlannedLayer,
        aside: Path,
        parent: Layer | None,
        seconds: float,
        roles: dict[str, float],
    ) -> Layer:
        """Take a finished layer into the store.

        Args:
            planned: what it was to be.
            aside: the folder that :meth:`building` gave, with the disk and dpkg's status in it.
            parent: the layer that its disk is an overlay of; None for a base.
            seconds: how long it took to make.
            roles: how long each role took, in seconds.

        Raises:
            ProcessError: its disk is damaged.
        """
        disk = aside / DISK
        check_disk(disk)
        file = LayerFile(
            key=planned.key,
            name=planned.name,
            record=dict(planned.record),
            parent=parent.file.key if parent else None,
            disk_size=disk.stat().st_size,
            seconds=seconds,
            roles=roles,
            made=uuid.uuid4().hex,
            parent_made=parent.file.made if parent else "",
        )
        disk.chmod(0o444)
        with disk.open("rb") as stream:
            os.fsync(stream.fileno())
        paths.write_atomically(aside / _RECORD, file.model_dump_json(indent=2))
        folder = self.root / planned.key
        if folder.exists():  # damaged: find() did not take it for a layer
            shutil.rmtree(folder)
        aside.rename(folder)
        paths.sync_folder(self.root)
        return Layer(folder, file)
