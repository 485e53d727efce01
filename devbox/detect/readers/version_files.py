"""Version managers: .tool-versions, mise.toml, .sdkmanrc, and files that hold one version.

.tool-versions: https://asdf-vm.com/manage/configuration.html; mise.toml:
https://mise.jdx.dev/configuration.html; .sdkmanrc: https://sdkman.io/usage#env.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.formats.node import Node
from devbox.detect.formats.toml_nodes import read_toml
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.readers.java import java_version
from devbox.detect.readers.node import node_version

_NUMBER = re.compile(r"\d+(?:\.\d+)*")
_SINGLE = {
    ".java-version": "java",
    ".php-version": "php",
    ".go-version": "golang",
    ".perl-version": "perl",
    ".exenv-version": "elixir",
    ".terraform-version": "terraform",
}


def named_version(name: str, text: str) -> str | None:
    """Return the version that a version manager's word means: 21 of ``temurin-21.0.2+13``."""
    if name in {"node", "nodejs"}:
        return node_version(text)
    if name == "java":
        return java_version(text)
    match = _NUMBER.search(text.removeprefix("ref:"))
    return match[0] if match and not text.startswith(("ref:", "path:", "pypy", "jruby")) else None


def version_hint(name: str, text: str, line: int, says: str) -> Hint:
    """Return the hint of a tool in the words of a version manager."""
    # Backends come before the name: npm:prettier, ubi:owner/name; then it is no runtime.
    return Hint("asdf", name.lower(), line, says, "certain", None, named_version(name, text))


def _tool_versions(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        words = line.partition("#")[0].split()
        if len(words) >= 2:
            says = f"{words[0][:40]} is {words[1][:40]}"
            yield version_hint(words[0], words[1], number, says)


def _mise(file: File) -> Iterator[Hint]:
    for name, value in read_toml(file.text).get("tools").items():
        wanted: Node = next(value.one_or_many(), value.get("version"))
        says = f"tools.{name} is {wanted.text}"
        yield version_hint(name, wanted.text, wanted.line or value.line, says)


def _sdkman(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        name, sign, version = line.partition("#")[0].strip().partition("=")
        if sign:
            says = f"{name.strip()} is {version.strip()}"
            yield version_hint(name.strip(), version.strip(), number, says)


def _single(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        text = line.partition("#")[0].strip()
        if text:
            name = _SINGLE[file.name]
            yield version_hint(name, text, number, f"{file.name} is {text[:40]}")
            return


READERS = (
    Reader((".tool-versions",), _tool_versions),
    Reader(("mise.toml", ".mise.toml", "mise/config.toml"), _mise),
    Reader((".sdkmanrc",), _sdkman),
    Reader(tuple(_SINGLE), _single),
)
