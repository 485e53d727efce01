"""Stages of a test, all played by one ansible-playbook, which takes a second to start.

Each stage is a play of its own, on a host of its own, though all these hosts are the same guest:
so facts and registered variables of one stage are not there in the next, as in a build, which
verifies in another run than it applies in.
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from pydantic import BaseModel, JsonValue

from devbox.host.process import run

from .guest import INTERPRETER, Guest
from .stages import Stage
from .tree import cache_folder

ROLES = Path(__file__).parents[2] / "ansible" / "roles"
_PLUGINS = Path(__file__).with_name("plugins")
_LIMIT_SECONDS = 1500


class _Failed(BaseModel):
    task: str
    action: str
    why: str


class _Played(BaseModel):
    name: str
    changed: list[str]
    failed: list[_Failed]


def play(guest: Guest, stages: Sequence[Stage]) -> None:
    """Play stages one after the other.

    The test fails where one does not go as it should.
    """
    folder = guest.folder
    record = folder / "stages.json"
    names = [_name(number, stage) for number, stage in enumerate(stages)]
    playbook = folder / "playbook.json"
    playbook.write_text(json.dumps([_play(n, s) for n, s in enumerate(stages)]), encoding="utf-8")
    hosts = "\n".join(f"stage{number}" for number in range(len(stages)))
    (folder / "hosts").write_text(hosts)
    argv: list[str | Path] = [Path(sys.executable).with_name("ansible-playbook")]
    argv += ["--inventory", folder / "hosts", "--connection", "guest"]
    argv += ["-e", f"ansible_host={guest.leader}"]
    argv += ["-e", f"ansible_python_interpreter={INTERPRETER}", playbook]
    # What Ansible packs of its modules for sending is the same for each version of it.
    modules = cache_folder() / f"modules-{importlib.metadata.version('ansible-core')}"
    modules.mkdir(exist_ok=True)
    environment = {
        "ANSIBLE_CALLBACK_PLUGINS": str(_PLUGINS / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "stages",
        "ANSIBLE_CONNECTION_PLUGINS": str(_PLUGINS / "connection"),
        "ANSIBLE_CONFIG": str(ROLES.parent / "ansible.cfg"),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_ROLES_PATH": str(ROLES),
        "DEVBOX_MODULES": str(modules),
        "DEVBOX_STAGES": str(record),
    }
    ended = run(argv, env=environment, timeout=_LIMIT_SECONDS, check=False)
    said = ended.stdout + ended.stderr
    assert record.is_file(), said
    played = [_Played.model_validate(item) for item in json.loads(record.read_text())]
    for name, stage, done in zip(names, stages, played, strict=False):
        assert done.name == name
        _check(stage, done, said)
    # Whatever else ends a run early: a handler that fails where a role should be refused, say.
    if len(played) != len(stages) or ended.returncode != 0:
        pytest.fail(f"the run ended early\n\n{said}", pytrace=False)
    _assert_secrets_unsaid(stages, said)


def _name(number: int, stage: Stage) -> str:
    """Return the name of a stage's play: in names Ansible reads templates."""
    return f"{number} {re.sub('[{}]', '_', stage.name)}"


def _play(number: int, stage: Stage) -> JsonValue:
    tasks: JsonValue = list(stage.tasks)
    if stage.expect in ("fail", "refuse"):
        tasks = [{"block": tasks, "rescue": [{"ansible.builtin.meta": "noop"}]}]
    return {
        "name": _name(number, stage),
        "hosts": f"stage{number}",
        "gather_facts": False,
        "become": stage.become,
        "vars": _unsafe(stage.options),
        "tasks": tasks,
    }


def _check(stage: Stage, done: _Played, said: str) -> None:
    """Fail the test, with what Ansible said of this stage, if it went otherwise than it should."""
    _, _, since = said.partition(f"PLAY [{done.name}]")
    what = f"\n\nPLAY [{done.name}]{since.partition('PLAY [')[0]}"
    if stage.expect in ("succeed", "still"):
        if done.failed:
            failed = "; ".join(f"{one.task}: {one.why}" for one in done.failed)
            pytest.fail(f"{stage.name}: {failed}{what}", pytrace=False)
    elif not done.failed:
        pytest.fail(f"{stage.name}: nothing failed, and something should{what}", pytrace=False)
    elif stage.says not in (why := "\n".join(one.why for one in done.failed)):
        pytest.fail(f"{stage.name}: does not say {stage.says!r}, but {why!r}{what}", pytrace=False)
    if stage.expect in ("still", "refuse") and done.changed:
        changed = "; ".join(done.changed)
        pytest.fail(
            f"{stage.name}: changed what should have stayed: {changed}{what}", pytrace=False
        )
    fetching = [one.task for one in done.failed if one.action.endswith((".apt", ".get_url"))]
    if stage.expect == "refuse" and fetching:
        pytest.fail(f"{stage.name}: failed only at {fetching[0]}{what}", pytrace=False)


def _unsafe(value: JsonValue) -> JsonValue:
    """Mark texts as Ansible's JSON does, so that no part of them is a template."""
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, dict):
        return {key: _unsafe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unsafe(item) for item in value]
    return value


def _assert_secrets_unsaid(stages: Sequence[Stage], said: str) -> None:
    for stage in stages:
        for secret in _secrets(stage.options):
            assert secret not in said, f"{stage.name}: a password is shown\n\n{said}"


def _secrets(value: JsonValue, name: str = "") -> set[str]:
    """Return the values of options that are called password or the like."""
    if isinstance(value, dict):
        return set[str]().union(*(_secrets(item, key) for key, item in value.items()))
    if isinstance(value, list):
        return set[str]().union(*(_secrets(item, name) for item in value))
    secret = name.endswith(("password", "secret", "token"))
    return {value} if secret and isinstance(value, str) and len(value) > 3 else set()
