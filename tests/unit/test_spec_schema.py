"""The JSON Schema accepts what is right, so that editors complete and mark what is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from devbox.spec import json_schema, write_schema
from devbox.tools import load_tools

GOOD = [
    "name: a/b",
    "{name: a/b, production: [nginx, {postgresql: {databases: [app]}}, {packages: [jq]}]}",
    "{name: a/b, development: [{packages: jq}, {git: {}}, {nginx: null}]}",
    "{name: a/b, production: [{role: deploy/x}, {role: {path: deploy/x, any: [1]}}]}",
    "{name: a/b, machine: {cpus: 4, memory: 4096, disk: 50, ports: {'8080': 80}}}",
    "{name: a/b, providers: [libvirt], publish: {to: ./x, channel: edge, url: 'https://x/y'}}",
    "{name: a/b, schedule: {every: week, 'on': monday, at: '03:00'}}",
    "{name: a/b, base: {release: trixie, image: null}}",
]
BAD = [
    "{}",
    "name: web",
    "{name: a/b, prod: []}",
    "{name: a/b, production: [ngnix]}",
    "{name: a/b, production: [{ngnix: {}}]}",
    "{name: a/b, production: [{nginx: {}, git: {}}]}",
    "{name: a/b, production: [{postgresql: {databses: [app]}}]}",
    "{name: a/b, production: [{postgresql: {port: '80'}}]}",
    "{name: a/b, production: [{postgresql: {users: [{pasword: x}]}}]}",
    "{name: a/b, production: [{role: {any: 1}}]}",
    "{name: a/b, machine: {cpus: 0}}",
    "{name: a/b, machine: {ports: {http: 80}}}",
    "{name: a/b, providers: [virtualbox]}",
    "{name: a/b, base: {release: buster}}",
    "{name: a/b, schedule: {at: '25:00'}}",
]
TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def accepts(schema: dict[str, Any], value: object, root: dict[str, Any]) -> bool:
    """Judge a value by the keywords that our schema uses (JSON Schema, draft 2020-12)."""
    known = {
        "$ref", "$schema", "$defs", "type", "enum", "const", "pattern", "anyOf", "properties",
        "required", "additionalProperties", "propertyNames", "items", "minItems", "minLength",
        "minimum", "maximum", "minProperties", "maxProperties", "title", "description", "default",
        "examples",
    }  # fmt: skip
    assert set(schema) <= known
    if "$ref" in schema:
        return accepts(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, root)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    fits = [
        isinstance(value, TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
        for kind in kinds
    ]
    checks = [
        any(fits) or not kinds,
        value in schema.get("enum", [value]),
        value == schema.get("const", value),
        "anyOf" not in schema or any(accepts(item, value, root) for item in schema["anyOf"]),
    ]
    if isinstance(value, str):
        checks.append(bool(re.search(schema.get("pattern", ""), value)))
        checks.append(len(value) >= schema.get("minLength", 0))
    if isinstance(value, int):
        checks.append(schema.get("minimum", value) <= value <= schema.get("maximum", value))
    if isinstance(value, list):
        checks.append(len(value) >= schema.get("minItems", 0))
        checks += [accepts(schema.get("items", {}), item, root) for item in value]
    if isinstance(value, dict):
        checks += _object_checks(schema, value, root)
    return all(checks)


def _object_checks(
    schema: dict[str, Any], value: dict[str, object], root: dict[str, Any]
) -> list[bool]:
    properties = schema.get("properties", {})
    other = schema.get("additionalProperties", {})
    size = len(value)
    return [
        set(schema.get("required", [])) <= set(value),
        schema.get("minProperties", size) <= size <= schema.get("maxProperties", size),
        *(accepts(schema.get("propertyNames", {}), key, root) for key in value),
        *(
            other is not False and accepts(other, item, root)
            if key not in properties
            else accepts(properties[key], item, root)
            for key, item in value.items()
        ),
    ]


@pytest.mark.parametrize("text", GOOD)
def test_a_right_file_is_accepted(text: str) -> None:
    assert accepts(json_schema(), yaml.safe_load(text), json_schema())


@pytest.mark.parametrize("text", BAD)
def test_a_wrong_file_is_not(text: str) -> None:
    assert not accepts(json_schema(), yaml.safe_load(text), json_schema())


def test_each_tool_and_option_is_in_it_with_its_description() -> None:
    names, entry = json_schema()["$defs"]["Tool"]["anyOf"]
    assert [item["const"] for item in names["anyOf"]] == list(load_tools())
    for name, tool in load_tools().items():
        options = entry["properties"][name]["anyOf"][1]["properties"]
        assert list(options) == [option.name for option in tool.options]
        assert all(item["description"] for item in options.values())


def test_every_reference_leads_somewhere() -> None:
    schema = json_schema()
    names = re.findall(r'"#/\$defs/([^"]*)"', json.dumps(schema))
    assert set(names) <= set(schema["$defs"])


def test_it_is_written_beside_the_project_and_ignored_by_git(tmp_path: Path) -> None:
    path = write_schema(tmp_path)
    assert path == tmp_path / ".devbox" / "devbox.schema.json"
    assert json.loads(path.read_text()) == json_schema()
    assert (tmp_path / ".devbox" / ".gitignore").read_text() == "*\n"
    before = path.stat().st_mtime_ns
    assert write_schema(tmp_path).stat().st_mtime_ns == before
