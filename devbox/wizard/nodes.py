"""Documents put together from parts: a file's, the command line's, the proposal's.

Only what is from the answers' file keeps its line and column; the rest has place 0, which errors
do not show.
"""

from __future__ import annotations

from dataclasses import replace

from devbox.spec.document import Mapping, Node, Scalar, Sequence


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


def overlay(document: Mapping, above: Mapping) -> Mapping:
    """Return a document with another's keys over its own, and the other's place."""
    covered = {key.text for key, _ in above.entries}
    kept = tuple(entry for entry in document.entries if entry[0].text not in covered)
    return replace(above, entries=(*kept, *above.entries))


def _key(text: str, like: Scalar | None = None) -> Scalar:
    if like is not None:
        return replace(like, line=0, column=0)
    # The path of a port ends in a number, as its key in devbox.yml is one.
    value = int(text) if text.isascii() and text.isdecimal() else text
    return Scalar(0, 0, value, text, quoted=False)
