"""The YAML files of a role, read with care: a role may be anybody's."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import cast

import yaml
from pydantic import JsonValue

from devbox.errors import DevboxError

# libyaml's loader reads a catalog of forty tools in a tenth of the time.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_MAX_BYTES = 1024 * 1024
_MAX_VALUES = 20_000
_MAX_DEPTH = 30

Table = dict[str, JsonValue]


def read_role_file(folder: Path, name: str) -> Table:
    """Read a YAML file of a role, under either ending; an absent or empty one is an empty table.

    Raises:
        DevboxError: it cannot be read, or is no mapping.
    """
    stem = folder / name
    path = next((file for file in (stem, stem.with_suffix(".yaml")) if file.is_file()), None)
    if path is None:
        return {}
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise malformed(path, f"it is larger than {_MAX_BYTES} bytes")
        content = yaml.load(path.read_bytes(), Loader=_Loader)  # noqa: S506 - a safe loader
        _check_size(content)
    except (OSError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise malformed(path, str(error)) from error
    if content is None:
        return {}
    if not isinstance(content, dict) or not all(isinstance(key, str) for key in content):
        raise malformed(path, "it must be a mapping of names to values")
    return cast("Table", content)


def _check_size(content: object) -> None:
    """Refuse what aliases blow up or close to a ring: the walk below it would never end."""
    values = 0
    level = [content]
    for _ in range(_MAX_DEPTH):
        values += len(level)
        if values > _MAX_VALUES:
            break
        below = (
            item
            for value in level
            if isinstance(value, dict | list)
            for item in (value.values() if isinstance(value, dict) else value)
        )
        level = list(islice(below, _MAX_VALUES + 1))
        if not level:
            return
    raise ValueError("it is too large or too deep")


def malformed(path: Path, why: str) -> DevboxError:
    """Return the error for a file of a role that has not the form it must have."""
    role = path.parent.parent.name
    return DevboxError(
        f"the metadata of the role {role} cannot be read",
        evidence=f"{path}: {why}",
        remedy="correct that file; "
        + (
            "`devbox tools new` writes one of the right form"
            if path.stem == "devbox"
            else "https://docs.ansible.com/ansible/latest/playbook_guide/"
            "playbooks_reuse_roles.html#role-argument-validation shows its form"
        ),
    )
