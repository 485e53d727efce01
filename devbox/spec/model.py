"""The model of ``devbox.yml``: what a team states about its production and its developers."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

FILE_NAME = "devbox.yml"

Release = Literal["bookworm", "trixie"]
Architecture = Literal["amd64"]
Part = Literal["production", "development"]

BoxName = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9._-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}$",
        description="the box's name as Vagrant knows it: owner/box, in lower case",
        examples=["acme/web"],
    ),
]
Port = Annotated[int, Field(ge=1, le=65535)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CloudImage(_Model):
    """A ready-made cloud image (qcow2) to start from."""

    url: str = Field(pattern=r"^(https?|file)://\S+$", description="where the qcow2 image is")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="what its bytes must hash to")


class Base(_Model):
    """What the box starts from."""

    distribution: Literal["debian"] = Field("debian", description="the distribution")
    release: Release = Field("bookworm", description="its release")
    mirror: str = Field(
        "http://deb.debian.org/debian",
        pattern=r"^https?://[A-Za-z0-9.\-:\[\]]+(/[A-Za-z0-9._~%/+-]*)?$",
        description="the package archive to build from",
    )
    image: CloudImage | None = Field(
        None, description="start from this cloud image instead of bootstrapping from the mirror"
    )


class Tool(_Model):
    """One entry of the stack: an Ansible role with its options.

    Attributes:
        name: the tool's name in the catalog; for a local role, "role".
        options: the options as the user wrote them, by their short names.
        path: for a local role, its folder relative to devbox.yml; else None.
    """

    name: str
    options: dict[str, JsonValue] = Field(default_factory=dict)
    path: PurePosixPath | None = None

    @property
    def label(self) -> str:
        """What people call this entry: the tool's name, a local role's folder name."""
        return self.path.name if self.path else self.name


class Machine(_Model):
    """The size of a developer's machine, and its ports."""

    cpus: int = Field(2, ge=1, le=256, description="virtual processors")
    memory: int = Field(2048, ge=512, le=1048576, description="memory in MiB")
    disk: int = Field(40, ge=20, le=65536, description="disk in GiB")
    ports: dict[Port, Port] = Field(
        default_factory=dict, description="ports of the developer's computer: ports in the machine"
    )


class Publish(_Model):
    """Where the box is published."""

    to: str = Field("./boxes", min_length=1, description="the folder that holds the catalog")
    channel: str = Field(
        "stable", pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$", description="the channel to publish to"
    )
    url: str | None = Field(
        None,
        pattern=r"^(https?|file)://\S+$",
        description="the address at which the folder is served; default: its file:// address",
    )


class Schedule(_Model):
    """When the box is rebuilt."""

    every: Literal["day", "week", "month"] = Field("week", description="how often")
    on: (
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] | None
    ) = Field(None, description="the day, for every: week; default: monday")
    at: str = Field("03:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="the local time")

    @model_validator(mode="after")
    def _day_of_a_week(self) -> Schedule:
        if self.on is not None and self.every != "week":
            raise PydanticCustomError("day_without_week", "a day is for every: week only")
        return self


class Spec(_Model):
    """A whole devbox.yml, validated."""

    name: BoxName
    base: Base = Field(default_factory=lambda: Base())
    production: tuple[Tool, ...] = Field((), description="what production runs")
    development: tuple[Tool, ...] = Field((), description="what developers need on top")
    machine: Machine = Field(default_factory=lambda: Machine())
    providers: tuple[Literal["libvirt"], ...] = Field(
        ("libvirt",), min_length=1, description="the providers to make boxes for"
    )
    publish: Publish = Field(default_factory=lambda: Publish())
    schedule: Schedule | None = Field(None, description="when to rebuild")

    def part(self, name: Part) -> tuple[Tool, ...]:
        """Return the tools of one part of the stack."""
        return self.production if name == "production" else self.development
