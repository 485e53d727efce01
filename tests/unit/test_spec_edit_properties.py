"""Whatever a devbox.yml looks like and whatever is edited: it then means that, and the rest stays.

A ``Writer`` writes a Spec as people do: block or flow style, any indentation and quotes, comments
and blank lines anywhere. It remembers which entry each line belongs to, so that after an edit the
lines of all other entries can be looked for.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue

from devbox.spec import (
    Base,
    CloudImage,
    Machine,
    Publish,
    Schedule,
    Spec,
    Tool,
    dump_spec,
    edit_text,
    load_spec,
    parse_spec,
)
from devbox.spec.dump import document_of
from devbox.spec.render import is_plain, render_flow, render_key, render_quoted
from devbox.tools import Option, load_tools
from devbox.wizard.answers import read_answers, render, render_answers, resolve

_TOOLS = ("git", "nginx", "node", "packages", "postgresql", "python", "redis")
_DEFAULTS = document_of(Spec(name="a/b"))

_LAST_COMMA = re.compile(r",(?=\s*(#.*)?$)")

Owner = tuple[str, ...]


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        for role in ("api", "web"):
            tasks = Path(name) / "roles" / role / "tasks"
            tasks.mkdir(parents=True)
            (tasks / "main.yml").write_text("[]\n")
        yield Path(name)


# --- Specs ------------------------------------------------------------------------------------

words = st.sampled_from(
    ["app", "web", "a b", "3.10", "010", "no", "on", "", "it's", 'say "x"', "a: b", "a #b", "#a",
     "[a]", "{b}", "x,y", "- z", "{{ x }}", "#{7}", "é", "🚀", "\ta", "a ", "a;\nb;\n", "a\n\n  b",
     "\n# no comment\nx", "line\n", "\\", "http://x/y:80", "---", "? q", "\u2028", "&a", "*a"]
)  # fmt: skip
scalars: st.SearchStrategy[JsonValue] = (
    words | st.booleans() | st.none() | st.integers(-5, 70000) | st.sampled_from([1.5, 1e20])
)
values: st.SearchStrategy[JsonValue] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=3)
    ),
    max_leaves=6,
)


def option_values(option: Option) -> st.SearchStrategy[JsonValue]:
    """Values that an option may have."""
    if option.type == "list":
        element = Option(
            "", "", option.elements or "raw", choices=option.choices, options=option.options
        )
        return st.lists(option_values(element), max_size=3).map(list)
    if option.choices:
        return st.sampled_from(option.choices)
    if option.type == "dict" and option.options:
        return options_of(option.options).map(dict)
    kinds: dict[str, st.SearchStrategy[JsonValue]] = {
        "str": words,
        "path": words,
        "int": st.integers(1, 65535),
        "float": st.floats(0, 9),
        "bool": st.booleans(),
        "dict": st.dictionaries(words.filter(lambda word: len(word) < 20), words, max_size=3).map(
            dict
        ),
    }
    return kinds.get(option.type, values)


def options_of(options: Sequence[Option]) -> st.SearchStrategy[dict[str, JsonValue]]:
    """Some of a tool's options, those that it needs among them."""
    # Which versions there are is not asked here.
    free = [option for option in options if option.name != "version"]
    needed = {option.name: option_values(option) for option in free if option.required}
    rest = {option.name: option_values(option) for option in free if not option.required}
    return st.tuples(st.fixed_dictionaries(needed), st.fixed_dictionaries({}, optional=rest)).map(
        lambda tables: tables[0] | dict(list(tables[1].items())[:3])
    )


@cache
def tool_of(name: str) -> st.SearchStrategy[Tool]:
    """A tool, or a local role, with options."""
    if name in ("api", "web"):
        free = st.dictionaries(st.sampled_from(["greeting", "at", "mode", "since"]), values)
        path = PurePosixPath("roles") / name
        return free.map(lambda options: Tool(name="role", path=path, options=options))
    return options_of(load_tools()[name].options).map(
        lambda options: Tool(name=name, options=options)
    )


@st.composite
def stacks(draw: st.DrawFn) -> tuple[tuple[Tool, ...], tuple[Tool, ...]]:
    """The tools of both parts, none in both."""
    names = draw(st.permutations([*_TOOLS, "api", "web"]))
    first, second = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    tools = [draw(tool_of(name)) for name in names[: first + second]]
    return tuple(tools[:first]), tuple(tools[first:])


bases = st.builds(
    Base,
    release=st.sampled_from(["bookworm", "trixie"]),
    mirror=st.sampled_from([Base().mirror, "http://[::1]:8080/debian/"]),
    image=st.none()
    | st.builds(
        CloudImage, url=st.just("https://x/#y"), sha256=st.sampled_from(["0" * 64, "a" * 64])
    ),
)
ports = st.integers(1, 65535)
machines = st.builds(
    Machine,
    cpus=st.integers(1, 4),
    memory=st.sampled_from([2048, 4096]),
    ports=st.dictionaries(ports, ports, max_size=4),
)
publishing = st.builds(
    Publish,
    to=st.sampled_from(["./boxes", "/srv/my boxes", "no", "./#x"]),
    channel=st.sampled_from(["stable", "edge"]),
    url=st.none() | st.just("https://boxes.acme.example/x"),
)
schedules = st.none() | st.builds(
    Schedule, every=st.sampled_from(["day", "week"]), at=st.sampled_from(["03:00", "12:30"])
)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """A Spec with something of everything."""
    production, development = draw(stacks())
    return Spec(
        name=draw(st.sampled_from(["acme/web", "a/b"])),
        base=draw(bases),
        production=production,
        development=development,
        machine=draw(machines),
        publish=draw(publishing),
        schedule=draw(schedules),
    )


@st.composite
def edits(draw: st.DrawFn) -> tuple[Spec, Spec]:
    """A Spec, and what an edit makes of it: much stays."""
    before, other = draw(specs()), draw(specs())
    fields = {
        name: getattr(draw(st.sampled_from([before, before, other])), name)
        for name in ("name", "base", "machine", "publish", "schedule")
    }
    parts: dict[str, list[Tool]] = {"production": [], "development": []}
    for part, tools in parts.items():
        for tool in before.part("production" if part == "production" else "development"):
            what = draw(st.sampled_from(["keep", "keep", "drop", "options", "move"]))
            if what == "options":
                tools.append(draw(tool_of(tool.label)))
            elif what == "move":
                parts["development"].append(tool)
            elif what == "keep":
                tools.append(tool)
    there = {tool.label for tools in parts.values() for tool in tools}
    for tool in (*other.production, *other.development):
        if tool.label not in there and draw(st.booleans()):
            tools = parts[draw(st.sampled_from(sorted(parts)))]
            tools.insert(draw(st.integers(0, len(tools))), tool)
    stacked = {name: tuple(tools) for name, tools in parts.items()}
    return before, before.model_copy(update={**fields, **stacked})


# --- a devbox.yml as somebody wrote it --------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """A line, the entry that it belongs to, and whether all of that entry is on it."""

    text: str
    owner: Owner
    whole: bool


@dataclass
class Writer:
    """Writes a Spec in any style."""

    chance: random.Random
    lines: list[Line] = field(default_factory=list)
    comments: int = 0

    def write(self, spec: Spec) -> str:
        document = document_of(spec)
        for name in list(document):
            if name != "name" and document[name] == _DEFAULTS.get(name) and self.often(3):
                del document[name]
        names = list(document)
        if self.often(3):
            self.chance.shuffle(names)
        lists_at = self.chance.choice([0, 2, 4])
        for name in names:
            value = document[name]
            self.above((name,), 0)
            if name in ("production", "development") and isinstance(value, list):
                self.part(name, value, spec, lists_at)
            else:
                self.entry("", name, value, (name,), 0)
        return "\n".join(line.text for line in self.lines) + "\n"

    def often(self, times: int) -> bool:
        return self.chance.randrange(times) == 0

    def add(self, text: str, owner: Owner, *, whole: bool) -> None:
        self.lines.append(Line(text, owner, whole))

    def comment(self) -> str:
        self.comments += 1
        return f"# comment {self.comments}"

    def behind(self) -> str:
        return f"  {self.comment()}" if self.often(4) else ""

    def above(self, owner: Owner, column: int) -> None:
        """Put in what may stand above an entry: nobody's comment, a blank line, its comment."""
        if self.lines and self.often(6):
            self.add("", ("nobody",), whole=False)
        if self.often(8):
            self.add(" " * column + self.comment(), owner[:-1], whole=False)
            self.add("", ("nobody",), whole=False)
        if self.often(4):
            self.add(" " * column + self.comment(), owner, whole=True)

    def part(self, name: str, entries: list[JsonValue], spec: Spec, column: int) -> None:
        tools = spec.production if name == "production" else spec.development
        if self.often(4):
            self.add(f"{name}: {self.flow(entries)}{self.behind()}", (name,), whole=True)
            return
        self.add(f"{name}:{self.behind()}", (name,), whole=False)
        for entry, tool in zip(entries, tools, strict=True):
            owner: Owner = (name, tool.label)
            self.above(owner, column)
            dash = " " * column + "- "
            if isinstance(entry, str):
                bare = self.chance.choice([entry, entry, f"{entry}:", f"{entry}: {{}}"])
                self.add(f"{dash}{bare}{self.behind()}", owner, whole=True)
                continue
            assert isinstance(entry, dict)
            ((key, value),) = entry.items()
            inner = owner
            if not isinstance(value, dict):
                inner = (*owner, *list(tool.options)[:1])
            elif tool.path is None and self.often(3):
                value = dict(tool.options)
            self.entry(dash, key, value, inner, column + 2)

    def entry(self, head: str, key: str, value: JsonValue, owner: Owner, column: int) -> None:
        """Write ``key: value``, behind a dash or an indentation."""
        digits = owner[:2] == ("machine", "ports") and len(owner) == 3
        head = f"{head}{key if digits else self.key(key)}:"
        if isinstance(value, dict | list) and value and self.often(2):
            self.add(f"{head}{self.behind()}", owner, whole=False)
            if isinstance(value, dict):
                self.table(value, owner, column + self.chance.choice([1, 2, 4]))
            else:
                self.items(value, owner, column + self.chance.choice([0, 2]))
            return
        if isinstance(value, dict | list) and value and self.often(3):
            self.folded(head, value, owner, column)
            return
        if isinstance(value, str) and "\n" in value and (shown := self.literal(value, column + 2)):
            first, *rest = shown
            self.add(f"{head} {first}", owner, whole=True)
            for line in rest:
                self.add(line, owner, whole=True)
            return
        numbers = owner[-1] == "ports" and owner[0] == "machine"
        shown_flow = self.flow(value, numbers=numbers or owner == ("machine",))
        self.add(f"{head} {shown_flow}{self.behind()}", owner, whole=True)

    def folded(
        self, head: str, value: dict[str, JsonValue] | list[JsonValue], owner: Owner, column: int
    ) -> None:
        """Write a list in brackets, or a mapping in braces, a line an entry."""
        opening, closing = "{}" if isinstance(value, dict) else "[]"
        self.add(f"{head} {opening}{self.behind()}", owner, whole=False)
        numbers = owner == ("machine", "ports")
        margin = " " * (column + 2)
        for position, entry in enumerate(value):
            comma = "," if position < len(value) - 1 or self.often(2) else ""
            if isinstance(value, dict):
                inner = (*owner, str(entry))
                key = str(entry) if numbers else self.key(str(entry))
                shown = f"{key}: {self.flow(value[str(entry)], numbers=inner[0] == 'machine')}"
            else:
                inner = (*owner, json.dumps(entry))
                shown = self.flow(entry)
            self.above(inner, column + 2)
            self.add(f"{margin}{shown}{comma}{self.behind()}", inner, whole=True)
        self.add(f"{margin}{closing}", owner, whole=False)

    def table(self, table: Mapping[str, JsonValue], owner: Owner, column: int) -> None:
        for key, value in table.items():
            self.above((*owner, key), column)
            self.entry(" " * column, key, value, (*owner, key), column)

    def items(self, items: Sequence[JsonValue], owner: Owner, column: int) -> None:
        for item in items:
            inner = (*owner, json.dumps(item))
            self.above(inner, column)
            dash = " " * column + "- "
            if isinstance(item, dict) and item and self.often(2):
                for key, value in item.items():
                    self.entry(dash, key, value, (*inner, key), column + 2)
                    dash = " " * len(dash)
            else:
                self.add(f"{dash}{self.flow(item)}{self.behind()}", inner, whole=True)

    def key(self, key: str) -> str:
        return self.chance.choice([render_key(key), render_key(key), render_quoted(key)])

    def flow(self, value: JsonValue, *, numbers: bool = False) -> str:
        space = self.chance.choice(["", "", " "])
        if isinstance(value, dict):
            entries = [
                f"{key if numbers and key.isdigit() else self.key(key)}: "
                f"{self.flow(item, numbers=numbers)}"
                for key, item in value.items()
            ]
            return f"{{{space}{', '.join(entries)}{space}}}"
        if isinstance(value, list):
            return f"[{space}{', '.join(self.flow(item) for item in value)}{space}]"
        if not isinstance(value, str):
            return render_flow(value)
        choices = [render_quoted(value)]
        if is_plain(value):
            choices += [value, value]
        if value.isprintable():
            choices.append("'" + value.replace("'", "''") + "'")
        return self.chance.choice(choices)

    def literal(self, value: str, column: int) -> list[str] | None:
        """Return a text as a literal block, if it can be one."""
        head = {0: "|-", 1: "|"}.get(len(value) - len(value.rstrip("\n")), "|+")
        margin = " " * column
        lines = value.removesuffix("\n").split("\n")
        shown = [head, *(f"{margin}{line}" if line else "" for line in lines)]
        try:
            read = yaml.safe_load("a:\n" + " " * (column - 2) + "- " + "\n".join(shown) + "\n")
        except yaml.YAMLError:
            return None
        return shown if read == {"a": [value]} else None


def touched(before: Spec, after: Spec) -> set[Owner]:
    """Return the entries that an edit may touch."""
    found: set[Owner] = set()
    for section in ("base", "machine", "publish", "schedule", "name"):
        old, new = getattr(before, section), getattr(after, section)
        if old is None or new is None or section == "name":
            found |= {(section,)} if old != new else set()
        else:
            found |= {(section, *rest) for rest in _fields_touched(old, new)}
    for part in ("production", "development"):
        old_tools = {tool.label: tool.options for tool in getattr(before, part)}
        new_tools = {tool.label: tool.options for tool in getattr(after, part)}
        stay = [label for label in old_tools if label in new_tools]
        moved = stay != [label for label in new_tools if label in old_tools]
        if moved or not old_tools or not new_tools:
            found.add((part,))
        found |= {(part, label) for label in old_tools.keys() ^ new_tools.keys()}
        for label in old_tools.keys() & new_tools.keys():
            rests = _options_touched(old_tools[label], new_tools[label])
            found |= {(part, label, *rest) for rest in rests}
    return found


def _fields_touched(before: BaseModel, after: BaseModel) -> Iterator[Owner]:
    for name in type(before).model_fields:
        was, value = getattr(before, name), getattr(after, name)
        if isinstance(was, dict) and was and value:
            yield from (
                (name, str(key)) for key in {*was, *value} if was.get(key) != value.get(key)
            )
        elif was != value:
            yield (name,)


def _options_touched(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]
) -> Iterator[Owner]:
    if json.dumps(before, sort_keys=True) == json.dumps(after, sort_keys=True):
        return
    if len(before) < 2 or len(after) < 2:
        yield ()  # a bare name, a shorthand: its form may change
        return
    for name in {*before, *after}:
        if json.dumps(before.get(name), sort_keys=True) != json.dumps(
            after.get(name), sort_keys=True
        ) or (name in before) != (name in after):
            yield (name,)


def may_change(line: Line, edited: set[Owner]) -> bool:
    return any(
        line.owner[: len(path)] == path or (line.whole and path[: len(line.owner)] == line.owner)
        for path in edited
    )


def assert_the_rest_stays(lines: Sequence[Line], edited: set[Owner], result: str) -> None:
    # The comma behind an entry in brackets is there for the next one.
    left = (_LAST_COMMA.sub("", line) for line in result.split("\n"))
    for line in lines:
        if line.text and not may_change(line, edited):
            assert _LAST_COMMA.sub("", line.text) in left, f"lost, or moved: {line}"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits(), st.integers(0, 2**32))
def test_an_edit_means_what_it_should_and_the_rest_stays(
    root: Path, edit: tuple[Spec, Spec], seed: int
) -> None:
    before, after = edit
    writer = Writer(random.Random(seed))
    text = writer.write(before)
    assert parse_spec(text, "devbox.yml", root) == before
    result = edit_text(text, after, root)
    assert parse_spec(result, "devbox.yml", root) == after
    assert_the_rest_stays(writer.lines, touched(before, after), result)
    if seed % 2:
        return
    # Windows' line ends, a mark at the begin and no newline at the end change nothing but that.
    odd = "\ufeff" + text.rstrip("\n").replace("\n", "\r\n")
    if parse_spec(odd, "devbox.yml", root) == before:  # a literal block may end the text
        odd_result = edit_text(odd, after, root)
        assert odd_result.startswith("\ufeff")
        assert "\n" not in odd_result.replace("\r\n", "")
        assert odd_result[1:].replace("\r\n", "\n").rstrip("\n") == result.rstrip("\n")


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs())
def test_what_is_written_means_the_same_and_is_written_so_again(root: Path, spec: Spec) -> None:
    text = dump_spec(spec)
    assert parse_spec(text, "devbox.yml", root) == spec
    assert edit_text(text, spec, root) == text


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs())
def test_answers_to_a_file_and_back(root: Path, spec: Spec) -> None:
    answers = root / "answers.yml"
    answers.write_bytes(render_answers(spec).encode())
    asked = resolve(Spec(name="other/box"), root, read_answers(answers))
    assert asked == spec
    file = root / "devbox.yml"
    file.write_bytes(render(asked, root).encode())
    assert render_answers(load_spec(file)) == render_answers(spec)
