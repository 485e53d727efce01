"""A tool's options as questions: what is typed becomes a value, checked while it is typed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

from devbox.spec.document import Malformed, decode, plain, read_document
from devbox.tools import Option, ToolDefinition, validate_options

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?")
_FORMS = {
    "str": "text",
    "path": "a path",
    "int": "a whole number",
    "float": "a number",
    "list": "separated by commas",
    "dict": "{key: value}",
}


class AnswerError(ValueError):
    """What was typed is no answer; the message says what would be, in a few words."""


def form(option: Option) -> str:
    """Say in a few words what to type."""
    if option.type == "list" and (option.options or option.elements in ("dict", "list")):
        keys = ", ".join(f"{item.name}: …" for item in option.options[:3])
        return f"[{{{keys or 'key: value'}}}]"
    return _FORMS.get(option.type, "YAML")


def plain_description(option: Option) -> str:
    """Return an option's description without Ansible's markup: ``C(apt)`` is apt."""
    return re.sub(r"\b[BCILMUVEO]\(([^)]*)\)", r"\1", " ".join(option.description.split()))


def parse_answer(option: Option, text: str) -> JsonValue:
    """Return the value that a text stands for; nothing typed is None, the role's default.

    Raises:
        AnswerError: the text cannot be a value of the option's type.
    """
    text = text.strip()
    if not text:
        return None
    if option.type in ("str", "path"):
        return text
    if option.type == "list" and not text.startswith(("[", "{", "-")):
        return [_parse_element(option, part) for part in split_words(text)]
    return _read_yaml(option, text)


def _parse_element(option: Option, text: str) -> JsonValue:
    if option.elements in (None, "str", "path", "raw"):
        return text
    return _read_yaml(option, text)


def _read_yaml(option: Option, text: str) -> JsonValue:
    """Read a value as devbox.yml would: no dates, no cycles, nothing but JSON's types."""
    try:
        node, problems = read_document(decode(text))
    except Malformed:
        raise AnswerError(f"write {form(option)}") from None
    if problems:
        raise AnswerError(problems[0].message)
    return plain(node)


def render_value(option: Option, value: JsonValue) -> str:
    """Return what somebody would type for a value."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    kind = int if option.elements == "int" else str
    if isinstance(value, list) and all(isinstance(item, kind) for item in value):
        words = [str(item) for item in value]
        if option.type == "list" and not any(re.search(r"[\s,\[\]{}]", word) for word in words):
            return ", ".join(words)
    return json.dumps(value, ensure_ascii=False)


def check_answer(tool: ToolDefinition, option: Option, text: str) -> str | None:
    """Return what is wrong with a typed value, None if it can be used."""
    try:
        value = parse_answer(option, text)
    except AnswerError as error:
        return str(error)
    if value is None:
        return f"{tool.title} needs {option.name}" if option.required else None
    return next(iter(problems(tool, {option.name: value}, [option.name])), None)


def problems(tool: ToolDefinition, options: Mapping[str, JsonValue], about: list[str]) -> list[str]:
    """Return what is wrong with some of a tool's options, each in a sentence."""
    return [
        " ".join(f"{problem.path[0]} {problem.message}".split())
        + (f" ({problem.hint})" if problem.hint else "")
        for problem in validate_options(tool, options)
        if problem.path and problem.path[0] in about
    ]


def parse_pair(text: str) -> tuple[str, JsonValue]:
    """Return the name and the value of ``log_statement: all``.

    Raises:
        AnswerError: the text is no pair.
    """
    name, colon, rest = text.partition(":")
    name = name.strip()
    if not colon or not name or not rest.strip():
        raise AnswerError("write name: value")
    try:
        node, problems = read_document(decode(rest.strip()))
    except Malformed:
        raise AnswerError(f"the value of {name} needs quotes") from None
    if problems:
        raise AnswerError(problems[0].message)
    return name.strip("\"'"), plain(node)


def check_pair(text: str) -> str | None:
    """Return what is wrong with a typed name and value, None if nothing is, or nothing is typed."""
    try:
        if text.strip():
            parse_pair(text)
    except AnswerError as error:
        return str(error)
    return None


def split_words(text: str) -> list[str]:
    """Split a list as people type it, by commas or spaces, each word once."""
    return list(dict.fromkeys(re.findall(r"[^\s,]+", text)))


def check_packages(text: str) -> str | None:
    """Return what is wrong with a list of Debian packages, None if they could exist.

    The form of a name is Debian policy's, section 5.6.1; a version may follow after ``=``.
    """
    wrong = [word for word in split_words(text) if not _PACKAGE.fullmatch(word)]
    return f"{', '.join(wrong)}: not the name of a Debian package" if wrong else None
