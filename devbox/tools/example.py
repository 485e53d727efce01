"""An example of a tool in devbox.yml."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from devbox.errors import DevboxError
from devbox.tools.definition import Option, ToolDefinition
from devbox.tools.options import validate_options
from devbox.tools.rolefile import read_role_file
from devbox.tools.versions import default_version

_PLAIN = re.compile(r"[\w\s.,:/@*=\[\]{}\"-]{1,60}")
_MOST = 2
_SAMPLES: Mapping[str, JsonValue] = {"int": 1, "float": 1.0, "bool": True, "list": [], "dict": {}}


def example_options(tool: ToolDefinition, release: str) -> dict[str, JsonValue]:
    """Return a few options as a team might write them; valid, and empty if it has none to show.

    They are those that must be given, a version, the one that a shorthand fills, and else the
    first ones, with values that the role's own tests use.

    Args:
        tool: the tool.
        release: the release whose own version is shown.
    """
    tried = _tried(tool)
    main = [tool.option(name) for name in ("version", tool.shorthand) if name]
    chosen = [option for option in tool.options if option.required]
    chosen += [option for option in main if option and option not in chosen]
    for option in tool.options:
        if len(chosen) < _MOST and option not in chosen and option.variable in tried:
            chosen.append(option)
    found: dict[str, JsonValue] = {}
    for option in chosen:
        value = (
            default_version(tool, release)
            if option.name == "version"
            else tried.get(option.variable)
        )
        if value is None and option.required:
            value = _sample(option)
        if value is not None:
            found[option.name] = value
    return {} if validate_options(tool, found) else found


def _sample(option: Option) -> JsonValue:
    if option.choices:
        return option.choices[0]
    if option.type == "dict" or option.elements == "dict":
        inner = {item.name: _sample(item) for item in option.options if item.required}
        return inner if option.type == "dict" else [inner]
    return _SAMPLES.get(option.type, "…" if option.type == "raw" else option.name)


def _tried(tool: ToolDefinition) -> dict[str, JsonValue]:
    """Return values other than the defaults that the role's tests use, if they are easy to read."""
    defaults = {option.variable: option.default for option in tool.options}
    found: dict[str, JsonValue] = {}
    for case in _cases(tool.folder):
        options = case.get("options") if isinstance(case, dict) else None
        for name, value in options.items() if isinstance(options, dict) else ():
            shown = json.dumps(value, ensure_ascii=False, default=str)
            if value != defaults.get(name) and value not in ([], {}, "") and _is_plain(shown):
                found.setdefault(str(name), value)
    return found


def _is_plain(text: str) -> bool:
    odd = ("{{", "devbox", "test", "hello")
    return bool(_PLAIN.fullmatch(text)) and not any(word in text for word in odd)


def _cases(folder: Path) -> list[JsonValue]:
    try:
        cases = read_role_file(folder, "tests/cases.yml").get("cases")
    except DevboxError:
        return []
    return cases if isinstance(cases, list) else []
