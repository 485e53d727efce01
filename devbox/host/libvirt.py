"""libvirt, through virsh: what machines, volumes and addresses there are."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

from devbox.host import process

URI = "qemu:///system"
POOL = "default"


def _virsh(*words: str) -> str | None:
    """Return what virsh prints; None where it fails. Its messages are then in the run's log."""
    completed = process.run(
        ["virsh", "--quiet", "--connect", URI, *words],
        env={"LC_ALL": "C"},
        timeout=30,
        check=False,
    )
    return completed.stdout if completed.returncode == 0 else None


def check() -> None:
    """Check that libvirt answers, and to this user.

    Raises:
        ProcessError: it does not, or virsh is missing.
    """
    process.run(
        ["virsh", "--quiet", "--connect", URI, "list", "--all"],
        what="libvirt does not answer, so no machine can run",
        remedy="devbox doctor --fix",
        env={"LC_ALL": "C"},
        timeout=30,
    )


def domain_state(domain: str) -> str | None:
    """Return a domain's state in virsh's words ("running", "shut off"); None: no such domain."""
    answer = _virsh("domstate", "--domain", domain)
    return answer.strip() if answer is not None else None


def domain_address(domain: str) -> str | None:
    """Return the first IPv4 address that libvirt has leased to a domain."""
    answer = _virsh("domifaddr", "--domain", domain, "--source", "lease")
    match = re.search(r"\b(\d+\.\d+\.\d+\.\d+)/", answer or "")
    return match[1] if match else None


def remove_domain(domain: str) -> None:
    """Remove a domain, ending it first if need be; its volumes stay."""
    _virsh("destroy", "--domain", domain)
    _virsh("undefine", "--domain", domain, "--nvram")


def pool_path(pool: str = POOL) -> Path | None:
    """Return the folder of a storage pool; None where there is no such pool yet."""
    return _path_in(_virsh("pool-dumpxml", "--pool", pool), "target/path")


def _path_in(answer: str | None, place: str) -> Path | None:
    """Return the path that stands at a place in one of libvirt's XML documents."""
    try:
        # libvirt's own words, not a stranger's.
        path = ET.fromstring(answer or "").findtext(place)  # noqa: S314
    except ET.ParseError:
        return None
    return Path(path) if path else None


def volumes(pool: str = POOL) -> dict[str, Path]:
    """Return a pool's volumes, as name to path."""
    _virsh("pool-refresh", "--pool", pool)
    answer = _virsh("vol-list", "--pool", pool) or ""
    found = {}
    for line in answer.splitlines():
        name, _, path = line.strip().partition("   ")
        if path.strip():
            found[name.strip()] = Path(path.strip())
    return found


def backing_file(volume: str, pool: str = POOL) -> Path | None:
    """Return the file that a volume is an overlay on; None where it stands alone."""
    return _path_in(_virsh("vol-dumpxml", "--vol", volume, "--pool", pool), "backingStore/path")


def remove_volume(volume: str, pool: str = POOL) -> bool:
    """Remove a volume; say whether that worked."""
    return _virsh("vol-delete", "--vol", volume, "--pool", pool) is not None
