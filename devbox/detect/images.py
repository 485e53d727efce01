"""Names of container images: ``registry.example.com:5000/library/postgres:16-alpine@sha256:…``.

The form is that of https://github.com/distribution/reference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from devbox.detect.findings import Confidence
from devbox.detect.hints import Hint
from devbox.spec.model import Part

_VARIABLE = re.compile(r"\$\{(\w+)(?::?-([^{}]*))?[^{}]*\}|\$(\w+)")
_VERSION = re.compile(r"(?:v|pg)?(\d+(?:\.\d+)*)(?![\w.])")
# Images that bring another's program along: maven:3.9-eclipse-temurin-21.
_JAVA_WITHIN = re.compile(r"(?:temurin|jdk|openjdk|corretto|java)-?(\d+)")

# Images that say what they are made of: uv:0.9-python3.12, browsers:node22.
_MADE_OF = re.compile(r"(?:^|[-_])(python|node|ruby|php|golang)-?(\d+(?:\.\d+)*)")
_NAME = re.compile(r"[a-z0-9][a-z0-9._\-/]*")

# The development containers' images by language, https://github.com/devcontainers/images.
_DEVCONTAINERS = {
    "javascript-node": "nodejs",
    "typescript-node": "nodejs",
    "python": "python",
    "anaconda": "python",
    "miniconda": "python",
    "ruby": "ruby",
    "jekyll": "ruby",
    "go": "golang",
    "rust": "rust",
    "php": "php",
    "java": "java",
    "java-8": "java",
    "dotnet": "dotnet",
}
# Where else official images are offered under nearly the same names.
_MIRRORS = {"bitnami", "bitnamilegacy", "cimg", "circleci", "ubuntu", "rhel8", "rhel9", "amd64"}
_OTHER_NAMES = {"postgresql": "postgres", "golang": "golang", "go": "golang", "openjdk": "openjdk"}


def substitute(text: str, values: Mapping[str, str] | None = None) -> str:
    """Replace variables by values or defaults, ``${PG:-16}``; by nothing where neither is known."""

    def value(match: re.Match[str]) -> str:
        known = (values or {}).get(match[1] or match[3])
        return known if known is not None else match[2] or ""

    return _VARIABLE.sub(value, text)


def split_image(reference: str) -> tuple[str, str]:
    """Return an image's name without registry and ``library/``, and its tag (empty for none)."""
    name = reference.strip().partition("@")[0]
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        name = rest
    name, _, tag = name.partition(":")
    name = name.lstrip("/").removeprefix("library/")
    owner, slash, rest = name.partition("/")
    if slash and owner in _MIRRORS:
        name = _OTHER_NAMES.get(rest, rest)
    return name.lower(), tag


def tag_version(tag: str) -> str | None:
    """Return the version that a tag begins with: 16 of ``16-alpine``; None for ``latest``."""
    match = _VERSION.match(tag)
    return match[1] if match else None


def image_hints(
    reference: str,
    line: int,
    says: str,
    part: Part | None,
    *,
    confidence: Confidence = "certain",
    options: Mapping[str, JsonValue] | None = None,
) -> Iterator[Hint]:
    """Yield what an image speaks for: itself, and what it is known to bring along."""
    name, tag = split_image(reference)
    if not _NAME.fullmatch(name) or name == "scratch":
        return  # a variable of which nothing is known leaves nothing, or half a name
    variant = name.removeprefix("vscode/").removeprefix("devcontainers/")
    if variant != name and variant in _DEVCONTAINERS:
        # Their tags begin with the version of the image itself: 1-3.12-bookworm.
        version = tag_version(re.sub(r"^(?:dev-)?[01](?:\.\d+){0,2}-(?=\d)", "", tag))
        yield Hint("asdf", _DEVCONTAINERS[variant], line, says, confidence, "development", version)
        return
    yield Hint("images", name, line, says, confidence, part, tag_version(tag), options or {})
    if name in {"maven", "gradle"} and (java := _JAVA_WITHIN.search(tag)):
        yield Hint("asdf", "java", line, says, confidence, part, java[1])
    made_of = _MADE_OF.search(tag)
    if made_of and made_of[1] not in name:
        yield Hint("asdf", made_of[1], line, says, confidence, part, made_of[2])
