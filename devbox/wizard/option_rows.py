"""The options of a tool as rows of a page, and what is said of each."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence

from pydantic import JsonValue

from devbox.tools import Option, ToolDefinition
from devbox.tools.versions import RELEASES, offers
from devbox.wizard.listing import Choice
from devbox.wizard.options import form, plain_description, render_value

DONE = "\0done"
ADD = "\0add"
REMOVE = "\0remove"
DEFAULT = "\0default"

_LONGEST_VALUE = 40


def option_rows(
    options: Sequence[Option],
    values: Mapping[str, JsonValue],
    *,
    found: Collection[str] = (),
    about: str = "",
) -> list[Choice]:
    """Return the rows of a page of options: first the way on, then what matters, then the rest.

    What matters is what is set, what was found in the repo, and what has to be set.
    """
    missing = missing_options(options, values)
    matters = [option for option in options if option.required or option.name in values]
    rest = [option for option in options if option not in matters]
    rows = [] if missing else [Choice(DONE, "Go on", "with these", details=(about,))]
    groups = (("set", matters), ("more options" if matters else "options", rest))
    for group, members in groups:
        rows += [
            Choice(
                option.name,
                option.name,
                _value_hint(option, values),
                group,
                describe_option(option),
                found=option.name in found,
            )
            for option in members
        ]
    return rows


def missing_options(options: Iterable[Option], values: Mapping[str, JsonValue]) -> list[str]:
    """Return the names of the options that have to be set and are not."""
    return [option.name for option in options if option.required and option.name not in values]


def describe_option(option: Option) -> tuple[str, ...]:
    """Return lines about an option: what it does, what to type, what it is otherwise."""
    usual = render_value(option, option.default)
    default = f"default: {usual}" if usual not in ("", "[]", "{}") else "default: none"
    allowed = ", ".join(map(str, option.choices))
    kind = f"one of {allowed}" if allowed else form(option)
    return (plain_description(option), f"{kind} · {'needed' if option.required else default}")


def _value_hint(option: Option, values: Mapping[str, JsonValue]) -> str:
    if option.name in values:
        return show_value(values[option.name])
    if option.required:
        return "needed"
    usual = render_value(option, option.default)
    return f"({usual})" if usual not in ("", "[]", "{}") else "–"


def show_value(value: JsonValue) -> str:
    """Return a value in a few words, for a row; a password is not for everybody's eyes."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(show_value, value)) or "none"
    if isinstance(value, dict):
        return " ".join(
            "…" if "password" in name or "secret" in name else _short_pair(name, item)
            for name, item in value.items()
        )
    return value if isinstance(value, str) else json.dumps(value)


def _short_pair(name: str, value: JsonValue) -> str:
    shown = show_value(value)[:_LONGEST_VALUE]
    return shown if name == "name" else f"{name}={shown}"


def version_rows(tool: ToolDefinition, releases: Sequence[str] = RELEASES) -> list[Choice]:
    """Return the versions that can be asked for, the newest first, each with where it is from."""
    places: dict[str, list[str]] = {}
    for release in releases:
        for offer in offers(tool, release):
            kind = offer.source.name if offer.source.kind != "debian" else "Debian"
            place = f"{release}: {kind}" if len(releases) > 1 else f"from {kind}"
            untested = "" if offer.source.tested else ", not tested by devbox"
            places.setdefault(offer.version, []).append(place + untested)
    order = sorted(places, key=version_order, reverse=True)
    return [Choice(version, version, "; ".join(places[version])) for version in order]


def version_order(version: str) -> list[int]:
    """Return what versions are sorted by: their numbers."""
    return [int(part) if part.isdecimal() else 0 for part in version.split(".")]
