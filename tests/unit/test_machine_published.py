"""What a catalog offers to this computer."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devbox.errors import DevboxError, UsageError
from devbox.machine import published

HERE = published.architecture()


def entry(version: str, *, provider: str = "libvirt", architecture: str | None = HERE) -> object:
    box = {"name": provider, "url": f"file:///{version}.box"}
    if architecture:
        box["architecture"] = architecture
    return {"version": version, "providers": [box]}


def write(folder: Path, *versions: object, name: str = "acme/web") -> Path:
    path = folder / "stable.json"
    path.write_text(json.dumps({"name": name, "versions": versions}))
    return path


def test_the_newest_is_the_highest_not_the_last(tmp_path: Path) -> None:
    path = write(tmp_path, entry("1.10.0"), entry("1.9.0"), entry("1.10.0-rc1"))
    assert published.read_catalog(path.as_uri()).newest.version == "1.10.0"


def test_what_cannot_run_here_is_not_offered(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        entry("1.0.0", architecture=None),
        entry("2.0.0", provider="virtualbox"),
        entry("3.0.0", architecture="riscv64"),
    )
    catalog = published.read_catalog(path.as_uri())
    assert [offer.version for offer in catalog.offers] == ["1.0.0"]
    with pytest.raises(DevboxError, match=r"no version 3\.0\.0") as caught:
        catalog.offer("3.0.0")
    assert "1.0.0" in caught.value.evidence


def test_an_empty_catalog_says_so(tmp_path: Path) -> None:
    with pytest.raises(DevboxError, match="no version for this computer"):
        published.read_catalog(write(tmp_path).as_uri()).newest  # noqa: B018 - it raises


@pytest.mark.parametrize("name", ["../../x", "..", "a/../b", "", "a b", "/etc"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, entry("1.0.0"), name=name)
    with pytest.raises(DevboxError):
        published.read_catalog(path.as_uri())


@pytest.mark.parametrize("version", ["../1", "1/2", "", "1..2", "one"])
def test_a_version_that_is_none_is_refused(tmp_path: Path, version: str) -> None:
    path = write(tmp_path, entry(version))
    with pytest.raises(DevboxError):
        published.read_catalog(path.as_uri())


@pytest.mark.parametrize("content", [b"", b"not json", b"\x00\xff", b"[]", b'{"versions": 1}'])
def test_what_is_no_catalog_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(DevboxError, match="not a catalog") as caught:
        published.read_catalog(path.as_uri())
    assert str(path) in caught.value.evidence


def test_a_path_becomes_an_address(tmp_path: Path) -> None:
    folder = tmp_path / "my boxes ü"
    folder.mkdir()
    path = write(folder, entry("1.0.0"))
    for source in (str(path), "my boxes ü/stable.json", path.as_uri()):
        url = published.catalog_url(source, tmp_path)
        assert published.read_catalog(url).name == "acme/web"


def test_a_folder_is_no_catalog_but_hints_at_one(tmp_path: Path) -> None:
    inside = tmp_path / "acme" / "web"
    inside.mkdir(parents=True)
    path = write(inside, entry("1.0.0"))
    with pytest.raises(UsageError) as caught:
        published.catalog_url(str(tmp_path), Path("/"))
    assert str(path) in caught.value.remedy


def test_other_schemes_are_refused() -> None:
    with pytest.raises(UsageError, match="ftp"):
        published.catalog_url("ftp://example.com/x.json", Path("/"))


class _Handler(http.server.SimpleHTTPRequestHandler):
    kind = "application/json"

    def guess_type(self, path: object) -> str:
        return self.kind

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serve(folder: Path, kind: str) -> Iterator[str]:
    handler = type("Handler", (_Handler,), {"kind": kind})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_served_catalog_is_read(tmp_path: Path) -> None:
    write(tmp_path, entry("1.0.0"))
    with serve(tmp_path, "application/json; charset=utf-8") as address:
        catalog = published.read_catalog(f"{address}/stable.json")
        assert catalog.newest.version == "1.0.0"
        assert published.box_size(f"{address}/stable.json") > 0
        with pytest.raises(DevboxError, match="could not be read") as caught:
            published.read_catalog(f"{address}/missing.json")
        assert "404" in caught.value.evidence


def test_a_catalog_that_vagrant_would_take_for_a_box_is_refused(tmp_path: Path) -> None:
    write(tmp_path, entry("1.0.0"))
    with (
        serve(tmp_path, "text/plain") as address,
        pytest.raises(DevboxError, match="take for a box file"),
    ):
        published.read_catalog(f"{address}/stable.json")
