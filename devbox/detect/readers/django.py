"""Django's settings, https://docs.djangoproject.com/en/stable/ref/settings/.

They are a program: only plain lines count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from devbox.detect.hints import File, Hint, Reader
from devbox.detect.readers.python import part_of_name
from devbox.detect.urls import url_hints

_DJANGO_ENGINE = re.compile(
    r"""["']?ENGINE["']?\s*[:=]\s*["'](?:django\.contrib\.gis|django)\.db\.backends\.(\w+)["']"""
)
_DJANGO_NAME = re.compile(
    r"""["']NAME["']\s*:\s*(?:[\w.]+\(\s*["']\w+["']\s*,\s*)?(?:default\s*=\s*)?["']([A-Za-z][\w\-]{0,62})["']"""
)
_DJANGO_BACKEND = re.compile(
    r"""["'](?:django\.core\.cache\.backends\.(redis|memcached)|(django_redis)|channels_(redis))\."""
)
_DJANGO_EXTENSION = re.compile(r"""["']django\.contrib\.(postgres|gis)["']""")


def _django(file: File) -> Iterator[Hint]:
    part = part_of_name("/".join(file.path.parts[-2:]))
    lines = [(number, line[:2000].partition("  #")[0]) for number, line in file.lines()]
    for number, text in lines:
        if text.lstrip().startswith("#"):
            continue
        if match := _DJANGO_ENGINE.search(text):
            says = f"the database engine is {match[1]}"
            options = _django_options(match[1], lines[number : number + 12])
            yield Hint("schemes", match[1], number, says, "certain", part, None, options)
        elif match := _DJANGO_BACKEND.search(text):
            name = "redis" if "redis" in match[0] else "memcached"
            yield Hint("schemes", name, number, f"a backend is {name}", "certain", part)
        elif match := _DJANGO_EXTENSION.search(text):
            name = "postgis" if match[1] == "gis" else "postgresql"
            says = f"installs django.contrib.{match[1]}"
            yield Hint("schemes", name, number, says, "likely", part)
        yield from url_hints(text, number, file.name, part, "likely")


def _django_options(engine: str, following: list[tuple[int, str]]) -> dict[str, JsonValue]:
    if engine.startswith("sqlite"):
        return {}
    options: dict[str, JsonValue] = {"extensions": ["postgis"]} if engine == "postgis" else {}
    for _, text in following:
        if _DJANGO_ENGINE.search(text):
            break
        if name := _DJANGO_NAME.search(text):
            options["databases"] = [name[1]]
            break
    return options


READERS = (Reader(("settings.py", "*settings.py", "settings_*.py", "settings/*.py"), _django),)
