"""Compose files, https://github.com/compose-spec/compose-spec.

What a compose file runs beside the team's own code is what production talks to; files that are
named for development or tests are development's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from devbox.detect.formats.node import Node
from devbox.detect.formats.yaml_nodes import read_yaml
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.images import image_hints, split_image, substitute
from devbox.detect.urls import url_hints
from devbox.spec.model import Part

_DEVELOPMENT = re.compile(
    r"(?:^|[.\-_/])(?:override|dev|devel|development|local|tests?|testing|ci|debug|gitpod"
    r"|devcontainer)[.\-_/]"
)
_NAME = re.compile(r"[A-Za-z0-9_][\w.\-]{0,62}")

_DATABASES = ("POSTGRES_DB", "POSTGRESQL_DATABASE", "MYSQL_DATABASE", "MARIADB_DATABASE")
_USERS = ("POSTGRES_USER", "POSTGRESQL_USERNAME", "MYSQL_USER", "MARIADB_USER")
_ADMINISTRATORS = {"postgres", "root", "mysql"}


def environment(node: Node) -> Iterator[tuple[str, Node]]:
    """Yield the variables of an environment: a mapping, or a list of ``NAME=value``."""
    yield from node.items()
    for item in node.list():
        name, sign, value = item.text.partition("=")
        if sign:
            yield name, Node(item.line, value)


def service_options(image: str, variables: dict[str, Node]) -> dict[str, JsonValue]:
    """Return the options that the variables of an official image set: databases and users.

    https://hub.docker.com/_/postgres, _/mysql and _/mariadb define them.
    """

    def first(names: tuple[str, ...]) -> str:
        for name in names:
            text = substitute(variables[name].text).strip() if name in variables else ""
            if _NAME.fullmatch(text):
                return text
        return ""

    database, user = first(_DATABASES), first(_USERS)
    options: dict[str, JsonValue] = {}
    if not database and "postgres" in image and user not in _ADMINISTRATORS:
        database = user  # as the image has it
    if database and database not in _ADMINISTRATORS:
        options["databases"] = [database]
    if user and user not in _ADMINISTRATORS:
        options["users"] = [{"name": user, "owns": [database]} if database else {"name": user}]
    if "postgis" in image or "timescale" in image or "pgvector" in image:
        known = {"postgis": "postgis", "timescale": "timescaledb", "pgvector": "vector"}
        options["extensions"] = [name for word, name in known.items() if word in image]
    return options


def service_hints(
    name: str, service: Node, part: Part | None, word: str = "service"
) -> Iterator[Hint]:
    """Yield what a container that runs beside the team's code speaks for."""
    variables = dict(environment(service.get("environment")))
    image = service.get("image")
    reference = substitute(image.text).strip()
    # An image that is built here is the team's own code, whatever its name.
    if reference and not service.get("build"):
        options = service_options(split_image(reference)[0], variables)
        says = f"{word} {name} is {reference}"
        yield from image_hints(reference, image.line, says, part, options=options)
    for key, value in variables.items():
        yield from url_hints(substitute(value.text), value.line, key, part, "likely")


def _compose(file: File) -> Iterator[Hint]:
    part: Part | None = "development" if _DEVELOPMENT.search(str(file.path).lower()) else None
    for name, service in read_yaml(file.text).get("services").items():
        yield from service_hints(name, service, part)


READERS = (
    Reader(
        (
            "docker-compose*.yml",
            "docker-compose*.yaml",
            "compose.yml",
            "compose.yaml",
            "compose.*.yml",
            "compose.*.yaml",
            "compose-*.yml",
            "podman-compose.yml",
        ),
        _compose,
    ),
)
