"""The catalog as text for a terminal: a list of tools, and all that is known of one."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from types import MappingProxyType
from typing import get_args

from devbox.tools.definition import Category, Option, ToolDefinition
from devbox.tools.versions import RELEASES, offers

# Below this, what stands side by side is put one under the other.
_NARROW = 64
_WIDEST = 100
_MARGIN = 2
_PART = len("development")
_VERSIONS = 16
_FACT = 10
_NAME, _TYPE = 26, 14
UNTESTED = "†"
_NOTE = f"{UNTESTED} a source that the tests of devbox cannot reach"


@dataclass(frozen=True)
class Line:
    """A line of text; a heading is to stand out, if the terminal can do it."""

    text: str
    heading: bool = False


def list_lines(
    tools: Sequence[ToolDefinition],
    release: str,
    width: int | None,
    *,
    grouped: bool = True,
    local: Mapping[str, ToolDefinition] = MappingProxyType({}),
) -> list[Line]:
    """Return a list of tools.

    Args:
        tools: tools of the catalog.
        release: the release whose versions are shown.
        width: the terminal's, in columns; None for a pipe, which gets a line for each tool.
        grouped: by category, else in the order given.
        local: roles of the team's own, by their paths; they come last.
    """
    if width is None:
        named = [*((tool.name, tool) for tool in tools), *local.items()]
        return _columns([(name, tool.category, *_cells(tool, release)[1:]) for name, tool in named])
    width = min(width, _WIDEST)
    column = max((len(tool.name) for tool in tools), default=0)
    widths = (column, width - column - _PART - _VERSIONS - 4 * _MARGIN, _PART, _VERSIONS)
    wide = width >= _NARROW
    lines = []
    if wide and tools:
        heading = ("tool", "what it is", "usual part", f"in {release}")
        lines += [Line(line.text, heading=True) for line in _row(heading, widths)]
    for category, group in _groups(tools) if grouped else [("", list(tools))]:
        lines += [Line(""), Line(category, heading=True)] if category else []
        for tool in group:
            lines += _row(_cells(tool, release), widths) if wide else _block(tool, release, width)
    lines += [Line(""), Line("roles of this repo", heading=True)] if local else []
    for path, tool in local.items():
        lines += _block(tool, release, width, path)
    if any(UNTESTED in versions_text(tool, release) for tool in [*tools, *local.values()]):
        lines += [Line(""), *_wrapped(_NOTE, width, "")]
    return lines


def show_lines(
    tool: ToolDefinition, width: int | None, *, example: Iterable[str] = (), path: str = ""
) -> list[Line]:
    """Return all that is known of a tool.

    Args:
        tool: the tool.
        width: the terminal's, in columns; None for a pipe, where no sentence is broken.
        example: lines of a devbox.yml that has it.
        path: where a role of the team's own is; empty for a tool of the catalog.
    """
    width = 10_000 if width is None else min(width, _WIDEST)
    same = tool.title.lower() == tool.name.lower()
    title = tool.title if same else f"{tool.title} ({tool.name})"
    lines = [*_wrapped(title, width, "", heading=True), *_wrapped(tool.description, width, "")]
    lines += [Line(""), *_facts(tool, width, path)]
    if tool.sources:
        lines += [Line(""), Line("versions", heading=True), *_versions(tool, width)]
    lines += [Line(""), Line("in devbox.yml", heading=True)]
    lines += [Line(f"  {line}") for line in example]
    if tool.options:
        lines += [Line(""), Line("options", heading=True), *_options(tool.options, width)]
    return lines


def versions_text(tool: ToolDefinition, release: str) -> str:
    """Return a release's versions, Debian's first: ``15, 13, 14 †``; empty if none are known."""
    parts: dict[bool, list[str]] = {}
    for offer in offers(tool, release):
        parts.setdefault(offer.source.tested, []).append(offer.version)
    shown = [", ".join(parts.get(True, ())), ", ".join(parts.get(False, ()))]
    if shown[1]:
        shown[1] += f" {UNTESTED}"
    return ", ".join(filter(None, shown))


def type_text(option: Option) -> str:
    """Return an option's type in words: ``list of str``."""
    return f"list of {option.elements}" if option.elements else option.type


def _groups(tools: Iterable[ToolDefinition]) -> Iterator[tuple[str, list[ToolDefinition]]]:
    order = list(get_args(Category))
    found: dict[str, list[ToolDefinition]] = {}
    for tool in tools:
        found.setdefault(tool.category, []).append(tool)
    for category in sorted(found, key=order.index):
        yield category, found[category]


def _cells(tool: ToolDefinition, release: str) -> tuple[str, str, str, str]:
    return tool.name, _about(tool), tool.part, versions_text(tool, release) or "–"


def _about(tool: ToolDefinition) -> str:
    """Return the description, with the title before it where it does not say it."""
    if not tool.description or tool.title.lower() in tool.description.lower():
        return tool.description or tool.title
    return f"{tool.title}: {tool.description}" if tool.title != tool.name else tool.description


def _columns(rows: Sequence[tuple[str, ...]]) -> list[Line]:
    """Return a line for each tool, the longest cell last, for grep and awk."""
    ordered = [(name, category, *rest, about) for name, category, about, *rest in rows]
    widths = [max(map(len, column)) for column in zip(*ordered, strict=True)]
    return [Line("  ".join(map(str.ljust, row, widths)).rstrip()) for row in ordered]


def _row(cells: Sequence[str], widths: Sequence[int], indent: int = _MARGIN) -> Iterator[Line]:
    """Lay cells side by side, each broken to its column's width."""
    columns = [_broken(cell, size) for cell, size in zip(cells, widths, strict=True)]
    for parts in zip_longest(*columns, fillvalue=""):
        texts = map(str.ljust, parts, widths)
        yield Line(" " * indent + (" " * _MARGIN).join(texts).rstrip())


def _block(
    tool: ToolDefinition, release: str, width: int, name: str | None = None
) -> Iterator[Line]:
    """Put what is known of a tool under its name."""
    yield Line(f"  {name or tool.name}", heading=True)
    yield from _wrapped(_about(tool), width, "    ")
    about = ", ".join(filter(None, (tool.part, versions_text(tool, release))))
    yield from _wrapped(about, width, "    ")


def _facts(tool: ToolDefinition, width: int, path: str) -> Iterator[Line]:
    short = f'"- {tool.name}: VALUE" sets {tool.shorthand}' if tool.shorthand and not path else ""
    facts = {
        "role": path,
        "category": f"{tool.category}, usually in {tool.part}",
        "ports": ", ".join(map(str, tool.ports)),
        "memory": f"about {tool.memory} MiB while it runs" if tool.memory else "",
        "releases": ", ".join(tool.releases),
        "verified": tool.verifies and f"each build {tool.verifies}",
        "shorthand": short,
        "manual": tool.manual or "",
    }
    for name, text in facts.items():
        if text:
            yield from _row((name, text), (_FACT, width - _FACT - 2 * _MARGIN))


def _versions(tool: ToolDefinition, width: int) -> Iterator[Line]:
    noted = False
    for release in RELEASES:
        groups: dict[str, list[str]] = {}
        for offer in offers(tool, release):
            mark = "" if offer.source.tested else f" {UNTESTED}"
            noted = noted or bool(mark)
            exact = ", and any within" if offer.source.exact else ""
            groups.setdefault(offer.source.name + mark + exact, []).append(offer.version)
        name = release
        for source, versions in groups.items() or [("–", [])]:
            text = f"{', '.join(versions)} from {source}" if versions else source
            yield from _row((name, text), (_FACT, width - _FACT - 2 * _MARGIN))
            name = ""
    if noted:
        yield from _wrapped(_NOTE, width, "  ")


def _options(options: Iterable[Option], width: int, prefix: str = "") -> Iterator[Line]:
    for option in options:
        name = prefix + option.name
        default = "required" if option.required else _value(option)
        if width >= _NARROW:
            yield from _row((name, type_text(option), default), (_NAME, _TYPE, width - 50))
        else:
            yield from _wrapped(f"{name}: {type_text(option)}, {default}", width, "  ")
        text = option.description
        if option.choices:
            text += f" One of: {', '.join(map(str, option.choices))}."
        yield from _wrapped(text, width, "      ")
        below = name + ("[]." if option.type == "list" else ".")
        yield from _options(option.options, width, below)


def _value(option: Option) -> str:
    return "–" if option.default is None else json.dumps(option.default, ensure_ascii=False)


def _broken(text: str, width: int) -> list[str]:
    lines = textwrap.wrap(text, max(width, 8), break_on_hyphens=False, break_long_words=False)
    return lines or [""]


def _wrapped(text: str, width: int, indent: str, *, heading: bool = False) -> Iterator[Line]:
    for line in _broken(text, width - len(indent)) if text else ():
        yield Line(indent + line, heading=heading)
