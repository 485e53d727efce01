"""A box on a cloud image: fetched over HTTP, proven by digest, entered by a cloud-init seed.

Debian's own cloud images are out of reach of the machines that run this test, so it makes one: a
bootstrapped disk with cloud-init in it.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devbox import ui
from devbox.build.bootstrap import Bootstrap
from devbox.build.layers import DISK
from devbox.spec.model import Base
from tests.vm.conftest import Devbox


class _CloudLike(Bootstrap):
    """A bootstrapped disk that has what makes a cloud image one."""

    def _packages(self) -> tuple[str, ...]:
        return (*super()._packages(), "cloud-init")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """A cloud image's address and SHA-256."""
    folder = tmp_path / "served"
    folder.mkdir()
    with ui.task("cloud image") as task:
        _CloudLike(Base(), "").make(folder, "0" * 64, task)
    digest = hashlib.sha256((folder / DISK).read_bytes()).hexdigest()
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{DISK}", digest
    finally:
        server.shutdown()
        thread.join()


def test_a_box_on_a_cloud_image(
    tmp_path: Path, env: dict[str, str], served: tuple[str, str]
) -> None:
    url, digest = served
    box = Devbox(tmp_path, {**env, "DEVBOX_CACHE_DIR": str(tmp_path / "cache")})
    image = json.dumps({"url": url, "sha256": "0" * 64})
    stack = ("--set=name=acme/cloud", "--set=machine.memory=1024", "--set=development=[git]")
    box.run("init", "--defaults", *stack, f"--set=base.image={image}")
    assert "SHA-256" in box.run("build", code=1).stderr
    image = json.dumps({"url": url, "sha256": digest})
    box.run("init", "--defaults", "--force", *stack, f"--set=base.image={image}")
    box.run("build")
    manifest = json.loads((tmp_path / ".devbox/build/manifest.json").read_text())
    assert manifest["verification"]["checks"] == ["git"]
    assert "cloud-init" in manifest["packages"]
