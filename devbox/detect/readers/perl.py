"""Perl: cpanfile and Makefile.PL, https://metacpan.org/dist/Module-CPANfile/view/lib/cpanfile.pod.

They are programs: only plain lines count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.hints import File, Hint, Reader
from devbox.spec.model import Part

_REQUIRES = re.compile(
    r"""^\s*(requires|recommends|test_requires)\s*\(?\s*["']([\w:]{1,80})["'](?:\s*(?:,|=>)\s*["']?v?([\d._]{1,20}))?"""
)
_ON = re.compile(r"""^\s*on\s*\(?\s*["']?(\w+)["']?\s*(?:=>|,)\s*sub""")
_MINIMUM = re.compile(r"""MIN_PERL_VERSION["']?\s*=>\s*["']?v?([\d._]{1,20})""")
_PREREQUISITE = re.compile(r"""^\s*["']?([A-Z]\w*(?:::\w+)+)["']?\s*=>\s*["']?[\d._v]""")


def perl_version(text: str) -> str:
    """Return a version as people write it: 5.36.0 of 5.036."""
    match = re.fullmatch(r"(\d+)\.(\d{3})_?(\d{3})?", text)
    if match is None:
        return text
    return ".".join(str(int(number)) for number in match.groups() if number)


def _minimum(version: str, line: int) -> Hint:
    wanted = f">={perl_version(version)}"
    return Hint("asdf", "perl", line, f"perl is {wanted}", "certain", None, wanted)


def _cpanfile(file: File) -> Iterator[Hint]:
    yield Hint("asdf", "perl", 0, "a cpanfile", "certain")
    part: Part = "production"
    for number, line in file.lines():
        text = line[:500]
        if match := _ON.match(text):
            part = "production" if match[1] == "runtime" else "development"
        elif text.strip() in {"};", "}"}:
            part = "production"
        elif match := _REQUIRES.match(text):
            if match[2] == "perl":
                yield _minimum(match[3] or "5", number)
                continue
            of_line: Part = "development" if match[1] == "test_requires" else part
            yield Hint("cpan", match[2].lower(), number, f"requires {match[2]}", "likely", of_line)


def _makefile_pl(file: File) -> Iterator[Hint]:
    yield Hint("asdf", "perl", 0, f"{file.name}: a distribution of Perl", "certain")
    for number, line in file.lines():
        text = line[:500]
        if match := _MINIMUM.search(text):
            yield _minimum(match[1], number)
        elif match := _PREREQUISITE.match(text):
            says = f"requires {match[1]}"
            yield Hint("cpan", match[1].lower(), number, says, "likely", "production")


READERS = (
    Reader(("cpanfile",), _cpanfile),
    Reader(("Makefile.PL", "Build.PL"), _makefile_pl),
)
