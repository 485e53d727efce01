"""Addresses of services: ``postgres://app:secret@localhost:5432/app?pool=5``, also JDBC's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from devbox.detect.findings import Confidence
from devbox.detect.hints import Hint
from devbox.spec.model import Part

_URL = re.compile(
    r"""\b(?:jdbc:)?(?P<scheme>[a-z][a-z0-9+.\-]{1,30})://
    (?:(?P<user>[\w.\-%]{0,100})(?::[^\s"'@]{0,200})?@)?
    (?P<host>[\w.\-]{0,253}|\[[0-9a-f:]+\]|\$\{?\w+\}?)(?::(?P<port>\d{1,5}))?
    (?:/(?P<path>[\w\-]{1,63}))?(?=[\s"'?;,#)}\]/:]|$)""",
    re.VERBOSE | re.IGNORECASE,
)
_SQL_SERVER = re.compile(r"\bjdbc:(sqlserver|oracle|sqlite|h2)\b", re.IGNORECASE)
# What is no service of a stack.
_WEB = {
    "http",
    "https",
    "ftp",
    "file",
    "git",
    "ssh",
    "ws",
    "wss",
    "ldap",
    "s3",
    "svn",
    "app",
    "data",
}
_LOCAL = {"localhost", "127.0.0.1", "0.0.0.0", ""}  # noqa: S104 - an address to compare with
_SQL = ("postgres", "pgsql", "postgis", "mysql", "mariadb", "mongodb")
# Names that each server has by itself, and words that stand for a name.
_NO_DATABASE = {"postgres", "mysql", "admin", "test", "template1", "database", "dbname", "db_name"}
_NO_USER = {"postgres", "root", "mysql", "user", "username"}


def url_hints(
    text: str,
    line: int,
    where: str,
    part: Part | None,
    confidence: Confidence = "certain",
) -> Iterator[Hint]:
    """Yield what the addresses in a text speak for.

    Args:
        text: one line.
        line: its number.
        where: what holds the address, for a person: "DATABASE_URL".
        part: the part of the stack that it speaks of.
        confidence: how much it says.
    """
    for match in _URL.finditer(text[:4096]):
        scheme = base_scheme(match["scheme"])
        if scheme in _WEB:
            continue
        says = f"{where}: an address of {scheme}"
        yield Hint("schemes", scheme, line, says, confidence, part, None, _options(scheme, match))
    for match in _SQL_SERVER.finditer(text[:4096]):
        scheme = match[1].lower()
        yield Hint("schemes", scheme, line, f"{where}: an address of {scheme}", confidence, part)


def base_scheme(scheme: str) -> str:
    """Return a scheme without driver or transport: postgresql of ``postgresql+psycopg``."""
    scheme = scheme.lower().partition("+")[0]
    return {"rediss": "redis", "amqps": "amqp", "mqtts": "mqtt", "ecto": "postgres"}.get(
        scheme, scheme
    )


def _options(scheme: str, match: re.Match[str]) -> dict[str, JsonValue]:
    options: dict[str, JsonValue] = {}
    path = match["path"]
    if scheme.startswith(_SQL) and path and not _is_placeholder(path, _NO_DATABASE):
        options["databases"] = [path]
        if scheme == "postgis":
            options["extensions"] = ["postgis"]
        user = match["user"]
        if user and "%" not in user and not _is_placeholder(user, _NO_USER):
            options["users"] = [{"name": user, "owns": [path]}]
    if match["port"] and (match["host"] or "").lower() in _LOCAL:
        options["port"] = int(match["port"])
    return options


def _is_placeholder(name: str, names: set[str]) -> bool:
    """Return whether a name is none to propose: ``ecto://USER:PASS@HOST/DATABASE`` explains."""
    return name.lower() in names or name.isupper()
