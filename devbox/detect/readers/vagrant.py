"""Vagrantfile: the packages that its inline scripts install. It is a program: lines only.

https://developer.hashicorp.com/vagrant/docs/vagrantfile
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.hints import File, Hint, Reader
from devbox.detect.shell import script_hints

_INSTALL = re.compile(r"\b(?:apt-get|apt|aptitude|pip3?|npm|gem|yum|dnf)\b[^#]*\b(?:install|i)\b")
_INLINE = re.compile(r"""inline:\s*["']([^"']*)""")
_PROVISIONER = re.compile(r"""\.provision\s*\(?\s*["':]\s*(ansible(?:_local)?|docker)\b""")


def _vagrantfile(file: File) -> Iterator[Hint]:
    yield Hint("files", "vagrantfile", 0, "a Vagrantfile", "possible")
    block: list[str] = []
    start = 0
    for number, line in file.lines():
        text = line[:2000]
        if match := _PROVISIONER.search(text):
            name = match[1].partition("_")[0]
            says = f"provisioned by {name}"
            yield Hint("commands", name, number, says, "likely", "development")
        inline = _INLINE.search(text)
        text = inline[1] if inline else text
        if text.lstrip().startswith("#"):
            continue
        if block or _INSTALL.search(text) or "nodesource" in text:
            start = start if block else number
            block.append(text)
            if not text.rstrip().endswith("\\"):
                # The box is for developers; what it installs is put where its tool usually is.
                yield from script_hints("\n".join(block), start, None, commands=False)
                block = []


READERS = (Reader(("Vagrantfile",), _vagrantfile),)
