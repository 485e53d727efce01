"""A tool's options: checked against its argument_specs, and turned into the role's variables.

The check is stricter than Ansible's, which turns ``"80"`` into 80, ``80`` into a list and ``3.10``
into ``"3.1"``: a value must be written as the type that the role states. The one exception is a
whole number where text is wanted (``version: 17``): it can be read in one way only, and
``role_variables`` gives the role the text that Ansible would make of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic import JsonValue

from devbox.tools.definition import Option, ToolDefinition

Path = tuple[str | int, ...]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SHOWN = 40
_TEXT = frozenset({"str", "path"})
_NAMES = {
    "str": "text",
    "path": "a path",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
}


@dataclass(frozen=True)
class OptionProblem:
    """One thing that is wrong with a tool's options.

    Attributes:
        path: the keys and indexes from the options down to the place, as the user wrote them;
            empty when an option is missing from the top.
        message: what is wrong, to be read after the tool's name: ``has no option "databses"``,
            or after the path when ``at_value``: ``must be a list, not text``.
        hint: what is allowed, and the nearest known word.
        at_value: whether the value at ``path`` is wrong, or lacks something; else the key itself.
    """

    path: Path
    message: str
    hint: str = ""
    at_value: bool = False


def validate_options(
    definition: ToolDefinition, options: Mapping[str, JsonValue]
) -> list[OptionProblem]:
    """Check the options of one tool as a user wrote them.

    Args:
        definition: the tool.
        options: values by short name; a local role's also by the variable's full name.

    Returns:
        All problems, in the order of the options; none if the role can be run.
    """
    problems: list[OptionProblem] = []
    given: dict[str, str] = {}
    for name, value in options.items():
        option = definition.option(name)
        if option is None:
            problems += _unknown_at_top(definition, name)
        elif option.variable in given:
            problems.append(
                OptionProblem(
                    (name,),
                    f"has {quote(name)} and {quote(given[option.variable])}, which are one option",
                )
            )
        else:
            given[option.variable] = name
            problems += _check(option, value, (name,))
    problems += _missing(definition.options, given.values(), ())
    return problems


def role_variables(
    definition: ToolDefinition, options: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Turn validated options into the variables of the role; no defaults are added."""
    variables: dict[str, JsonValue] = {}
    for name, value in options.items():
        option = definition.option(name)
        variables[option.variable if option else name] = _convert(option, value)
    return variables


def quote(value: object) -> str:
    """Show a user's value: quoted, on one line, nothing in it that a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= 60 else f"{text[:57]}…" + ('"' if text[0] == '"' else "")


def suggestion(
    word: str, known: Sequence[str], *, synonyms: Mapping[str, str] | None = None
) -> str:
    """Return ``did you mean …?`` for the nearest known word, and the words that are known."""
    near = (synonyms or {}).get(word.lower())
    if near not in known:
        lower = {item.lower(): item for item in reversed(known)}
        found = get_close_matches(word.lower()[:100], lower, 1)
        near = lower[found[0]] if found else None
    meant = f"did you mean {quote(near)}? " if near else ""
    shown = ", ".join(known[:_SHOWN]) + (" …" if len(known) > _SHOWN else "")
    return f"{meant}known: {shown}" if known else meant.strip()


def _unknown_at_top(definition: ToolDefinition, name: str) -> Iterator[OptionProblem]:
    if definition.any_option:
        if not _VARIABLE.fullmatch(name) or name.startswith("ansible_"):
            yield OptionProblem(
                (name,),
                f"cannot have an option {quote(name)}",
                "an option is a variable of the role: letters, digits and _, not ansible_…",
            )
        return
    known = [option.name for option in definition.options]
    hint = suggestion(name, known) if known else f"{definition.title} has no options"
    if name == "version":
        hint = _only_version(definition)
    yield OptionProblem((name,), f"has no option {quote(name)}", hint)


def _only_version(definition: ToolDefinition) -> str:
    """Say which version a tool has that offers no choice of it."""
    hint = f"{definition.title} comes in the version that the Debian release carries"
    stated = [
        f"{source.versions[0]} in {source.releases[0]}"
        for source in definition.sources
        if source.kind == "debian" and source.versions and source.releases
    ]
    return f"{hint}: {', '.join(stated)}" if stated else hint


def _missing(
    options: Sequence[Option], given: Iterable[str], path: Path
) -> Iterator[OptionProblem]:
    names = set(given)
    for option in options:
        if option.required and not names & {option.name, option.variable}:
            about = f"{option.name}: {option.description}" if option.description else ""
            message = f"needs the option {quote(option.name)}"
            yield OptionProblem(path, message, about, at_value=True)


def _check(option: Option, value: JsonValue, path: Path) -> Iterator[OptionProblem]:
    wrong = _wrong_type(option.type, value)
    if wrong:
        yield OptionProblem(path, *wrong, at_value=True)
    elif isinstance(value, list) and option.type == "list":
        for index, item in enumerate(value):
            yield from _check_element(option, item, (*path, index))
    else:
        yield from _check_choice(option, option.type, value, path)
        if isinstance(value, dict) and option.options:
            yield from _check_keys(option.options, value, path)


def _check_element(option: Option, item: JsonValue, path: Path) -> Iterator[OptionProblem]:
    kind = option.elements or ("dict" if option.options else "raw")
    wrong = _wrong_type(kind, item)
    if wrong:
        yield OptionProblem(path, *wrong, at_value=True)
        return
    yield from _check_choice(option, kind, item, path)
    if isinstance(item, dict) and option.options:
        yield from _check_keys(option.options, item, path)


def _check_keys(
    options: Sequence[Option], value: Mapping[str, JsonValue], path: Path
) -> Iterator[OptionProblem]:
    known = {option.name: option for option in options}
    for name, item in value.items():
        if name in known:
            yield from _check(known[name], item, (*path, name))
        else:
            yield OptionProblem(
                (*path, name), f"has no key {quote(name)}", suggestion(name, list(known))
            )
    yield from _missing(options, value, path)


def _check_choice(
    option: Option, kind: str, value: JsonValue, path: Path
) -> Iterator[OptionProblem]:
    allowed = [_as_text(choice) if kind in _TEXT else choice for choice in option.choices]
    if allowed and (_as_text(value) if kind in _TEXT else value) not in allowed:
        words = [choice if isinstance(choice, str) else json.dumps(choice) for choice in allowed]
        hint = suggestion(str(value), words).replace("known:", "allowed:")
        yield OptionProblem(path, f"cannot be {quote(value)}", hint, at_value=True)


def _wrong_type(kind: str, value: JsonValue) -> tuple[str, str] | None:
    """Return message and hint if a value is not of one of Ansible's types."""
    if kind not in _NAMES:
        return None
    if value is None:
        return "has no value", f"write {_NAMES[kind]} after the colon, or remove the option"
    fits = {
        "str": isinstance(value, str) or _is_int(value),
        "path": isinstance(value, str),
        "int": _is_int(value),
        "float": _is_int(value) or isinstance(value, float),
        "bool": isinstance(value, bool),
        "list": isinstance(value, list),
        "dict": isinstance(value, dict),
    }
    if fits[kind]:
        return None
    return f"must be {_NAMES[kind]}, not {describe(value)}", _type_hint(kind, value)


def _type_hint(kind: str, value: JsonValue) -> str:
    if (
        kind in {"int", "float"}
        and isinstance(value, str)
        and re.fullmatch(r"-?\d+(\.\d+)?", value)
    ):
        return f"remove the quotes: {value}"
    if kind == "bool" and isinstance(value, str):
        meant = {"yes": "true", "on": "true", "true": "true"}
        meant |= {"no": "false", "off": "false", "false": "false"}
        return f"write {meant[value.lower()]}" if value.lower() in meant else ""
    if kind == "list" and not isinstance(value, dict):
        return f"write [{json.dumps(value, ensure_ascii=False)}]" if len(str(value)) < 40 else ""
    if kind in _TEXT and isinstance(value, bool | float | int):
        return f'write it in quotes: "{json.dumps(value)}"'
    return ""


def describe(value: object) -> str:
    """Say in a word or two what a value is, and show it if it is short."""
    if value is None:
        return "nothing"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    kind = "the text" if isinstance(value, str) else "the number"
    return quote(value) if isinstance(value, bool) else f"{kind} {quote(value)}"


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _as_text(value: JsonValue) -> JsonValue:
    return str(value) if _is_int(value) else value


def _convert(option: Option | None, value: JsonValue) -> JsonValue:
    if option is None:
        return value
    if option.type in _TEXT:
        return _as_text(value)
    if isinstance(value, list):
        element = Option(
            option.variable, option.name, option.elements or "raw", options=option.options
        )
        return [_convert(element, item) for item in value]
    if isinstance(value, dict) and option.options:
        nested = {item.name: item for item in option.options}
        return {name: _convert(nested.get(name), item) for name, item in value.items()}
    return value
