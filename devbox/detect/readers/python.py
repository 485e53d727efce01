"""Python: pyproject.toml, setup.cfg, requirements, Pipfile, lock files, version files.

pyproject.toml: https://packaging.python.org/en/latest/specifications/pyproject-toml/, dependency
groups: PEP 735; requirements: https://pip.pypa.io/en/stable/reference/requirements-file-format/.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator

from devbox.detect.findings import Confidence
from devbox.detect.formats.json_nodes import read_json
from devbox.detect.formats.node import Node, Unreadable
from devbox.detect.formats.toml_nodes import read_toml
from devbox.detect.hints import File, Hint, Reader
from devbox.spec.model import Part

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.\-]*)\s*(\[[^\]]*\])?\s*(.*)")
_EGG = re.compile(r"#egg=([\w.\-]+)")
_DEVELOPMENT = re.compile(
    r"(?:^|[^a-z])(?:dev|devel|development|test|tests|testing|lint|docs?|ci|local|typing|build)(?:[^a-z]|$)"
)
_LOCKED = re.compile(r"""name = "([\w.\-]+)"$""")
_LOCK_PYTHON = re.compile(r"""(?:requires-python|python-versions) = "([^"]+)"$""")
_KEYWORD = re.compile(r"""python_requires\s*=\s*["']([^"'\n]{1,80})["']""")
_QUOTED = re.compile(
    r"""["']([A-Za-z0-9][\w.\-]{0,80}(?:\[[\w,\- ]{0,80}\])?\s*(?:[<>=~!][^"'\n]{0,80})?)["']"""
)

_TEXT = re.compile(r"""(["'])[^"'\n]*\1""")


def part_of_name(name: str) -> Part:
    """Return the part that a group of dependencies, or a file of them, is named for."""
    return "development" if _DEVELOPMENT.search(name.lower()) else "production"


def normal(name: str) -> str:
    """Return a package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement(
    text: str, line: int, part: Part, confidence: Confidence = "likely", word: str = "requires"
) -> Iterator[Hint]:
    """Yield what a requirement such as ``psycopg[binary]>=3 ; python_version > "3"`` speaks for."""
    match = _REQUIREMENT.match(text[:500])
    if match is None:
        return
    name, extras, rest = normal(match[1]), (match[2] or "")[1:-1], match[3]
    says = f"{word} {match[1]}{match[2] or ''} {rest.partition(';')[0]}".strip()
    yield Hint("pypi", name, line, says, confidence, part)
    # An extra may bring what a package of its own would: celery[redis], psycopg[binary].
    for extra in extras.split(","):
        if extra.strip():
            yield Hint("pypi", f"{name}[{extra.strip().lower()}]", line, says, confidence, part)


def _python(version: Node, where: str, part: Part | None = None) -> Iterator[Hint]:
    if version.text:
        says = f"{where} is {version.text}"
        yield Hint("asdf", "python", version.line, says, "certain", part, version.text)


def _requirements(file: File) -> Iterator[Hint]:
    part = part_of_name("/".join(file.path.parts[-2:]))
    yield Hint("asdf", "python", 0, "a list of Python packages", "likely")
    for number, line in file.lines():
        text = line.partition(" #")[0].strip()
        if text.startswith(("-e", "--editable")) or "://" in text.partition(" ")[0]:
            egg = _EGG.search(line)
            text = egg[1] if egg else ""
        if text and not text.startswith(("#", "-")):
            yield from requirement(text, number, part)


def _pyproject(file: File) -> Iterator[Hint]:
    root = read_toml(file.text)
    project, poetry = root.get("project"), root.get("tool", "poetry")
    if not project and not poetry and not root.get("dependency-groups"):
        return  # settings of tools only: any repo may have them
    yield Hint("asdf", "python", 0, "a project of Python", "certain")
    yield from _python(project.get("requires-python"), "requires-python")
    for item in project.get("dependencies").list():
        yield from requirement(item.text, item.line, "production")
    for group, items in project.get("optional-dependencies").items():
        for item in items.list():
            yield from requirement(
                item.text, item.line, part_of_name(group), "possible", f"extra {group}:"
            )
    for group, items in root.get("dependency-groups").items():
        for item in items.list():
            yield from requirement(item.text, item.line, "development", "likely", f"group {group}:")
    for item in root.get("tool", "uv", "dev-dependencies").list():
        yield from requirement(item.text, item.line, "development")
    yield from _poetry(poetry)
    for name in ("poetry", "pdm", "hatch", "uv"):
        if table := root.get("tool", name):
            says = f"settings of {name}"
            yield Hint("asdf", name, table.line, says, "likely", "development")


def _poetry(poetry: Node) -> Iterator[Hint]:
    yield from _python(poetry.get("dependencies", "python"), "tool.poetry.dependencies.python")
    yield from _table(poetry.get("dependencies"), "production")
    yield from _table(poetry.get("dev-dependencies"), "development")
    for group in poetry.get("group").values():
        yield from _table(group.get("dependencies"), "development")


def _table(table: Node, part: Part) -> Iterator[Hint]:
    """Yield the packages of a table as Poetry and Pipenv have them: ``name = "^1"`` or a table."""
    for name, value in table.items():
        if name.lower() == "python":
            continue
        extras = ",".join(item.text for item in value.get("extras").list())
        wanted = value.text or value.get("version").text
        text = f"{name}[{extras}] {wanted}" if extras else f"{name} {wanted}"
        yield from requirement(text, value.line, part)


def _pipfile(file: File) -> Iterator[Hint]:
    root = read_toml(file.text)
    yield Hint("asdf", "pipenv", 0, "a Pipfile", "certain", "development")
    yield Hint("asdf", "python", 0, "a project of Python", "certain")
    for key in ("python_version", "python_full_version"):
        yield from _python(root.get("requires", key), key)
    yield from _table(root.get("packages"), "production")
    yield from _table(root.get("dev-packages"), "development")


def _pipfile_lock(file: File) -> Iterator[Hint]:
    root = read_json(file.text)
    yield from _python(root.get("_meta", "requires", "python_version"), "python_version")
    parts: dict[str, Part] = {"default": "production", "develop": "development"}
    for key, part in parts.items():
        for name, value in root.get(key).items():
            says = f"locks {name} {value.get('version').text}"
            yield Hint("pypi", normal(name), value.line, says, "possible", part)


def _lock(file: File) -> Iterator[Hint]:
    """uv.lock and poetry.lock, by lines: they may be large."""
    name = file.name.partition(".")[0]
    yield Hint("asdf", name, 0, f"a lock file of {name}", "certain", "development")
    for number, line in file.lines():
        if match := _LOCKED.match(line):
            yield Hint(
                "pypi", normal(match[1]), number, f"locks {match[1]}", "possible", "production"
            )
        elif match := _LOCK_PYTHON.match(line):
            says = f"Python is {match[1]}"
            yield Hint("asdf", "python", number, says, "likely", None, match[1])


def _setup_cfg(file: File) -> Iterator[Hint]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(file.text)
    except configparser.Error as error:
        bad = getattr(error, "errors", None) or [(getattr(error, "lineno", 0), "")]
        line = bad[0][0] or 0
        raise Unreadable("it is not an INI file", line) from error
    lines = file.text.split("\n")

    def hints(text: str, part: Part, confidence: Confidence) -> Iterator[Hint]:
        for item in text.split("\n"):
            if wanted := item.strip():
                line = next((n for n, have in enumerate(lines, 1) if wanted in have), 0)
                yield from requirement(wanted, line, part, confidence)

    wanted = parser.get("options", "python_requires", fallback="")
    if wanted:
        line = next((n for n, have in enumerate(lines, 1) if have.startswith("python_requires")), 0)
        yield from _python(Node(line, wanted), "python_requires")
    if parser.has_section("options"):
        yield Hint("asdf", "python", 0, "a project of Python", "certain")
    yield from hints(parser.get("options", "install_requires", fallback=""), "production", "likely")
    if parser.has_section("options.extras_require"):
        for group, text in parser.items("options.extras_require"):
            yield from hints(text, part_of_name(group), "possible")


def _setup_py(file: File) -> Iterator[Hint]:
    """A program: only its plain texts are looked at, nothing is run."""
    yield Hint("asdf", "python", 0, "a project of Python", "certain")
    listing = False
    for number, line in file.lines():
        if match := _KEYWORD.search(line[:2000]):
            yield from _python(Node(number, match[1]), "python_requires")
        listing = listing or "install_requires" in line
        if listing:
            for match in _QUOTED.finditer(line[:2000]):
                yield from requirement(match[1], number, "production")
        listing = listing and "]" not in _TEXT.sub("", line[:2000])


def _version_file(file: File) -> Iterator[Hint]:
    for number, line in file.lines():
        text = line.partition("#")[0].strip()
        if re.search(r"\d", text) and not text.startswith(("pypy", "miniconda", "anaconda")):
            version = text.removeprefix("cpython-").removeprefix("python-").removeprefix("cpython@")
            says = f"{file.name} is {text[:40]}"
            yield Hint("asdf", "python", number, says, "certain", None, version)
            return  # further ones are for tests of other versions


READERS = (
    Reader(
        ("requirements*.txt", "requirements*.in", "requirements/*.txt", "requirements/*.in"),
        _requirements,
    ),
    Reader(("pyproject.toml",), _pyproject),
    Reader(("Pipfile",), _pipfile),
    Reader(("Pipfile.lock",), _pipfile_lock),
    Reader(("uv.lock", "poetry.lock"), _lock, large=True),
    Reader(("setup.cfg",), _setup_cfg),
    Reader(("setup.py",), _setup_py),
    Reader((".python-version",), _version_file),
)
