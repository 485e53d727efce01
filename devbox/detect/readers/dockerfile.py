"""Dockerfile and Containerfile, https://docs.docker.com/reference/dockerfile/.

The last stage, and the stages that it is built from, are what production runs; other stages build
it. A file that is named for development, or that a devcontainer has, is development's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from devbox.detect.hints import File, Hint, Reader
from devbox.detect.images import image_hints, substitute
from devbox.detect.shell import script_hints
from devbox.spec.model import Part

_INSTRUCTION = re.compile(r"\s*([A-Za-z]+)\s+(.*)", re.DOTALL)
_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?", re.IGNORECASE)
_HEREDOC = re.compile(r"""^\s*(?:RUN|COPY)\b.*<<-?["']?(\w+)""", re.IGNORECASE)
_COPY_IMAGE = re.compile(r"--from=(\S+)")
_DEVELOPMENT = re.compile(
    r"(?:^|[._\-/])(?:dev|development|devel|local|test|tests|ci|debug)(?:[._\-/]|$)"
)


@dataclass
class _Stage:
    base: str
    name: str
    line: int
    commands: list[tuple[int, str]] = field(default_factory=list)
    copied: list[tuple[int, str]] = field(default_factory=list)


def _dockerfile(file: File) -> Iterator[Hint]:
    stages = _stages(file)
    names = {stage.name for stage in stages}
    produced = _production(stages)
    path = str(file.path).lower()
    developer = ".devcontainer/" in path or _DEVELOPMENT.search(path) is not None
    for stage in stages:
        part: Part = "development" if developer or stage not in produced else "production"
        if stage.base.lower() not in names:
            says = f"FROM {stage.base}"
            yield from image_hints(stage.base, stage.line, says, part)
        for line, text in stage.commands:
            yield from script_hints(text, line, part, commands=False)
        for line, image in stage.copied:
            if image.lower() not in names and not image.isdigit():
                yield from image_hints(image, line, f"COPY --from={image}", part)


def _stages(file: File) -> list[_Stage]:
    stages: list[_Stage] = []
    values: dict[str, str] = {}
    for line, text in _instructions(file):
        match = _INSTRUCTION.match(text)
        if match is None:
            continue
        word, rest = match[1].upper(), match[2]
        if word == "ARG":
            name, sign, value = rest.strip().partition("=")
            if sign:
                values[name] = substitute(value.strip().strip("\"'"), values)
        elif word == "FROM" and (image := _FROM.match(rest.strip())):
            base = substitute(image[1], values)
            stages.append(_Stage(base, (image[2] or "").lower(), line))
        elif word == "RUN" and stages:
            stages[-1].commands.append((line, " " * match.start(2) + rest))
        elif word == "COPY" and stages and (image := _COPY_IMAGE.match(rest)):
            stages[-1].copied.append((line, substitute(image[1], values)))
    return stages


def _instructions(file: File) -> Iterator[tuple[int, str]]:
    """Yield each instruction with the line of its beginning; its lines stay lines."""
    start, lines, end = 0, list[str](), ""
    for number, line in file.lines():
        if not lines and (not line.strip() or line.lstrip().startswith("#")):
            continue
        start = start if lines else number
        lines.append(line)
        if heredoc := None if end else _HEREDOC.search(line):
            end = heredoc[1]
            continue
        if end and line.strip() != end:
            continue
        open_ended = line.rstrip().endswith("\\") or line.lstrip().startswith("#")
        if end or not open_ended:
            end = ""
            yield start, "\n".join(lines)
            lines = []
    if lines:
        yield start, "\n".join(lines)


def _production(stages: list[_Stage]) -> list[_Stage]:
    """Return the last stage and those that it stands on."""
    found: list[_Stage] = []
    while stages:
        stage, stages = stages[-1], stages[:-1]
        found.append(stage)
        names = [other.name for other in stages]
        base = stage.base.lower()
        stages = stages[: names.index(base) + 1] if base in names else []
    return found


READERS = (
    Reader(
        (
            "Dockerfile",
            "Dockerfile.*",
            "Dockerfile-*",
            "*.Dockerfile",
            "*.dockerfile",
            "Containerfile",
            "Containerfile.*",
        ),
        _dockerfile,
    ),
)
