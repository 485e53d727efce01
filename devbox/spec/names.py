"""Words that people use for others, and names that can be proposed."""

from __future__ import annotations

import re
import unicodedata

TOOL_SYNONYMS = {
    "apt": "packages",
    "build-essential": "build_tools",
    "build-tools": "build_tools",
    "c": "build_tools",
    "c++": "build_tools",
    "cc": "build_tools",
    "docker.io": "docker",
    "g++": "build_tools",
    "gcc": "build_tools",
    "golang": "go",
    "javascript": "node",
    "js": "node",
    "make": "build_tools",
    "mysql": "mariadb",
    "node.js": "node",
    "nodejs": "node",
    "npm": "node",
    "package": "packages",
    "pg": "postgresql",
    "pip": "python",
    "postgres": "postgresql",
    "psql": "postgresql",
    "py": "python",
    "python3": "python",
    "redis-server": "redis",
    "valkey": "redis",
}

RELEASE_SYNONYMS = {"12": "bookworm", "13": "trixie", "debian12": "bookworm", "debian13": "trixie"}

KEY_SYNONYMS = {
    "dev": "development",
    "distro": "distribution",
    "prod": "production",
    "provider": "providers",
    "ram": "memory",
    "cpu": "cpus",
    "vm": "machine",
}


def propose_name(text: str) -> str:
    """Return a valid box name (owner/box) as near to a text as can be.

    Args:
        text: what a user wrote, or the name of a folder; anything at all.
    """
    words = [_slug(word) for word in text.split("/")]
    words = [word for word in words if word]
    if len(words) < 2:
        return f"my-team/{words[0] if words else 'box'}"
    return f"{words[0]}/{_slug('-'.join(words[1:]))}"


def _slug(text: str) -> str:
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9._-]+", "-", ascii_text).strip("-._")[:64]
