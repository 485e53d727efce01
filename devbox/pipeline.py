"""From devbox.yml to a verified box: build, package, verify, in this order and as one.

It stands above the packages that do each step, and below the commands that start it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from devbox import __version__, ui
from devbox.boxes import libvirt
from devbox.boxes.contents import BoxInfo
from devbox.build.builder import (
    Built,
    build_layers,
    plan_build,
    role_runs,
)
from devbox.errors import DevboxError
from devbox.host import paths, process
from devbox.host.assets import assets_dir
from devbox.host.locks import lock
from devbox.images.disk import flatten
from devbox.images.manifest import (
    FILE_NAME,
    Artifact,
    Manifest,
    ToolRecord,
    read_manifest,
)
from devbox.images.packages import installed_packages
from devbox.plan.digests import file_digest, record_digest
from devbox.plan.lock import read_lock
from devbox.playbooks.inputs import RoleRun
from devbox.spec.model import Part, Spec, Tool
from devbox.tools import load_role, load_tools
from devbox.verify.verify import verify_box

_SPACE_NEEDED = 4 * 10**9
_WAIT_SECONDS = 4 * 3600
PRODUCTION_IMAGE = "production.qcow2"


@dataclass(frozen=True)
class Outcome:
    """What a run of the pipeline came to.

    Attributes:
        folder: the folder of the build: manifest, box, production image.
        manifest: its manifest, verified.
        changed: whether anything had to be made; False if the last build is still the right one.
    """

    folder: Path
    manifest: Manifest
    changed: bool


def make_verified_box(spec: Spec, root: Path, *, force: bool = False) -> Outcome:
    """Build, package and verify; do nothing where the last build is made of the very same.

    The build's folder is replaced only by one that is whole and verified. A second call for the
    same devbox.yml waits for the first.

    Args:
        spec: devbox.yml.
        root: its folder.
        force: package and verify again even if nothing has changed.

    Raises:
        DevboxError: any step failed; the build that was there before is still there.
    """
    project = paths.project_dir(root)
    with lock(
        project / "build.lock", f"building {spec.name}", timeout=_WAIT_SECONDS, on_wait=ui.say
    ):
        folder = project / "build"
        old = _old(folder)
        if old.exists() and not folder.exists():
            old.rename(folder)  # killed while it was being replaced
        previous = current_build(spec, root)
        if previous is not None and not force:
            return Outcome(folder, previous, changed=False)
        # Before the layers are made, which takes minutes, and again when the box is.
        _require_space(project)
        built = build_layers(spec, root)
        aside = project / "build.new"
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir()
        try:
            manifest = _package(spec, root, built, aside)
            verification = verify_box(
                aside / manifest.box.path,
                manifest.box.sha256,
                spec.machine,
                _with_checks(role_runs(spec.production, root)),
                _with_checks(role_runs(spec.development, root)),
            )
            manifest = manifest.model_copy(update={"verification": verification})
            manifest.write(aside)
            _replace(folder, aside)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    return Outcome(folder, manifest, changed=True)


def _with_checks(runs: Sequence[RoleRun]) -> list[RoleRun]:
    """Leave out tools that bring no checks of their own, as roles from Galaxy do, and say so."""
    library = assets_dir() / "ansible" / "roles"
    checked = []
    for run in runs:
        if (library / run.role / "tasks" / "verify.yml").is_file():
            checked.append(run)
        else:
            ui.warn(f"{run.label} has no tasks/verify.yml: nothing proves that it works")
    return checked


def current_build(spec: Spec, root: Path) -> Manifest | None:
    """Return the last build's manifest if a new build would be made of the very same; else None."""
    folder = paths.project_dir(root) / "build"
    if not (folder / FILE_NAME).exists():
        return None
    try:
        manifest = read_manifest(folder)
    except DevboxError:
        return None  # damaged: made again
    state = read_lock(root)
    if state is None:
        return None
    plan = plan_build(spec, root, state)
    same = (
        manifest.verified
        # Another devbox packages and checks in its own way.
        and manifest.programs.get("devbox") == __version__
        and (folder / "dpkg-status").is_file()
        and manifest.spec_digest == spec_digest(spec)
        and [layer.key for layer in manifest.layers] == [layer.key for layer in plan.layers]
        and all(
            (folder / item.path).is_file() and (folder / item.path).stat().st_size == item.size
            for item in manifest.artifacts
        )
    )
    return manifest if same else None


def spec_digest(spec: Spec) -> str:
    """Return the digest of what goes into a box: not where it is published, nor when."""
    return record_digest(spec.model_dump(mode="json", exclude={"publish", "schedule"}))


def _package(spec: Spec, root: Path, built: Built, aside: Path) -> Manifest:
    """Make the production image and the box in a folder; return their manifest, unverified."""
    _require_space(aside)
    _, production, development = built.layers
    at = datetime.now(UTC).replace(microsecond=0)
    build = f"{at:%Y%m%dT%H%M%SZ}-{development.file.key[:8]}"
    tools = (
        *_tool_records(spec.production, "production", root),
        *_tool_records(spec.development, "development", root),
    )
    packages = installed_packages(development.dpkg_status)
    shutil.copyfile(development.dpkg_status, aside / "dpkg-status")
    with ui.task("production image") as task:
        image = aside / PRODUCTION_IMAGE
        flatten(production.disk, image, task)
        task.note(ui.size(image.stat().st_size))
        image_artifact = Artifact(
            kind="production-image",
            path=image.name,
            size=image.stat().st_size,
            sha256=file_digest(image),
        )
    with ui.task("box for libvirt") as task:
        disk = aside / "disk.qcow2"
        flatten(development.disk, disk, task)
        task.activity("writing the box file")
        info = BoxInfo(spec.name, build, at.isoformat(), spec.base.release, tools, len(packages))
        box = libvirt.make_box(disk, aside / "libvirt.box", spec.machine, info, task.progress)
        disk.unlink()
        task.note(ui.size(box.size))
    manifest = Manifest(
        build=build,
        name=spec.name,
        at=at,
        release=spec.base.release,
        spec_digest=spec_digest(spec),
        lock=read_lock(root),
        layers=built.records,
        tools=tools,
        machine=spec.machine,
        packages=packages,
        programs=_programs(),
        artifacts=(
            image_artifact,
            Artifact(
                kind="box", path=box.path.name, size=box.size, sha256=box.sha256, provider="libvirt"
            ),
        ),
    )
    manifest.write(aside)
    return manifest


def _require_space(folder: Path) -> None:
    paths.require_free_space(folder, _SPACE_NEEDED, "the production image and the box")


def _tool_records(tools: Sequence[Tool], part: Part, root: Path) -> tuple[ToolRecord, ...]:
    records = []
    for tool in tools:
        definition = load_role(root / tool.path) if tool.path else load_tools()[tool.name]
        records.append(ToolRecord(name=tool.label, part=part, ports=definition.ports))
    return tuple(records)


def _programs() -> dict[str, str]:
    """Return the versions of the programs that take part in a build."""
    from importlib.metadata import version

    commands = {
        "packer": ["packer", "version"],
        "qemu": ["qemu-system-x86_64", "--version"],
        "mmdebstrap": ["mmdebstrap", "--version"],
    }
    found = {"devbox": __version__, "ansible-core": version("ansible-core")}
    for name, argv in commands.items():
        match = re.search(r"\d+(\.\d+)+", process.run(argv, check=False).stdout)
        found[name] = match[0] if match else "unknown"
    return found


def _old(folder: Path) -> Path:
    return folder.with_name("build.old")


def _replace(folder: Path, aside: Path) -> None:
    """Put the new build in the place of the old one."""
    old = _old(folder)
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    aside.rename(folder)
    paths.sync_folder(folder.parent)
    shutil.rmtree(old, ignore_errors=True)
