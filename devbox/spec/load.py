"""devbox.yml to Spec, or all that is wrong with it."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from devbox.errors import DevboxError
from devbox.spec import document
from devbox.spec.document import Malformed, Mapping, Node, Scalar, Sequence, is_null, plain
from devbox.spec.explain import explain
from devbox.spec.model import FILE_NAME, Base, Spec
from devbox.spec.problems import Problem, SpecError
from devbox.spec.stack import Stack
from devbox.tools import load_tools
from devbox.tools.options import describe, quote

_WRONG_NAMES = ("devbox.yaml", ".devbox.yml", ".devbox.yaml", "Devbox.yml")
_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[\w.-]+@[\w.-]+:")


def find_spec(start: Path | None = None) -> Path:
    """Return the nearest devbox.yml, in a folder or one above it.

    Args:
        start: the folder to begin with; the current one by default.

    Raises:
        DevboxError: there is none; it says so if there is one under a wrong name.
    """
    try:
        here = (start or Path.cwd()).absolute()
    except FileNotFoundError:
        raise DevboxError("the current folder has been removed", remedy="cd") from None
    for folder in (here, *here.parents):
        if os.path.lexists(folder / FILE_NAME):
            return folder / FILE_NAME
        wrong = next((folder / name for name in _WRONG_NAMES if (folder / name).is_file()), None)
        if wrong:
            raise DevboxError(
                f"there is no {FILE_NAME} in {folder}, but a {wrong.name}",
                remedy=f"mv {wrong} {folder / FILE_NAME}",
            )
    raise DevboxError(
        f"there is no {FILE_NAME} here",
        evidence=f"neither in {here} nor in a folder above it",
        remedy="devbox init",
    )


def load_spec(path: Path) -> Spec:
    """Read and validate a devbox.yml.

    Raises:
        SpecError: it is wrong; all that is wrong is named.
        DevboxError: it cannot be read.
    """
    try:
        # A pipe or device would be waited for, for ever.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as stream:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise DevboxError(f"{path} is not a file")
            data = stream.read(document.MAX_BYTES + 1)
    except FileNotFoundError:
        raise DevboxError(f"{path} does not exist", remedy="devbox init") from None
    except OSError as error:
        raise DevboxError(f"{path} cannot be read", evidence=str(error)) from error
    return parse_spec(data, path.name, path.absolute().parent)


def parse_spec(text: str | bytes, source: str, root: Path) -> Spec:
    """Validate the content of a devbox.yml.

    Args:
        text: the content.
        source: what to call it in errors.
        root: the folder from which the paths of local roles are read.

    Raises:
        SpecError: it is wrong; all that is wrong is named.
    """
    content = ""
    try:
        content = document.decode(text)
        node, problems = document.read_document(content)
    except Malformed as error:
        raise SpecError(source, error.problems, content) from None
    if is_null(node):
        hint = f'begin with the box\'s name: "name: acme/web"; or let `devbox init` write {source}'
        raise SpecError(source, [Problem(0, 0, "", "the file is empty", hint)])
    if not isinstance(node, Mapping):
        message = f"the file must be a mapping of keys to values, not {describe(plain(node))}"
        hint = 'it begins like this: "name: acme/web"'
        raise SpecError(source, [Problem(node.line, node.column, "", message, hint)], content)
    return parse_document(node, source, root, content, problems)


def parse_document(
    node: Mapping, source: str, root: Path, content: str = "", found: Iterable[Problem] = ()
) -> Spec:
    """Validate a document that has been read, or put together from parts.

    Args:
        node: the document; what is in no file has line 0.
        source: what to call it in errors.
        root: the folder from which the paths of local roles are read.
        content: the text of the file, to show its lines.
        found: what was already found wrong when it was read.

    Raises:
        SpecError: it is wrong; all that is wrong is named.
    """
    problems = list(found)
    spec = _spec(node, root, problems)
    if problems or spec is None:
        raise SpecError(source, problems, content)
    return spec


def _spec(node: Mapping, root: Path, problems: list[Problem]) -> Spec | None:
    stack = Stack(load_tools(), root, _release(node))
    values = _values(node, problems)
    values["production"] = stack.read("production", node.get("production"))
    values["development"] = stack.read("development", node.get("development"))
    problems += stack.problems
    try:
        return Spec.model_validate(values)
    except ValidationError as error:
        found = error.errors(include_url=False)
        # A list that has only wrong items is short of items to pydantic, too.
        found = [item for item in found if item["type"] != "too_short" or not item["input"]]
        problems += [_problem(node, details) for details in found]
        return None


def _release(node: Mapping) -> str | None:
    """Return the release that the file states, or the default; None if it cannot be told."""
    base = node.get("base")
    release = base.get("release") if isinstance(base, Mapping) else None
    if is_null(base) or (isinstance(base, Mapping) and release is None):
        return Base().release
    return release.value if isinstance(release, Scalar) and isinstance(release.value, str) else None


def _values(node: Mapping, problems: list[Problem]) -> dict[str, object]:
    """Return what the model is to validate: an empty section is one that was left out."""
    values: dict[str, object] = {}
    for key, value in node.entries:
        if is_null(value) and key.text in Spec.model_fields and key.text != "name":
            continue
        content: object = plain(value)
        if key.text == "providers" and isinstance(content, list):
            content = tuple(content)
            _check_repeats(value, problems)
        elif key.text == "machine" and isinstance(content, dict):
            content = (
                {**content, "ports": _ports(value, problems)} if "ports" in content else content
            )
        elif key.text == "publish" and isinstance(content, dict) and "to" in content:
            content = {**content, "to": _folder(value, problems)}
        values[key.text] = content
    return values


def _check_repeats(node: Node, problems: list[Problem]) -> None:
    seen: set[str] = set()
    for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        if isinstance(item, Scalar) and item.text in seen:
            path = f"providers[{index}]"
            message = f"{path} is {quote(item.text)} once more"
            problems.append(Problem(item.line, item.column, path, message))
        elif isinstance(item, Scalar):
            seen.add(item.text)


def _ports(machine: Node, problems: list[Problem]) -> object:
    """Return the ports with numbers for keys, as far as they are numbers."""
    ports = machine.get("ports") if isinstance(machine, Mapping) else None
    if is_null(ports):
        return {}
    if not isinstance(ports, Mapping):
        return plain(ports) if ports else {}
    found: dict[int, object] = {}
    for key, value in ports.entries:
        if isinstance(key.value, int) and not isinstance(key.value, bool):
            found[key.value] = plain(value)
            continue
        message = f"machine.ports has a key that is no port: {quote(key.text)}"
        digits = key.text.isascii() and key.text.isdigit()
        hint = f"remove the quotes: {key.text}" if digits else "ports are numbers: {8080: 80}"
        problems.append(Problem(key.line, key.column, "machine.ports", message, hint))
    return found


def _folder(publish: Node, problems: list[Problem]) -> object:
    """Return the folder to publish to; a file:// address is turned into its path."""
    node = publish.get("to") if isinstance(publish, Mapping) else None
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        return plain(node) if node else None
    text = node.value
    message = hint = ""
    if text.startswith("file://"):
        address = urlsplit(text)
        if address.netloc in {"", "localhost"} and address.path:
            text = unquote(address.path)
        else:
            message, hint = f"is {quote(text)}, which names another computer", "file:///srv/boxes"
    elif _REMOTE.match(text):
        message = f"is {quote(text)}, and only folders can be published to so far"
        hint = "give a folder, e.g. ./boxes or a mounted share; publish.url says where it is served"
    if any(not c.isprintable() for c in text):
        message, hint = "holds characters that no folder should have", ""
    if message:
        problems.append(
            Problem(node.line, node.column, "publish.to", f"publish.to {message}", hint)
        )
        return "./boxes"
    return text


def _problem(root: Mapping, details: ErrorDetails) -> Problem:
    """Turn one of pydantic's errors into a problem at its place in the file."""
    steps = [step for step in details["loc"] if step != "[key]"]
    if details["type"] == "day_without_week":
        steps.append("on")
    at_key = "[key]" in details["loc"] or details["type"] == "extra_forbidden"
    node: Node = root
    place: Node = root
    for position, step in enumerate(steps):
        if isinstance(node, Mapping):
            key, value = node.key(str(step)), node.get(str(step))
            if key is None or value is None:
                break
            node = value
            whole = position == len(steps) - 1 and at_key
            place = key if whole or is_null(value) else value
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            place = node = node.items[step]
    message, hint = explain(steps, details, plain(node), at_key=at_key)
    return Problem(place.line, place.column, shown_path(steps), message, hint)


def shown_path(steps: list[str | int]) -> str:
    """Return a path as people write it: ``providers[0]``, ``machine.ports.8080``."""
    text = "".join(
        f"[{step}]"
        if isinstance(step, int) and index and steps[index - 1] == "providers"
        else f".{step}"
        for index, step in enumerate(steps)
    )
    return text.removeprefix(".")
