"""The JSON Schema of devbox.yml: the model's, with the catalog's tools and options in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from devbox.host.paths import project_dir, write_atomically
from devbox.spec.model import Spec
from devbox.tools import (
    RELEASES,
    ROLE,
    Option,
    ToolDefinition,
    describe_offers,
    load_tools,
)

SCHEMA_FILE = "devbox.schema.json"

_Schema = dict[str, Any]

_TYPES: dict[str, _Schema] = {
    # A whole number is accepted as text: see devbox/tools/options.py.
    "str": {"type": ["string", "integer"]},
    "path": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "list": {"type": "array"},
    "dict": {"type": "object"},
}


def write_schema(root: Path) -> Path:
    """Write the schema where the first line of devbox.yml says it is.

    Args:
        root: the folder of devbox.yml.

    Returns:
        The file: ``ROOT/.devbox/devbox.schema.json``.

    Raises:
        DevboxError: it cannot be written.
    """
    path = project_dir(root) / SCHEMA_FILE
    text = json.dumps(json_schema(), indent=1, ensure_ascii=False, default=str) + "\n"
    if not path.is_file() or path.read_text(encoding="utf-8", errors="replace") != text:
        write_atomically(path, text)
    return path


def json_schema() -> _Schema:
    """Return the schema (draft 2020-12), for editors to complete and check devbox.yml with."""
    schema = Spec.model_json_schema()
    definitions = schema["$defs"]
    definitions["Tool"] = _tool(load_tools().values())
    definitions.pop("JsonValue", None)
    ports = definitions["Machine"]["properties"]["ports"]
    ports["propertyNames"] = {"pattern": "^[1-9][0-9]{0,4}$"}
    for part in ("production", "development"):
        schema["properties"][part].pop("default", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "devbox.yml",
        **{key: value for key, value in schema.items() if key != "title"},
    }


def _tool(tools: Iterable[ToolDefinition]) -> _Schema:
    """Return what an entry of the stack may be: a name, a tool with options, a local role."""
    definitions = list(tools)
    names: list[_Schema] = [
        {"const": tool.name, "description": tool.description or tool.title} for tool in definitions
    ]
    properties = {tool.name: _options_of(tool) for tool in definitions}
    properties[ROLE] = {
        "description": "an Ansible role of your own: its folder, relative to devbox.yml",
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {"path": {"type": "string", "minLength": 1}},
                "required": ["path"],
            },
        ],
    }
    entry = {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {
        "description": "one entry of the stack",
        "anyOf": [{"anyOf": names}, entry] if names else [entry],
    }


def _options_of(tool: ToolDefinition) -> _Schema:
    schema = _object(tool.options)
    version = tool.option("version")
    if version and tool.sources:
        schema["properties"][version.name] |= _version(tool)
    described: _Schema = {"description": tool.description or tool.title}
    option = tool.option(tool.shorthand) if tool.shorthand else None
    alternatives = [{"type": "null"}, schema]
    if option:
        alternatives.append(_option(option))
        if option.type == "list":
            alternatives.append(_element(option))
    return {**described, "anyOf": alternatives}


def _version(tool: ToolDefinition) -> _Schema:
    """Return what a version may be: what any release offers; which one does is said on loading."""
    versions = list(dict.fromkeys(item for source in tool.sources for item in source.versions))
    said = [
        f"{release}: {offered}"
        for release in RELEASES
        if (offered := describe_offers(tool, release))
    ]
    option = tool.option("version")
    about = f"{option.description if option else ''} {'; '.join(said)}".strip()
    if any(source.exact for source in tool.sources):
        return {"description": about, "examples": versions}
    numbers = [int(item) for item in versions if item.isdecimal()]
    allowed = [*versions, *numbers, ""]
    return {"description": about, "enum": allowed}


def _object(options: Iterable[Option]) -> _Schema:
    table = list(options)
    schema: _Schema = {
        "type": "object",
        "properties": {option.name: _option(option) for option in table},
        "additionalProperties": False,
    }
    required = [option.name for option in table if option.required]
    return {**schema, "required": required} if required else schema


def _option(option: Option) -> _Schema:
    schema: _Schema = {**_TYPES.get(option.type, {})}
    if option.type == "list":
        schema["items"] = _element(option)
    elif option.type == "dict" and option.options:
        schema = _object(option.options)
    elif option.choices:
        schema = {"enum": list(option.choices)}
    if option.description:
        schema["description"] = option.description
    if option.default is not None:
        schema["default"] = option.default
    return schema


def _element(option: Option) -> _Schema:
    if option.choices:
        return {"enum": list(option.choices)}
    if option.options:
        return _object(option.options)
    return {**_TYPES.get(option.elements or "", {})}
