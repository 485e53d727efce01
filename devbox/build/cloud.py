"""The cloud-image base: a ready-made qcow2, fetched once and proven by its SHA-256.

Its first login comes by a cloud-init seed (:func:`write_seed`), a small disk labelled ``cidata``
that cloud-init's NoCloud source reads:
https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from devbox import ui
from devbox.build.layers import DISK, STATUS
from devbox.errors import DevboxError
from devbox.host import paths, process
from devbox.host.download import download
from devbox.images.disk import disk_info
from devbox.spec.model import Base


class CloudBase:
    """A base image that somebody else made.

    Args:
        base: what devbox.yml says; its ``image`` is set.
    """

    def __init__(self, base: Base) -> None:
        assert base.image is not None  # noqa: S101 - base_image() asks for nothing else
        self._image = base.image

    def record(self) -> Mapping[str, JsonValue]:
        """Return all that the image depends on: its bytes, wherever they come from."""
        return {"kind": "cloud-image", "sha256": self._image.sha256, "archive": None}

    def make(self, aside: Path, key: str, task: ui.Task) -> None:  # noqa: ARG002 - the image has its own identifiers
        """Fetch the image; see :class:`devbox.build.base.BaseImage`."""
        task.activity("downloading")
        fetched = download(
            self._image.url, self._image.sha256, paths.cache_dir() / "downloads", task.progress
        )
        info = disk_info(fetched)
        if info.format != "qcow2" or info.backing is not None:
            raise DevboxError(
                "the cloud image is not a qcow2 disk of its own",
                evidence=f"{self._image.url}: format {info.format}, backing file {info.backing}",
                remedy="name the address of a qcow2 image, such as Debian's genericcloud",
            )
        fetched.rename(aside / DISK)
        # What is in it is known only once the first layer on it has been built.
        (aside / STATUS).touch()


def write_seed(seed: Path, public_key: str) -> None:
    """Write the seed that lets root log in with a key, without root's rights and without mounting.

    Args:
        seed: the disk image to write.
        public_key: one line, as in authorized_keys.
    """
    user_data = {
        "disable_root": False,
        "users": [{"name": "root", "ssh_authorized_keys": [public_key]}],
    }
    meta_data = {"instance-id": seed.parent.name, "local-hostname": "debian"}
    folder = seed.parent
    (folder / "user-data").write_text("#cloud-config\n" + json.dumps(user_data) + "\n")
    (folder / "meta-data").write_text(json.dumps(meta_data) + "\n")
    with seed.open("wb") as stream:
        stream.truncate(1024 * 1024)
    what = "could not write the cloud-init seed"
    process.run(["mkfs.vfat", "-n", "CIDATA", seed], what=what)
    process.run(["mcopy", "-i", seed, folder / "user-data", folder / "meta-data", "::"], what=what)
