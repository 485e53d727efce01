"""Options that a repo suggests: those that the tool really has, in values that it accepts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from pydantic import JsonValue

from devbox.tools.definition import Option, ToolDefinition
from devbox.tools.options import validate_options

_MAX_ITEMS = 30


def merge_options(
    tool: ToolDefinition | None, proposed: Iterable[Mapping[str, JsonValue]]
) -> dict[str, JsonValue]:
    """Merge what several places suggest: lists grow, of single values the first one counts.

    Args:
        tool: the tool; None where the catalog has none.
        proposed: options by short names, of the best evidence first.

    Returns:
        Only options that the tool has, only values that it accepts, and none that are its defaults.
    """
    if tool is None:
        return {}
    found: dict[str, JsonValue] = {}
    for options in proposed:
        for name, value in options.items():
            option = tool.option(name)
            if option is None:
                continue
            if isinstance(value, list):
                items = [_fit(item, option) for item in value]
                items = [item for item in items if _accepts(tool, option, [item])]
                found[option.name] = _grown(found.get(option.name), items)
            elif _accepts(tool, option, value):
                found.setdefault(option.name, value)
    return {
        name: value
        for name, value in found.items()
        if value != [] and (option := tool.option(name)) and value != option.default
    }


def _fit(item: JsonValue, option: Option) -> JsonValue:
    """Give an item the form that the tool's option has: a name alone, or a mapping with a name."""
    if option.elements == "dict" and isinstance(item, str):
        return {"name": item}
    if option.elements == "dict" and isinstance(item, dict) and option.options:
        keys = {nested.name for nested in option.options}
        return {key: value for key, value in item.items() if key in keys}
    if option.elements == "str" and isinstance(item, dict):
        return item.get("name")
    return item


def _accepts(tool: ToolDefinition, option: Option, value: JsonValue) -> bool:
    problems = validate_options(tool, {option.name: value})
    # That another option is missing, which this tool cannot do without, is no fault of this one.
    return not any(problem.path[:1] == (option.name,) for problem in problems)


def _grown(present: JsonValue, items: list[JsonValue]) -> JsonValue:
    """Add items that are not there; those with a name that is there add to its lists."""
    grown: list[JsonValue] = list(present) if isinstance(present, list) else []
    for item in items:
        same = next((have for have in grown if _name(have) and _name(have) == _name(item)), None)
        if isinstance(same, dict) and isinstance(item, dict):
            for key, value in item.items():
                if isinstance(value, list):
                    same[key] = _grown(same.get(key), value)
        elif json.dumps(item) not in map(json.dumps, grown) and len(grown) < _MAX_ITEMS:
            grown.append(json.loads(json.dumps(item)))
    return grown


def _name(item: JsonValue) -> JsonValue:
    return item.get("name") if isinstance(item, dict) else None
