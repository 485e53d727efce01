"""``devbox.lock``: the state of the package archive that a box is made from."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devbox.errors import DevboxError
from devbox.host.paths import write_atomically

FILE_NAME = "devbox.lock"

_HEADING = """\
# Written by devbox; commit it. As long as it stays the same, nothing is built again because of
# newer packages. `devbox rebuild` moves it on when the archive has something newer.
"""


_Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]


class Lock(BaseModel):
    """When the archive was last looked at for this box, in UTC, as ``2026-03-01T04:05:06Z``.

    Attributes:
        base: for the base image.
        packages: for all that is installed on top of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    base: _Moment
    packages: _Moment


def now() -> str:
    """Return the present moment in the lock's form."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_lock(root: Path) -> Lock | None:
    """Read the lock beside devbox.yml; None when there is none yet.

    Raises:
        DevboxError: it is damaged, for instance by a merge.
    """
    path = root / FILE_NAME
    try:
        return Lock.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise DevboxError(
            f"{FILE_NAME} cannot be read",
            evidence=f"{path}: {_fault(error)}",
            remedy="take it from git again, or delete it: the next build writes a new one",
        ) from error


def _fault(error: Exception) -> str:
    """Return in a line what is wrong with it."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return ": ".join([*map(str, first["loc"]), first["msg"]])
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f"line {error.problem_mark.line + 1}: {error.problem or 'not YAML'}"
    return str(error).splitlines()[0]


def write_lock(root: Path, lock: Lock) -> None:
    """Write the lock beside devbox.yml."""
    body = yaml.safe_dump(lock.model_dump(), sort_keys=False)
    write_atomically(root / FILE_NAME, _HEADING + body)
