"""Which tool, or other thing, a name speaks for: by the evidence that tools say speaks for them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from devbox.detect.elsewhere import PLAIN_FEATURES, PLAIN_IMAGES, THINGS
from devbox.detect.hints import FOREIGN, Hint
from devbox.spec.model import Part
from devbox.tools.definition import ToolDefinition

# Names of a tool's own that its name is not a part of: what carries the tool's version.
_OWN_NAMES = {
    "node": {"nodejs", "javascript", "typescript"},
    "go": {"golang"},
    "java": {"openjdk", "jdk", "jre", "temurin", "corretto", "zulu", "jdk-headless"},
    "postgresql": {"postgres", "pgsql", "postgis", "pgvector", "timescaledb", "pgautoupgrade"},
    "dotnet": {"aspnetcore"},
    "sql-server": {"mssql"},
    "mongodb": {"mongo"},
}
_WORDS = re.compile(r"[a-z]+")
_BACKEND = re.compile(r"[a-z]+:")


class _Names:
    """Names and patterns of one kind, with whom they speak for."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._exact: dict[str, list[str]] = {}
        self._patterns: list[tuple[re.Pattern[str], str]] = []

    def add(self, name: str, owner: str) -> None:
        self.names.append(name)
        if any(mark in name for mark in "*?") or re.search(r"\[[^\]]*-[^\]]*\]", name):
            self._patterns.append((re.compile(fnmatch.translate(name)), owner))
        else:
            self._exact.setdefault(name, []).append(owner)

    def owners(self, name: str) -> list[str]:
        found = list(self._exact.get(name, ()))
        found += [owner for pattern, owner in self._patterns if pattern.match(name)]
        return list(dict.fromkeys(found))


class _Index:
    """The evidence of several tools, by kind."""

    def __init__(self, evidence: Iterable[tuple[str, Mapping[str, tuple[str, ...]]]]) -> None:
        self.kinds: dict[str, _Names] = {}
        for owner, kinds in evidence:
            for kind, names in kinds.items():
                for name in names:
                    # Dockerfile.* is no dockerfile.py; all else is written in any case.
                    name = name if kind == "files" else name.lower()
                    self.kinds.setdefault(kind, _Names()).add(name, owner)

    def owners(self, kind: str, name: str) -> list[str]:
        names = self.kinds.get(kind)
        return names.owners(name) if names else []


@dataclass(frozen=True)
class Match:
    """Whom a hint speaks for.

    Attributes:
        name: the tool's name, or that of another thing.
        tool: the tool; None if the catalog has none.
        title: its title.
        part: where it usually belongs.
        versioned: whether the hint's version is this one's own: not where yarn speaks for Node.js.
    """

    name: str
    tool: ToolDefinition | None
    title: str
    part: Part
    versioned: bool


@dataclass
class Matcher:
    """Finds whom names speak for.

    Attributes:
        tools: the catalog.
    """

    tools: Mapping[str, ToolDefinition]
    _tools: _Index = field(init=False, repr=False)
    _things: _Index = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._tools = _Index((tool.name, tool.evidence) for tool in self.tools.values())
        self._things = _Index((name, thing.evidence) for name, thing in THINGS.items())

    def file_names(self) -> list[str]:
        """Return the patterns of file names that speak by themselves."""
        kinds = (index.kinds.get("files") for index in (self._tools, self._things))
        return [name for names in kinds if names for name in names.names]

    def matches(self, hint: Hint) -> list[Match]:
        """Return whom a hint speaks for: tools, else another thing that is known, else none."""
        kind = "apt" if hint.kind == FOREIGN else hint.kind
        name = hint.name if kind == "files" else hint.name.lower()
        found = self._tools.owners(kind, name) or self._tools.owners(kind, name.lower())
        if kind == "images" and not found:
            # An official image is often called as an address or a version manager calls the tool.
            last = name.rpartition("/")[2] if name.startswith("bitnami") else name
            found = self._tools.owners("schemes", last) or self._tools.owners("asdf", last)
            # Whoever has built it: masstransit/rabbitmq is RabbitMQ.
            found = found or self._tools.owners("images", name.rpartition("/")[2])
        if found:
            return [self._match(owner, name) for owner in found]
        for owner in self._things.owners(kind, name):
            if owner in self.tools:
                return [self._match(owner, name)]
            thing = THINGS[owner]
            return [Match(owner, None, thing.title, thing.part, _is_own(owner, name))]
        other = _unknown(kind, name, hint)
        part: Part = "production" if kind == "images" else "development"
        return [Match(other, None, other, part, versioned=True)] if other else []

    def _match(self, owner: str, name: str) -> Match:
        tool = self.tools[owner]
        return Match(owner, tool, tool.title, tool.part, _is_own(owner, name))


# Names whose versions are others than the tool's, though its name is within.
_OTHER_VERSIONS = {"ansible", "ansible-lint", "ansible-runner"}


def _is_own(owner: str, name: str) -> bool:
    if name in _OTHER_VERSIONS:
        return False
    words = set(_WORDS.findall(name))
    return not words.isdisjoint({*_WORDS.findall(owner), *_OWN_NAMES.get(owner, ())})


def _unknown(kind: str, name: str, hint: Hint) -> str | None:
    """Return the name of something that is asked for outright, though nothing is known of it."""
    last = name.rpartition("/")[2]
    if kind == "asdf" and hint.confidence == "certain" and not _BACKEND.match(name):
        return name
    if kind == "features" and last not in PLAIN_FEATURES and hint.confidence == "certain":
        return last
    if kind == "images" and name not in PLAIN_IMAGES and last not in PLAIN_IMAGES:
        return name if " is " in hint.says and hint.says.startswith("service ") else None
    return None
