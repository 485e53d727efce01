"""The base image: two kinds behind one interface."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue

from devbox import ui
from devbox.build.bootstrap import Bootstrap
from devbox.build.cloud import CloudBase
from devbox.build.layers import LayerStore
from devbox.spec.model import Base

_ADOPT_DAYS = 7


class BaseImage(Protocol):
    """A kind of base image."""

    def record(self) -> Mapping[str, JsonValue]:
        """Return all that the image depends on, for its key."""

    def make(self, aside: Path, key: str, task: ui.Task) -> None:
        """Make ``disk.qcow2`` and ``dpkg-status`` in a folder.

        Args:
            aside: the folder.
            key: the base layer's key, from which identifiers in the image are derived.
            task: where progress is told.

        Raises:
            DevboxError: the archive, the download or the disk failed.
        """


def base_image(base: Base, archive: str) -> BaseImage:
    """Return the kind of base image that devbox.yml asks for.

    Args:
        base: what devbox.yml says.
        archive: the state of the package archive, from the lock.
    """
    if base.image is not None:
        return CloudBase(base)
    return Bootstrap(base, archive)


def recent_archive_state(base: Base, store: LayerStore, now: str) -> str:
    """Return the archive state for a box that has no lock yet.

    That of the newest base image of the same kind on this computer, if it is of this week, so that
    new boxes share it; else the present moment. (All packages are upgraded on top of it anyway.)
    """
    wanted = {**base_image(base, "").record(), "archive": None}
    oldest = datetime.now(UTC) - timedelta(days=_ADOPT_DAYS)
    for layer in store.find_all("base"):
        record = layer.file.record
        inputs = {key: record.get(key) for key in wanted}
        state = record.get("archive")
        if not isinstance(state, str) or {**inputs, "archive": None} != wanted:
            continue
        if datetime.fromisoformat(state) > oldest:
            return state
    return now
