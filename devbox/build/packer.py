"""Packer: one run makes one part of a box, an overlay on the disk below it."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devbox import ui
from devbox.build.bootstrap import GUEST
from devbox.build.cloud import write_seed
from devbox.errors import DevboxError
from devbox.host import paths, process, runlog
from devbox.host.accelerator import Accelerator
from devbox.host.assets import assets_dir
from devbox.playbooks.follow import Follower
from devbox.playbooks.inputs import environment, playbook, write_program

_SSH_TIMEOUT = "15m"
_BUNDLED_BELOW = (1, 7)
# Packer asks its maker's server for newer versions, unless told.
_QUIET = {"CHECKPOINT_DISABLE": "1"}
_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True)
class PartBuild:
    """What one run of Packer is to make.

    Attributes:
        part: "production" or "development"; names the playbook.
        backing: the disk below, in its layer's folder in the store.
        folder: an existing folder; the disk is made in its new folder ``packer``.
        disk_name: the disk's file name.
        disk_gib: the disk's virtual size, in GiB.
        variables: the file with the playbook's variables.
        dpkg_status: the file that gets the guest's list of installed packages.
        cpus: virtual processors during the build.
        memory: memory during the build, in MiB.
        seed: for a cloud image, write a cloud-init seed for this run's key.
        indexes: a disk image with the archive's indexes, which the guest then need not fetch.
        roles: the folder of the catalog's roles, beside the playbooks; default: devbox's own.
    """

    part: str
    backing: Path
    folder: Path
    disk_name: str
    disk_gib: int
    variables: Path
    dpkg_status: Path
    cpus: int
    memory: int
    seed: bool
    indexes: Path | None = None
    roles: Path | None = None


@dataclass(frozen=True)
class PartBuilt:
    """What one run of Packer made: the disk, and the seconds that each role took."""

    disk: Path
    roles: Mapping[str, float]


def packer_version() -> tuple[int, int, int]:
    """Return the version of the Packer on PATH.

    Raises:
        DevboxError: there is none, or it is another program of that name.
    """
    output = process.run(
        ["packer", "version"], what="could not run Packer", env=_QUIET, timeout=60
    ).stdout
    match = _VERSION.search(output)
    if match is None or "acker" not in output:
        raise DevboxError(
            "the program `packer` on PATH is not HashiCorp's Packer",
            evidence=output.strip()[:200],
            remedy="devbox doctor --fix",
        )
    return int(match[1]), int(match[2]), int(match[3] or 0)


def build_part(job: PartBuild, accelerator: Accelerator, task: ui.Task) -> PartBuilt:
    """Run Packer for one part, showing each role and task as it runs.

    Raises:
        DevboxError: a task failed, the guest did not answer, or Packer itself failed.
    """
    with paths.scratch_dir(paths.runtime_dir(), "build-") as scratch:
        version = packer_version()
        template = _template(scratch, version)
        # Packer takes texts for templates of its own and paths for addresses: whatever the names
        # of the cache's folders are, it sees these links.
        out, store = scratch / "out", scratch / "store"
        out.symlink_to(job.folder.absolute())
        # Of the store's folder: a layer's disk names the one below as a neighbour of its folder.
        store.symlink_to(job.backing.absolute().parents[1])
        key = scratch / "key"
        process.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "devbox build", "-f", key],
            what="could not make a key for the build",
        )
        serial = out / "serial.log"
        log = out / "ansible.log"
        events = scratch / "events"
        values = _values(job, accelerator, scratch, key)
        var_file = scratch / "values.pkrvars.json"
        var_file.write_text(json.dumps(values, indent=2))
        env = {
            **_QUIET,
            "PACKER_CACHE_DIR": str(scratch / "packer-cache"),
            "TMPDIR": str(scratch),
            "PACKER_NO_COLOR": "1",
        }
        if version >= _BUNDLED_BELOW:
            process.run(
                ["packer", "init", template],
                what="Packer could not fetch its plugins",
                remedy="check the network; Packer fetches its qemu and ansible plugins once",
                env=env,
                on_line=task.activity,
            )
        with Follower(events, task) as follower:
            result = process.run(
                ["packer", "build", "-color=false", f"-var-file={var_file}", template],
                what=f"Packer could not build {job.part}",
                env=env,
                check=False,
                on_line=lambda line: _show(line, task),
            )
        if result.returncode != 0:
            kept = _keep_logs(job.part, log, serial)
            raise follower.error(job.part, kept / "ansible.log") or _packer_error(
                job.part, result.stdout, kept / "serial.log"
            )
    disk = job.folder / "packer" / job.disk_name
    return PartBuilt(disk, follower.seconds)


def _template(scratch: Path, version: tuple[int, int, int]) -> Path:
    """Return the template's folder, without the plugins block where Packer rejects it."""
    folder = scratch / "template"
    shutil.copytree(assets_dir() / "packer", folder)
    if version < _BUNDLED_BELOW:
        (folder / "plugins.pkr.hcl").unlink()
    return folder


def _values(
    job: PartBuild,
    accelerator: Accelerator,
    scratch: Path,
    key: Path,
) -> dict[str, object]:
    """Return the template's variables; all paths among them are in the scratch folder."""
    out = scratch / "out"
    public_key = key.with_suffix(".pub").read_text().strip()
    encoded = base64.b64encode(public_key.encode()).decode()
    qemu_args = [
        ["-cpu", accelerator.cpu],
        ["-display", "none"],
        ["-serial", f"file:{_comma(out / 'serial.log')}"],
        ["-device", "virtio-rng-pci"],
        # Only this computer may reach the guest.
        ["-netdev", "user,id=user.0,hostfwd=tcp:127.0.0.1:{{ .SSHHostPort }}-:22"],
    ]
    if job.seed:
        seed = scratch / "seed.img"
        write_seed(seed, public_key)
        # The BIOS boots from the first disk by its place on the bus, which must be Packer's own.
        node = "driver=raw,node-name=seed,read-only=on,file.driver=file"
        qemu_args += [
            ["-blockdev", f"{node},file.filename={_comma(seed)}"],
            ["-device", "virtio-blk-pci,drive=seed,addr=0x1d"],
        ]
    else:
        # systemd in the guest puts this key into root's authorized_keys at boot; no image ever
        # holds a key. https://systemd.io/CREDENTIALS/
        credential = f"io.systemd.credential.binary:ssh.authorized_keys.root={encoded}"
        qemu_args.append(["-smbios", f"type=11,value={credential}"])
    if job.indexes:
        node = "driver=raw,node-name=indexes,read-only=on,file.driver=file"
        qemu_args += [
            ["-blockdev", f"{node},file.filename={_comma(out / job.indexes.name)}"],
            ["-device", "virtio-blk-pci,drive=indexes,addr=0x1e"],
        ]
    env = environment(scratch / "events", out / "ansible.log", scratch, job.roles)
    return {
        "backing_file": str(scratch / "store" / job.backing.parent.name / job.backing.name),
        "output_directory": str(out / "packer"),
        "vm_name": job.disk_name,
        "disk_size": f"{job.disk_gib}G",
        "accelerator": accelerator.name,
        "cpus": job.cpus,
        "memory": job.memory,
        "qemu_args": qemu_args,
        "ssh_username": "root",
        "ssh_private_key_file": str(key),
        "ssh_timeout": _SSH_TIMEOUT,
        "playbook_file": str(
            job.roles.parent / f"{job.part}.yml" if job.roles else playbook(job.part)
        ),
        "playbook_command": str(write_program(scratch / "ansible-playbook")),
        "ansible_env": [f"{name}={value}" for name, value in env.items()],
        "ansible_arguments": [
            "--extra-vars",
            json.dumps(
                {
                    "devbox_variables": str(job.variables),
                    "devbox_dpkg_status": str(job.dpkg_status),
                    "devbox_cloud_image": job.seed,
                    "devbox_guest": str(GUEST / "etc"),
                }
            ),
        ],
    }


def _comma(path: Path) -> str:
    """Return a path as a value of a QEMU option, where a comma is written twice."""
    return str(path).replace(",", ",,")


def _show(line: str, task: ui.Task) -> None:
    """Say what Packer does before Ansible's first task and after its last."""
    text = line.removeprefix("==> ").removeprefix("    ").partition("qemu.part: ")[2]
    phases = {
        "Creating hard drive": "making the overlay disk",
        "Starting VM": "starting the guest",
        "Waiting for SSH": "waiting for the guest to answer",
        "Connected to SSH": "connected",
        "Gracefully halting": "shutting down",
    }
    for start, phase in phases.items():
        if text.startswith(start):
            task.activity(phase)


def _keep_logs(part: str, log: Path, serial: Path) -> Path:
    """Keep the logs of a failed run, whose folder goes away; return where."""
    folder = paths.state_dir() / "failed" / part
    runlog.keep(folder, (log, serial))
    return folder


def _packer_error(part: str, output: str, serial: Path) -> DevboxError:
    """Return what Packer itself said went wrong, and for a silent guest its console's end."""
    errors = [
        line.strip()
        for line in output.splitlines()
        if "rror" in line or "imeout" in line or "qemu-img:" in line
    ]
    evidence = "\n".join(dict.fromkeys(errors[:8])) or "\n".join(output.splitlines()[-8:])
    if "SSH" in evidence and serial.exists():
        tail = serial.read_text(errors="replace").splitlines()[-8:]
        evidence += "\nthe guest's console at the end:\n" + "\n".join(f"  {line}" for line in tail)
    return DevboxError(
        f"Packer could not build {part}",
        evidence=evidence,
        remedy=f"the guest's whole console: {serial}",
    )
