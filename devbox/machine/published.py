"""What a catalog offers to this computer, read as Vagrant reads it."""

from __future__ import annotations

import platform
import re
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from devbox.catalog.metadata import MAX_BYTES, BoxFile, parse_metadata
from devbox.catalog.version import sort_key
from devbox.errors import DevboxError, UsageError

PROVIDER = "libvirt"
_TIMEOUT = 20.0
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
# It becomes part of a path below VAGRANT_HOME.
_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?")


@dataclass(frozen=True)
class Offer:
    """One version that this computer can run; ``url`` is its box file's."""

    version: str
    url: str


@dataclass(frozen=True)
class Catalog:
    """A catalog's box, with the versions that fit the provider and the architecture, old to new."""

    name: str
    url: str
    offers: tuple[Offer, ...]

    @property
    def newest(self) -> Offer:
        """The newest version.

        Raises:
            DevboxError: there is none for this computer.
        """
        if not self.offers:
            raise DevboxError(
                f"{self.name} has no version for this computer",
                evidence=f"{self.url} offers none for {PROVIDER} on {architecture()}",
                remedy="devbox publish, where the box is built",
            )
        return self.offers[-1]

    def offer(self, version: str | None) -> Offer:
        """Return the version asked for, the newest by default.

        Raises:
            DevboxError: it is not on offer; names what is.
        """
        if version is None:
            return self.newest
        for offer in self.offers:
            if offer.version == version:
                return offer
        known = ", ".join(offer.version for offer in self.offers[:-11:-1]) or "none"
        raise DevboxError(
            f"{self.name} has no version {version}",
            evidence=f"{self.url} offers: {known}",
            remedy="choose one of them with --version, or leave it out for the newest",
        )


def architecture() -> str:
    """Return this computer's architecture in Vagrant's words."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


def newest(versions: tuple[str, ...]) -> str | None:
    """Return the newest of some versions, in Vagrant's order; None of none."""
    return max(versions, key=sort_key, default=None)


def is_newer(version: str, than: str) -> bool:
    """Return whether a version comes after another, in Vagrant's order."""
    return sort_key(version) > sort_key(than)


def catalog_url(source: str, folder: Path) -> str:
    """Return the URL of a catalog that the user named by URL or path.

    Args:
        source: http(s)://, file://, or a path.
        folder: what a relative path is relative to.

    Raises:
        UsageError: the path is no file, or the URL is of another kind.
    """
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", source)
    if scheme:
        if scheme[1].lower() not in ("http", "https", "file"):
            raise UsageError(
                f"a catalog cannot be read over {scheme[1]}://",
                evidence=source,
                remedy="name it by a path, file://, http:// or https://",
            )
        return source
    path = (folder / Path(source).expanduser()).resolve()
    if path.is_file():
        return path.as_uri()
    inside = sorted(path.glob("*/*/*.json"))[:1] if path.is_dir() else []
    raise UsageError(
        f"{path} is {'a folder' if path.is_dir() else 'not there'}: no catalog can be read",
        remedy=f"devbox up {inside[0]}" if inside else "name the catalog's JSON file, or its URL",
    )


def read_catalog(url: str) -> Catalog:
    """Read a catalog.

    Args:
        url: http(s)://, file://, or an absolute path.

    Raises:
        DevboxError: it cannot be reached, or is no catalog.
    """
    raw = _fetch(url)
    try:
        metadata = parse_metadata(raw, url)
    except DevboxError as error:
        raise DevboxError(
            "that is not a catalog that Vagrant could use",
            evidence=error.evidence,
            remedy="name the JSON file that `devbox publish` wrote (OWNER/BOX/CHANNEL.json)",
        ) from error
    if not _NAME.fullmatch(metadata.name):
        raise DevboxError("the catalog's box has an impossible name", evidence=repr(metadata.name))
    offers = [
        Offer(entry.version, box.url)
        for entry in metadata.versions
        if (box := _fitting(entry.providers))
    ]
    return Catalog(
        metadata.name, url, tuple(sorted(offers, key=lambda offer: sort_key(offer.version)))
    )


def _fitting(boxes: tuple[BoxFile, ...]) -> BoxFile | None:
    ours = [box for box in boxes if box.name == PROVIDER]
    for wanted in (architecture(), "unknown"):
        for box in ours:
            if (box.architecture or "unknown") == wanted:
                return box
    return None


def local_path(url: str) -> Path | None:
    """Return the file behind a file:// URL or a path; None for another URL."""
    if url.startswith("file://"):
        return Path(urllib.parse.unquote(url.removeprefix("file://")))
    return None if "://" in url else Path(url)


def _fetch(url: str) -> bytes:
    path = local_path(url)
    if path is not None:
        try:
            with path.open("rb") as stream:
                return stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise DevboxError(
                "the catalog is not there",
                evidence=f"{path}: {error.strerror}",
                remedy="has a box been published yet? `devbox build` and `devbox publish` do that",
            ) from error
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT) as answer:  # noqa: S310 - http(s) alone
            kind = answer.headers.get_content_type()
            raw: bytes = answer.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # URLError and HTTPError are OSErrors.
        raise DevboxError(
            "the catalog could not be read",
            evidence=f"{url}: {error}",
            remedy="check the address and the network",
        ) from error
    if kind != "application/json":
        raise DevboxError(
            "the catalog is served in a way that Vagrant would take for a box file",
            evidence=f"{url} has the content type {kind}",
            remedy="have the server send application/json for .json files",
        )
    return raw


def box_size(url: str) -> int:
    """Return how many bytes a box file has; 0 where that cannot be told."""
    path = local_path(url)
    try:
        if path is not None:
            return path.stat().st_size
        request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - from the catalog
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            return int(answer.headers.get("Content-Length") or 0)
    except (OSError, ValueError):
        return 0
