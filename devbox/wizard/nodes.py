"""Documents put together from parts: a file's, the command line's, the proposal's.

Only what is from the answers' file keeps its line and column; the rest has place 0, which errors
do not show.
"""

from __future__ import annotations

from dataclasses import replace

from devbox.spec.document import Mapping, Node, Scalar, Sequence

_SECTIONS = ("base", "machine", "publish")


def without_places(node: Node) -> Node:
    """Return a node that is in no file."""
    match node:
        case Scalar():
            return replace(node, line=0, column=0)
        case Sequence():
            return Sequence(0, 0, tuple(map(without_places, node.items)))
        case Mapping():
            entries = ((_key(key.text, key), without_places(item)) for key, item in node.entries)
            return Mapping(0, 0, tuple(entries))


def put(document: Mapping, path: tuple[str, ...], value: Node) -> Mapping:
    """Return a document with a value at a path; what is missing on the way is made."""
    head, *rest = path
    if rest:
        below = document.get(head)
        value = put(below if isinstance(below, Mapping) else Mapping(0, 0, ()), tuple(rest), value)
    if document.key(head) is None:
        return replace(document, entries=(*document.entries, (_key(head), value)))
    entries = ((key, value if key.text == head else item) for key, item in document.entries)
    return replace(document, entries=tuple(entries))


def overlay(document: Mapping, above: Mapping, depth: int = 1) -> Mapping:
    """Return a document with another's keys over its own, and the other's place.

    The sections of both (base, machine, publish) are laid over one another key by key; a schedule
    is one answer, as the stack's lists and the ports are.
    """
    covered = {key.text for key, _ in above.entries}
    kept = tuple(entry for entry in document.entries if entry[0].text not in covered)
    laid = tuple((key, _laid(document, key, value, depth)) for key, value in above.entries)
    return replace(above, entries=(*kept, *laid))


def _laid(document: Mapping, key: Scalar, value: Node, depth: int) -> Node:
    below = document.get(key.text)
    if (
        depth
        and key.text in _SECTIONS
        and isinstance(value, Mapping)
        and isinstance(below, Mapping)
    ):
        return overlay(below, value, depth - 1)
    return value


def paths_of(document: Mapping) -> frozenset[str]:
    """Return the dotted paths of all that a document answers, to the keys of its sections."""
    found: set[str] = set()
    for key, value in document.entries:
        if key.text in _SECTIONS and isinstance(value, Mapping):
            found |= {f"{key.text}.{inner.text}" for inner, _ in value.entries}
        else:
            found.add(key.text)
    return frozenset(found)


def _key(text: str, like: Scalar | None = None) -> Scalar:
    if like is not None:
        return replace(like, line=0, column=0)
    # The path of a port ends in a number, as its key in devbox.yml is one.
    value = int(text) if text.isascii() and text.isdecimal() else text
    return Scalar(0, 0, value, text, quoted=False)
