"""The one way from answers to a Spec: of the dialogue, ``--answers``, ``--set``, ``--defaults``.

Whatever the answers are from, they are laid over the proposal as one document, and that document
is validated like any devbox.yml.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from devbox.errors import DevboxError
from devbox.spec import FILE_NAME, Problem, Spec, SpecError, dump_spec, parse_document, parse_spec
from devbox.spec.document import (
    MAX_BYTES,
    Malformed,
    Mapping,
    decode,
    is_null,
    plain,
    read_document,
)
from devbox.spec.dump import document_of, ports_of
from devbox.spec.render import render_entry
from devbox.wizard.nodes import overlay, without_places
from devbox.wizard.settings import Setting, apply_settings


@dataclass(frozen=True)
class AnswersFile:
    """A file of answers in devbox.yml's form, any key of which may be missing.

    Attributes:
        source: what to call it in errors.
        text: its content.
        document: what it holds.
        problems: what was found wrong while it was read.
    """

    source: str
    text: str
    document: Mapping
    problems: tuple[Problem, ...] = ()


def read_answers(path: Path) -> AnswersFile:
    """Read a file of answers.

    Raises:
        DevboxError: it cannot be read.
        SpecError: it is not YAML, or no mapping.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise DevboxError(
            f"the answers cannot be read from {path}", evidence=error.strerror or str(error)
        ) from error
    text = ""
    try:
        text = decode(data)
        node, problems = read_document(text)
    except Malformed as error:
        raise SpecError(str(path), error.problems, text) from None
    if is_null(node):
        return AnswersFile(str(path), text, Mapping(0, 0, ()), tuple(problems))
    if not isinstance(node, Mapping):
        message = f"answers must be a mapping of keys to values, not {type(plain(node)).__name__}"
        problem = Problem(node.line, node.column, "", message, "for example: production: [nginx]")
        raise SpecError(str(path), [problem], text)
    return AnswersFile(str(path), text, node, tuple(problems))


def resolve(
    proposed: Spec, root: Path, answers: AnswersFile | None = None, settings: Iterable[Setting] = ()
) -> Spec:
    """Return the Spec that the answers make, laid over what is proposed.

    Args:
        proposed: the value of all that is not answered.
        root: the folder of devbox.yml, from which paths of local roles are read.
        answers: a file's answers.
        settings: answers of the command line; they win over the file's.

    Raises:
        SpecError: the answers are no devbox.yml; all that is wrong is named.
    """
    document = _as_document(proposed)
    source, text, found = "--set", "", tuple[Problem, ...]()
    if answers:
        document = overlay(document, answers.document)
        source, text, found = answers.source, answers.text, answers.problems
    document = apply_settings(document, settings)
    try:
        return parse_document(document, source, root, text, found)
    except SpecError as error:
        if all(problem.line == 0 for problem in error.problems):
            raise SpecError("--set", error.problems) from None
        raise


def given(answers: AnswersFile | None, settings: Iterable[Setting]) -> Mapping:
    """Return all that is answered by a file and by the command line, as one document."""
    document = answers.document if answers else Mapping(0, 0, ())
    return apply_settings(document, settings)


def render_answers(spec: Spec) -> str:
    """Return answers that make this Spec again, whatever is proposed for what they do not say.

    They are a devbox.yml in which also what is empty is written.
    """
    document = document_of(spec)
    machine = document["machine"]
    if isinstance(machine, dict):
        document["machine"] = {**machine, "ports": ports_of(spec.machine)}
    for key in ("production", "development"):
        document.setdefault(key, [])
    document.setdefault("schedule", None)
    lines = ["# answers for: devbox init --answers FILE"]
    for key in Spec.model_fields:
        lines += render_entry("", key, document[key])
    return "\n".join(lines) + "\n"


def render(spec: Spec, root: Path) -> str:
    """Return the devbox.yml for a Spec, having read it back.

    Raises:
        SpecError: the file would not be valid: a tool that the release has not, for one.
    """
    text = dump_spec(spec)
    parse_spec(text, FILE_NAME, root)
    return text


def _as_document(spec: Spec) -> Mapping:
    return cast("Mapping", without_places(read_document(dump_spec(spec))[0]))
