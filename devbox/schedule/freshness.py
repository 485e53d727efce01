"""Whether the archive has newer packages than those that are installed in a box.

apt itself decides, in a folder of its own: it is given the box's dpkg status as what is installed,
fetches the indexes and simulates the upgrade. It needs no root and touches nothing of this machine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from devbox import ui
from devbox.errors import DevboxError
from devbox.host.process import Completed, run
from devbox.images.indexes import Indexes, read_indexes

_UPGRADE = re.compile(r"^Inst (?P<name>\S+) \[(?P<old>[^\]]+)\] \((?P<new>\S+) ", re.MULTILINE)


@dataclass(frozen=True)
class Upgrade:
    """A package that the archive has in a newer version than the box."""

    name: str
    installed: str
    candidate: str


def newer_packages(
    status: Path,
    release: str,
    mirror: str,
    *,
    architecture: str = "amd64",
    trusted: bool = False,
    timeout: float = 300.0,
) -> tuple[Upgrade, ...]:
    """Return the installed packages that a rebuild would get in a newer version.

    Packages on hold stay what they are and are not among them.

    Args:
        status: the box's dpkg status file (``/var/lib/dpkg/status``).
        release: the release's code name.
        mirror: the archive.
        architecture: the box's architecture.
        trusted: take an archive without a signature; for tests.
        timeout: the limit for fetching all indexes, in seconds.

    Raises:
        DevboxError: the archive is down, slow, cut off, wrongly signed or out of date, or the
            status file is no such thing: then nothing is known, which is not "nothing newer".
    """
    _check_status(status)
    with (
        ui.task("look for newer packages") as task,
        read_indexes(
            release,
            mirror,
            task,
            status=status,
            architecture=architecture,
            trusted=trusted,
            timeout=timeout,
        ) as indexes,
    ):
        task.activity("comparing")
        upgrades = parse_simulation(_simulate(indexes).stdout)
        task.note(f"{len(upgrades)} newer" if upgrades else "nothing newer")
    return upgrades


def parse_simulation(output: str) -> tuple[Upgrade, ...]:
    """Read the upgrades out of what ``apt-get --simulate dist-upgrade`` prints.

    Its lines are ``Inst NAME [OLD] (NEW ORIGIN [ARCHITECTURE])``; a package that comes along anew
    has no ``[OLD]``.
    """
    found = (Upgrade(m["name"], m["old"], m["new"]) for m in _UPGRADE.finditer(output))
    return tuple(sorted(found, key=lambda upgrade: upgrade.name))


def _check_status(status: Path) -> None:
    try:
        with status.open(encoding="utf-8", errors="replace") as stream:
            if any(line.startswith("Package: ") for line in stream):
                return
        reason = "it names no package"
    except OSError as error:
        reason = str(error)
    raise DevboxError(
        "cannot tell which packages the box has",
        evidence=f"{status}: {reason}",
        remedy="devbox build",
    )


def _simulate(indexes: Indexes) -> Completed:
    return run(
        ["apt-get", "--simulate", "--quiet", "dist-upgrade"],
        env=indexes.environment,
        timeout=120,
        what="apt could not compare the box with the archive",
        remedy="devbox rebuild --force",
    )
