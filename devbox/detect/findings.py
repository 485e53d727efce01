"""What detection reports: findings, each with the lines of the repo that speak for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from pydantic import JsonValue

Confidence = Literal["certain", "likely", "possible"]
"""How much a piece of evidence says.

"certain": the file is there to say it (``FROM node:20``, ``engines.node``, ``image: redis``).
"likely": it would be of no use otherwise (a PostgreSQL driver among the dependencies).
"possible": it may well be so (a driver that an ORM brings along, a command in a script).
"""

Part = Literal["production", "development"]


@dataclass(frozen=True)
class Evidence:
    """One line of one file that speaks for a finding.

    Attributes:
        file: the file, relative to the repo's root.
        line: the line's number from 1; 0 where the whole file says it.
        text: that line, at most 120 characters, control characters escaped, secrets masked.
        says: what it says, in words: "engines.node is >=20", "service db is postgres:16-alpine".
        confidence: how much it says.
        part: the part of the stack that it speaks of.
        version: the version that this piece alone asks for, None if it names none.
    """

    file: PurePosixPath
    line: int
    text: str
    says: str
    confidence: Confidence
    part: Part
    version: str | None = None


@dataclass(frozen=True)
class Finding:
    """A tool or service that the repo uses.

    Attributes:
        tool: its name in the catalog; None where the catalog has no tool for it.
        name: a name that is there in either case: the tool's, or such as "mongodb".
        title: its name as its makers write it: "PostgreSQL".
        part: production if any evidence speaks of production.
        version: the version as the catalog offers it where it does, else as it was found; None if
            no version is named.
        confidence: that of the best evidence.
        evidence: the lines that say so, the best first.
        options: options of the tool that the repo suggests, by their short names.
        folders: the roots of the repo in which it was found, in order.
    """

    tool: str | None
    name: str
    title: str
    part: Part
    version: str | None
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    options: Mapping[str, JsonValue] = field(default_factory=dict)
    folders: tuple[PurePosixPath, ...] = ()


@dataclass(frozen=True)
class Library:
    """A Debian package that a dependency needs.

    Attributes:
        package: the package's name: "libpq5".
        part: production for what must be there at run time, development for what a build needs.
        evidence: the lines that say so, the best first.
    """

    package: str
    part: Part
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True)
class Conflict:
    """Folders or files that want different versions of one tool.

    Attributes:
        tool: the finding's name.
        says: the conflict in words: "web says 18, api says 20".
        choices: each version with the evidence that asks for it, the best first.
    """

    tool: str
    says: str
    choices: tuple[tuple[str, Evidence], ...]


@dataclass(frozen=True)
class Skipped:
    """A file or folder that was passed over.

    Attributes:
        file: relative to the repo's root; bytes that are no UTF-8 are escaped.
        line: where reading failed, from 1; 0 if that is not known.
        why: the reason in words.
    """

    file: PurePosixPath
    line: int
    why: str


@dataclass(frozen=True)
class Report:
    """All that detection found in a repo.

    Attributes:
        findings: by part (production first), then confidence, then name.
        libraries: by package name.
        conflicts: by tool.
        skipped: by file.
        files: how many files were seen; most of them need no reading.
    """

    findings: tuple[Finding, ...] = ()
    libraries: tuple[Library, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    files: int = 0
