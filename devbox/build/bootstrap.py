"""The bootstrap base image: Debian's packages to a bootable disk, from nothing but a mirror.

mmdebstrap installs the packages into a tree (for an ordinary user in a user namespace, for root in
a chroot), and ``bootstrap-disk.sh``, its last hook, makes the disk from the tree. Neither root nor
a loop device is needed. The disk boots by BIOS and by UEFI.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from devbox import ui
from devbox.build.layers import DISK, STATUS
from devbox.errors import DevboxError
from devbox.host import paths, process
from devbox.images.sources import sources
from devbox.plan.digests import file_digest, folder_digest
from devbox.spec.model import Base

DISK_GIB = 20
_SPACE_NEEDED = 6 * 10**9
_FOLDER = Path(__file__).parent
GUEST = _FOLDER / "guest"
_SCRIPT = _FOLDER / "bootstrap-disk.sh"
_DISK_NAME = "devbox-disk.qcow2"
# The tree needs a disk, and a path that another user may walk.
_TREES = Path("/var/tmp")  # noqa: S108 - a private folder is made in it
_TREE = "devbox-base-"
_NAMESPACE = uuid.UUID("3f0d3b5e-9f3c-4e54-9b1e-0a6f1f0c6d52")

# locales and perl, which Debian's own images have too, would cost half a minute each to install
# under emulation, and most stacks come to need them.
_PACKAGES = (
    "ca-certificates", "dbus", "e2fsprogs", "initramfs-tools", "iproute2", "iputils-ping", "kmod",
    "less", "libpam-systemd", "linux-image-amd64", "locales", "netbase", "openssh-server", "perl",
    "procps", "python3", "python3-apt", "rsync", "sudo", "systemd-sysv", "systemd-timesyncd",
    "systemd-resolved", "udev", "zstd",
)  # fmt: skip
# Part of systemd itself until bookworm.
_PACKAGES_OF = {"bookworm": (), "trixie": ("systemd-repart",)}


class Bootstrap:
    """A base image made from a Debian mirror.

    Args:
        base: what devbox.yml says.
        archive: the state of the package archive, from the lock.
    """

    def __init__(self, base: Base, archive: str) -> None:
        self._base = base
        self._archive = archive

    def record(self) -> Mapping[str, JsonValue]:
        """Return all that the image depends on, for its key."""
        return {
            "kind": "bootstrap",
            "distribution": self._base.distribution,
            "release": self._base.release,
            "mirror": self._base.mirror,
            "architecture": "amd64",
            "archive": self._archive,
            "packages": list(self._packages()),
            "guest": folder_digest(GUEST),
            "script": file_digest(_SCRIPT),
            "disk": DISK_GIB,
        }

    def _packages(self) -> tuple[str, ...]:
        return _PACKAGES + _PACKAGES_OF[self._base.release]

    def make(self, aside: Path, key: str, task: ui.Task) -> None:
        """Make the disk; see :class:`devbox.build.base.BaseImage`."""
        paths.require_free_space(aside, _SPACE_NEEDED, "the base image")
        paths.require_free_space(_TREES, _SPACE_NEEDED, "the base image")
        _remove_stale_trees()
        with (
            # Through links: a path with a blank or a quote in it would end a hook's word.
            paths.scratch_dir(paths.runtime_dir(), "base-") as scratch,
            paths.scratch_dir(_TREES, f"{_TREE}{os.getpid()}-") as tree,
        ):
            # mmdebstrap walks through it as another user.
            tree.chmod(0o711)
            (scratch / "guest").symlink_to(GUEST)
            (scratch / "out").symlink_to(aside.absolute())
            (scratch / "disk.sh").symlink_to(_SCRIPT)
            self._run(scratch, tree, key, task)

    def _run(self, scratch: Path, tree: Path, key: str, task: ui.Task) -> None:
        argv: list[str | Path] = [
            "mmdebstrap",
            "--variant=minbase",
            # The tree is thrown away: there is nothing to clean up in it.
            "--skip=cleanup",
            "--include=" + ",".join(self._packages()),
            '--aptopt=Acquire::Retries "3"',
            '--aptopt=Acquire::http::Timeout "60"',
            '--aptopt=Acquire::Languages "none"',
            f"--setup-hook=sync-in {scratch}/guest /",
            # The owner and umask of a checkout mean nothing in the image.
            (
                '--setup-hook=chown -R 0:0 "$1/etc" && chmod -R u=rwX,go=rX "$1/etc"'
                ' && chmod +x "$1"/etc/initramfs-tools/hooks/*'
            ),
            # By way of the tree: the user of the namespace may not walk into our folders.
            f"--customize-hook=upload {scratch}/disk.sh /devbox-disk.sh",
            '--customize-hook=sh "$1/devbox-disk.sh" "$1"',
            f"--customize-hook=download /{_DISK_NAME} {scratch}/out/{DISK}",
            f"--customize-hook=download /var/lib/dpkg/status {scratch}/out/{STATUS}",
            self._base.release,
            "/dev/null",
            *(source.line() for source in sources(self._base.release, self._base.mirror)),
        ]
        env = {
            "ROOT_UUID": str(uuid.uuid5(_NAMESPACE, key + "root")),
            "DISK_UUID": str(uuid.uuid5(_NAMESPACE, key + "disk")),
            "DISK_GIB": str(DISK_GIB),
            "DISK_NAME": _DISK_NAME,
            "TMPDIR": str(tree),
            "LC_ALL": "C.UTF-8",
            "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", ""),
        }
        if not env["SOURCE_DATE_EPOCH"]:
            del env["SOURCE_DATE_EPOCH"]

        def follow(line: str) -> None:
            if line.startswith("I: ") and "hook" not in line:
                task.activity(line.removeprefix("I: ").rstrip("."))
            elif "disk.sh" in line:
                task.activity("making the disk")

        try:
            process.run(
                argv, what="the base image could not be bootstrapped", env=env, on_line=follow
            )
        except process.ProcessError as error:
            raise self._explain(error) from error

    def _explain(self, error: process.ProcessError) -> DevboxError:
        """Name the mirror where the mirror is what failed."""
        output = error.completed.stdout if error.completed else ""
        faults = [
            line for line in output.splitlines() if line.startswith(("E: ", "W: Failed", "Err:"))
        ]
        if any(line.startswith("E: ") for line in faults):
            faults = [line for line in faults if not line.startswith("Err:")]
        network = (
            "Failed to fetch",
            "Could not connect",
            "Could not resolve",
            "Connection",
            "404",
            "does not have a Release file",
        )
        if any(word in line for line in faults for word in network):
            return DevboxError(
                f"the mirror {self._base.mirror} could not be read",
                evidence="\n".join(dict.fromkeys(faults[:6])),
                remedy="check the network, or set another mirror: base: {mirror: http://…}",
            )
        return DevboxError(
            error.what, evidence="\n".join(faults[-8:]) or error.evidence, remedy=error.remedy
        )


def _remove_stale_trees() -> None:
    """Remove the trees of bootstraps that were killed; their names say which process made them."""
    mounts = Path("/proc/mounts").read_text(encoding="utf-8", errors="replace")
    for tree in _TREES.glob(f"{_TREE}*-*"):
        pid = tree.name.removeprefix(_TREE).partition("-")[0]
        mine = not tree.is_symlink() and tree.stat().st_uid == os.getuid()
        if mine and not Path("/proc", pid).exists() and str(tree) not in mounts:
            shutil.rmtree(tree, ignore_errors=True)
