"""Questions about the options of the chosen tools, made from their argument_specs."""

from __future__ import annotations

from functools import partial

from pydantic import JsonValue

from devbox.spec.model import Part, Spec
from devbox.tools import Option, ToolDefinition
from devbox.wizard import edits, prompts
from devbox.wizard.edits import Catalog
from devbox.wizard.options import (
    check_answer,
    form,
    parse_answer,
    plain_description,
    render_value,
)
from devbox.wizard.picker import Choice

_YES, _NO = "true", "false"


def ask_options(spec: Spec, part: Part, catalog: Catalog) -> Spec:
    """Ask which options of a part's tools to set, then for each of these its value.

    What is not chosen keeps the role's default and stays out of the file.
    """
    tools = [catalog[name] for name in edits.chosen_tools(spec, part) if name in catalog]
    rows = [
        Choice(f"{tool.name}.{option.name}", option.name, _hint(option), tool.title)
        for tool in tools
        for option in tool.options
    ]
    if not rows:
        return spec
    present = [
        f"{tool.name}.{name}"
        for tool in tools
        for name in edits.tool_options(spec, part, tool.name)
    ]
    needed = [
        f"{tool.name}.{option.name}" for tool in tools for option in tool.options if option.required
    ]
    chosen = prompts.ask_choices(
        "Which options do you want to set?",
        rows,
        chosen=[*present, *needed],
        nothing="the defaults will do",
    )
    for tool in tools:
        options = [
            option
            for option in tool.options
            if f"{tool.name}.{option.name}" in chosen or option.required
        ]
        spec = _ask_tool(spec, part, tool, options)
    return spec


def _ask_tool(spec: Spec, part: Part, tool: ToolDefinition, options: list[Option]) -> Spec:
    present = edits.tool_options(spec, part, tool.name)
    values: dict[str, JsonValue] = {}
    for option in options:
        value = _ask_option(tool, option, present.get(option.name))
        if value is not None:
            values[option.name] = value
    return edits.set_options(spec, part, tool.name, values)


def _ask_option(tool: ToolDefinition, option: Option, present: JsonValue) -> JsonValue:
    message = f"{tool.title}: {option.name}"
    prompts.say(f"  {plain_description(option)}", "hint")
    if option.type == "bool":
        return _ask_bool(message, option, present)
    if option.choices and option.type == "list":
        chosen = present if isinstance(present, list) else option.default
        values = [str(value) for value in chosen] if isinstance(chosen, list) else []
        picked = prompts.ask_choices(message, _choices(option), chosen=values)
        return [_choice(option, value) for value in picked]
    if option.choices:
        now = option.default if present is None else present
        return _choice(option, prompts.ask_choice(message, _choices(option), chosen=str(now)))
    return _ask_value(message, tool, option, present)


def _ask_bool(message: str, option: Option, present: JsonValue) -> bool:
    usual = option.default is True
    now = usual if present is None else present is True
    rows = [
        Choice(_YES, "yes", "the default" if usual else ""),
        Choice(_NO, "no", "" if usual else "the default"),
    ]
    return prompts.ask_choice(message, rows, chosen=_YES if now else _NO) == _YES


def _ask_value(message: str, tool: ToolDefinition, option: Option, present: JsonValue) -> JsonValue:
    usual = render_value(option, option.default)
    hint = f"{form(option)}; default {usual}" if usual not in ("", "[]", "{}") else form(option)
    text = prompts.ask_text(
        message,
        default=render_value(option, present),
        hint=hint if len(hint) < 40 else form(option),
        check=partial(check_answer, tool, option),
    )
    return parse_answer(option, text)


def _choices(option: Option) -> list[Choice]:
    usual = option.default if isinstance(option.default, list) else [option.default]
    return [
        Choice(str(value), str(value), "the default" if value in usual else "")
        for value in option.choices
    ]


def _choice(option: Option, text: str) -> JsonValue:
    return next((value for value in option.choices if str(value) == text), text)


def _hint(option: Option) -> str:
    sentence = plain_description(option).split(". ")[0].rstrip(".")
    return f"{sentence} (needed)" if option.required else sentence
