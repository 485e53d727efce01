"""What a role's tests/cases.yml says. CONTRIBUTING.md describes the file."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue

Options = dict[str, JsonValue]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    releases: tuple[str, ...] | None = None

    def is_for(self, release: str) -> bool:
        """Say whether it is tried in a release."""
        return self.releases is None or release in self.releases


class Shown(_Part):
    """A shell command, and all that it has to print (but for a newline at its end)."""

    command: str
    prints: str


class Case(_Part):
    """Options: applied, verified, and applied again with no change.

    Before that ``prepare``, a shell command, makes in the guest what the options speak of.
    """

    name: str
    options: Options
    prepare: str | None = None
    shows: tuple[Shown, ...] = ()


class Broken(_Part):
    """A shell command after which the role's checks have to fail, and one that mends it.

    Without ``mend`` the role itself, applied again, has to.
    """

    name: str
    break_: str = Field(alias="break")
    mend: str | None = None


class Cases(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cases: tuple[Case, ...] = Field(min_length=1)
    refused: tuple[Options, ...] = ()
    broken: tuple[Broken, ...] = Field(min_length=1)
    # Options beside all other tools of the category, where the defaults would meet theirs.
    together: Options = {}
    # The tools of the category that cannot be in the same machine.
    not_with: tuple[str, ...] = ()


def read_cases(role: Path) -> Cases:
    """Return what a role's file says.

    Args:
        role: the role's folder.

    Raises:
        AssertionError: there is no such file.
        pydantic.ValidationError: it does not say what it should.
    """
    path = role / "tests" / "cases.yml"
    assert path.is_file(), f"{path} is missing: CONTRIBUTING.md describes it"
    return Cases.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
