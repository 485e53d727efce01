"""Lists of system packages: apt.txt, Aptfile, Brewfile."""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.hints import File, Hint, Reader
from devbox.detect.shell import package_hint

_BREW = re.compile(r"""\s*(brew|cask)\s*\(?\s*["']([\w@.+/\-]{1,100})["']""")


def _apt(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        for word in line[:2000].partition("#")[0].split():
            # An Aptfile may hold addresses of packages, and :repo: lines.
            if word.startswith(":") or "/" in word:
                break
            hint = package_hint(word, "apt", number, "production")
            if hint:
                yield hint


def _brewfile(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        if match := _BREW.match(line[:500]):
            hint = package_hint(match[2], "brew", number, "development")
            if hint:
                yield hint


READERS = (
    Reader(("apt.txt", "Aptfile", "apt-packages.txt", "apt-requirements.txt"), _apt),
    Reader(("Brewfile",), _brewfile),
)
