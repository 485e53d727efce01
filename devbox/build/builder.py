"""The build: from devbox.yml to the layers of a box, taking from the store what is there."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from devbox import ui
from devbox.build.base import base_image, recent_archive_state
from devbox.build.bootstrap import DISK_GIB
from devbox.build.layers import DISK, STATUS, Layer, LayerStore
from devbox.build.packer import PartBuild, build_part, packer_version
from devbox.errors import DevboxError
from devbox.host import accelerator, paths, runlog
from devbox.host.assets import assets_dir
from devbox.images.disk import make_folder_disk, set_backing
from devbox.images.indexes import read_indexes
from devbox.images.manifest import LayerRecord
from devbox.plan.digests import folder_digest, record_digest, role_dependencies, role_digest
from devbox.plan.lock import Lock, now, read_lock, write_lock
from devbox.plan.plan import Plan, PlannedLayer, RoleInput, make_plan
from devbox.playbooks.inputs import RoleRun, render_variables
from devbox.spec.model import Spec, Tool
from devbox.tools import load_role, load_tools, role_variables
from devbox.tools.facts import uses_facts

_SPACE_NEEDED = 5 * 10**9
_INDEXES = "indexes.img"
_SECRET = re.compile(r"password|passwd|passphrase|secret|token|(^|_)key$", re.IGNORECASE)
_OWN_ROLES = ("_begin", "_source", "_vagrant", "_seal")


@dataclass(frozen=True)
class Built:
    """The layers of a finished build.

    Attributes:
        plan: what was planned.
        layers: base, production, development, from the bottom.
        records: each layer's key, whether it came from the store, its time.
    """

    plan: Plan
    layers: tuple[Layer, Layer, Layer]
    records: tuple[LayerRecord, ...]


def role_runs(tools: Sequence[Tool], root: Path) -> tuple[RoleRun, ...]:
    """Return the tools of a part as a playbook runs them.

    Args:
        tools: as devbox.yml states them, validated.
        root: the folder of devbox.yml, which local roles' paths are relative to.
    """
    return tuple(item.run for item in _inputs(tools, root))


def _inputs(tools: Sequence[Tool], root: Path) -> tuple[RoleInput, ...]:
    inputs = []
    for tool in tools:
        definition = load_role(root / tool.path) if tool.path else load_tools()[tool.name]
        role = str((root / tool.path).absolute()) if tool.path else tool.name
        library = assets_dir() / "ansible" / "roles"
        folders = {definition.folder, *role_dependencies(definition.folder, library)}
        facts = tool.path is not None and any(map(uses_facts, folders))
        run = RoleRun(role, tool.label, role_variables(definition, tool.options), facts)
        _hide_secrets(run.variables)
        digest = role_digest(definition.folder, library)
        inputs.append(RoleInput(run, digest))
    return tuple(inputs)


def _hide_secrets(value: object, name: str = "") -> None:
    """Keep what looks like a secret, by its option's name, out of all that is logged and shown."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            _hide_secrets(item, str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            _hide_secrets(item, name)
    elif isinstance(value, str) and _SECRET.search(name):
        runlog.hide(value)


def plan_build(spec: Spec, root: Path, lock: Lock) -> Plan:
    """Plan the build of a box.

    Args:
        spec: devbox.yml.
        root: its folder.
        lock: the state of the archive to build from.
    """
    ansible = assets_dir() / "ansible"
    playbooks = record_digest(
        {name: folder_digest(ansible / "roles" / name) for name in _OWN_ROLES}
        | {
            f"{part}.yml": (ansible / f"{part}.yml").read_text()
            for part in ("production", "development")
        }
    )
    return make_plan(
        base_image(spec.base, lock.base).record(),
        _inputs(spec.production, root),
        _inputs(spec.development, root),
        packages=lock.packages,
        playbooks=playbooks,
    )


def ensure_lock(spec: Spec, root: Path, store: LayerStore) -> Lock:
    """Return the lock beside devbox.yml, written now if there was none."""
    lock = read_lock(root)
    if lock is None:
        moment = now()
        base = recent_archive_state(spec.base, store, moment)
        lock = Lock(base=base, packages=base)
        write_lock(root, lock)
    return lock


def build_layers(spec: Spec, root: Path) -> Built:
    """Build what is missing of a box's layers.

    Args:
        spec: devbox.yml.
        root: its folder.

    Raises:
        DevboxError: the archive, a role, the guest or the disk failed.
    """
    store = LayerStore()
    lock = ensure_lock(spec, root, store)
    plan = plan_build(spec, root, lock)
    if any(store.find(layer.key) is None for layer in (plan.production, plan.development)):
        # Not only after minutes of work on the base image.
        packer_version()
    base, base_record = _base_layer(spec, lock, plan.base, store)
    production, production_record = _part_layer(spec, plan.production, base, store)
    development, development_record = _part_layer(spec, plan.development, production, store)
    return Built(
        plan,
        (base, production, development),
        (base_record, production_record, development_record),
    )


def _base_layer(
    spec: Spec, lock: Lock, planned: PlannedLayer, store: LayerStore
) -> tuple[Layer, LayerRecord]:
    with ui.task("base image") as task:
        task.note(f"{spec.base.distribution} {spec.base.release}")
        if layer := store.find(planned.key):
            task.note(f"{spec.base.distribution} {spec.base.release}, cached")
            return layer, _record(planned, layer, cached=True)
        with store.building(planned.key, ui.say) as aside:
            if layer := store.find(planned.key):
                task.note("built by another process")
                return layer, _record(planned, layer, cached=True)
            started = time.monotonic()
            base_image(spec.base, lock.base).make(aside, planned.key, task)
            task.activity("checking the disk")
            layer = store.add(planned, aside, None, time.monotonic() - started, {})
            return layer, _record(planned, layer, cached=False)


def _part_layer(
    spec: Spec, planned: PlannedLayer, parent: Layer, store: LayerStore
) -> tuple[Layer, LayerRecord]:
    with ui.task(planned.name) as task:
        if layer := store.find(planned.key):
            task.note("cached")
            return layer, _record(planned, layer, cached=True)
        with store.building(planned.key, ui.say) as aside:
            if layer := store.find(planned.key):
                task.note("built by another process")
                return layer, _record(planned, layer, cached=True)
            layer = _build_part(spec, planned, parent, store, aside, task)
            return layer, _record(planned, layer, cached=False)


def _build_part(
    spec: Spec,
    planned: PlannedLayer,
    parent: Layer,
    store: LayerStore,
    aside: Path,
    task: ui.Task,
) -> Layer:
    started = time.monotonic()
    paths.require_free_space(store.root, _SPACE_NEEDED, f"building {planned.name}")
    chosen = accelerator.choose()
    task.note("" if chosen.hardware else "software emulation")
    # A copy, since devbox itself may be edited or upgraded meanwhile; with the playbooks, as
    # Ansible looks for roles beside them first.
    catalog = aside / "ansible" / "roles"
    shutil.copytree(assets_dir() / "ansible", aside / "ansible", symlinks=True)
    variables = aside / "variables.yml"
    variables.write_text(render_variables([role.run for role in planned.roles]), encoding="utf-8")
    built = build_part(
        PartBuild(
            part=planned.name,
            backing=parent.disk,
            folder=aside,
            disk_name=DISK,
            disk_gib=DISK_GIB,
            variables=variables,
            dpkg_status=aside / STATUS,
            # Emulated processors hinder each other: one installs packages faster than two.
            cpus=min(os.cpu_count() or 1, 4) if chosen.hardware else 1,
            memory=max(1024, min(spec.machine.memory, 4096)),
            seed=spec.base.image is not None,
            indexes=_indexes_disk(spec, aside, task),
            roles=catalog,
        ),
        chosen,
        task,
    )
    _require_unchanged(planned, catalog)
    task.activity("checking the disk")
    built.disk.rename(aside / DISK)
    set_backing(aside / DISK, f"../{parent.file.key}/{DISK}")
    for name in ("packer", "ansible"):
        shutil.rmtree(aside / name)
    for name in ("variables.yml", _INDEXES):
        (aside / name).unlink(missing_ok=True)
    return store.add(planned, aside, parent, time.monotonic() - started, dict(built.roles))


def _require_unchanged(planned: PlannedLayer, library: Path) -> None:
    """See that the roles still are what the layer's key was made from.

    Raises:
        DevboxError: one was changed after the plan was made.
    """
    for item in planned.roles:
        role = Path(item.run.role)
        folder = role if role.is_absolute() else library / role
        if role_digest(folder, library) != item.digest:
            raise DevboxError(
                f"the role {item.run.label} was changed during the build",
                evidence="the layer would not be what its key says",
                remedy="run this again",
            )


def _indexes_disk(spec: Spec, aside: Path, task: ui.Task) -> Path | None:
    """Make the disk that brings the archive's indexes into the guest.

    Fetched and parsed here, at full speed, they need not be under emulation. A cloud image has
    sources of its own and fetches them itself.
    """
    if spec.base.image is not None:
        return None
    disk = aside / _INDEXES
    with (
        read_indexes(spec.base.release, spec.base.mirror, task) as indexes,
        paths.scratch_dir(aside, "lists-") as lists,
    ):
        for path in indexes.lists.iterdir():
            if path.is_file() and path.name != "lock":
                shutil.copyfile(path, lists / path.name)
        make_folder_disk(lists, disk, "devbox-apt")
    return disk


def _record(planned: PlannedLayer, layer: Layer, *, cached: bool) -> LayerRecord:
    return LayerRecord(
        name=planned.name, key=planned.key, cached=cached, seconds=layer.file.seconds
    )
