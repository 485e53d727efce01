"""The house's rules: which way dependencies run, who starts processes, how modules are named."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "devbox"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the top: a package may import those of lower ranks, and others of its own if in no circle.
RANKS = (
    {"cli", "__main__"},
    {"commands"},
    {"pipeline", "renewal"},
    {"wizard", "build", "verify", "catalog", "machine", "schedule"},
    {"plan", "playbooks", "boxes", "images", "tools", "detect", "spec"},
    {"host", "ui"},
    {"errors", "__init__"},
)
RANK = {name: number for number, names in enumerate(RANKS) for name in names}


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_of(module: str) -> str:
    """devbox.host.paths → host; devbox → __init__."""
    return [*module.split("."), "__init__"][1]


def imports(path: Path) -> Iterator[tuple[str, ast.stmt]]:
    """All that a module imports, wherever in it, and by which statement."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or "", node
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def inner(path: Path) -> set[str]:
    """The packages of devbox that a module imports; the first part below devbox."""
    found = set()
    for name, _ in imports(path):
        if name.startswith("devbox."):
            part = name.split(".")[1]
            found.add(part if part in RANK else "__init__")
    return found


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_dependencies_run_one_way(path: Path) -> None:
    own = package_of(module_name(path))
    assert own in RANK, f"{own} has no rank: give it one here and in design"
    above = {name for name in inner(path) if RANK[name] < RANK[own]}
    if path.stem == "completion":
        above.discard("cli")  # the one command whose subject is the command line itself
    assert not above, f"{module_name(path)} imports {above}, which stand above it"


def test_no_packages_go_in_circles() -> None:
    edges: dict[str, set[str]] = {}
    for path in MODULES:
        own = package_of(module_name(path))
        edges.setdefault(own, set()).update(inner(path) - {own, "__init__"})

    def reach(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for name in edges.get(todo.pop(), set()) - seen:
                seen.add(name)
                todo.append(name)
        return seen

    # What is drawn and what is logged know one another: that pair is one layer.
    circles = {name for name in edges if name in reach(name)} - {"host", "ui"}
    assert not circles


def top_level_imports(path: Path) -> set[str]:
    names = {module_name(other) for other in MODULES}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in names else node.module)
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & names - {module_name(path)}


def test_no_modules_go_in_circles() -> None:
    edges = {module_name(path): top_level_imports(path) for path in MODULES}
    state: dict[str, str] = {}

    def visit(name: str, way: tuple[str, ...]) -> None:
        if state.get(name) == "done":
            return
        assert name not in way, " → ".join([*way[way.index(name) :], name])
        for other in sorted(edges[name]):
            visit(other, (*way, name))
        state[name] = "done"

    for name in edges:
        visit(name, ())


STARTERS = {"subprocess", "pty", "pexpect", "multiprocessing", "asyncio.subprocess"}
STARTING_CALLS = {"system", "popen", "fork", "forkpty", "posix_spawn", "startfile"}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_only_host_starts_processes(path: Path) -> None:
    own = package_of(module_name(path))
    # For its types alone, a module may name it.
    names = {name for name, _ in imports(path)}
    if own != "host":
        assert not {name for name in names if name in STARTERS} - typed_only(path)
        assert not calls_of_os(path)
    if own != "machine":
        assert "vagrant" not in names


def typed_only(path: Path) -> set[str]:
    """Modules that are named in annotations and exceptions only, never called."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        node.func.value.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    }
    plain = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    return (STARTERS & plain) - called


def calls_of_os(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "os"
        and (node.attr in STARTING_CALLS or node.attr.startswith(("exec", "spawn")))
    }


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_modules_are_small_and_named_for_what_they_do(path: Path) -> None:
    assert path.stem not in {"utils", "util", "helpers", "common", "misc"}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_package_has_a_rank() -> None:
    here = {path.stem for path in PACKAGE.glob("*.py")}
    here |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert here <= set(RANK)


HEAVY = {"pydantic", "yaml", "rich", "questionary", "ansible_runner", "vagrant", "jinja2"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "commands").glob("*.py")), ids=module_name)
def test_commands_import_what_is_heavy_only_when_they_run(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tops = {
        name.split(".")[0]
        for node in tree.body
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not tops & HEAVY
