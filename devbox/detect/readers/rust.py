"""Rust: Cargo.toml, Cargo.lock, rust-toolchain.

Cargo.toml: https://doc.rust-lang.org/cargo/reference/manifest.html; rust-toolchain:
https://rust-lang.github.io/rustup/overrides.html#the-toolchain-file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.findings import Confidence
from devbox.detect.formats.node import Node
from devbox.detect.formats.toml_nodes import read_toml
from devbox.detect.hints import File, Hint, Reader
from devbox.spec.model import Part

_LOCKED = re.compile(r"""name = "([\w\-]+)"$""")
_CHANNEL = re.compile(r"(\d+\.\d+(?:\.\d+)?)")

_TABLES: dict[str, Part] = {
    "dependencies": "production",
    "dev-dependencies": "development",
    "build-dependencies": "development",
}


def _manifest(file: File) -> Iterator[Hint]:
    root = read_toml(file.text)
    yield Hint("asdf", "rust", 0, "a package of Rust", "certain")
    for where in (root.get("package"), root.get("workspace", "package")):
        wanted = where.get("rust-version")
        if wanted.text:
            says = f"rust-version is {wanted.text}"
            yield Hint("asdf", "rust", wanted.line, says, "certain", None, f">={wanted.text}")
    yield from _dependencies(root)
    yield from _dependencies(root.get("workspace"))
    for target in root.get("target").values():
        yield from _dependencies(target)


def _dependencies(table: Node) -> Iterator[Hint]:
    for name, part in _TABLES.items():
        for crate, value in table.get(name).items():
            features = [item.text for item in value.get("features").list()]
            wanted = value.text or value.get("version").text
            listed = f" with {', '.join(features)}" if features else ""
            crate_name = value.get("package").text or crate
            renamed = f" (as {crate})" if crate_name != crate else ""
            says = f"crate {crate_name} {wanted}".rstrip() + renamed + listed
            confidence: Confidence = (
                "possible" if value.get("optional").text == "true" else "likely"
            )
            yield Hint("crates", crate_name, value.line, says, confidence, part)
            # A feature decides which database a crate speaks to: sqlx[postgres], diesel[mysql].
            for feature in features:
                named = f"{crate_name}[{feature}]"
                yield Hint("crates", named, value.line, says, confidence, part)


def _lock(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        if match := _LOCKED.match(line):
            says = f"locks crate {match[1]}"
            yield Hint("crates", match[1], number, says, "possible", "production")


def _toolchain(file: File) -> Iterator[Hint]:
    if file.name.endswith(".toml") or "[toolchain]" in file.text:
        channel = read_toml(file.text).get("toolchain", "channel")
    else:
        channel = next(
            (Node(n, text.strip()) for n, text in file.lines() if text.strip()), Node(0, "")
        )
    if channel.text:
        version = _CHANNEL.match(channel.text)
        says = f"the toolchain is {channel.text[:40]}"
        wanted = version[1] if version else None
        yield Hint("asdf", "rust", channel.line, says, "certain", None, wanted)


READERS = (
    Reader(("Cargo.toml",), _manifest),
    Reader(("Cargo.lock",), _lock, large=True),
    Reader(("rust-toolchain", "rust-toolchain.toml"), _toolchain),
)
