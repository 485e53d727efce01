"""Vagrant's metadata: read from any tool, kept, ordered, rendered the same each time."""

from __future__ import annotations

import json

import pytest

from devbox.catalog.metadata import (
    MAX_BYTES,
    BoxFile,
    BoxVersion,
    Metadata,
    order_boxes,
    parse_metadata,
)
from devbox.errors import DevboxError

FOREIGN = {
    "name": "acme/web",
    "description": None,
    "short_description": "Übergröße 😀 #{x}",
    "private": False,
    "versions": [
        {
            "version": "2.0",
            "status": "active",
            "description_html": "<p>x</p>",
            "providers": [
                {
                    "name": "libvirt",
                    "url": "https://example.com/x.box",
                    "checksum": "",
                    "original_url": None,
                    "download_count": 12,
                    "ratio": 0.5,
                }
            ],
        },
        {"version": "1.0.0", "providers": None},
        {"version": "1.5.0-rc1"},
    ],
}


def entry(version: str, sha256: str = "a" * 64) -> BoxVersion:
    return BoxVersion(
        version=version,
        providers=(
            BoxFile(
                name="libvirt",
                url=f"file:///x/{version}.box",
                checksum_type="sha256",
                checksum=sha256,
                architecture="amd64",
                default_architecture=True,
            ),
        ),
    )


def test_fields_of_other_tools_are_kept() -> None:
    metadata = parse_metadata(json.dumps(FOREIGN).encode(), "x.json")
    rendered = json.loads(metadata.with_version(entry("1.0.1")).render())
    assert rendered["short_description"] == FOREIGN["short_description"]
    assert rendered["private"] is False
    assert rendered["description"] is None
    kept = next(item for item in rendered["versions"] if item["version"] == "2.0")
    assert kept == FOREIGN["versions"][0]  # type: ignore[index]


def test_versions_are_sorted_and_the_newest_is_known() -> None:
    metadata = parse_metadata(json.dumps(FOREIGN).encode(), "x.json").with_version(entry("1.0.1"))
    assert [item.version for item in metadata.versions] == ["1.0.0", "1.0.1", "1.5.0-rc1", "2.0"]
    assert metadata.newest == "2.0"


def test_rendering_is_repeatable() -> None:
    metadata = parse_metadata(json.dumps(FOREIGN).encode(), "x.json")
    once = metadata.render()
    assert parse_metadata(once, "x.json").render() == once
    assert once.endswith(b"\n")


def test_a_version_is_added_once() -> None:
    metadata = Metadata(name="acme/web").with_version(entry("1.0.0"))
    with pytest.raises(DevboxError, match="exists already"):
        metadata.with_version(entry("1.0"))


def test_a_box_is_found_by_its_bytes_alone() -> None:
    version = entry("1.0.0", "B" * 64)
    assert version.box("b" * 64) is not None
    assert version.box("a" * 64) is None
    other = BoxVersion(
        version="1.0.0",
        providers=(BoxFile(name="libvirt", url="x", checksum_type="md5", checksum="b" * 64),),
    )
    assert other.box("b" * 64) is None


def test_the_default_architecture_stands_last() -> None:
    boxes = tuple(
        BoxFile(name=name, url="https://x/y", architecture=architecture)
        for name, architecture in (
            ("virtualbox", "amd64"),
            ("libvirt", "amd64"),
            ("virtualbox", "arm64"),
            ("libvirt", "arm64"),
        )
    )
    assert [
        (item.name, item.architecture, item.default_architecture) for item in order_boxes(boxes)
    ] == [
        ("libvirt", "arm64", False),
        ("libvirt", "amd64", True),
        ("virtualbox", "arm64", False),
        ("virtualbox", "amd64", True),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe\x00",
        b"<html><body>502 Bad Gateway</body></html>",
        b"[]",
        b"null",
        b'"text"',
        b'{"versions": []}',
        b'{"name": 5}',
        b'{"name": "a/b", "versions": {}}',
        b'{"name": "a/b", "versions": [{"version": 1.0}]}',
        b'{"name": "a/b", "versions": [{"version": "not one"}]}',
        b'{"name": "a/b", "versions": [{"version": "1.0", "providers": [{"name": "x"}]}]}',
        b'{"name": "a/b", "x": NaN}',
        b'{"name": "a/b", "x": 1e999}',
        b"[" * 100_000,
        b'{"name": "a/b", "x": ' + b"9" * 5000 + b"}",
    ],
)
def test_damaged_files_are_refused_by_name(data: bytes) -> None:
    with pytest.raises(DevboxError) as caught:
        parse_metadata(data, "/srv/boxes/acme/web/stable.json")
    assert "/srv/boxes/acme/web/stable.json" in caught.value.evidence


def test_a_file_that_vagrant_would_not_read_is_refused() -> None:
    with pytest.raises(DevboxError, match="cannot be used"):
        parse_metadata(b" " * (MAX_BYTES + 1), "x.json")
    big = Metadata(name="acme/web", description="x" * MAX_BYTES)
    with pytest.raises(DevboxError, match="too large for Vagrant"):
        big.render()
