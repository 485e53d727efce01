"""The words of ``devbox add`` and ``devbox remove``: edits of the stack; pure but for paths."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from pydantic import JsonValue

from devbox.errors import UsageError
from devbox.spec import Part, Spec, Tool
from devbox.spec.document import Malformed, decode, plain, read_document
from devbox.spec.names import TOOL_SYNONYMS, explain_elsewhere
from devbox.tools import ROLE, ToolDefinition, load_role
from devbox.tools.options import quote, suggestion
from devbox.wizard.edits import is_generic
from devbox.wizard.ports import Catalog

_PARTS: tuple[Part, ...] = ("production", "development")


@dataclass(frozen=True)
class Entry:
    """What a word names: an entry of the stack, or some items of its list.

    Attributes:
        tool: the entry as a new one would be.
        part: where it usually goes.
        items: what its list is to have, or no longer to have; empty for the entry as a whole.
        shorthand: the option that holds the list.
    """

    tool: Tool
    part: Part = "production"
    items: tuple[JsonValue, ...] = ()
    shorthand: str = ""

    @property
    def key(self) -> tuple[str, PurePosixPath | None]:
        """What is the same in two entries for one tool."""
        return self.tool.name, self.tool.path


@dataclass
class StackEdit:
    """A Spec whose stack is edited word by word.

    Attributes:
        spec: the Spec so far; it need not be valid.
        catalog: the tools.
        said: in words, what was done, and what there was not to do.
    """

    spec: Spec
    catalog: Catalog
    said: list[str] = field(default_factory=list)

    def add(self, entry: Entry, to: Part | None) -> None:
        """Put an entry into a part; into the usual one if none is given.

        Raises:
            UsageError: it is there with other options.
        """
        there = self._parts_with(entry)
        generic = is_generic(entry.tool.name, self.catalog)
        part = to or (there[0] if there else entry.part)
        if part in there:
            self._extend(entry, part)
        elif there and not generic:
            self._move(entry, there[0], part)
        else:
            tool = _with_items(entry)
            self._set(part, _inserted(self.spec.part(part), tool, self._rank))
            self.said.append(f"{entry.tool.label}: added to {part}")

    def remove(self, entry: Entry, part: Part | None) -> None:
        """Take an entry, or items of its list, out of a part; out of all if none is given."""
        there = [name for name in self._parts_with(entry) if part in (None, name)]
        for name in there:
            tool = self._find(entry, name)
            if entry.items:
                self._take_items(entry, tool, name)
            else:
                self._set(name, (item for item in self.spec.part(name) if item is not tool))
                self.said.append(f"{entry.tool.label}: removed from {name}")
        if not there:
            self.said.append(f"{entry.tool.label}: not in {part or 'the stack'}, already so")

    def find_entry(self, word: str, root: Path, here: Path) -> Entry:
        """Return the entry that a word names: one of the stack, or one that could be in it.

        Raises:
            UsageError: it names nothing.
        """
        for part in _PARTS:
            for tool in self.spec.part(part):
                if tool.path is not None and word == tool.label:
                    return Entry(tool, part)
        if "=" in word:
            raise UsageError(
                f"{word}: only names are taken out",
                remedy=f"devbox set '{word.partition('=')[0]}.OPTION=null' takes an option out",
            )
        if "/" not in word and word.partition(":")[0] not in self.catalog:
            labels = [tool.label for part in _PARTS for tool in self.spec.part(part)]
            raise UsageError(
                f"there is no {quote(word)} in the stack", remedy=suggestion(word, labels)
            )
        return read_entry(word, root, here, self.catalog)

    def _extend(self, entry: Entry, part: Part) -> None:
        """Give an entry that is there its items; options that differ are another command's."""
        tool = self._find(entry, part)
        present = tool.options.get(entry.shorthand)
        have = present if isinstance(present, list) else []
        new = [item for item in entry.items if item not in have]
        if new:
            self._put(part, tool, {**tool.options, entry.shorthand: [*have, *new]})
            self.said.append(f"{tool.label}: {_shown(new)} added, in {part}")
            return
        other = [
            name for name, value in entry.tool.options.items() if tool.options.get(name) != value
        ]
        if other:
            raise UsageError(
                f"{tool.label} is in {part} already, with other options",
                remedy=f"devbox set '{tool.label}.{other[0]}=…' changes one",
            )
        self.said.append(f"{tool.label}: in {part}, already so")

    def _move(self, entry: Entry, old: Part, new: Part) -> None:
        if old == "production":
            self.said.append(
                f"{entry.tool.label}: in production, and the dev box has all of production: "
                "already so"
            )
            return
        tool = self._find(entry, old)
        self._set(old, (item for item in self.spec.part(old) if item is not tool))
        moved = tool.model_copy(update={"options": {**tool.options, **entry.tool.options}})
        self._set(new, _inserted(self.spec.part(new), moved, self._rank))
        self.said.append(f"{entry.tool.label}: moved from {old} to {new}")
        if entry.items:
            self._extend(entry, new)

    def _take_items(self, entry: Entry, tool: Tool, part: Part) -> None:
        present = tool.options.get(entry.shorthand)
        have = present if isinstance(present, list) else []
        gone = [item for item in have if item in entry.items]
        left: list[JsonValue] = [item for item in have if item not in entry.items]
        if not gone:
            self.said.append(f"{tool.label}: no {_shown(entry.items)} in {part}, already so")
            return
        options = {**tool.options, entry.shorthand: left}
        if not left:
            del options[entry.shorthand]
        if not options and is_generic(tool.name, self.catalog):
            self._set(part, (item for item in self.spec.part(part) if item is not tool))
        else:
            self._put(part, tool, options)
        self.said.append(f"{tool.label}: {_shown(gone)} removed, in {part}")

    def _parts_with(self, entry: Entry) -> list[Part]:
        return [
            part
            for part in _PARTS
            if any((tool.name, tool.path) == entry.key for tool in self.spec.part(part))
        ]

    def _find(self, entry: Entry, part: Part) -> Tool:
        return next(tool for tool in self.spec.part(part) if (tool.name, tool.path) == entry.key)

    def _put(self, part: Part, old: Tool, options: Mapping[str, JsonValue]) -> None:
        new = old.model_copy(update={"options": dict(options)})
        self._set(part, (new if tool is old else tool for tool in self.spec.part(part)))

    def _set(self, part: Part, tools: Iterable[Tool]) -> None:
        self.spec = self.spec.model_copy(update={part: tuple(tools)})

    def _rank(self, tool: Tool) -> int:
        """What the team adds by itself comes after the tools: its packages, then its roles."""
        return 2 if tool.path is not None else int(is_generic(tool.name, self.catalog))


def read_entry(word: str, root: Path, here: Path, catalog: Catalog) -> Entry:
    """Read ``git``, ``postgresql=[app]``, ``packages:jq,curl`` or ``deploy/roles/acme_api``.

    Args:
        word: the word.
        root: the folder of devbox.yml.
        here: the folder from which the user wrote a path.
        catalog: the tools.

    Raises:
        UsageError: it names no tool, or its value is none that it can have.
    """
    name, equals, raw = word.partition("=")
    value = parse_value(raw, name) if equals else None
    if "/" in name and ":" not in name:
        path = _role_path(name, root, here)
        options = {} if value is None else value
        if not isinstance(options, dict):
            raise UsageError(
                f"{name}: the options of a role are a mapping",
                remedy=f"for example '{name}={{port: 9000}}'",
            )
        part: Part = load_role(root / path).part if (root / path).is_dir() else "production"
        return Entry(Tool(name=ROLE, path=path, options=options), part)
    name, colon, listed = name.partition(":")
    definition = catalog.get(name)
    if definition is None:
        raise unknown_tool(name, catalog)
    if colon:
        return _items(definition, listed)
    return Entry(Tool(name=name, options=options_of(definition, value)), definition.part)


def unknown_tool(name: str, catalog: Catalog) -> UsageError:
    """Return the error for a word that names no tool."""
    own_role = "a role of your own: devbox add FOLDER/NAME"
    lines = [own_role, "`devbox tools` lists all tools"]
    elsewhere = explain_elsewhere(name)
    if not elsewhere:
        lines.insert(0, f"a Debian package: devbox add {shlex.quote(f'packages:{name}')}")
        hint = suggestion(name, list(catalog), synonyms=TOOL_SYNONYMS)
        if hint.startswith("did you mean"):
            lines.insert(0, hint.partition("?")[0] + "?")
    return UsageError(
        f"there is no tool {quote(name)}", evidence=elsewhere, remedy="\n".join(lines)
    )


def options_of(definition: ToolDefinition, value: JsonValue) -> dict[str, JsonValue]:
    """Return a tool's options as a value says them: a mapping, or what its shorthand holds.

    Raises:
        UsageError: it is neither.
    """
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    if definition.shorthand is None:
        names = ", ".join(option.name for option in definition.options)
        raise UsageError(
            f"{definition.name} wants its options as a mapping",
            evidence=f"options: {names}" if names else "it has none",
            remedy=f"for example '{definition.name}={{option: value}}'",
        )
    option = definition.option(definition.shorthand)
    if option and option.type == "list" and not isinstance(value, list):
        value = [value]
    return {definition.shorthand: value}


def parse_value(raw: str, key: str) -> JsonValue:
    """Read a value as devbox.yml would have it.

    Raises:
        UsageError: it is not YAML that devbox.yml may hold.
    """
    try:
        node, problems = read_document(decode(raw.strip()))
    except Malformed as error:
        problems = error.problems
    if problems:
        hints = [problem.hint for problem in problems if problem.hint]
        raise UsageError(
            f"{key}: the value is not YAML that devbox.yml may hold",
            evidence="\n".join([raw, *(problem.message for problem in problems)]),
            remedy=hints[0] if hints else f"put text in quotes: '{key}=\"…\"'",
        )
    return plain(node)


def read_options(words: Sequence[str]) -> dict[str, JsonValue]:
    """Read ``--set`` of ``devbox add``: ``port=5433`` and the like.

    Raises:
        UsageError: one has no ``=``, or no value that devbox.yml may hold.
    """
    found: dict[str, JsonValue] = {}
    for word in words:
        name, equals, raw = word.partition("=")
        if not equals or not name.strip():
            raise UsageError(
                f"--set wants option=value, not {quote(word)}", remedy="for example --set port=5433"
            )
        found[name.strip()] = parse_value(raw, f"--set {name.strip()}")
    return found


def with_options(entry: Entry, options: Mapping[str, JsonValue]) -> Entry:
    """Return an entry with more options."""
    tool = entry.tool.model_copy(update={"options": {**entry.tool.options, **options}})
    return replace(entry, tool=tool)


def _items(definition: ToolDefinition, listed: str) -> Entry:
    """Return the items that follow a tool's name: ``packages:jq,curl``."""
    option = definition.option(definition.shorthand) if definition.shorthand else None
    items = tuple(item for item in listed.split(",") if item)
    if option is None or option.type != "list":
        raise UsageError(
            f"{definition.name}:{listed}: {definition.name} has no list to put it in",
            remedy=f"devbox add '{definition.name}={{option: value}}'",
        )
    if not items:
        raise UsageError(
            f"{definition.name}: names nothing",
            remedy=f"for example {definition.name}:{'jq' if option.elements == 'str' else 'NAME'}",
        )
    return Entry(Tool(name=definition.name), definition.part, items, option.name)


def _role_path(name: str, root: Path, here: Path) -> PurePosixPath:
    """Return a role's folder relative to devbox.yml, wherever the user stands."""
    top = root.resolve()
    for folder in (here / name, root / name):
        place = folder.resolve()
        if place.is_dir() and place.is_relative_to(top):
            # As it is written, where links are in the way.
            direct = PurePosixPath(name)
            same = (root / direct).resolve() == place and ".." not in direct.parts
            return direct if same else PurePosixPath(place.relative_to(top).as_posix())
    return PurePosixPath(name)


def _with_items(entry: Entry) -> Tool:
    if not entry.items:
        return entry.tool
    options = {**entry.tool.options, entry.shorthand: list(entry.items)}
    return entry.tool.model_copy(update={"options": options})


def _inserted(tools: Sequence[Tool], tool: Tool, rank: Callable[[Tool], int]) -> tuple[Tool, ...]:
    at = len(tools)
    while at > 0 and rank(tools[at - 1]) > rank(tool):
        at -= 1
    return (*tools[:at], tool, *tools[at:])


def _shown(items: Sequence[JsonValue]) -> str:
    return ", ".join(map(str, items))
