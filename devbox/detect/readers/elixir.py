"""Elixir: mix.exs, and the databases of config/*.exs. They are programs: only plain lines count.

mix.exs: https://hexdocs.pm/mix/Mix.Tasks.Deps.html; the repo's settings:
https://hexdocs.pm/ecto/Ecto.Repo.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.hints import File, Hint, Reader
from devbox.detect.urls import url_hints
from devbox.spec.model import Part

_ELIXIR = re.compile(r"""^\s*elixir:\s*"([^"]{1,40})\"""")
_DEPENDENCY = re.compile(r"""\{\s*:(\w{1,60})\s*,\s*(?:"([^"]{1,60})")?(.*)""")
_ONLY = re.compile(r"only:\s*(\[[^\]]*\]|:\w+)")
_ADAPTER = re.compile(r"\bEcto\.Adapters\.(\w+)")
_DATABASE = re.compile(r"""^\s*database:\s*"([\w\-]{1,63})(?:#\{[^"]*)?\"""")
_ADAPTERS = {"Postgres": "postgres", "MyXQL": "mysql", "SQLite3": "sqlite3", "Tds": "mssql"}


def _mix(file: File) -> Iterator[Hint]:
    yield Hint("asdf", "elixir", 0, "a project of Mix", "certain")
    for number, line in file.lines():
        text = line[:1000].partition("#")[0]
        if match := _ELIXIR.match(text):
            says = f"elixir is {match[1]}"
            yield Hint("asdf", "elixir", number, says, "certain", None, match[1])
        elif match := _DEPENDENCY.search(text):
            only = _ONLY.search(match[3])
            developer = only is not None and ":prod" not in only[1]
            part: Part = "development" if developer else "production"
            says = f"dependency {match[1]} {match[2] or ''}".rstrip()
            yield Hint("hex", match[1], number, says, "likely", part)


def _config(file: File) -> Iterator[Hint]:
    """The settings of an environment, or the module of an Ecto repo."""
    developer = file.name in {"dev.exs", "test.exs"}
    part: Part = "development" if developer else "production"
    for number, line in file.lines():
        text = line[:1000]
        if text.lstrip().startswith("#"):
            continue
        if match := _ADAPTER.search(text):
            name = _ADAPTERS.get(match[1])
            if name:
                says = f"the adapter is Ecto.Adapters.{match[1]}"
                yield Hint("schemes", name, number, says, "certain", "production")
        elif (match := _DATABASE.match(text)) and file.name != "test.exs":
            says = f"the database is {match[1]}"
            # Which server it is on is said elsewhere; PostgreSQL is Phoenix's own choice.
            yield Hint(
                "schemes", "postgres", number, says, "likely", part, None, {"databases": [match[1]]}
            )
        yield from url_hints(text, number, file.name, part, "likely")


READERS = (
    Reader(("mix.exs",), _mix),
    Reader(("config/*.exs", "repo.ex"), _config),
)
