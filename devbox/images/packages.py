"""What dpkg says is installed; the format: deb822(5) and dpkg's status file."""

from __future__ import annotations

from pathlib import Path


def installed_packages(status: Path) -> dict[str, str]:
    """Return the installed packages of a dpkg status file, each with its version, by name."""
    packages: dict[str, str] = {}
    for paragraph in status.read_text(encoding="utf-8", errors="replace").split("\n\n"):
        fields = {}
        for line in paragraph.splitlines():
            if line and not line[0].isspace():
                name, _, value = line.partition(":")
                fields[name] = value.strip()
        if fields.get("Status", "").endswith(" installed"):
            packages[fields["Package"]] = fields["Version"]
    return dict(sorted(packages.items()))
