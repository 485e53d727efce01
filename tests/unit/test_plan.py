"""The plan: each layer's key depends on what the layer is made of, and on nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from devbox.build.builder import plan_build
from devbox.plan.lock import Lock
from devbox.plan.plan import Plan, RoleInput, make_plan
from devbox.playbooks.inputs import RoleRun
from devbox.spec import load_spec
from devbox.spec.model import Spec

LOCK = Lock(base="2026-01-01T00:00:00Z", packages="2026-01-02T00:00:00Z")


def tool(name: str = "git", digest: str = "d", **variables: JsonValue) -> RoleInput:
    return RoleInput(RoleRun(name, name, variables), digest)


def plan(**changes: Any) -> Plan:
    inputs: dict[str, Any] = {
        "base_record": {"kind": "bootstrap", "archive": "a"},
        "production": [tool("nginx"), tool("python")],
        "development": [tool("git")],
        "packages": "p",
        "playbooks": "b",
        **changes,
    }
    base_record = inputs.pop("base_record")
    production, development = inputs.pop("production"), inputs.pop("development")
    return make_plan(base_record, production, development, **inputs)


def changed(**changes: Any) -> list[str]:
    """The layers that have another key than those of the plan above."""
    pairs = zip(plan().layers, plan(**changes).layers, strict=True)
    return [after.name for before, after in pairs if before.key != after.key]


UPPER = ["production", "development"]
ALL = ["base", *UPPER]


@pytest.mark.parametrize(
    ("changes", "layers"),
    [
        ({}, []),
        ({"base_record": {"archive": "a", "kind": "bootstrap"}}, []),
        ({"base_record": {"kind": "bootstrap", "archive": "b"}}, ALL),
        ({"packages": "q"}, UPPER),
        ({"playbooks": "c"}, UPPER),
        ({"production": [tool("python"), tool("nginx")]}, UPPER),
        ({"production": [tool("nginx"), tool("python", "e")]}, UPPER),
        ({"production": [tool("nginx"), tool("python", python_pipx=True)]}, UPPER),
        ({"production": [tool("nginx")]}, UPPER),
        ({"development": [tool("git", "e")]}, ["development"]),
        ({"development": [tool("git"), tool("node")]}, ["development"]),
        ({"development": []}, ["development"]),
        ({"development": [RoleInput(RoleRun("/else/where/git", "called so", {}), "d")]}, []),
    ],
)
def test_what_a_layer_depends_on(changes: Mapping[str, Any], layers: list[str]) -> None:
    assert changed(**changes) == layers


def test_a_tool_in_the_other_part_makes_other_layers() -> None:
    moved = {"production": [tool("nginx")], "development": [tool("python"), tool("git")]}
    assert changed(**moved) == UPPER


def test_a_layer_is_never_the_layer_below() -> None:
    empty = plan(production=[], development=[])
    assert len({layer.key for layer in empty.layers}) == 3


OPTIONS = st.dictionaries(
    st.text(), st.none() | st.booleans() | st.integers() | st.text(), min_size=2, max_size=6
)


@given(OPTIONS, st.randoms())
def test_the_order_of_keys_does_not_count(options: dict[str, Any], random: Any) -> None:
    keys = list(options)
    random.shuffle(keys)
    one = RoleInput(RoleRun("git", "git", options), "d")
    two = RoleInput(RoleRun("git", "git", {key: options[key] for key in keys}), "d")
    assert plan(development=[one]) == plan(development=[two])


@given(OPTIONS, OPTIONS)
def test_other_options_make_another_key(one: dict[str, Any], two: dict[str, Any]) -> None:
    keys = [
        plan(development=[RoleInput(RoleRun("git", "git", options), "d")]).development.key
        for options in (one, two)
    ]
    same = {k: (type(v), v) for k, v in one.items()} == {k: (type(v), v) for k, v in two.items()}
    assert (keys[0] == keys[1]) == same


def project(folder: Path, text: str = "- role: roles/app\n") -> tuple[Spec, Path]:
    (folder / "roles/app/tasks").mkdir(parents=True)
    (folder / "roles/app/tasks/main.yml").write_text("- ansible.builtin.command: 'true'\n")
    (folder / "devbox.yml").write_text(f"name: acme/web\nproduction:\n  {text}")
    return load_spec(folder / "devbox.yml"), folder


def keys(spec: Spec, root: Path, lock: Lock = LOCK) -> list[str]:
    return [layer.key for layer in plan_build(spec, root, lock).layers]


def test_where_a_repo_stands_does_not_count(tmp_path: Path) -> None:
    one, two = project(tmp_path / "here"), project(tmp_path / "over 'there' é")
    assert keys(*one) == keys(*two)


def test_where_it_is_published_and_when_does_not_count(tmp_path: Path) -> None:
    spec, root = project(tmp_path)
    other = spec.model_copy(
        update={
            "publish": spec.publish.model_copy(update={"channel": "beta"}),
            "machine": spec.machine.model_copy(update={"memory": 4096, "cpus": 1}),
            "name": "acme/other",
        }
    )
    assert keys(other, root) == keys(spec, root)


def test_a_local_role_and_what_it_depends_on_count(tmp_path: Path) -> None:
    spec, root = project(tmp_path)
    seen = [keys(spec, root)]
    (root / "roles/app/files").mkdir()
    (root / "roles/app/files/x").write_text("1")
    seen.append(keys(spec, root))
    (root / "roles/shared/tasks").mkdir(parents=True)
    (root / "roles/shared/tasks/main.yml").write_text("[]")
    assert keys(spec, root) == seen[-1]
    (root / "roles/app/meta").mkdir()
    (root / "roles/app/meta/main.yml").write_text("dependencies: [{role: shared}, app]\n")
    seen.append(keys(spec, root))
    (root / "roles/shared/tasks/main.yml").write_text("[{ansible.builtin.debug: }]")
    seen.append(keys(spec, root))
    assert len({one[1] for one in seen}) == 4
    assert len({one[0] for one in seen}) == 1


def test_the_lock_counts_for_the_layers_that_it_says(tmp_path: Path) -> None:
    spec, root = project(tmp_path)
    before = keys(spec, root)
    later = "2026-02-01T00:00:00Z"
    other = keys(spec, root, LOCK.model_copy(update={"packages": later}))
    assert [a == b for a, b in zip(before, other, strict=True)] == [True, False, False]
    other = keys(spec, root, LOCK.model_copy(update={"base": later}))
    assert [a == b for a, b in zip(before, other, strict=True)] == [False, False, False]


def test_a_plan_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan().base.key = "x"  # type: ignore[misc]  # what is being tested
