"""Vagrant's box metadata: one file a channel, that names each version and where its boxes are.

The format is Vagrant's (https://developer.hashicorp.com/vagrant/docs/boxes/format#box-metadata).
Fields that are not known here are kept as they are.
"""

from __future__ import annotations

import json
import math
from typing import NoReturn

from pydantic import BaseModel, ConfigDict, ValidationError

from devbox.catalog.version import sort_key
from devbox.errors import DevboxError

# Vagrant refuses a larger file (Vagrant::Action::Builtin::BoxAdd::METADATA_SIZE_LIMIT).
MAX_BYTES = 20 * 1024 * 1024
DEFAULT_ARCHITECTURE = "amd64"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class BoxFile(_Model):
    """One box of a version: Vagrant's ``providers`` entry.

    Attributes:
        name: the provider.
        url: where the box file is; absolute.
    """

    name: str
    url: str
    checksum_type: str | None = None
    checksum: str | None = None
    architecture: str | None = None
    default_architecture: bool | None = None


class BoxVersion(_Model):
    """One version: its number and its boxes."""

    version: str
    providers: tuple[BoxFile, ...] = ()

    def box(self, sha256: str) -> BoxFile | None:
        """Return the one of its boxes that has these bytes."""
        for item in self.providers:
            if (item.checksum or "").lower() == sha256 and (
                item.checksum_type or ""
            ).lower() == "sha256":
                return item
        return None


class Metadata(_Model):
    """A whole metadata file."""

    name: str
    description: str | None = None
    versions: tuple[BoxVersion, ...] = ()

    @property
    def newest(self) -> str | None:
        """The version that Vagrant takes when none is asked for."""
        return max((item.version for item in self.versions), key=sort_key, default=None)

    def find(self, version: str) -> BoxVersion | None:
        """Return a version's entry, or None; 1.0 finds 1.0.0."""
        key = sort_key(version)
        return next((item for item in self.versions if sort_key(item.version) == key), None)

    def with_version(self, added: BoxVersion) -> Metadata:
        """Return the metadata with one more version; its boxes and all versions are ordered.

        Raises:
            DevboxError: the version is there already.
        """
        if self.find(added.version):
            raise DevboxError(f"{self.name} {added.version} exists already")
        entry = added.model_copy(update={"providers": order_boxes(added.providers)})
        versions = sorted((*self.versions, entry), key=lambda item: sort_key(item.version))
        return self.model_copy(update={"versions": tuple(versions)})

    def render(self) -> bytes:
        """Return the file's bytes: the same value gives the same bytes.

        Raises:
            DevboxError: Vagrant would refuse the file as too large.
        """
        # Fields that the file did not have stay out of it: null means something to some readers.
        value = self.model_dump(mode="json", exclude_unset=True)
        data = (json.dumps(value, indent=2, allow_nan=False) + "\n").encode("ascii")
        if len(data) > MAX_BYTES:
            raise DevboxError(
                f"the catalog of {self.name} would be too large for Vagrant",
                evidence=f"{len(data)} bytes with {len(self.versions)} versions; "
                f"Vagrant reads at most {MAX_BYTES}",
                remedy="publish to a new channel, or take old versions out of this one",
            )
        return data


def order_boxes(boxes: tuple[BoxFile, ...]) -> tuple[BoxFile, ...]:
    """Order a version's boxes by provider, the default architecture last and marked.

    Vagrant before 2.4 knows no architectures and takes the last entry of a provider.
    """
    marked = (
        item.model_copy(update={"default_architecture": item.architecture == DEFAULT_ARCHITECTURE})
        for item in boxes
    )
    return tuple(
        sorted(
            marked, key=lambda item: (item.name, item.default_architecture, item.architecture or "")
        )
    )


def parse_metadata(data: bytes, source: str) -> Metadata:
    """Read a metadata file that any tool may have written.

    Args:
        data: its bytes.
        source: where it is from, for errors.

    Raises:
        DevboxError: it is too large, not JSON, or not box metadata that Vagrant would take.
    """
    if len(data) > MAX_BYTES:
        _refuse(source, f"it is larger than {MAX_BYTES} bytes, which Vagrant refuses")
    try:
        text = data.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_finite, parse_float=_finite)
        metadata = Metadata.model_validate(_tuples(value))
        for item in metadata.versions:
            sort_key(item.version)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        _refuse(source, f"{where}: {first['msg']}")
    except (ValueError, RecursionError) as error:
        _refuse(source, f"not JSON: {str(error)[:200]}")
    except DevboxError as error:
        _refuse(source, f"{error.what}: {error.evidence}" if error.evidence else error.what)
    return metadata


def _tuples(value: object) -> object:
    """Turn the two lists of the format into tuples, which strict validation asks for."""
    if not isinstance(value, dict):
        return value
    for key in ("versions", "providers"):
        if isinstance(value.get(key), list):
            value[key] = tuple(_tuples(item) for item in value[key])
        elif key in value and value[key] is None:
            value[key] = ()
    return value


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} cannot be written back as JSON")
    return number


def _refuse(source: str, reason: str) -> NoReturn:
    raise DevboxError(
        "the catalog's metadata cannot be used",
        evidence=f"{source}: {reason}",
        remedy="restore the file, or publish to another channel or folder",
    )
