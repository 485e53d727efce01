"""Heroku and platforms like it: Procfile, app.json, runtime.txt.

Procfile: https://devcenter.heroku.com/articles/procfile; app.json:
https://devcenter.heroku.com/articles/app-json-schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.formats.json_nodes import read_json
from devbox.detect.formats.node import Node
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.readers.version_files import version_hint
from devbox.detect.shell import script_hints
from devbox.detect.urls import url_hints
from devbox.spec.model import Part

_PROCESS = re.compile(r"\s*([A-Za-z0-9_\-]{1,60}):\s*(.+)")
_RUNTIME = re.compile(r"\s*(python|ruby|node|java|php|go)-(\d[\w.]{0,20})")

# Add-ons whose names do not say what they are.
_ADDONS = {
    "rediscloud": "redis",
    "redistogo": "redis",
    "openredis": "redis",
    "cleardb": "mysql",
    "jawsdb": "mysql",
    "jawsdb-maria": "mariadb",
    "stackhero-mariadb": "mariadb",
    "cloudamqp": "amqp",
    "memcachier": "memcached",
    "memcachedcloud": "memcached",
    "bonsai": "elasticsearch",
    "searchbox": "elasticsearch",
    "mongolab": "mongodb",
    "crunchybridge": "postgresql",
}
_BUILDPACKS = {
    "nodejs": "nodejs", "node": "nodejs", "python": "python", "ruby": "ruby", "java": "java",
    "gradle": "java", "scala": "java", "clojure": "java", "php": "php", "go": "golang",
}  # fmt: skip


def _procfile(file: File) -> Iterator[Hint]:
    part: Part = "development" if "dev" in file.name.lower() else "production"
    for number, line in file.lines():
        if not line.startswith("#") and (match := _PROCESS.match(line[:2000])):
            for hint in script_hints(match[2], number, part):
                if hint.kind == "commands":
                    says = f"process {match[1]} runs {hint.name}"
                    yield Hint("commands", hint.name, number, says, "likely", part)


def _app_json(file: File) -> Iterator[Hint]:
    root = read_json(file.text)
    yield from _addons(root, "production")
    for pack in root.get("buildpacks").list():
        url = pack.get("url") if pack.get("url") else pack
        words = re.split(r"[/\-.]", url.text.lower().removesuffix(".git"))
        for word in words:
            if word in _BUILDPACKS:
                says = f"buildpack {url.text}"
                yield Hint("asdf", _BUILDPACKS[word], url.line, says, "certain", "production")
                break
    for name, value in root.get("env").items():
        text = value.text or value.get("value").text
        yield from url_hints(text, value.get("value").line or value.line, name, None, "likely")
    for name, scene in root.get("environments").items():
        if name in {"test", "review"}:
            yield from _addons(scene, "development")


def _addons(node: Node, part: Part) -> Iterator[Hint]:
    for addon in node.get("addons").list():
        plan = addon.get("plan") if addon.get("plan") else addon
        name = plan.text.partition(":")[0].lower()
        service = _ADDONS.get(name, name.removeprefix("heroku-").removeprefix("stackhero-"))
        version = addon.get("options", "version").text or None
        says = f"add-on {plan.text}" + (f", version {version}" if version else "")
        yield Hint("schemes", service, plan.line, says, "certain", part, version)


def _runtime(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        if match := _RUNTIME.match(line[:200]):
            name = {"node": "nodejs", "go": "golang"}.get(match[1], match[1])
            says = f"{file.name} is {match[0].strip()}"
            yield version_hint(name, match[2], number, says)
            return


def _system_properties(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        name, sign, value = line.strip()[:200].partition("=")
        if sign and name.strip() == "java.runtime.version":
            says = f"java.runtime.version is {value.strip()}"
            yield version_hint("java", value.strip(), number, says)


READERS = (
    Reader(("Procfile", "Procfile.*"), _procfile),
    Reader(("app.json",), _app_json),
    Reader(("runtime.txt",), _runtime),
    Reader(("system.properties",), _system_properties),
)
