"""``--set key=value``: single answers given on the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel

from devbox.errors import UsageError
from devbox.spec import Problem, Spec
from devbox.spec.document import Malformed, Mapping, Node, decode, read_document
from devbox.wizard.nodes import put, without_places

_PORTS = ("machine", "ports")


@dataclass(frozen=True)
class Setting:
    """One answer: where it belongs in devbox.yml, and its value."""

    path: tuple[str, ...]
    value: Node

    @property
    def key(self) -> str:
        """The path as it is written."""
        return ".".join(self.path)


def parse_setting(text: str) -> Setting:
    """Read ``machine.cpus=4`` or ``production=[nginx, postgresql]``.

    The value is YAML as devbox.yml has it.

    Raises:
        UsageError: there is no ``=``, no such key, or the value is not YAML.
    """
    key, equals, raw = text.partition("=")
    key, raw = key.strip(), raw.strip()
    if not equals or not key:
        raise UsageError(
            f"--set wants key=value, not {text!r}",
            remedy="for example --set machine.cpus=4, or --set 'production=[nginx, postgresql]'",
        )
    path = tuple(key.split("."))
    _check_path(path, key)
    try:
        node, problems = read_document(decode(raw))
    except Malformed as error:
        raise _not_yaml(key, raw, error.problems) from None
    if problems:
        raise _not_yaml(key, raw, problems)
    return Setting(path, without_places(node))


def _not_yaml(key: str, raw: str, problems: Sequence[Problem]) -> UsageError:
    hints = [problem.hint for problem in problems if problem.hint]
    return UsageError(
        f"--set {key}: the value is not YAML that devbox.yml may hold",
        evidence="\n".join([raw, *(problem.message for problem in problems)]),
        remedy=hints[0] if hints else f"put text in quotes: --set '{key}=\"…\"'",
    )


def known_keys() -> tuple[str, ...]:
    """Return every key that can be set, in devbox.yml's order."""
    return tuple(".".join(path) for path in _paths(Spec, ()))


def apply_settings(document: Mapping, settings: Iterable[Setting]) -> Mapping:
    """Return a devbox.yml document with the settings put in; a later one wins."""
    for setting in settings:
        document = put(document, setting.path, setting.value)
    return document


def _check_path(path: tuple[str, ...], key: str) -> None:
    known = known_keys()
    is_port = path[:-1] == _PORTS and path[-1].isascii() and path[-1].isdecimal()
    if key in known or is_port:
        return
    if path[0] in ("production", "development") and len(path) > 1:
        raise UsageError(
            f"--set {key}: the tools of {path[0]} are set together",
            remedy=f"for example --set '{path[0]}=[nginx, postgresql: {{databases: [app]}}]'",
        )
    close = difflib.get_close_matches(key, known, 1)
    # Whoever forgets the section means the key of that name in whichever section has it.
    close += [name for name in known if name.rpartition(".")[2] == path[-1]]
    raise UsageError(
        f"--set {key}: devbox.yml has no such key",
        evidence=f"it has {', '.join(known)}",
        remedy=f"did you mean {close[0]}?" if close else "`devbox schema` describes them all",
    )


def _paths(model: type[BaseModel], above: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        yield (*above, name)
        if below := _model_in(field.annotation):
            yield from _paths(below, (*above, name))


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model that an annotation, perhaps an optional one, names."""
    optional = get_origin(annotation) in (Union, UnionType)
    for part in get_args(annotation) if optional else (annotation,):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None
