"""A role's ``meta/devbox.yml``: its form, and what it says.

The file is devbox's own: Ansible and Galaxy do not read it. A role of a team may lack it, or any
key of it. A key that is not known is passed over, for it may be of a later devbox; a value of
another type than the key's is an error, for what it was meant to say would be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails

from devbox.tools.definition import Category, Source

DEBIAN = "Debian"
"""The name of the source that is the release's own archive."""


_MESSAGES = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_too_short": "must not be empty",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
}


def _or_empty(value: object) -> object:
    """Read a key without a value, or with an empty list, as an empty mapping."""
    return {} if value is None or value == [] else value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str | int | float) else value


_Port = Annotated[int, Field(ge=1, le=65535)]
_Texts = Annotated[tuple[str, ...], Field(strict=False)]


class _Form(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class _Source(_Form):
    name: str = Field(min_length=1)
    kind: Literal["apt", "npm", "pypi"]
    versions: _Texts
    releases: _Texts = ()
    exact: bool = False
    tested: bool = True
    uri: str = ""
    suite: str = ""
    components: _Texts = ()
    key: str = ""
    fingerprint: str = ""


class _Versions(_Form):
    debian: dict[str, Annotated[_Texts, BeforeValidator(_as_list)]] = {}
    sources: Annotated[tuple[_Source, ...], Field(strict=False)] = ()


class Metadata(_Form):
    """What ``meta/devbox.yml`` says; the attributes are those of ``ToolDefinition``."""

    title: str | None = None
    category: Category | None = None
    part: Literal["production", "development"] = "production"
    ports: Annotated[tuple[_Port, ...], Field(strict=False)] = ()
    shorthand: str | None = None
    manual: str | None = None
    verifies: str = ""
    memory: Annotated[int, Field(ge=1)] | None = None
    versions: Annotated[_Versions, BeforeValidator(_or_empty)] = _Versions()
    evidence: Annotated[dict[str, _Texts], BeforeValidator(_or_empty)] = {}

    def sources(self) -> tuple[Source, ...]:
        """Return where the tool's versions are from: Debian's archive first, by release."""
        debian = [
            Source(name=DEBIAN, kind="debian", versions=versions, releases=(release,))
            for release, versions in self.versions.debian.items()
        ]
        return (*debian, *(Source(**source.model_dump()) for source in self.versions.sources))


_METADATA = TypeAdapter(Metadata)


def read_metadata(table: Mapping[str, JsonValue]) -> Metadata:
    """Read the content of a ``meta/devbox.yml``.

    Raises:
        ValueError: a value has another type than its key's; all of them are named.
    """
    # A key without a value says nothing, as in YAML it looks.
    given = {key: value for key, value in table.items() if value is not None}
    try:
        return _METADATA.validate_python(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        raise ValueError("; ".join(map(_explain, found))) from None


def _explain(details: ErrorDetails) -> str:
    """Say in a few words what is wrong where: ``versions.sources[0].kind must be "apt" …``."""
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in details["loc"])
    message = _MESSAGES.get(details["type"]) or details["msg"]
    if details["type"] == "string_type" and isinstance(details["input"], int | float):
        message += f': write "{details["input"]}", in quotes'
    message = message.replace("Input should be", "must be").replace("'", '"')
    return f"{path.removeprefix('.')} {message}"
