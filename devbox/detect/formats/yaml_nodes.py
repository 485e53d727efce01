"""YAML as nodes: aliases and merge keys are followed, bombs are refused, no tag builds anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from devbox.detect.formats.node import MAX_DEPTH, MAX_VALUES, NOTHING, Node, Unreadable

# libyaml is ten times as fast; it gives the same events.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULLS = {"", "~", "null", "Null", "NULL"}


def read_yaml(text: str) -> Node:
    """Return the first document of a YAML text.

    Raises:
        Unreadable: it is not YAML, or too large or too deep once its aliases are written out.
    """
    return next(read_yaml_documents(text), NOTHING)


def read_yaml_documents(text: str) -> Iterator[Node]:
    """Yield each document of a YAML text.

    Raises:
        Unreadable: as `read_yaml`, when the reading comes to that document.
    """
    events = yaml.parse(text, Loader=_Loader)
    try:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                yield _Builder(events).build(next(events), 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 0
        raise Unreadable(f"it is not YAML: {error.problem or error.context}", line) from error
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(f"it is not YAML: {' '.join(str(error).split())}") from error


class _Builder:
    """Builds a tree from events: its depth and its size, aliases written out, are limited."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._values = 0
        self._anchored: dict[str, tuple[Node, int]] = {}

    def build(self, event: yaml.Event, depth: int, key_line: int = 0) -> Node:
        """Return the value that an event begins.

        Args:
            event: the value's first event; those that belong to it are taken.
            depth: how many values it is in.
            key_line: the line of its key: a mapping or list is looked for there by a person.
        """
        before = self._values
        line = _line(event)
        self._count(1, line)
        if depth > MAX_DEPTH:
            raise Unreadable(f"it is nested more than {MAX_DEPTH} deep", line)
        if isinstance(event, yaml.AliasEvent):
            # One that is named within its own value is not there yet: a circle has no end.
            node, size = self._anchored.get(event.anchor or "", (NOTHING, 0))
            self._count(size, line)
            return Node(line, node.value) if isinstance(node.value, str) else node
        if isinstance(event, yaml.ScalarEvent):
            null = not event.style and event.value in _NULLS
            node = Node(line, None if null else str(event.value))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Node(key_line or line, tuple(self._items(depth)))
        else:
            node = Node(key_line or line, self._entries(depth))
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            self._anchored[event.anchor] = (node, self._values - before)
        return node

    def _count(self, values: int, line: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise Unreadable(f"it holds more than {MAX_VALUES} values", line)

    def _items(self, depth: int) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            yield self.build(event, depth + 1)

    def _entries(self, depth: int) -> Mapping[str, Node]:
        """Return a mapping's entries; those that it merges in come first, so that its own win."""
        merged: dict[str, Node] = {}
        own: dict[str, Node] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = _line(event)
            key = self.build(event, depth + 1)
            value = self.build(next(self._events), depth + 1, line)
            if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and not event.style:
                for source in value.list() if isinstance(value.value, tuple) else [value]:
                    merged.update(source.items())
            elif isinstance(key.value, str | None):
                own[key.text] = value
        return {**merged, **own}


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 0
