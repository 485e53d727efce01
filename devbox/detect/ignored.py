"""Which folders and files of a repo are not its own: what .gitignore names, and what is vendored.

The rules of .gitignore are those of https://git-scm.com/docs/gitignore.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath

from pathspec import GitIgnoreSpec

from devbox.detect.findings import Skipped
from devbox.detect.text import shown

VENDORED = frozenset(
    """
    node_modules bower_components jspm_packages vendor third_party thirdparty external Pods Carthage
    .venv venv site-packages .tox .nox .eggs __pycache__ .mypy_cache .pytest_cache .ruff_cache
    .git .hg .svn .bzr .jj .bundle .gradle .m2 .cargo .stack-work .dart_tool .terraform .vagrant
    .yarn .pnpm-store .parcel-cache .next .nuxt .svelte-kit .turbo .angular .cache .direnv .devbox
    .idea .metals .bloop .elixir_ls _build target dist htmlcov coverage bazel-bin bazel-out
    fixtures __fixtures__ testdata test-data test_data
    """.split()  # noqa: SIM905 - a list of sixty would be a page
)
"""Names of folders that hold others' code, what tools made, or data for tests."""

# Names that mean so only beside or above certain files.
_BESIDE = {
    "build": {"build.gradle", "build.gradle.kts", "setup.py", "pyproject.toml", "package.json"},
    "out": {"package.json", "build.gradle", "build.gradle.kts"},
    "deps": {"mix.exs"},
    "env": {"requirements.txt", "manage.py", "setup.py", "pyproject.toml"},
    "obj": {"Program.cs", "global.json"},
    "local": {"cpanfile"},
}
_UNDER_TESTS = {"samples", "sample", "data", "examples", "repos", "projects"}
_TESTS = {"test", "tests", "spec", "specs", "__tests__", "e2e", "testing"}

_MAX_PATTERNS = 2000
_STARS = re.compile(r"\*+")


@dataclass(frozen=True)
class Rules:
    """What one .gitignore says of the paths below its folder.

    Attributes:
        folder: its folder, relative to the root, ending in a slash; empty for the root.
        spec: its patterns.
    """

    folder: str
    spec: GitIgnoreSpec


def is_vendored(name: str, parent: str, beside: Collection[str]) -> bool:
    """Return whether a folder holds nothing of the repo's own that says what it runs on.

    Args:
        name: the folder's name.
        parent: the name of the folder that it is in.
        beside: the names of the files beside it.
    """
    return (
        name in VENDORED
        or name.endswith((".egg-info", ".xcodeproj", ".app"))
        or (name in _UNDER_TESTS and parent in _TESTS)
        or not _BESIDE.get(name, set()).isdisjoint(beside)
    )


def read_rules(text: str, folder: str) -> tuple[Rules, list[Skipped]]:
    """Read a .gitignore.

    Args:
        text: its content.
        folder: its folder, as in `Rules`.

    Returns:
        Its rules, and the patterns that were passed over: those with so many stars that matching
        them could take for ever.
    """
    kept: list[str] = []
    skipped = []
    for number, line in enumerate(text.split("\n")[:_MAX_PATTERNS], 1):
        segments = line.split("/")
        if (
            max(len(_STARS.findall(segment)) for segment in segments) > 3
            or len(line) > 1000
            or (len(_STARS.findall(line)) > 6)
        ):
            path = PurePosixPath(shown(f"{folder}.gitignore"))
            skipped.append(Skipped(path, number, "the pattern has too many stars"))
        else:
            kept.append(line)
    return Rules(folder, _spec(kept)), skipped


def _spec(lines: list[str]) -> GitIgnoreSpec:
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError:
        pass
    good = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue  # git passes over a pattern that means nothing, too
        good.append(line)
    return GitIgnoreSpec.from_lines(good)


def is_ignored(path: str, rules: tuple[Rules, ...]) -> bool:
    """Return whether .gitignore files name a path.

    Args:
        path: relative to the root; a folder's ends in a slash.
        rules: those of the folders that it is in, from the root down: the last word counts.
    """
    for rule in reversed(rules):
        include = rule.spec.check_file(path[len(rule.folder) :]).include
        if include is not None:
            return include
    return False
