"""What is known about a tool: its place in the catalog, its options, where it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import JsonValue

Category = Literal["languages", "databases", "web", "developer tools", "build", "generic"]

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

    def option(self, name: str) -> Option | None:
        """Return the option that a user means by ``name``, its full or its short name."""
        for option in self.options:
            if option.variable == name:
                return option
        return next((option for option in self.options if option.name == name), None)
