"""The tool catalog: what the roles under ``ansible/roles`` say about themselves.

A role's options come from ``meta/argument_specs.yml``, in the format of Ansible's own
documentation ("Role argument validation"); releases from ``meta/main.yml`` in Galaxy's format; the
rest from ``meta/devbox.yml``. Malformed metadata is an error that names the file: a tool whose
options are not known would accept anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from pydantic import JsonValue

from devbox.host.assets import assets_dir
from devbox.tools.definition import ROLE, Option, ToolDefinition
from devbox.tools.metadata import Metadata, read_metadata
from devbox.tools.rolefile import Table, malformed, read_role_file

_CODE_NAMES = {"12": "bookworm", "13": "trixie"}
_MARK = re.compile(r"\b(?:[BCEILMOPUV]|RV)\(([^()]*)\)")


@cache
def load_tools() -> Mapping[str, ToolDefinition]:
    """Return every tool of the catalog by its name, in alphabetical order.

    Raises:
        DevboxError: a role's metadata cannot be read.
    """
    folders = (assets_dir() / "ansible" / "roles").iterdir()
    names = {
        folder.name: folder
        for folder in folders
        if folder.is_dir() and folder.name[0] not in "._" and folder.name != ROLE
    }
    return MappingProxyType({name: load_role(names[name]) for name in sorted(names)})


def load_role(folder: Path) -> ToolDefinition:
    """Read what a role says about itself: one of the catalog, or a team's own.

    A role without ``meta/argument_specs.yml`` accepts any option; its ``defaults/main.yml`` then
    tells which of its variables a short name means.

    Raises:
        DevboxError: a file of its metadata cannot be read, or has not the form it must have.
    """
    extra = _metadata(folder)
    about = read_role_file(folder, "meta/main.yml")
    galaxy = _table(about.get("galaxy_info"))
    main = _arguments(folder, about)
    prefix = variable_prefix(folder.name)
    if main is not None:
        options = _options(_table(main.get("options")), prefix)
    else:
        defaults = read_role_file(folder, "defaults/main.yml")
        options = tuple(
            Option(variable=name, name=_short(name, prefix), type="raw", default=value)
            for name, value in defaults.items()
        )
    return ToolDefinition(
        name=folder.name,
        folder=folder,
        title=extra.title or folder.name,
        description=_prose(
            (main or {}).get("short_description")
            or galaxy.get("description")
            or (main or {}).get("description"),
            prefix,
        ),
        category=extra.category or "generic",
        part=extra.part,
        ports=extra.ports,
        shorthand=extra.shorthand or None,
        manual=extra.manual or None,
        releases=_releases(galaxy),
        options=options,
        any_option=main is None,
        sources=extra.sources(),
        evidence=MappingProxyType(extra.evidence),
        verifies=extra.verifies.strip(),
        memory=extra.memory,
    )


def _metadata(folder: Path) -> Metadata:
    name = "meta/devbox.yml"
    table = read_role_file(folder, name)
    try:
        return read_metadata(table)
    except ValueError as error:
        raise malformed(folder / name, str(error)) from None


def _arguments(folder: Path, about: Table) -> Table | None:
    """Return the specification of the role's main entry point; None if the role has none."""
    name = "meta/argument_specs.yml"
    specs = read_role_file(folder, name).get("argument_specs")
    if specs is None:
        # Ansible reads them from there as well.
        name, specs = "meta/main.yml", about.get("argument_specs")
    if specs is None:
        return None
    if not isinstance(specs, dict):
        raise malformed(folder / name, "argument_specs must be a mapping of entry points")
    main = specs.get("main")
    if main is None:
        return None
    options = main.get("options") if isinstance(main, dict) else main
    if not isinstance(main, dict) or not isinstance(options, dict | None):
        raise malformed(folder / name, "argument_specs.main must have a mapping of options")
    return main


def variable_prefix(role: str) -> str:
    """Return what a role's variables begin with: ``acme_api_`` for team.acme_api and acme-api."""
    return re.sub(r"\W", "_", role.rpartition(".")[2]) + "_"


def _short(variable: str, prefix: str) -> str:
    return variable.removeprefix(prefix) or variable


def _options(table: Table, prefix: str, *, nested: bool = False) -> tuple[Option, ...]:
    return tuple(
        _option(name, _table(entry), prefix, nested=nested) for name, entry in table.items()
    )


def _option(variable: str, entry: Table, prefix: str, *, nested: bool) -> Option:
    return Option(
        variable=variable,
        name=variable if nested else _short(variable, prefix),
        type=_text(entry.get("type")) or "str",
        elements=_text(entry.get("elements")) or None,
        default=entry.get("default"),
        choices=tuple(_list(entry.get("choices"))),
        description=_prose(entry.get("description"), prefix),
        required=entry.get("required") is True,
        options=_options(_table(entry.get("options")), prefix, nested=True),
    )


def _releases(galaxy: Table) -> tuple[str, ...]:
    """Return the Debian releases that Galaxy's ``platforms`` name; empty for none or for "all"."""
    found: list[str] = []
    for platform in map(_table, _list(galaxy.get("platforms"))):
        if _text(platform.get("name")).lower() == "debian":
            versions = [_text(version) for version in _list(platform.get("versions"))]
            found += [_CODE_NAMES.get(version, version) for version in versions]
    return () if "all" in found else tuple(found)


def _table(value: object) -> Table:
    return cast("Table", value) if isinstance(value, dict) else {}


def _list(value: object) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _prose(value: object, prefix: str) -> str:
    """Return a description without the marks of Ansible's documentation: ``O(x)``, ``V(x)`` …"""
    text = " ".join(_text(value).split())
    return _MARK.sub(lambda mark: mark[1].removeprefix(prefix), text)


def _text(value: object) -> str:
    """Return a text; Ansible lets a description be a list of paragraphs."""
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value).strip()
