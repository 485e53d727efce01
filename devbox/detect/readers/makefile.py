"""Makefiles and developers' scripts: the programs that they run, as weak evidence."""

from __future__ import annotations

from collections.abc import Iterator

from devbox.detect.hints import File, Hint, Reader
from devbox.detect.shell import script_hints


def _makefile(file: File) -> Iterator[Hint]:
    yield Hint("commands", "make", 0, f"a {file.name}", "likely", "development")
    compiles = False
    for number, line in file.lines():
        text = line[:2000]
        if line.startswith("\t"):
            recipe = text.lstrip("\t@-+ ")
            if not compiles and recipe.startswith(
                ("$(CC)", "$(CXX)", "${CC}", "gcc ", "cc ", "g++ ")
            ):
                compiles = True
                yield Hint("commands", "gcc", number, "compiles C", "likely", "development")
            yield from script_hints(recipe, number, "development", confidence="likely")


def _script(file: File) -> Iterator[Hint]:
    yield from script_hints(file.text, 1, "development", commands=False, confidence="likely")


READERS = (
    Reader(("Makefile", "GNUmakefile", "makefile", "Justfile", "justfile"), _makefile),
    Reader(("bin/setup", "script/setup", "script/bootstrap", "setup.sh", "bootstrap.sh",
            "provision.sh", "install-dependencies.sh"), _script),
)  # fmt: skip
