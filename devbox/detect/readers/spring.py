"""Spring Boot's settings: application.yml and application.properties, with their profiles.

https://docs.spring.io/spring-boot/appendix/application-properties/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.formats.node import Node
from devbox.detect.formats.yaml_nodes import read_yaml_documents
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.readers.python import part_of_name
from devbox.detect.urls import url_hints
from devbox.spec.model import Part

# Where Spring's settings name a service: by the beginning of a key.
_SPRING = (
    ("spring.data.redis.", "redis"),
    ("spring.redis.", "redis"),
    ("spring.rabbitmq.", "amqp"),
    ("spring.kafka.", "kafka"),
    ("spring.data.mongodb.", "mongodb"),
    ("spring.elasticsearch.", "elasticsearch"),
    ("spring.data.elasticsearch.", "elasticsearch"),
    ("spring.neo4j.", "neo4j"),
    ("spring.cassandra.", "cassandra"),
)
_SPRING_DEFAULT = re.compile(r"\$\{[\w.\-]{1,80}:([^{}]{0,300})\}")


def _spring_yaml(file: File) -> Iterator[Hint]:
    for document in read_yaml_documents(file.text):
        profile = document.get("spring", "config", "activate", "on-profile").text
        profile = profile or document.get("spring", "profiles").text
        part = part_of_name(f"{file.path.stem}.{profile}")
        yield from _spring(list(_flatten(document, "")), part)


def _spring_properties(file: File) -> Iterator[Hint]:
    pairs = []
    for number, line in file.lines():
        key, sign, value = line.partition("=")
        if sign and not key.lstrip().startswith(("#", "!")):
            pairs.append((key.strip(), Node(number, value.strip())))
    yield from _spring(pairs, part_of_name(file.path.stem))


def _flatten(node: Node, prefix: str) -> Iterator[tuple[str, Node]]:
    for key, value in node.items():
        if value.text:
            yield prefix + key, value
        else:
            yield from _flatten(value, f"{prefix}{key}.")


def _spring(pairs: list[tuple[str, Node]], part: Part) -> Iterator[Hint]:
    seen = set[str]()
    for key, value in pairs:
        text = _SPRING_DEFAULT.sub(r"\1", value.text)
        found = list(url_hints(text, value.line, key, part, "certain"))
        yield from found
        service = next((name for start, name in _SPRING if key.startswith(start)), None)
        if service and service not in seen and not found:
            seen.add(service)
            yield Hint("schemes", service, value.line, f"{key} is set", "certain", part)
        if key == "spring.cache.type" and text in {"redis", "hazelcast"}:
            yield Hint("schemes", text, value.line, f"{key} is {text}", "certain", part)


READERS = (
    Reader(
        ("application.yml", "application.yaml", "application-*.yml", "bootstrap.yml"), _spring_yaml
    ),
    Reader(("application.properties", "application-*.properties"), _spring_properties),
)
