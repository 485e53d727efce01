"""The check of what an ordinary user needs to bootstrap a base image without root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from devbox.host import process
from devbox.host.doctor import packages
from devbox.host.doctor.finding import Finding, Group, Subject
from devbox.host.root import is_root, user_name

_NAME = "user namespaces"
# A Debian tree has users and groups up to 65534.
_NEEDED_IDS = 65536


def check(_subject: Subject) -> Iterator[Finding]:
    """Look at subordinate ids, and make a user namespace."""
    if is_root():
        yield Finding(Group.BUILD, _NAME, "ok", "not needed by root")
        return
    user = user_name()
    lacking = [
        path for path in (Path("/etc/subuid"), Path("/etc/subgid")) if not _has_range(path, user)
    ]
    if lacking:
        yield Finding(
            Group.BUILD,
            "subordinate ids",
            "problem",
            f"{' and '.join(map(str, lacking))} give {user} fewer than {_NEEDED_IDS} ids",
            f"sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}",
        )
    else:
        yield Finding(Group.BUILD, "subordinate ids", "ok", f"{_NEEDED_IDS} or more")
    if process.find_program("newuidmap") is None:
        yield Finding(
            Group.BUILD,
            "newuidmap",
            "problem",
            "not installed",
            f"sudo apt-get install {packages.UIDMAP}",
            packages=(packages.UIDMAP,),
        )
    yield _namespace()


def _namespace() -> Finding:
    try:
        process.run(["unshare", "--user", "--map-root-user", "--mount", "true"], timeout=10)
    except process.ProcessError as error:
        return Finding(
            Group.BUILD,
            _NAME,
            "problem",
            error.evidence.splitlines()[0] if error.evidence else error.what,
            "sudo sysctl kernel.unprivileged_userns_clone=1   # on Ubuntu:"
            " kernel.apparmor_restrict_unprivileged_userns=0",
        )
    return Finding(Group.BUILD, _NAME, "ok", "can be made")


def _has_range(path: Path, user: str) -> bool:
    """Return whether a user has enough subordinate ids, in the format of subuid(5)."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    total = 0
    for line in lines:
        owner, _, ids = line.partition(":")
        count = ids.partition(":")[2]
        if owner in (user, str(os.getuid())) and count.isdigit():
            total += int(count)
    return total >= _NEEDED_IDS
