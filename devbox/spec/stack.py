"""The entries of ``production:`` and ``development:`` to tools with checked options."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping as TypingMapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pydantic import JsonValue

from devbox.errors import DevboxError
from devbox.spec.document import Mapping, Node, Scalar, Sequence, is_null, plain
from devbox.spec.model import Part, Tool
from devbox.spec.names import TOOL_SYNONYMS, explain_elsewhere
from devbox.spec.problems import Problem
from devbox.tools import (
    ROLE,
    OptionProblem,
    ToolDefinition,
    load_role,
    validate_options,
    version_problem,
)
from devbox.tools.options import describe, quote, suggestion

_ROLE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


@dataclass
class Stack:
    """Reads the stack's entries; gathers tools and all that is wrong with them.

    Attributes:
        tools: the catalog.
        root: the folder of devbox.yml, from which local roles are found.
        release: the release to support; None if it is not known.
        problems: what was found wrong so far.
    """

    tools: TypingMapping[str, ToolDefinition]
    root: Path
    release: str | None
    problems: list[Problem] = field(default_factory=list)
    _seen: dict[str, tuple[Part, Scalar]] = field(default_factory=dict)

    def read(self, part: Part, node: Node | None) -> tuple[Tool, ...]:
        """Read one part of the stack."""
        if node is None or is_null(node):
            return ()
        if not isinstance(node, Sequence):
            hint = 'begin each tool with a dash: "- nginx"'
            self._add(node, part, f"must be a list of tools, not {describe(plain(node))}", hint)
            return ()
        entries = [(f"{part}[{index}]", item) for index, item in enumerate(node.items)]
        found = [self._entry(part, path, item) for path, item in entries]
        return tuple(tool for tool in found if tool)

    def _add(self, node: Node, path: str, message: str, hint: str = "") -> None:
        self.problems.append(Problem(node.line, node.column, path, f"{path} {message}", hint))

    def _entry(self, part: Part, path: str, node: Node) -> Tool | None:
        match node:
            case Scalar(value=str()):
                return self._tool(part, path, node, None)
            case Mapping(entries=((key, value),)):
                if key.text == ROLE:
                    return self._role(part, path, key, value)
                return self._tool(part, path, key, value)
            case Mapping(entries=((first, value), (second, _), *_)):
                self._add(second, path, *_two_keys(first, value, second))
            case _:
                found = describe(plain(node))
                self._add(node, path, f"must be a tool, not {found}", 'write "- nginx"')
        return None

    def _tool(self, part: Part, path: str, name: Scalar, value: Node | None) -> Tool | None:
        definition = self.tools.get(name.text)
        if definition is None:
            self._unknown(path, name)
            return None
        path = f"{path}.{name.text}"
        options = self._options(path, definition, value)
        self._check_place(part, path, name, definition, name.text)
        if options is None:
            return None
        self._check_options(path, definition, options, value, name)
        return Tool(name=name.text, options=options)

    def _unknown(self, path: str, name: Scalar) -> None:
        if name.text == ROLE:
            self._add(name, path, "names no role", "write its folder: role: deploy/roles/acme_api")
            return
        near = suggestion(name.text, list(self.tools), synonyms=TOOL_SYNONYMS)
        elsewhere = explain_elsewhere(name.text)
        hint = elsewhere or near.partition("known:")[0].strip()
        hint += "\n`devbox tools` lists all tools"
        if "packages" in self.tools and not elsewhere:
            hint += "\na Debian package goes under packages: [NAME]"
        hint += "\nan Ansible role of your own goes under role: FOLDER"
        if elsewhere:
            hint += "; `devbox tools new` begins one"
        self._add(name, path, f"is {quote(name.text)}, which is no tool", hint.strip())

    def _options(
        self, path: str, definition: ToolDefinition, value: Node | None
    ) -> dict[str, JsonValue] | None:
        """Return the options as a mapping, the shorthand written out; None if they are not one."""
        if value is None or is_null(value):
            return {}
        content = plain(value)
        if isinstance(content, dict):
            return content
        shorthand = definition.shorthand
        if shorthand is None:
            names = [option.name for option in definition.options]
            hint = f"options: {', '.join(names)}" if names else "it has no options"
            self._add(value, path, f"must have a mapping of options, not {describe(content)}", hint)
            return None
        option = definition.option(shorthand)
        if option and option.type == "list" and not isinstance(content, list):
            content = [content]
        return {shorthand: content}

    def _role(self, part: Part, path: str, key: Scalar, value: Node) -> Tool | None:
        path = f"{path}.role"
        place = value.get("path") if isinstance(value, Mapping) else value
        if not isinstance(place, Scalar) or not isinstance(place.value, str) or not place.text:
            found = "names no folder" if is_null(place) else "must name a folder"
            hint = "write role: deploy/roles/acme_api, or role: {path: deploy/roles/acme_api, …}"
            self._add(key if place is None or is_null(place) else place, path, found, hint)
            return None
        folder = self._folder(path, place)
        if folder is None:
            return None
        try:
            definition = load_role(self.root / folder)
        except DevboxError as error:
            self._add(place, path, "has metadata that cannot be read", error.evidence)
            return None
        self._check_place(part, path, place, definition, f"role {folder.name}")
        entries = value.entries if isinstance(value, Mapping) else ()
        options = {name.text: plain(item) for name, item in entries if name.text != "path"}
        self._check_options(path, definition, options, value, key)
        return Tool(name=ROLE, options=options, path=folder)

    def _folder(self, path: str, place: Scalar) -> PurePosixPath | None:
        """Return a local role's folder if it is a role within the repo."""
        folder = PurePosixPath(place.text)
        message, hint = "", ""
        if folder.is_absolute() or ".." in folder.parts or place.text.startswith("~"):
            message = f"must lie within the folder of devbox.yml: {quote(place.text)} does not"
            hint = "give its path relative to devbox.yml, without .."
        elif not _ROLE_NAME.fullmatch(folder.name):
            message = f"has a folder that cannot name an Ansible role: {quote(folder.name)}"
            hint = "letters, digits and _ are allowed, a letter first: acme_api"
        else:
            message, hint = self._missing_role(folder)
        if message:
            self._add(place, path, message, hint)
            return None
        return folder

    def _missing_role(self, folder: PurePosixPath) -> tuple[str, str]:
        """Say why there is no role in a folder; two empty strings if there is one."""
        shown = quote(str(folder))
        try:
            role = (self.root / folder).resolve()
            tasks = [role / "tasks" / "main.yml", role / "tasks" / "main.yaml"]
            if not (self.root / folder).exists():
                return f"is {shown}, which does not exist", "the path is relative to devbox.yml"
            if not role.is_relative_to(self.root.resolve()):
                return f"is {shown}, a link that leaves the folder of devbox.yml", ""
            if not any(file.is_file() for file in tasks):
                return f"is {shown}, which is no Ansible role: it has no tasks/main.yml", ""
        except (OSError, RuntimeError, ValueError) as error:
            return f"is {shown}, which cannot be read: {error}", ""
        return "", ""

    def _check_place(
        self, part: Part, path: str, node: Scalar, definition: ToolDefinition, label: str
    ) -> None:
        """Check that a tool is listed once, and that the release has it."""
        # Generic tools (packages …) are lists of the user's: each part may have its own.
        generic = definition.category == "generic" and not label.startswith("role ")
        there, first = self._seen.setdefault(f"{label} {part}" if generic else label, (part, node))
        if first is not node:
            hint = "the dev box has all of production in it" if there != part else ""
            again = f"is listed twice: first in line {first.line}, under {there}"
            self._add(node, path, again, hint)
        if self.release and definition.releases and self.release not in definition.releases:
            hint = f"it supports {', '.join(definition.releases)}"
            self._add(node, path, f"does not support the release {self.release}", hint)

    def _check_options(
        self,
        path: str,
        definition: ToolDefinition,
        options: TypingMapping[str, JsonValue],
        value: Node | None,
        entry: Scalar,
    ) -> None:
        problems = validate_options(definition, options)
        refused = version_problem(definition, options, self.release)
        for problem in [*problems, refused] if refused else problems:
            node, steps = _locate(value, problem, entry)
            message, hint = problem.message, problem.hint
            if isinstance(node, Scalar) and isinstance(node.value, float):
                # What was written, 3.10, not what YAML makes of it.
                number = json.dumps(node.value)
                message, hint = message.replace(number, node.text), hint.replace(number, node.text)
            self._add(node, path + steps, message, hint)


def _two_keys(first: Scalar, value: Node, second: Scalar) -> tuple[str, str]:
    if first.text == ROLE:
        message = f"must be one role: {quote(second.text)} is beside it"
        return message, f"its options go inside: role: {{path: FOLDER, {second.text}: …}}"
    if is_null(value):
        message = f"must be one tool: {quote(second.text)} is beside {quote(first.text)}"
        hint = f"if it is an option of {first.text}, indent it by two spaces more than {first.text}"
        return message, hint
    message = f"must be one tool, and has {quote(first.text)} and {quote(second.text)}"
    return message, "begin each tool with a dash of its own"


def _locate(value: Node | None, problem: OptionProblem, entry: Scalar) -> tuple[Node, str]:
    """Find the place of a problem, and its path as text, without the key that it complains of."""
    node: Node | None = value
    place: Node = entry
    shown = ""
    for position, step in enumerate(problem.path):
        last = position == len(problem.path) - 1
        if isinstance(node, Mapping) and isinstance(step, str):
            key = node.key(step)
            complained = last and not problem.at_value and key is not None
            place, node = key or place, node.get(step)
            shown += "" if complained else f".{step}"
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            shown += f"[{step}]"
        if node is not None and (not last or problem.at_value) and not is_null(node):
            place = node
    return place, shown
