"""Ansible: playbooks, a repo's own roles, requirements.yml: what production is set up with.

Playbooks: https://docs.ansible.com/ansible/latest/reference_appendices/playbooks_keywords.html;
requirements.yml: https://docs.ansible.com/ansible/latest/galaxy/user_guide.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import JsonValue

from devbox.detect.findings import Confidence
from devbox.detect.formats.node import Node
from devbox.detect.formats.yaml_nodes import read_yaml
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.images import substitute
from devbox.detect.shell import package_hint
from devbox.spec.model import Part

_DEVELOPMENT = re.compile(
    r"(?:^|[^a-z])(?:dev|devel|development|vagrant|local|test|testing|molecule)(?:[^a-z]|$)"
)
_APT = ("apt", "ansible.builtin.apt", "package", "ansible.builtin.package")
_FOREIGN = ("yum", "dnf", "ansible.builtin.yum", "ansible.builtin.dnf")
_OTHERS = {
    "pip": "pypi", "ansible.builtin.pip": "pypi", "npm": "npm", "community.general.npm": "npm",
    "gem": "gems", "community.general.gem": "gems",
}  # fmt: skip
_INCLUDES = (
    "include_role",
    "import_role",
    "ansible.builtin.include_role",
    "ansible.builtin.import_role",
)
_VERSION_VARIABLE = re.compile(r"([a-z][a-z0-9]*)_version")
_DATABASE_VARIABLE = re.compile(r"([a-z][a-z0-9]*)_databases")
_PLAIN_NAME = re.compile(r"[A-Za-z][\w\-]{0,62}")
_PACKAGE_VARIABLE = re.compile(r"(?:__?)?(?:apt_|[a-z0-9_]+_)?packages?(?:_default|_debian)?")
_LOOPED = "{{item}}"
_ITEM = re.compile(r"\{\{\s*item\s*\}\}")
_NUMBER = re.compile(r"v?(\d+(?:\.\d+)*)")
_TASKS = ("pre_tasks", "tasks", "post_tasks", "handlers")
_MAX_DEPTH = 10


def _part(file: File) -> Part:
    return "development" if _DEVELOPMENT.search(str(file.path).lower()) else "production"


def _requirements(file: File) -> Iterator[Hint]:
    root = read_yaml(file.text)
    for item in [*root.list(), *root.get("roles").list()]:
        name = item.text or next(
            (item.get(key).text for key in ("name", "role", "src") if item.get(key)), ""
        )
        if name and "include" not in dict(item.items()):
            yield from _role(name, item.get("name").line or item.line, _part(file), "certain")
    if root.get("collections") or root.get("roles") or root.value:
        yield Hint(
            "commands", "ansible-galaxy", 0, "roles of Ansible Galaxy", "likely", "development"
        )


def _role(name: str, line: int, part: Part, confidence: Confidence) -> Iterator[Hint]:
    """Yield a role by its name, or by the address of its repository."""
    if "://" in name or name.startswith("git@"):
        *_, owner, name = ["", *re.split(r"[/:]", re.sub(r"\.git$", "", name))]
        # Galaxy's own name for github.com/geerlingguy/ansible-role-redis
        name = f"{owner}.{re.sub(r'^ansible-role-|^ansible-', '', name)}"
    yield Hint("galaxy", name, line, f"role {name}", confidence, part)


def _playbook(file: File) -> Iterator[Hint]:
    if "hosts" not in file.text and "/roles/" not in f"/{file.path}":
        return
    root = read_yaml(file.text)
    part = _part(file)
    for item in root.list():
        if item.get("hosts"):
            yield from _play(item, part, file)
    if "tasks" in file.path.parts:
        yield from _tasks(root, part, 0)
    for item in root.get("dependencies").list():
        name = item.text or item.get("role").text or item.get("name").text
        if name:
            yield from _role(name, item.line, part, "certain")


def _play(play: Node, part: Part, file: File) -> Iterator[Hint]:
    hosts = " ".join(item.text for item in play.get("hosts").one_or_many())
    if _DEVELOPMENT.search(hosts.lower()):
        part = "development"
    yield Hint(
        "commands", "ansible-playbook", 0, f"{file.name}: a playbook", "likely", "development"
    )
    yield from _variables(play.get("vars"), part)
    for item in play.get("roles").list():
        name = item.text or item.get("role").text or item.get("name").text
        if name:
            yield from _role(name, item.get("role").line or item.line, part, "certain")
        yield from _variables(item, part)
        yield from _variables(item.get("vars"), part)
    for key in _TASKS:
        yield from _tasks(play.get(key), part, 0)


def _tasks(tasks: Node, part: Part, depth: int) -> Iterator[Hint]:
    if depth > _MAX_DEPTH:
        return
    for task in tasks.list():
        for module in _APT:
            yield from _packages(task.get(module), "apt", task, part)
        for module in _FOREIGN:
            yield from _packages(task.get(module), "foreign package", task, part)
        for module, kind in _OTHERS.items():
            yield from _packages(task.get(module), kind, task, part)
        for module in _INCLUDES:
            role = task.get(module, "name")
            if role.text:
                yield from _role(role.text, role.line, part, "certain")
        for key in ("block", "rescue", "always"):
            yield from _tasks(task.get(key), part, depth + 1)


def _packages(module: Node, kind: str, task: Node, part: Part) -> Iterator[Hint]:
    if not module:
        return
    names: list[Node] = []
    for key in ("name", "pkg", "package"):
        names += module.get(key).one_or_many()
    if module.text:  # apt: name=nginx state=present
        names += [
            Node(module.line, word.partition("=")[2])
            for word in _ITEM.sub(_LOOPED, module.text).split()
            if word.startswith(("name=", "pkg="))
        ]
    if any(_ITEM.search(name.text) for name in names):
        for key in ("loop", "with_items"):
            names += task.get(key).list()
    for name in names:
        for word in name.text.split(","):
            hint = package_hint(word.strip(), kind, name.line, part) if word.strip() else None
            if hint:
                yield hint


def _variables(table: Node, part: Part) -> Iterator[Hint]:
    """Yield versions that variables such as ``postgresql_version: "16"`` ask for."""
    for key, value in table.items():
        name = _VERSION_VARIABLE.fullmatch(key)
        version = _NUMBER.match(substitute(value.text))
        if name and version:
            says = f"{key} is {value.text}"
            yield Hint("asdf", name[1], value.line, says, "likely", part, version[1])
    yield from _database_variables(table, part)


def _database_variables(table: Node, part: Part) -> Iterator[Hint]:
    """Yield the databases of variables such as ``postgresql_databases: [{name: crm}]``."""
    for key, value in table.items():
        name = _DATABASE_VARIABLE.fullmatch(key)
        texts = [item.text or item.get("name").text for item in value.list()]
        databases: list[JsonValue] = [text for text in texts if _PLAIN_NAME.fullmatch(text)]
        if name and databases:
            says = f"{key} are {', '.join(map(str, databases))}"
            options: dict[str, JsonValue] = {"databases": databases}
            yield Hint("asdf", name[1], value.line, says, "likely", part, None, options)


def _package_variables(table: Node, part: Part) -> Iterator[Hint]:
    """Yield the packages of variables such as ``redis_packages: [redis-server]``."""
    for key, value in table.items():
        if _PACKAGE_VARIABLE.fullmatch(key):
            names = [*value.one_or_many(), *(Node(item.line, name) for name, item in value.items())]
            for name in names:
                word = name.text or name.get("name").text
                hint = package_hint(word, "apt", name.line, part, "likely") if word else None
                if hint:
                    yield hint


def _group_variables(file: File) -> Iterator[Hint]:
    if "$ANSIBLE_VAULT" not in file.text[:100]:
        table = read_yaml(file.text)
        yield from _variables(table, _part(file))
        yield from _package_variables(table, _part(file))


READERS = (
    Reader(("requirements.yml", "requirements.yaml"), _requirements),
    Reader(
        (
            "playbook*.yml",
            "playbook*.yaml",
            "*playbook.yml",
            "site.yml",
            "deploy*.yml",
            "provision*.yml",
            "production.yml",
            "staging.yml",
            "servers.yml",
            "webservers.yml",
            "dbservers.yml",
            "playbooks/*.yml",
            "ansible/*.yml",
            "roles/*/tasks/*.yml",
            "roles/*/meta/main.yml",
        ),
        _playbook,
    ),
    Reader(
        ("group_vars/*.yml", "group_vars/*/*.yml", "roles/*/defaults/main.yml"), _group_variables
    ),
)
