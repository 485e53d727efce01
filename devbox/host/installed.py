"""What is installed on this computer: programs and their versions, Debian's packages."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from devbox.host import process
from devbox.host.root import run_as_root

_APT_LISTS = Path("/var/lib/apt/lists")
_LISTS_STAY_FRESH = 24 * 3600.0
_VERSION = re.compile(r"\d+(?:\.\d+)+")
# Packer asks its maker for news unless told not to; a question about its version needs no network.
_QUIET = {"CHECKPOINT_DISABLE": "1", "VAGRANT_CHECKPOINT_DISABLE": "1", "LC_ALL": "C"}


def program_version(program: str, *arguments: str) -> str:
    """Return the first dotted number that a program prints when asked for its version.

    Args:
        program: its name, or its path.
        arguments: what makes it say so; default: ``--version``.

    Returns:
        "2.38.1"; nothing when it prints no such number.

    Raises:
        ProcessError: there is no such program, or it does not answer.
    """
    ended = process.run(
        [program, *(arguments or ("--version",))], env=_QUIET, timeout=30, check=False
    )
    # ssh says it on standard error, mkfs.vfat beside an exit status of 1.
    found = _VERSION.search(ended.stdout) or _VERSION.search(ended.stderr)
    return found[0] if found else ""


def version_key(version: str) -> tuple[int, ...]:
    """Return a dotted version as numbers that can be compared."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


def package_versions(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of those Debian packages that are installed, by name."""
    if process.find_program("dpkg-query") is None:
        return {}
    answer = process.run(
        ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status} ${Version}\\n", *names],
        check=False,  # it fails when it does not know one of them
        timeout=30,
    ).stdout
    words = [line.split() for line in answer.splitlines()]
    return {line[0]: line[2] for line in words if len(line) == 3 and line[1] == "installed"}


def has_apt() -> bool:
    """Return whether packages come from apt here."""
    return all(process.find_program(name) for name in ("apt-get", "dpkg-query"))


def install(packages: Sequence[str], tell: Callable[[str], None]) -> None:
    """Install Debian packages, as root, refreshing apt's lists first if they are old.

    Args:
        packages: their names.
        tell: called with what is going on, a line at a time.

    Raises:
        ProcessError: apt failed, or root's rights are not to be had.
    """
    env = {
        "DEBIAN_FRONTEND": "noninteractive",
        # Ubuntu's needrestart would ask which services to restart.
        "NEEDRESTART_SUSPEND": "1",
        "LC_ALL": "C.UTF-8",
    }
    # Another apt may be at work: a fresh machine updates itself at its first boot.
    options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    if _lists_are_old():
        run_as_root(
            ["apt-get", "-q", *options, "update"],
            env=env,
            on_line=tell,
            what="could not refresh apt's lists",
            remedy="check the network, and the archives in /etc/apt",
        )
    run_as_root(
        [
            *("apt-get", "-q", "-y", *options, "-o", "Dpkg::Use-Pty=0"),
            *("install", "--no-install-recommends", "--", *packages),
        ],
        env=env,
        on_line=tell,
        what="could not install what is missing",
        remedy="mend what apt names, then: devbox doctor --fix",
    )


def _lists_are_old() -> bool:
    ages = [
        time.time() - path.stat().st_mtime
        for path in (_APT_LISTS, *_APT_LISTS.glob("*Release"))
        if path.exists()
    ]
    # The files bear the archive's dates, the folder that of the last download.
    has_lists = len(ages) > 1
    return not has_lists or min(ages) > _LISTS_STAY_FRESH
