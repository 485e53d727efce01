"""The places where catalogs are kept."""

from __future__ import annotations

import re
from pathlib import Path

from devbox.catalog.stores.folder import FolderStore
from devbox.catalog.stores.store import NewFile, Progress, Store
from devbox.errors import UsageError

__all__ = ["FolderStore", "NewFile", "Progress", "Store", "open_store"]


def open_store(to: str, root: Path, url: str | None) -> Store:
    """Return the place that ``publish.to`` names.

    Args:
        to: a folder.
        root: what a relative folder is relative to: the folder of devbox.yml.
        url: the address at which the folder is served; None for its ``file://`` address.

    Raises:
        UsageError: it names no place that devbox can publish to, or the URL is no good.
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", to):
        raise UsageError(
            f"cannot publish to {to}",
            evidence="publish.to is a folder; the address at which it is served is publish.url",
            remedy="for example `to: ./boxes` and `url: https://boxes.example.com`",
        )
    if not to or "\0" in to:
        raise UsageError("publish.to names no folder", remedy="for example `to: ./boxes`")
    return FolderStore((root / Path(to).expanduser()).absolute(), url)
