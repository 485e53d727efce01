"""Go: go.mod and go.work, https://go.dev/ref/mod#go-mod-file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.findings import Confidence
from devbox.detect.hints import File, Hint, Reader

_GO = re.compile(r"go\s+(\d[\w.]{0,20})\s*$")
_TOOLCHAIN = re.compile(r"toolchain\s+go(\d[\w.]{0,20})")
_REQUIRE = re.compile(r"(?:require\s+)?([\w.\-~]+\.[\w.\-~]+/[^\s]{1,200})\s+(v[^\s]{1,60})")
_MAJOR = re.compile(r"/v\d+$")


def _module(file: File) -> Iterator[Hint]:
    yield Hint("asdf", "golang", 0, "a module of Go", "certain")
    block = ""
    for number, line in file.lines():
        text, _, comment = line[:1000].partition("//")
        text = text.strip()
        if match := _GO.match(text):
            yield Hint(
                "asdf", "golang", number, f"go is {match[1]}", "certain", None, f">={match[1]}"
            )
        elif match := _TOOLCHAIN.match(text):
            says = f"toolchain is go{match[1]}"
            # Both are the least that will do: https://go.dev/doc/toolchain.
            yield Hint("asdf", "golang", number, says, "certain", None, f">={match[1]}")
        elif text.endswith("("):
            block = text.partition("(")[0].strip()
        elif text == ")":
            block = ""
        elif (block == "require" or text.startswith("require ")) and (
            match := _REQUIRE.match(text)
        ):
            confidence: Confidence = "possible" if "indirect" in comment else "likely"
            says = f"requires {match[1]} {match[2]}"
            name = _MAJOR.sub("", match[1])
            yield Hint("go", name, number, says, confidence, "production")


READERS = (Reader(("go.mod", "go.work"), _module),)
