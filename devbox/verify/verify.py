"""Verify a box: boot the very file, log in as Vagrant does, run each tool's own checks."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from devbox import ui
from devbox.boxes.archive import disk_inside
from devbox.boxes.libvirt import DISK_NAME
from devbox.errors import DevboxError
from devbox.host import accelerator, paths, process, runlog
from devbox.images.disk import make_overlay
from devbox.images.manifest import Verification
from devbox.playbooks.follow import Follower
from devbox.playbooks.inputs import (
    RoleRun,
    environment,
    playbook,
    render_variables,
    write_program,
)
from devbox.spec.model import Machine
from devbox.verify.guest import QEMU_LOG, SERIAL_LOG, Guest, running_guest

_KEY = Path(__file__).parent / "vagrant_insecure_key"
_LOG = "ansible.log"
_BOOT_SECONDS = 600.0
# Enough for every check; a machine for developers may be larger than the computer that builds.
_MEMORY_MIB = 4096


def verify_box(
    box: Path,
    sha256: str,
    machine: Machine,
    production: Sequence[RoleRun],
    development: Sequence[RoleRun],
) -> Verification:
    """Boot a libvirt box and run every tool's checks in it.

    The disk is booted from inside the box file, below an overlay that is thrown away: what is
    proven is the file that is published.

    Args:
        box: the box file.
        sha256: its digest.
        machine: the size of a developer's machine.
        production: the tools of production.
        development: the tools of development.

    Raises:
        DevboxError: it did not boot, did not let Vagrant's user in, or a check failed.
    """
    with (
        ui.task("verify") as task,
        # Short and private: Ansible's sockets and the copy of the key are in it.
        paths.scratch_dir(paths.runtime_dir(), "verify-") as scratch,
        contextlib.ExitStack() as files,
    ):
        # Beside the box, as the folder of a run may be in memory.
        overlay = files.enter_context(paths.scratch_dir(box.parent, ".verify-")) / "overlay.qcow2"
        make_overlay(disk_inside(box, DISK_NAME), overlay)
        task.activity("booting the box")
        chosen = accelerator.choose()
        with running_guest(
            overlay,
            scratch,
            chosen,
            cpus=min(machine.cpus, 4) if chosen.hardware else 1,
            memory=min(machine.memory, _MEMORY_MIB),
        ) as guest:
            try:
                seconds = guest.wait_for_ssh(_BOOT_SECONDS)
                task.note(f"answered {ui.duration(seconds)} after power-on")
                _run_checks(guest, scratch, task, production, development)
            except DevboxError as error:
                runlog.keep(_kept(), (scratch / name for name in (_LOG, SERIAL_LOG, QEMU_LOG)))
                error.remedy = error.remedy or f"the guest's whole console: {_kept() / SERIAL_LOG}"
                raise
        return Verification(
            box_sha256=sha256,
            at=datetime.now(UTC),
            boot_seconds=round(seconds, 1),
            checks=tuple(run.label for run in (*production, *development)),
        )


def _run_checks(
    guest: Guest,
    scratch: Path,
    task: ui.Task,
    production: Sequence[RoleRun],
    development: Sequence[RoleRun],
) -> None:
    key = scratch / "key"
    shutil.copyfile(_KEY, key)
    key.chmod(0o600)
    inventory = scratch / "inventory"
    inventory.write_text(
        f"default ansible_host=127.0.0.1 ansible_port={guest.ssh_port} ansible_user=vagrant "
        f"ansible_ssh_private_key_file={key}\n"
    )
    variables = {}
    for part, tools in (("production", production), ("development", development)):
        path = scratch / f"{part}.yml"
        path.write_text(render_variables(tools), encoding="utf-8")
        variables[f"devbox_{part}"] = str(path)
    events, log = scratch / "events", scratch / _LOG
    program = write_program(scratch / "ansible-playbook")
    with Follower(events, task) as follower:
        result = process.run(
            [program, "-i", inventory, "--extra-vars", json.dumps(variables), playbook("verify")],
            env=environment(events, log, scratch),
            check=False,
        )
    if result.returncode != 0:
        kept = _kept() / _LOG
        raise follower.error("verify", kept) or DevboxError(
            "the checks could not be run",
            evidence="\n".join((result.stdout + result.stderr).splitlines()[-8:]),
            remedy=f"Ansible's output: {kept}",
        )
    if guest.child.poll() is not None:
        # What answered on its port was another guest, then.
        raise DevboxError("the guest ended while it was checked")


def _kept() -> Path:
    """Return the folder that keeps the logs of a failed run."""
    return paths.state_dir() / "failed" / "verify"
