"""The files that travel with devbox: roles, the Packer template, the Vagrantfile."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import devbox
from devbox.errors import DevboxError


@cache
def assets_dir() -> Path:
    """Return the folder that holds ``ansible/``, ``packer/`` and ``Vagrantfile.j2``.

    In a wheel that is ``devbox/assets``; in a checkout, the top of the repository.
    """
    package = Path(devbox.__file__).resolve().parent
    for folder in (package / "assets", package.parent):
        if (folder / "ansible" / "roles").is_dir():
            return folder
    raise DevboxError(
        "devbox's own roles and templates are missing",
        evidence=f"neither {package / 'assets'} nor {package.parent} holds ansible/roles",
        remedy="install devbox again",
    )
