"""Rails: its databases, Action Cable, the extensions of its schema. ERB in them is not run.

https://guides.rubyonrails.org/configuring.html#configuring-a-database
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from devbox.detect.formats.node import Node
from devbox.detect.formats.yaml_nodes import read_yaml
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.urls import url_hints
from devbox.spec.model import Part

_ERB = re.compile(r"<%[^%\n]{0,300}(?:%(?!>)[^%\n]{0,300}){0,3}%>")
_ERB_LINE = re.compile(r"^[ \t]*<%(?!=).*$", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z][\w\-]{0,62}")
_EXTENSION = re.compile(
    r"""^\s*enable_extension\s*\(?\s*["'](?:[a-z_]+\.)?([a-z_][\w\-]{0,62})["']"""
)
_SQL_EXTENSION = re.compile(
    r"""^\s*CREATE EXTENSION\s+(?:IF NOT EXISTS\s+)?"?([a-z_][\w\-]{0,62})""", re.IGNORECASE
)


def _rails_database(file: File) -> Iterator[Hint]:
    for environment, settings in _rails(file):
        # Several databases of one environment are nested once more.
        nested = [value for value in settings.values() if value.get("adapter") or value.get("url")]
        for database in [settings, *nested]:
            adapter = database.get("adapter")
            part: Part = "production" if environment == "production" else "development"
            if adapter.text:
                says = f"{environment} has the adapter {adapter.text}"
                options = _rails_options(environment, database)
                line = adapter.line
                yield Hint("schemes", adapter.text, line, says, "certain", part, None, options)
            yield from url_hints(database.get("url").text, database.get("url").line, "url", part)


def _rails(file: File) -> Iterator[tuple[str, Node]]:
    """Yield the environments of a file of Rails, which may hold Ruby between ``<%`` and ``%>``."""
    text = _ERB.sub("", _ERB_LINE.sub("", file.text))
    for name, settings in read_yaml(text).items():
        if name in {"production", "development", "test", "staging"}:
            yield name, settings


def _rails_options(environment: str, database: Node) -> dict[str, JsonValue]:
    name = database.get("database").text
    if environment == "test" or not _NAME.fullmatch(name):
        return {}
    user = database.get("username").text
    options: dict[str, JsonValue] = {"databases": [name]}
    if _NAME.fullmatch(user) and user not in {"root", "postgres"}:
        options["users"] = [{"name": user, "owns": [name]}]
    return options


def _rails_cable(file: File) -> Iterator[Hint]:
    for environment, settings in _rails(file):
        adapter = settings.get("adapter")
        if adapter.text in {"redis", "postgresql"}:
            part: Part = "production" if environment == "production" else "development"
            says = f"{environment} has the adapter {adapter.text}"
            # Every new app has the file; one that uses it has its gem, too.
            yield Hint("schemes", adapter.text, adapter.line, says, "possible", part)


def _schema(file: File) -> Iterator[Hint]:
    pattern = _SQL_EXTENSION if file.name.endswith(".sql") else _EXTENSION
    for number, line in file.lines():
        match = pattern.match(line[:500])
        if match and match[1] != "plpgsql":
            says = f"the schema has the extension {match[1]}"
            options: dict[str, JsonValue] = {"extensions": [match[1]]}
            yield Hint(
                "schemes", "postgresql", number, says, "certain", "production", None, options
            )


READERS = (
    Reader(
        ("config/database.yml", "config/database.yml.*", "database.yml.example"), _rails_database
    ),
    Reader(("config/cable.yml",), _rails_cable),
    Reader(("db/schema.rb", "db/structure.sql"), _schema, large=True),
)
