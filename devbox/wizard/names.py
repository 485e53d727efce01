"""The name that is proposed for a box: from the git remote, or from the folder."""

from __future__ import annotations

import getpass
import re
from pathlib import Path

from devbox.errors import DevboxError
from devbox.host import process
from devbox.spec.names import propose_name


def name_of_repo(root: Path) -> tuple[str, str]:
    """Return owner/box for a folder, and where that is from, as people say it."""
    if name := name_from_remote(_remote_url(root)):
        return name, "from the git remote"
    return name_from_folder(root.resolve(), _login_name()), "from the folder"


def name_from_remote(url: str) -> str | None:
    """Return owner/box from a git remote: ``git@host:Acme/Web.git`` gives ``acme/web``.

    None where the address has no owner, as a bare folder name has none.
    """
    path = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://[^/]*", "", url.strip())
    path = re.sub(r"^[^/:]+:", "", path)
    parts = [part for part in path.split("/") if part not in ("", ".", "..")]
    if len(parts) < 2:
        return None
    return propose_name("/".join([parts[-2], parts[-1].removesuffix(".git")]))


def name_from_folder(folder: Path, owner: str) -> str:
    """Return owner/box from a folder's name and a person's login name."""
    return propose_name(f"{owner}/{folder.name or 'box'}")


def _remote_url(root: Path) -> str:
    """Return the address of the git remote of a folder; empty where there is none."""
    try:
        named = process.run(["git", "-C", root, "remote"], check=False, timeout=5).stdout.split()
        if not named:
            return ""
        chosen = "origin" if "origin" in named else named[0]
        found = process.run(
            ["git", "-C", root, "remote", "get-url", chosen], check=False, timeout=5
        )
    except DevboxError:
        # No git on this computer, or a broken one: the folder's name will do.
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
