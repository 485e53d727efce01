"""Example files of the environment: addresses of services, and Laravel's names of drivers.

Only examples and the environments of tests are read: a ``.env`` itself is one person's own.
Laravel's names: https://laravel.com/docs/configuration and its .env.example.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from devbox.detect.findings import Confidence
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.readers.python import part_of_name
from devbox.detect.urls import url_hints
from devbox.spec.model import Part

_LINE = re.compile(r"""\s*(?:export\s+)?([A-Za-z_]\w{0,80})\s*=\s*(.*)""")
_DRIVERS = {
    "DB_CONNECTION", "DB_DRIVER", "DB_ENGINE", "DATABASE_DRIVER", "CACHE_DRIVER", "CACHE_STORE",
    "QUEUE_CONNECTION", "QUEUE_DRIVER", "SESSION_DRIVER", "BROADCAST_DRIVER",
    "BROADCAST_CONNECTION", "SCOUT_DRIVER", "DATABASE_CLIENT", "TYPEORM_CONNECTION",
}  # fmt: skip
# Values that need no service of their own.
_OWN = {"", "null", "none", "sync", "file", "array", "log", "cookie", "database", "local", "redis-"}
_DATABASE = {
    "DB_DATABASE",
    "DB_NAME",
    "POSTGRES_DB",
    "PGDATABASE",
    "MYSQL_DATABASE",
    "DATABASE_NAME",
}
_USER = {"DB_USERNAME", "DB_USER", "POSTGRES_USER", "PGUSER", "MYSQL_USER", "DATABASE_USER"}
_MAIL = re.compile(r"(?:mailpit|mailhog|mailcatcher)$")
# Services whose address or host is given under their own name.
_NAMED = re.compile(
    r"(REDIS|VALKEY|MEMCACHED|RABBITMQ|AMQP|KAFKA|ELASTICSEARCH|OPENSEARCH|MONGODB|MONGO|NATS|MQTT"
    r"|MEILISEARCH|MINIO|CLICKHOUSE|INFLUXDB|TYPESENSE|SOLR|CASSANDRA|NEO4J|POSTGRES|MYSQL)"
    r"_(?:URL|URI|HOST|HOSTS|HOSTNAME|ADDR|ADDRESS|SERVER|SERVERS|BROKER|BROKERS|NODE|NODES|PORT|DB"
    r"|ENDPOINT|BOOTSTRAP_SERVERS)"
)
_NAME = re.compile(r"[A-Za-z][\w\-]{0,62}")
_SQL = {"pgsql", "postgres", "postgresql", "mysql", "mariadb"}


def _environment(file: File) -> Iterator[Hint]:
    part = part_of_name(file.name.replace("example", ""))
    values: dict[str, tuple[int, str]] = {}
    for number, line in file.lines():
        match = _LINE.match(line[:4096])
        if match:
            values[match[1]] = (number, match[2].partition(" #")[0].strip().strip("\"'"))
    for name, (number, text) in values.items():
        yield from _variable(name, number, text, part, values)


_Values = dict[str, tuple[int, str]]


def _variable(name: str, line: int, text: str, part: Part, values: _Values) -> Iterator[Hint]:
    found = list(url_hints(text, line, name, part, "certain"))
    yield from found
    driver = text.lower()
    if name in _DRIVERS and driver not in _OWN:
        options = _database_options(values) if driver in _SQL else {}
        confidence: Confidence = "certain" if name.startswith("DB_") else "likely"
        yield Hint("schemes", driver, line, f"{name} is {text}", confidence, part, None, options)
    elif (named := _NAMED.fullmatch(name)) and text and not found:
        says = f"{name} is set"
        yield Hint("schemes", named[1].lower(), line, says, "likely", part)
    elif name in {"MAIL_HOST", "SMTP_HOST", "EMAIL_HOST"} and (mail := _MAIL.match(text)):
        yield Hint("images", mail[0], line, f"{name} is {text}", "likely", "development")


def _database_options(values: _Values) -> dict[str, JsonValue]:
    database = next((values[name][1] for name in _DATABASE if name in values), "")
    user = next((values[name][1] for name in _USER if name in values), "")
    options: dict[str, JsonValue] = {}
    if _NAME.fullmatch(database):
        options["databases"] = [database]
        if _NAME.fullmatch(user) and user not in {"root", "postgres", "mysql"}:
            options["users"] = [{"name": user, "owns": [database]}]
    return options


READERS = (
    Reader(
        (
            ".env.example",
            ".env.*.example",
            ".env.example.*",
            ".env.sample",
            ".env.dist",
            ".env.template",
            ".env.defaults",
            ".env.test",
            ".env.testing",
            ".env.ci",
            ".env.development",
            "env.example",
            "example.env",
            "sample.env",
            "*.env.example",
            ".envrc.example",
        ),
        _environment,
    ),
)
