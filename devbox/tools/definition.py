"""What is known about a tool: its place in the catalog, its options, where it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

Category = Literal[
    "languages",
    "databases",
    "queues",
    "web",
    "containers",
    "build",
    "developer tools",
    "infrastructure",
    "browsers",
    "generic",
]
SourceKind = Literal["debian", "apt", "npm", "pypi"]

ROLE = "role"
"""The name under which an entry of devbox.yml gives a local role; no tool may have it."""


@dataclass(frozen=True)
class Option:
    """One option of a tool, as its ``meta/argument_specs.yml`` states it.

    Attributes:
        variable: the role's variable, with the role's prefix: ``postgresql_databases``.
        name: what a user writes in devbox.yml: ``databases``; inside a nested option the same.
        type: Ansible's word: str, int, float, bool, list, dict, path, raw …
        elements: for a list, the type of its elements; None if any will do.
        default: the value that the role takes when the option is absent.
        choices: the values allowed (for a list, of each element); empty if any will do.
        description: sentences for a person.
        required: whether the option must be given.
        options: for a dict, or a list of dicts, the keys it may have; empty if any will do.
    """

    variable: str
    name: str
    type: str = "str"
    elements: str | None = None
    default: JsonValue = None
    choices: tuple[JsonValue, ...] = ()
    description: str = ""
    required: bool = False
    options: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Source:
    """A place that a tool's versions are from, as ``versions`` in ``meta/devbox.yml`` states it.

    Attributes:
        name: what people call it: "Debian", "apt.postgresql.org", "npm".
        kind: "debian" is the release's own archive, "apt" another archive of Debian packages.
        versions: the versions it offers, as precise as they can be asked for: "17", "3.11".
        releases: the Debian releases that it serves; empty for all.
        exact: whether any version within one of ``versions`` can be asked for, 22.11.0 within 22.
        tested: whether the tests install from it; a source out of their reach is tested against
            one that stands for it.
        uri: for an apt archive its address; ``{release}`` and ``{version}`` are put in.
        suite: for an apt archive, likewise.
        components: for an apt archive.
        key: for an apt archive, the address of its signing key.
        fingerprint: for an apt archive, the fingerprint that the key must have.
    """

    name: str
    kind: SourceKind
    versions: tuple[str, ...]
    releases: tuple[str, ...] = ()
    exact: bool = False
    tested: bool = True
    uri: str = ""
    suite: str = ""
    components: tuple[str, ...] = ()
    key: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class ToolDefinition:
    """A tool: an Ansible role and what its metadata says.

    Attributes:
        name: the role's name, which is its folder's.
        folder: the role's folder.
        title: the name as its makers write it: "PostgreSQL".
        description: a sentence for a person.
        category: one of the catalog's categories; a local role without metadata is "generic".
        part: the part of the stack where most teams want it.
        ports: the TCP ports on which it listens by default.
        shorthand: the option (short name) that a bare list or string in devbox.yml fills.
        manual: the address of its documentation.
        releases: the Debian releases it supports; empty if nothing is stated.
        options: its options in the order of argument_specs.
        any_option: whether options beyond those are accepted: a local role without argument_specs.
        sources: where its versions are from, Debian first; empty where it has no versions to ask
            for.
        evidence: what in a repo speaks for it: names by the kind of place they stand in, such as
            "npm" or "images".
        verifies: what its checks do, as a phrase: "connects to each database as its owner".
        memory: the MiB that it takes in a running machine with its defaults; None if not known.
    """

    name: str
    folder: Path
    title: str
    description: str = ""
    category: str = "generic"
    part: Literal["production", "development"] = "production"
    ports: tuple[int, ...] = ()
    shorthand: str | None = None
    manual: str | None = None
    releases: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    any_option: bool = False
    sources: tuple[Source, ...] = ()
    evidence: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    verifies: str = ""
    memory: int | None = None

    def option(self, name: str) -> Option | None:
        """Return the option that a user means by ``name``, its full or its short name."""
        for option in self.options:
            if option.variable == name:
                return option
        return next((option for option in self.options if option.name == name), None)
