"""Detection as a whole: walk, read what is known, merge."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath

from devbox.detect.files import MAX_BYTES, MAX_LARGE_BYTES, read_bytes
from devbox.detect.findings import Confidence, Report, Skipped
from devbox.detect.formats.node import Unreadable
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.matching import Matcher
from devbox.detect.merging import Merger
from devbox.detect.readers import READERS
from devbox.detect.table import Table
from devbox.detect.text import decode, shown
from devbox.detect.walk import Tree, walk
from devbox.errors import DevboxError
from devbox.tools.definition import ToolDefinition

MAX_READ = 5000
"""How many files are read."""

MAX_TOTAL = 64 * MAX_BYTES
"""How many bytes are read of all files together."""

_MAX_HINTS = 20_000
_MAX_ALIKE = 20

# A folder with one of these is a root: a project of its own.
_MANIFESTS = tuple(
    """
    package.json pyproject.toml setup.py requirements.txt pipfile gemfile go.mod cargo.toml pom.xml
    build.gradle build.gradle.kts composer.json mix.exs *.csproj *.fsproj cpanfile makefile.pl
    global.json pubspec.yaml build.sbt deno.json
    """.split()  # noqa: SIM905 - a list of names
)


def detect(root: Path, tools: Mapping[str, ToolDefinition]) -> Report:
    """Report the tools, versions and services that a repo uses, with the lines that say so.

    Nothing of the repo is run, nothing outside of it is read, and no file of it is an error: what
    cannot be read is in the report.

    Args:
        root: the repo's folder.
        tools: the catalog: whose evidence is looked for, and whose versions are offered.

    Raises:
        DevboxError: the folder itself cannot be read.
    """
    try:
        real = Path(os.path.realpath(root, strict=True))
        with os.scandir(real):
            pass
    except OSError as error:
        raise DevboxError(
            f"the folder {shown(str(root))} cannot be read", evidence=str(error)
        ) from error
    matcher = Matcher(tools)
    table = Table(matcher.file_names())
    tree = walk(real, table.wants)
    merger = Merger(matcher, real.name)
    _read(real, tree, table, merger)
    findings, conflicts = merger.findings(_roots(tree.paths))
    return Report(
        findings=tuple(findings),
        libraries=tuple(merger.libraries()),
        conflicts=tuple(conflicts),
        skipped=tuple(sorted(set(tree.skipped), key=lambda item: (str(item.file), item.line))),
        files=tree.files,
    )


def _roots(paths: list[str]) -> set[PurePosixPath]:
    wanted = re.compile("|".join(map(fnmatch.translate, _MANIFESTS)))
    found = {PurePosixPath()}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if wanted.match(name.lower()):
            found.add(PurePosixPath(shown(folder)))
    return found


def _read(root: Path, tree: Tree, table: Table, merger: Merger) -> None:
    """Read the files that are known, those of upper folders first, within bounds."""
    read = total = 0
    alike: dict[str, int] = {}
    for path in tree.paths:
        name = path.rpartition("/")[2]
        file = File(PurePosixPath(shown(path)), "")
        if table.speaks(name):
            # Of a thousand headers the first few are enough.
            kind = name.rpartition(".")[2] if name.count(".") else name
            alike[kind] = alike.get(kind, 0) + 1
            if alike[kind] <= _MAX_ALIKE:
                merger.add(file, [_presence(name)])
        readers = table.readers(path)
        if not readers:
            continue
        if read >= MAX_READ or total >= MAX_TOTAL:
            tree.skip(path, "enough files of the repo were read before it")
            continue
        read += 1
        total += _read_file(root, path, readers, tree, merger)


# Frameworks ship these, whatever the server.
_SHIPPED = {".htaccess"}


def _presence(name: str) -> Hint:
    confidence: Confidence = "possible" if name.lower() in _SHIPPED else "likely"
    return Hint("files", name, 0, f"there is {shown(name)}", confidence)


def _read_file(root: Path, path: str, readers: list[Reader], tree: Tree, merger: Merger) -> int:
    """Read one file; return its size."""
    data = b""
    shown_path = PurePosixPath(shown(path))
    for reader in readers:
        hints: list[Hint] = []
        file = File(shown_path, "")
        try:
            if not reader.unread:
                data = data or read_bytes(
                    root, path, MAX_LARGE_BYTES if reader.large else MAX_BYTES
                )
                file = File(shown_path, decode(data))
            for hint in islice(reader.read(file), _MAX_HINTS):
                hints.append(hint)  # noqa: PERF402 - what comes before a failure is kept
        except Unreadable as error:
            tree.skipped.append(Skipped(shown_path, error.line, shown(error.why)))
        except RecursionError:
            tree.skipped.append(Skipped(shown_path, 0, "it is nested too deeply"))
        merger.add(file, hints)
    return len(data)


def known_names() -> Iterator[str]:
    """Yield the patterns of all files that are read."""
    for reader in READERS:
        yield from reader.patterns
