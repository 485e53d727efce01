"""What shell commands speak for: the packages that they install, the programs that they run.

This is no shell: words and the marks between commands are enough to see an ``apt-get install``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from devbox.detect.findings import Confidence
from devbox.detect.hints import FOREIGN, Hint
from devbox.spec.model import Part

_WORD = re.compile(r"""&&|\|\||[;|&()\n]|\\\n|(?:"[^"\n]*"|'[^'\n]*'|[^\s;|&()"'])+|["']""")
_ENDS = {"&&", "||", ";", "|", "&", "(", ")", "\n"}
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.\-]*")
_PREFIXES = {
    "sudo",
    "exec",
    "time",
    "env",
    "nice",
    "nohup",
    "command",
    "then",
    "do",
    "else",
    "if",
    "!",
}
_RUNNERS = {
    ("bundle", "exec"),
    ("poetry", "run"),
    ("uv", "run"),
    ("pipenv", "run"),
    ("npm", "exec"),
}
# Options that take the next word with them.
_TAKES_VALUE = {
    "-t",
    "--target-release",
    "-o",
    "--option",
    "--repository",
    "-X",
    "-r",
    "--index-url",
}
_NODESOURCE = re.compile(r"(?:deb|rpm)\.nodesource\.com/(?:setup_|node_)(\d+)")
_VERSION_IN_NAME = re.compile(r"(?:[a-z+]-?)(\d+(?:\.\d+)*)(?:-|$)")
_CLIENT = re.compile(r"-(?:clients?|tools|utils)(?:-[0-9.]+)?$")
_LIBRARY = re.compile(r"lib|default-lib")
_PINNED = re.compile(r"(@?[^@=\s]+)(?:@|==?)(.+)")

# Package managers: the words before the names, and the kind of the names.
_INSTALLERS = (
    ({"apt-get", "apt", "aptitude"}, {"install", "satisfy"}, "apt"),
    ({"apk"}, {"add"}, FOREIGN),
    ({"yum", "dnf", "microdnf", "zypper"}, {"install"}, FOREIGN),
    ({"brew"}, {"install"}, "brew"),
    ({"pip", "pip3", "pipx"}, {"install"}, "pypi"),
    ({"npm", "pnpm"}, {"install", "i", "add"}, "npm"),
    ({"gem"}, {"install"}, "gems"),
    ({"nvm", "fnm"}, {"install", "use"}, "node versions"),
)


def script_hints(
    text: str,
    line: int,
    part: Part | None,
    *,
    commands: bool = True,
    confidence: Confidence = "certain",
) -> Iterator[Hint]:
    """Yield what a script speaks for.

    Args:
        text: some lines of shell.
        line: the number of the first.
        part: the part of the stack that its packages are for.
        commands: whether to name the programs that it runs, too.
        confidence: how much an installation in it says.
    """
    for match in _NODESOURCE.finditer(text):
        at = line + text.count("\n", 0, match.start())
        yield Hint(
            "asdf", "nodejs", at, f"NodeSource's Node.js {match[1]}", "certain", part, match[1]
        )
    for words in _commands(text, line):
        yield from _command_hints(words, part, commands=commands, confidence=confidence)


_Words = list[tuple[str, int]]


def _commands(text: str, line: int) -> Iterator[_Words]:
    """Yield the words of each simple command with their lines, without comments."""
    words: _Words = []
    comment = continued = between = False
    for match in _WORD.finditer(text.replace("\\\n", " \\\n")):
        word = match[0]
        if word == "\n" and comment and between:
            comment, line = False, line + 1
            continue
        if word == "\n":
            comment = False
        if word == "\\\n" or comment:
            line += word.count("\n")
            comment = comment and word != "\\\n"
            continued = word == "\\\n" or continued
            continue
        if word.startswith(("#", "`#")):  # `# …` is a comment between the words of one line
            # In a Dockerfile comments may stand between the lines of one instruction.
            comment, between = True, continued
            continue
        continued = False
        if word in _ENDS:
            if words:
                yield words
            words = []
            line += word == "\n"
            continue
        words.append((word.strip("\"'"), line))
    if words:
        yield words


def _command_hints(
    words: _Words, part: Part | None, *, commands: bool, confidence: Confidence
) -> Iterator[Hint]:
    words = _without_prefixes(words)
    if not words:
        return
    program, line = words[0]
    program = program.rpartition("/")[2]
    if program in {"python", "python3"} and [word for word, _ in words[1:3]] == ["-m", "pip"]:
        words, program = words[2:], "pip"
    for programs, verbs, kind in _INSTALLERS:
        if program in programs:
            yield from _installed(words[1:], verbs, kind, part, confidence)
    if commands and _PACKAGE.fullmatch(program):
        yield Hint("commands", program, line, f"runs {program}", "possible", part)


def _without_prefixes(words: _Words) -> _Words:
    index = 0
    while index < len(words):
        word = words[index][0]
        following = words[index + 1][0] if index + 1 < len(words) else ""
        if (word, following) in _RUNNERS:
            index += 2
        elif word in _PREFIXES or _ASSIGNMENT.match(word) or (index and word.startswith("-")):
            index += 1
        else:
            break
    return words[index:]


def _installed(
    words: _Words, verbs: Iterable[str], kind: str, part: Part | None, confidence: Confidence
) -> Iterator[Hint]:
    """Yield the packages that a package manager's arguments name."""
    names = [word for word, _ in words]
    verb = next((word for word in names if word in verbs), None)
    if verb is None:
        return
    start = names.index(verb)
    if kind == "npm" and not {"-g", "--global"} & set(names):
        return
    skip = False
    for word, line in words[start + 1 :]:
        if skip or word.startswith("-"):
            skip = not skip and word in _TAKES_VALUE
            continue
        hint = package_hint(word, kind, line, part, confidence)
        if hint:
            yield hint


def package_hint(
    word: str, kind: str, line: int, part: Part | None, confidence: Confidence = "certain"
) -> Hint | None:
    """Return the hint of one package as a command line or a list names it; None for none."""
    if kind == "node versions":
        return Hint("asdf", "nodejs", line, f"installs Node.js {word}", "certain", part, word)
    version = None
    # apt-get satisfy takes relations: "libfoo (>= 1.2)".
    name = re.split(r"[:\s(]", word, maxsplit=1)[0] if kind == "apt" else word
    if kind == "brew":
        name, _, version = word.rpartition("/")[2].partition("@")
        return Hint(kind, word, line, f"installs {word}", confidence, part, version or None)
    if pinned := _PINNED.fullmatch(name):
        name, version = pinned[1], pinned[2] if kind != "apt" else None
    if kind in {"apt", FOREIGN}:
        if not _PACKAGE.fullmatch(name):
            return None
        version = _version_in(name, kind)
        if confidence == "certain" and (_CLIENT.search(name) or _LIBRARY.match(name)):
            confidence = "likely"  # the server itself may be elsewhere
    name = re.sub(r"\[.*|[<>=~!].*", "", name)
    if not name or name[0] in "./$":
        return None
    return Hint(kind, name, line, f"installs {name}", confidence, part, version)


def _version_in(name: str, kind: str) -> str | None:
    """Return the version that a package's name tells: 16 of postgresql-16, 8.2 of php8.2-fpm."""
    number = _VERSION_IN_NAME.search(name)
    if number is None or name.startswith("lib"):
        return None
    version = number[1]
    if kind == FOREIGN and re.match(r"php\d{2}(?:-|$)", name):
        return f"{version[0]}.{version[1:]}"  # Alpine's php84 is PHP 8.4
    # The number of python3, apache2 and sqlite3 is a part of the name.
    return None if len(version) == 1 and f"-{version}" not in name else version
