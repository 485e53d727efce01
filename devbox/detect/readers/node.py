"""Node.js: package.json, version files, lock files.

package.json: https://docs.npmjs.com/cli/configuring-npm/package-json; ``packageManager``:
https://nodejs.org/api/packages.html#packagemanager; ``volta``: https://docs.volta.sh.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.findings import Confidence
from devbox.detect.formats.json_nodes import read_json
from devbox.detect.formats.node import Node, Unreadable
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.shell import script_hints
from devbox.spec.model import Part

_MANAGERS = {"npm": "npm", "yarn": "Yarn", "pnpm": "pnpm", "bun": "Bun"}

# A package of these serves requests: then Node.js runs in production, not at build time only.
_SERVERS = frozenset(
    {"express", "fastify", "koa", "@hapi/hapi", "next", "nuxt", "@nestjs/core", "@adonisjs/core",
     "@remix-run/node", "@sveltejs/adapter-node", "socket.io", "apollo-server", "@apollo/server",
     "@strapi/strapi", "@redwoodjs/api", "hono", "sails", "restify", "moleculer",
     "@feathersjs/feathers"}
)  # fmt: skip

# Code names of the releases with long support, https://github.com/nodejs/Release.
_LTS = {
    "argon": "4", "boron": "6", "carbon": "8", "dubnium": "10", "erbium": "12", "fermium": "14",
    "gallium": "16", "hydrogen": "18", "iron": "20", "jod": "22", "krypton": "24",
}  # fmt: skip

_GROUPS: tuple[tuple[str, str, Confidence, Part], ...] = (
    ("dependencies", "dependency", "likely", "production"),
    ("optionalDependencies", "optional dependency", "possible", "production"),
    ("peerDependencies", "peer dependency", "possible", "development"),
    ("devDependencies", "development dependency", "likely", "development"),
)
_LOCK_LINES = 12
_LOCK_VERSION = re.compile(r"""\s*"?lockfileVersion"?:\s*['"]?(\d+)""")


def _package_json(file: File) -> Iterator[Hint]:
    package = read_json(file.text)
    if package.value is not None and not isinstance(package.value, dict):
        raise Unreadable("it is no object", 1)
    part = _runtime_part(package)
    yield from _runtimes(package, part)
    for group, word, confidence, of_group in _GROUPS:
        for name, version in package.get(group).items():
            says = f"{word} {name} {version.text}".rstrip()
            yield Hint("npm", name, version.line, says, confidence, of_group)
    for name, script in package.get("scripts").items():
        runs: Part = "production" if name == "start" else "development"
        yield from script_hints(script.text, script.line, runs)


def _runtime_part(package: Node) -> Part:
    serves = any(name in _SERVERS for name, _ in package.get("dependencies").items())
    return "production" if serves or package.get("scripts", "start") else "development"


def _runtimes(package: Node, part: Part) -> Iterator[Hint]:
    for name, wanted in package.get("engines").items():
        if name == "node":
            says = f"engines.node is {wanted.text}"
            yield Hint("asdf", "nodejs", wanted.line, says, "certain", part, wanted.text)
        elif name in _MANAGERS:
            says = f"engines.{name} is {wanted.text}"
            yield Hint("asdf", name, wanted.line, says, "likely", "development", wanted.text)
    if not package.get("engines", "node"):
        yield Hint("asdf", "nodejs", 0, "package.json: a package of Node.js", "certain", part)
    manager = package.get("packageManager")
    name, _, version = manager.text.partition("@")
    if name in _MANAGERS:
        says = f"packageManager is {manager.text.partition('+')[0]}"
        version = version.partition("+")[0]
        yield Hint("asdf", name, manager.line, says, "certain", "development", version or None)
    for name, pinned in package.get("volta").items():
        tool = "nodejs" if name == "node" else name
        if tool == "nodejs" or tool in _MANAGERS:
            says = f"volta.{name} is {pinned.text}"
            yield Hint("asdf", tool, pinned.line, says, "certain", part, pinned.text)
    for runtime in package.get("devEngines", "runtime").list():
        yield from _dev_engine(runtime)
    yield from _dev_engine(package.get("devEngines", "runtime"))


def _dev_engine(runtime: Node) -> Iterator[Hint]:
    name, version = runtime.get("name"), runtime.get("version")
    if name.text == "node":
        says = f"devEngines.runtime is node {version.text}".rstrip()
        line = version.line or name.line
        yield Hint("asdf", "nodejs", line, says, "certain", "development", version.text or None)


def node_version(text: str) -> str | None:
    """Return the version that .nvmrc and the like name: 20 of ``lts/iron``, None of ``lts/*``."""
    text = text.strip().lower()
    if text.startswith("lts/"):
        return _LTS.get(text.removeprefix("lts/"))
    return text.removeprefix("node-").removeprefix("node/") if re.search(r"\d", text) else None


def _version_file(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        text = line.partition("#")[0].strip()
        if text:
            says = f"{file.name} is {text[:40]}"
            yield Hint("asdf", "nodejs", number, says, "certain", None, node_version(text))
            return


def _lock(file: File) -> Iterator[Hint]:
    """The head of a lock file says which package manager wrote it."""
    name = {"package-lock.json": "npm", "npm-shrinkwrap.json": "npm", "yarn.lock": "yarn"}.get(
        file.name, "pnpm" if file.name.startswith("pnpm") else "bun"
    )
    line, version = 0, None
    for number, text in file.lines():
        if number > _LOCK_LINES:
            break
        if name == "pnpm" and (match := _LOCK_VERSION.match(text)):
            line, version = number, match[1] if int(match[1]) >= 9 else None
        if name == "yarn" and text.startswith("# yarn lockfile v1"):
            line, version = number, "1"
    says = f"a lock file of {_MANAGERS[name]}"
    yield Hint("asdf", name, line, says, "certain", "development", version)


def _binary_lock(_: File) -> Iterator[Hint]:
    yield Hint("asdf", "bun", 0, "a lock file of Bun", "certain", "development")


READERS = (
    Reader(("package.json",), _package_json),
    Reader((".nvmrc", ".node-version"), _version_file),
    Reader(
        ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"),
        _lock,
        large=True,
    ),
    Reader(("bun.lockb",), _binary_lock, unread=True),
)
