"""Is a rebuild needed, and why: the box's own inputs first, then the package archive.

Like :mod:`devbox.pipeline` it stands above the packages and below the commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from devbox.build.builder import plan_build
from devbox.build.layers import LayerStore
from devbox.errors import DevboxError
from devbox.host import paths
from devbox.images.manifest import FILE_NAME, Manifest, read_manifest
from devbox.images.packages import installed_packages
from devbox.pipeline import current_build
from devbox.plan.lock import Lock, now, read_lock, write_lock
from devbox.schedule.freshness import Upgrade, newer_packages
from devbox.spec.model import Spec


@dataclass(frozen=True)
class Reason:
    """One reason to rebuild.

    Attributes:
        what: a sentence.
        details: what exactly, a line each.
        packages: whether all packages must be taken from the archive anew.
        base: whether the base image must, too.
    """

    what: str
    details: tuple[str, ...] = ()
    packages: bool = False
    base: bool = False


def find_reasons(spec: Spec, root: Path, *, force: bool = False) -> tuple[Reason, ...]:
    """Return the reasons to rebuild; none if the last build is as good as a new one.

    Args:
        spec: devbox.yml.
        root: its folder.
        force: give a reason though there may be none.

    Raises:
        DevboxError: the archive did not answer: then it is not known.
    """
    reasons = []
    manifest = _last_build(root)
    if manifest is None:
        # By --force not from layers either that are still in the cache.
        return (Reason("there is no verified build yet", packages=force, base=force),)
    if current_build(spec, root) is None:
        reasons.append(_input_reason(spec, root, manifest))
    status = paths.project_dir(root) / "build" / "dpkg-status"
    if not status.is_file():
        # Nothing to compare with; the build is made anew for that alone.
        return (*reasons, _package_reason((), manifest)) if force else tuple(reasons)
    upgrades = newer_packages(status, spec.base.release, spec.base.mirror)
    if upgrades or force:
        reasons.append(_package_reason(upgrades, manifest))
    return tuple(reasons)


def adopt_lock(root: Path) -> None:
    """Take the last build's lock where the one beside devbox.yml is older.

    A fresh checkout puts an older one back where nobody commits what a schedule wrote; a rebuild
    from it would publish yesterday's packages as the newest version.
    """
    lock, manifest = read_lock(root), _last_build(root)
    if lock and manifest and manifest.lock and lock.packages < manifest.lock.packages:
        write_lock(root, manifest.lock)


def renew_lock(root: Path, reasons: tuple[Reason, ...], *, force: bool = False) -> None:
    """Move the lock on, so that the next build takes from the archive what it has now.

    One that was moved on for a build that then failed stays as it is, unless by ``force``: the
    next build goes on from the layers made so far.
    """
    lock = read_lock(root)
    moment = now()
    if lock is None or not any(reason.packages for reason in reasons):
        return
    manifest = _last_build(root)
    if not force and manifest and manifest.lock and lock.packages > manifest.lock.packages:
        return
    base = moment if any(reason.base for reason in reasons) else lock.base
    write_lock(root, Lock(base=base, packages=moment))


def _last_build(root: Path) -> Manifest | None:
    folder = paths.project_dir(root) / "build"
    if not (folder / FILE_NAME).exists():
        return None
    try:
        manifest = read_manifest(folder)
    except DevboxError:
        return None
    return manifest if manifest.verified else None


def _input_reason(spec: Spec, root: Path, manifest: Manifest) -> Reason:
    """Say which of the box's own inputs changed: the lowest layer that is another now."""
    lock = read_lock(root)
    if lock is not None:
        plan = plan_build(spec, root, lock)
        before = {layer.name: layer.key for layer in manifest.layers}
        for layer in plan.layers:
            if before.get(layer.name) != layer.key:
                return Reason(f"the {layer.name} layer has other inputs than at the last build")
    return Reason("devbox.yml has changed, or files of the last build are gone")


def _package_reason(upgrades: tuple[Upgrade, ...], manifest: Manifest) -> Reason:
    details = tuple(f"{item.name} {item.installed} → {item.candidate}" for item in upgrades)
    what = f"the archive has {len(upgrades)} newer packages" if upgrades else "asked for by --force"
    names = {item.name.partition(":")[0] for item in upgrades}
    base = LayerStore().find(manifest.layers[0].key)
    in_base = base is None or bool(names & installed_packages(base.dpkg_status).keys())
    return Reason(what, details, packages=True, base=in_base or not upgrades)
