"""Pydantic's errors in the words of devbox.yml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, JsonValue
from pydantic_core import ErrorDetails

from devbox.spec.model import Base, CloudImage, Machine, Publish, Schedule, Spec
from devbox.spec.names import KEY_SYNONYMS, RELEASE_SYNONYMS, propose_name
from devbox.tools.options import describe, quote, suggestion

_MODELS: Mapping[tuple[str | int, ...], type[BaseModel]] = {
    (): Spec,
    ("base",): Base,
    ("base", "image"): CloudImage,
    ("machine",): Machine,
    ("publish",): Publish,
    ("schedule",): Schedule,
}

# What a pattern wants, said in words, by the path of the value.
_WANTED = {
    "base.mirror": (
        "must be the address of a Debian archive",
        "it looks like this: http://deb.debian.org/debian",
    ),
    "base.image.url": ("must be an address", "it begins with https://, http:// or file://"),
    "base.image.sha256": (
        "must be a SHA-256: 64 hexadecimal digits in lower case",
        "`sha256sum FILE` prints it",
    ),
    "publish.channel": (
        "must be a channel's name",
        "lower-case letters, digits, dots, - and _ are allowed: stable",
    ),
    "publish.url": ("must be an address", "it begins with https://, http:// or file://"),
    "schedule.at": ("must be a time of day", 'hours and minutes of a 24-hour clock: "03:00"'),
}

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}

_UNITS = {"machine.memory": " MiB", "machine.disk": " GiB"}


def explain(
    steps: Sequence[str | int], details: ErrorDetails, found: JsonValue, *, at_key: bool
) -> tuple[str, str]:
    """Return message and hint for one of pydantic's errors.

    Args:
        steps: the path of the value in devbox.yml.
        details: what pydantic says.
        found: the value at the path, or the nearest mapping above it if it is missing.
        at_key: whether the key is wrong, not its value.
    """
    path = ".".join(str(step) for step in steps)
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(steps)
    if kind == "missing":
        return _missing(steps)
    if kind in _KINDS and found is None:
        return f"{path} is empty", f"write {_KINDS[kind]} after the colon"
    if kind in _KINDS:
        message = f"{path} must be {_KINDS[kind]}, not {describe(found)}"
        return message, _kind_hint(kind, path, found)
    if kind == "literal_error":
        return _choice(path, str(context.get("expected", "")), found)
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = context.get("ge", context.get("le"))
        word = "least" if "ge" in context else "most"
        what = f"{path} is no port" if at_key or path.startswith("machine.ports") else path
        unit = _UNITS.get(path, "")
        return f"{what} must be at {word} {bound}{unit}, not {quote(details['input'])}".replace(
            "no port must", "no port: it must"
        ), ""
    if kind == "string_pattern_mismatch":
        return _pattern(path, found)
    if kind in {"too_short", "string_too_short"}:
        return f"{path} is empty", "libvirt is known" if path == "providers" else ""
    if kind == "day_without_week":
        return "schedule.on is for every: week only", "remove on:, or write every: week"
    return f"{path or 'the file'}: {details['msg']}", ""


def _unknown_key(steps: Sequence[str | int]) -> tuple[str, str]:
    parent, key = tuple(steps[:-1]), str(steps[-1])
    model = _MODELS.get(parent)
    known = list(model.model_fields) if model else []
    where = ".".join(map(str, parent)) or "devbox.yml"
    return f"{where} has no key {quote(key)}", suggestion(key, known, synonyms=KEY_SYNONYMS)


def _missing(steps: Sequence[str | int]) -> tuple[str, str]:
    parent, key = tuple(steps[:-1]), str(steps[-1])
    model = _MODELS.get(parent)
    about = model.model_fields[key].description if model and key in model.model_fields else ""
    where = ".".join(map(str, parent)) or "devbox.yml"
    example = "; write name: acme/web" if not parent and key == "name" else ""
    return f"{where} needs the key {quote(key)}", f"{about}{example}"


def _kind_hint(kind: str, path: str, found: JsonValue) -> str:
    if kind == "string_type" and isinstance(found, int | float):
        return "write it in quotes"
    if kind.startswith("int_") and isinstance(found, str):
        if re.fullmatch(r"\d{1,9}", found):
            return f"remove the quotes: {int(found)}"
        if path == "machine.memory" or path == "machine.disk":
            return f"write a number of{_UNITS[path]}, without a unit"
    if kind == "tuple_type" and isinstance(found, str):
        return f"write [{found}]" if found.isalnum() else ""
    model = _MODELS.get(tuple(path.split(".")))
    if kind.startswith("model_") and model:
        return f"known: {', '.join(model.model_fields)}"
    return ""


def _choice(path: str, expected: str, found: JsonValue) -> tuple[str, str]:
    allowed = re.findall(r"'([^']*)'", expected)
    shown = re.sub(r"\.(\d+)$", r"[\1]", path)
    synonyms = RELEASE_SYNONYMS if path == "base.release" else None
    hint = suggestion(str(found), allowed, synonyms=synonyms)
    return f"{shown} cannot be {quote(found)}", hint


def _pattern(path: str, found: JsonValue) -> tuple[str, str]:
    if path == "name":
        message = f"name must be owner/box in lower case, not {quote(found)}"
        hint = (
            "letters a-z, digits, dots, - and _ are allowed, a letter or digit first\n"
            f"write, for example: name: {propose_name(str(found))}"
        )
        return message, hint
    message, hint = _WANTED.get(path, ("has not the form it must have", ""))
    return f"{path} {message}, not {quote(found)}", hint
