"""The plan of a build: its layers from the base image up, each with its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from devbox.plan.digests import record_digest
from devbox.playbooks.inputs import RoleRun

# Part of every key: raised when devbox makes other layers from the same inputs.
FORMAT = 1


@dataclass(frozen=True)
class RoleInput:
    """A tool as a layer depends on it: how it is run, and the digest of its role's folder."""

    run: RoleRun
    digest: str


@dataclass(frozen=True)
class PlannedLayer:
    """One layer.

    Attributes:
        name: "base", "production" or "development".
        key: the digest of ``record``, in hexadecimal.
        record: all that the layer depends on, its parent's key among it.
        roles: the tools that it puts in.
    """

    name: str
    key: str
    record: Mapping[str, JsonValue]
    roles: tuple[RoleInput, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The layers of a build, from the bottom."""

    base: PlannedLayer
    production: PlannedLayer
    development: PlannedLayer

    @property
    def layers(self) -> tuple[PlannedLayer, PlannedLayer, PlannedLayer]:
        """All three, from the bottom."""
        return (self.base, self.production, self.development)


def make_plan(
    base_record: Mapping[str, JsonValue],
    production: Sequence[RoleInput],
    development: Sequence[RoleInput],
    *,
    packages: str,
    playbooks: str,
) -> Plan:
    """Make the plan; pure.

    Args:
        base_record: all that the base image depends on.
        production: the tools of production, in order.
        development: the tools of development, in order.
        packages: the state of the archive that tools are installed from, out of the lock.
        playbooks: the digest of devbox's own playbooks and roles.
    """
    base = _layer("base", {**base_record})
    common: dict[str, JsonValue] = {"packages": packages, "playbooks": playbooks}
    lower = _layer("production", {**common, "parent": base.key}, production)
    upper = _layer("development", {**common, "parent": lower.key}, development)
    return Plan(base, lower, upper)


def _layer(
    name: str, inputs: Mapping[str, JsonValue], roles: Sequence[RoleInput] = ()
) -> PlannedLayer:
    tools: list[JsonValue] = [
        {
            # A local role's place on this computer is no part of what it does.
            "role": Path(role.run.role).name,
            "files": role.digest,
            "variables": dict(role.run.variables),
        }
        for role in roles
    ]
    record: dict[str, JsonValue] = {"format": FORMAT, "layer": name, **inputs}
    if name != "base":
        record["tools"] = tools
    return PlannedLayer(name, record_digest(record), record, tuple(roles))
