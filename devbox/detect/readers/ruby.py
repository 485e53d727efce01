"""Ruby: Gemfile, its lock, gemspecs, version files. Gemfiles are programs: only plain lines count.

Gemfile: https://bundler.io/man/gemfile.5.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.hints import File, Hint, Reader
from devbox.spec.model import Part

_RUBY = re.compile(r"""\s*ruby\s*\(?\s*["']([^"']{1,40})["'](?:\s*,\s*["']([^"']{1,40})["'])?""")
_GEM = re.compile(r"""\s*gem\s*\(?\s*["']([\w.\-]{1,80})["'](.*)""")
_WANTED = re.compile(r"""^\s*,\s*["']([^"']{1,40})["']""")
_GROUP = re.compile(r"\s*group\b(.*?)\bdo\b")
_STARTS = re.compile(r"\s*(?:if|unless|case|begin|def|while)\b|.*\bdo\b\s*(?:\|[^|]*\|)?\s*$")
_END = re.compile(r"\s*end\b")
_INLINE_GROUP = re.compile(r"""groups?:\s*\[?[^\]]*?(:?\w+)|:group\s*=>\s*\[?\s*(:\w+)""")
_DEVELOPMENT = re.compile(r":?\b(?:development|test|ci|lint|debug|doc|docs)\b")
_LOCKED = re.compile(r" {4}([\w.\-]+) \(([^)]+)\)$")
_LOCKED_RUBY = re.compile(r" {3}ruby (\d+(?:\.\d+)*)")
_GEMSPEC = re.compile(
    r"""\.add(_development)?(?:_runtime)?_dependency\s*\(?\s*["']([\w.\-]{1,80})["']"""
)
_GEMSPEC_RUBY = re.compile(r"""\.required_ruby_version\s*=\s*["']([^"']{1,40})["']""")


def _gemfile(file: File) -> Iterator[Hint]:
    yield Hint("asdf", "ruby", 0, "a Gemfile", "certain")
    blocks: list[Part | None] = []
    for number, line in file.lines():
        text = line[:1000].partition(" #")[0]
        if text.lstrip().startswith("#"):
            continue
        if match := _RUBY.match(text):
            wanted = ", ".join(filter(None, match.groups()))
            yield Hint("asdf", "ruby", number, f"ruby is {wanted}", "certain", None, wanted)
        elif match := _GEM.match(text):
            around: Part = next((part for part in reversed(blocks) if part), "production")
            yield from _gem(match[1], match[2], number, around)
        elif match := _GROUP.match(text):
            blocks.append(_part(match[1]))
        elif _STARTS.match(text):
            blocks.append(None)
        elif _END.match(text) and blocks:
            blocks.pop()


def _gem(name: str, rest: str, line: int, around: Part) -> Iterator[Hint]:
    group = _INLINE_GROUP.search(rest)
    part = _part(rest[group.start() :]) if group else around
    wanted = _WANTED.match(rest)
    says = f"gem {name} {wanted[1] if wanted else ''}".rstrip()
    yield Hint("gems", name, line, says, "likely", part)


def _part(groups: str) -> Part:
    """Return development if every group that is named is one of it."""
    names = re.findall(r":(\w+)", groups) or re.findall(r"\w+", groups)
    names = [name for name in names if name not in {"group", "groups", "require", "false", "true"}]
    developer = names and all(_DEVELOPMENT.fullmatch(name) for name in names)
    return "development" if developer else "production"


def _lock(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        if match := _LOCKED.match(line[:300]):
            says = f"locks {match[1]} {match[2]}"
            yield Hint("gems", match[1], number, says, "possible", "production")
        elif match := _LOCKED_RUBY.match(line):
            yield Hint("asdf", "ruby", number, f"locks ruby {match[1]}", "certain", None, match[1])


def _gemspec(file: File) -> Iterator[Hint]:
    yield Hint("asdf", "ruby", 0, "a gem", "certain")
    for number, line in file.lines():
        text = line[:1000]
        if match := _GEMSPEC.search(text):
            part: Part = "development" if match[1] else "production"
            yield Hint("gems", match[2], number, f"gem {match[2]}", "likely", part)
        elif match := _GEMSPEC_RUBY.search(text):
            says = f"required_ruby_version is {match[1]}"
            yield Hint("asdf", "ruby", number, says, "certain", None, match[1])


def _version_file(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        text = line.partition("#")[0].strip()
        if re.match(r"(?:ruby-)?\d", text):
            version = text.removeprefix("ruby-")
            says = f"{file.name} is {text[:40]}"
            yield Hint("asdf", "ruby", number, says, "certain", None, version)
            return


READERS = (
    Reader(("Gemfile", "gems.rb"), _gemfile),
    Reader(("Gemfile.lock", "gems.locked"), _lock, large=True),
    Reader(("*.gemspec",), _gemspec),
    Reader((".ruby-version",), _version_file),
)
