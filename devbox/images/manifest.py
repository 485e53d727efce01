"""The manifest: what a build made, from what, and how it was checked."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from devbox.errors import DevboxError
from devbox.host.paths import write_atomically
from devbox.plan.lock import Lock
from devbox.spec.model import Machine

FILE_NAME = "manifest.json"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class LayerRecord(_Model):
    """One layer of the build: "base", "production" or "development", and its key."""

    name: str
    key: str
    cached: bool
    seconds: float


class ToolRecord(_Model):
    """One tool that was put in."""

    name: str
    part: Literal["production", "development"]
    ports: tuple[int, ...] = ()


class Artifact(_Model):
    """One file that the build made; ``path`` is relative to the manifest's folder."""

    kind: Literal["production-image", "box"]
    path: str
    size: int
    sha256: str
    provider: str | None = None
    architecture: str = "amd64"


class Verification(_Model):
    """How a box was proven: booted, and the checks of each tool run in it."""

    box_sha256: str
    at: datetime
    boot_seconds: float
    checks: tuple[str, ...]


class Manifest(_Model):
    """All that is known about one build.

    ``packages`` maps each installed Debian package to its version, for the whole dev box;
    ``spec_digest`` is the digest of the canonical Spec, ``lock`` the state of the archive that was
    built from; ``programs`` maps each program that took
    part (packer, qemu, ansible) to its version.
    """

    format: Literal[1] = 1
    build: str
    name: str
    at: datetime
    release: str
    spec_digest: str
    lock: Lock | None = None
    layers: tuple[LayerRecord, ...]
    tools: tuple[ToolRecord, ...]
    machine: Machine
    packages: dict[str, str]
    programs: dict[str, str]
    artifacts: tuple[Artifact, ...]
    verification: Verification | None = None

    @property
    def box(self) -> Artifact:
        """The libvirt box."""
        return next(item for item in self.artifacts if item.kind == "box")

    @property
    def verified(self) -> bool:
        """Whether the very bytes of the box have been booted and have passed."""
        return self.verification is not None and self.verification.box_sha256 == self.box.sha256

    def write(self, folder: Path) -> Path:
        """Write the manifest into a build's folder, whole or not at all."""
        path = folder / FILE_NAME
        write_atomically(path, self.model_dump_json(indent=2) + "\n")
        return path


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a build's folder.

    Raises:
        DevboxError: there is none, or it is damaged.
    """
    path = folder / FILE_NAME
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise DevboxError(
            "there is no finished build here",
            evidence=f"{path} does not exist",
            remedy="devbox build",
        ) from None
    except ValidationError as error:
        raise DevboxError(
            "the manifest of the build is damaged",
            evidence=f"{path}: {error.errors()[0]['msg']}",
            remedy="devbox build",
        ) from error
    if not any(item.kind == "box" for item in manifest.artifacts):
        raise DevboxError(
            "the manifest of the build is damaged",
            evidence=f"{path}: it names no box",
            remedy="devbox build",
        )
    return manifest
