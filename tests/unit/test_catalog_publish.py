"""Publishing to a folder: what is refused, what is written, what a reader sees."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import threading
import time
import urllib.parse
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devbox.catalog import Published, publish
from devbox.errors import DevboxError, UsageError
from devbox.images.manifest import Artifact, Manifest, ToolRecord, Verification
from devbox.spec.model import Machine, Publish

HOSTILE = "bo xes #1 %20 'q' \"d\" #{x} ${y} é😀"


def make_build(folder: Path, content: bytes = b"box", *, verified: bool = True) -> Manifest:
    """Make a build's folder with a box of some bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "libvirt.box").write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    now = datetime(2026, 1, 2, tzinfo=UTC)
    manifest = Manifest(
        build=digest[:12],
        name="acme/web",
        at=now,
        release="bookworm",
        spec_digest="0" * 64,
        layers=(),
        tools=(
            ToolRecord(name="nginx", part="production", ports=(80,)),
            ToolRecord(name="git", part="development"),
        ),
        machine=Machine(),
        packages={"nginx": "1.22"},
        programs={"packer": "1.6.6"},
        artifacts=(
            Artifact(
                kind="box",
                path="libvirt.box",
                size=len(content),
                sha256=digest,
                provider="libvirt",
            ),
        ),
        verification=Verification(box_sha256=digest, at=now, boot_seconds=1.0, checks=("nginx",))
        if verified
        else None,
    )
    manifest.write(folder)
    return manifest


def settings(to: Path | str = "boxes", channel: str = "stable", url: str | None = None) -> Publish:
    return Publish(to=str(to), channel=channel, url=url)


def put(
    root: Path, content: bytes, channel: str = "stable", version: str | None = None
) -> Published:
    build = root / f"build-{hashlib.sha256(content).hexdigest()[:8]}"
    return publish(
        build, make_build(build, content), settings(channel=channel), root, version=version
    )


def box_path(url: str) -> Path:
    parts = urllib.parse.urlsplit(url)
    assert parts.scheme == "file"
    assert not parts.fragment
    assert not parts.query
    return Path(urllib.parse.unquote(parts.path))


def check_reader(catalog: Path) -> int:
    """Read a catalog as a client does; return how many versions it offers, all of them whole."""
    metadata = json.loads(catalog.read_bytes())
    for version in metadata["versions"]:
        for provider in version["providers"]:
            data = box_path(provider["url"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == provider["checksum"]
            manifest = box_path(provider["url"]).with_name("manifest.json")
            assert Manifest.model_validate_json(manifest.read_bytes()).name == "acme/web"
    return len(metadata["versions"])


def leftovers(root: Path) -> list[str]:
    folder = root / "boxes/acme/web"
    return [path.name for path in folder.rglob(".*") if path.name != ".lock"]


def test_the_first_publication(tmp_path: Path) -> None:
    published = put(tmp_path, b"one")
    assert published.new
    assert (published.name, published.version, published.channel) == ("acme/web", "1.0.0", "stable")
    assert published.catalog == tmp_path / "boxes/acme/web/stable.json"
    assert published.url == published.catalog.as_uri()
    assert published.size == 3
    assert json.loads(published.catalog.read_bytes()) == {
        "name": "acme/web",
        "description": "Debian bookworm with nginx; for developers: git",
        "versions": [
            {
                "version": "1.0.0",
                "providers": [
                    {
                        "name": "libvirt",
                        "url": f"{tmp_path.as_uri()}/boxes/acme/web/versions/1.0.0/"
                        "libvirt-amd64.box",
                        "checksum_type": "sha256",
                        "checksum": hashlib.sha256(b"one").hexdigest(),
                        "architecture": "amd64",
                        "default_architecture": True,
                    }
                ],
            }
        ],
    }
    assert sorted(path.name for path in (tmp_path / "boxes/acme/web/versions/1.0.0").iterdir()) == [
        "libvirt-amd64.box",
        "manifest.json",
    ]
    assert check_reader(published.catalog) == 1
    assert leftovers(tmp_path) == []


def test_others_may_read_what_is_published(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        published = put(tmp_path, b"one")
    finally:
        os.umask(before)
    box = box_path(published.box_url)
    assert box.stat().st_mode & 0o777 == 0o644
    assert box.parent.stat().st_mode & 0o777 == 0o755
    assert published.catalog.stat().st_mode & 0o777 == 0o644


def test_each_publication_is_a_new_version(tmp_path: Path) -> None:
    versions = [put(tmp_path, content).version for content in (b"one", b"two", b"three")]
    assert versions == ["1.0.0", "1.0.1", "1.0.2"]
    assert check_reader(tmp_path / "boxes/acme/web/stable.json") == 3


def test_the_very_same_box_is_published_once(tmp_path: Path) -> None:
    put(tmp_path, b"one")
    put(tmp_path, b"two")
    catalog = tmp_path / "boxes/acme/web/stable.json"
    before = catalog.read_bytes(), catalog.stat().st_mtime_ns
    again = put(tmp_path, b"one")
    assert (again.new, again.version, again.newest) == (False, "1.0.0", "1.0.1")
    assert (catalog.read_bytes(), catalog.stat().st_mtime_ns) == before


def test_channels_are_catalogs_of_their_own_and_share_versions(tmp_path: Path) -> None:
    put(tmp_path, b"one")
    edge = put(tmp_path, b"two", channel="edge")
    assert edge.version == "1.0.1"
    stable = tmp_path / "boxes/acme/web/stable.json"
    assert check_reader(stable) == 1
    shared = put(tmp_path, b"two")
    assert (shared.new, shared.version, shared.box_url) == (True, "1.0.1", edge.box_url)
    assert check_reader(stable) == 2


def test_an_older_box_of_another_channel_does_not_hide_behind_a_newer_one(tmp_path: Path) -> None:
    put(tmp_path, b"one", channel="edge")
    put(tmp_path, b"two")
    late = put(tmp_path, b"one")
    assert late.version == late.newest == "1.0.2"


def test_a_stated_version(tmp_path: Path) -> None:
    assert put(tmp_path, b"one", version="2.5.0").version == "2.5.0"
    assert put(tmp_path, b"two").version == "2.5.1"
    lower = put(tmp_path, b"three", version="1.0.0")
    assert (lower.version, lower.newest) == ("1.0.0", "2.5.1")


def test_a_version_that_exists_is_refused(tmp_path: Path) -> None:
    put(tmp_path, b"one", version="1.2.0")
    with pytest.raises(DevboxError) as caught:
        put(tmp_path, b"two", version="1.2.0")
    assert "exists already" in caught.value.what
    assert "1.2.1" in caught.value.remedy
    with pytest.raises(DevboxError, match="exists already"):
        put(tmp_path, b"two", channel="edge", version="1.2.0")


def test_a_version_folder_that_nobody_offers_any_more_is_kept_and_its_number_not_used_again(
    tmp_path: Path,
) -> None:
    put(tmp_path, b"one")
    box = box_path(put(tmp_path, b"two").box_url)
    catalog = tmp_path / "boxes/acme/web/stable.json"
    metadata = json.loads(catalog.read_bytes())
    del metadata["versions"][1]
    catalog.write_text(json.dumps(metadata))
    assert put(tmp_path, b"three").version == "1.0.2"
    assert box.read_bytes() == b"two"
    with pytest.raises(DevboxError, match="exists already"):
        put(tmp_path, b"four", version="1.0.1")


def test_an_unverified_box_is_refused(tmp_path: Path) -> None:
    build = tmp_path / "build"
    with pytest.raises(DevboxError, match="not verified"):
        publish(build, make_build(build, verified=False), settings(), tmp_path)
    assert not (tmp_path / "boxes").exists()


def test_a_verification_of_other_bytes_does_not_count(tmp_path: Path) -> None:
    build = tmp_path / "build"
    manifest = make_build(build)
    other = manifest.model_copy(
        update={
            "verification": Verification(
                box_sha256="f" * 64, at=manifest.at, boot_seconds=1, checks=()
            )
        }
    )
    with pytest.raises(DevboxError) as caught:
        publish(build, other, settings(), tmp_path)
    assert "f" * 64 in caught.value.evidence


@pytest.mark.parametrize("content", [b"bax", b"bo", b"boxes", None])
def test_a_box_that_was_changed_after_the_build_is_refused(
    tmp_path: Path, content: bytes | None
) -> None:
    build = tmp_path / "build"
    manifest = make_build(build, b"box")
    if content is None:
        (build / "libvirt.box").unlink()
    else:
        (build / "libvirt.box").write_bytes(content)
    with pytest.raises(DevboxError, match="not what was verified"):
        publish(build, manifest, settings(), tmp_path)
    assert not (tmp_path / "boxes/acme/web/stable.json").exists()
    assert leftovers(tmp_path) == []
    assert put(tmp_path, b"good").version == "1.0.0"


@pytest.mark.parametrize("version", ["1.0.0-rc1", "../../x", "1.0"])
def test_bad_versions_are_refused_before_anything_is_written(tmp_path: Path, version: str) -> None:
    with pytest.raises(UsageError):
        put(tmp_path, b"one", version=version)
    assert not (tmp_path / "boxes").exists()


@pytest.mark.parametrize("channel", ["", "Stable", "../x", "a/b", "a b", ".hidden", "x\n"])
def test_bad_channels_are_refused(tmp_path: Path, channel: str) -> None:
    build = tmp_path / "build"
    manifest = make_build(build)
    with pytest.raises(UsageError, match="cannot be a channel"):
        publish(build, manifest, settings().model_copy(update={"channel": channel}), tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "boxes.example.com",
        "ftp://example.com/x",
        "https://",
        "https:///x",
        "https://example.com:port/x",
        "https://example.com/x?y=1",
        "https://example.com/x#y",
        "https://user:secret@example.com/x",
        "https://example.com/a b",
        "https://example.com/é",
        "https://example.com/%zz",
        "https://example.com/#{x}",
        'https://example.com/"',
        "file://host/x",
        "file:x",
    ],
)
def test_bad_urls_are_refused(tmp_path: Path, url: str) -> None:
    build = tmp_path / "build"
    manifest = make_build(build)
    with pytest.raises(UsageError) as caught:
        publish(build, manifest, settings().model_copy(update={"url": url}), tmp_path)
    assert "secret" not in caught.value.what
    assert not (tmp_path / "boxes").exists()


@pytest.mark.parametrize("to", ["s3://bucket/x", "https://example.com", "ssh://host/x"])
def test_places_that_are_no_folder_are_refused(tmp_path: Path, to: str) -> None:
    build = tmp_path / "build"
    manifest = make_build(build)
    with pytest.raises(UsageError, match="cannot publish to"):
        publish(build, manifest, settings(to), tmp_path)


@pytest.mark.parametrize(
    "url", ["https://boxes.example.com/team", "https://boxes.example.com/team/"]
)
def test_the_address_at_which_the_folder_is_served(tmp_path: Path, url: str) -> None:
    build = tmp_path / "build"
    published = publish(build, make_build(build), settings(url=url), tmp_path)
    assert published.url == "https://boxes.example.com/team/acme/web/stable.json"
    assert (
        published.box_url
        == "https://boxes.example.com/team/acme/web/versions/1.0.0/libvirt-amd64.box"
    )
    assert published.catalog == tmp_path / "boxes/acme/web/stable.json"


def test_folders_with_hostile_names(tmp_path: Path) -> None:
    build = tmp_path / HOSTILE / "build"
    published = publish(build, make_build(build), settings(f"../{HOSTILE}/to"), tmp_path / HOSTILE)
    assert published.box_url.isascii()
    assert box_path(published.box_url).read_bytes() == b"box"
    assert check_reader(published.catalog) == 1


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "boxes").write_text("a file, not a folder")
    with pytest.raises(DevboxError) as caught:
        put(tmp_path, b"one")
    assert str(tmp_path / "boxes") in caught.value.what


@pytest.mark.parametrize("data", [b"", b"<html>", b'{"name": "other/box", "versions": []}'])
def test_damaged_metadata_is_named_and_left_alone(tmp_path: Path, data: bytes) -> None:
    catalog = tmp_path / "boxes/acme/web/stable.json"
    catalog.parent.mkdir(parents=True)
    catalog.write_bytes(data)
    with pytest.raises(DevboxError) as caught:
        put(tmp_path, b"one")
    assert str(catalog) in caught.value.evidence
    assert catalog.read_bytes() == data


def test_fields_of_another_tool_survive(tmp_path: Path) -> None:
    catalog = tmp_path / "boxes/acme/web/stable.json"
    catalog.parent.mkdir(parents=True)
    catalog.write_text('{"name": "acme/web", "owner": {"x": [1]}, "versions": [], "tag": null}')
    put(tmp_path, b"one")
    metadata = json.loads(catalog.read_bytes())
    assert metadata["owner"] == {"x": [1]}
    assert metadata["tag"] is None
    assert "description" not in metadata


def test_no_space_is_said_before_the_copy(tmp_path: Path) -> None:
    build = tmp_path / "build"
    manifest = make_build(build, b"")
    os.truncate(build / "libvirt.box", 1 << 43)  # sparse: 8 TiB in name only
    artifact = manifest.box.model_copy(update={"size": 1 << 43})
    manifest = manifest.model_copy(update={"artifacts": (artifact,)})
    with pytest.raises(DevboxError, match="not enough disk space"):
        publish(build, manifest, settings(), tmp_path)
    assert leftovers(tmp_path) == []


def _publish_process(root: Path, content: bytes, limit: int = 0) -> None:
    """Publish in a process of its own, which ends with a status that says how it went."""
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    build = root / f"build-{hashlib.sha256(content).hexdigest()[:8]}"
    from devbox.images.manifest import read_manifest

    try:
        publish(build, read_manifest(build), settings(), root)
    except DevboxError as error:
        (root / f"error-{os.getpid()}").write_text(
            f"{error.what}\n{error.evidence}\n{error.remedy}"
        )
        os._exit(1)
    os._exit(0)


def _start(root: Path, content: bytes, limit: int = 0) -> multiprocessing.process.BaseProcess:
    process = multiprocessing.get_context("fork").Process(
        target=_publish_process, args=(root, content, limit)
    )
    process.start()
    return process


def test_a_full_disk_leaves_the_catalog_as_it_was(tmp_path: Path) -> None:
    put(tmp_path, b"one")
    content = os.urandom(3_000_000)
    build = tmp_path / f"build-{hashlib.sha256(content).hexdigest()[:8]}"
    make_build(build, content)
    process = _start(tmp_path, content, limit=1_000_000)
    process.join()
    assert process.exitcode == 1
    told = next(tmp_path.glob("error-*")).read_text()
    assert "the disk is full" in told
    assert "nothing was published" in told
    assert check_reader(tmp_path / "boxes/acme/web/stable.json") == 1
    assert leftovers(tmp_path) == []
    assert not (tmp_path / "boxes/acme/web/versions/1.0.1").exists()
    assert put(tmp_path, content).version == "1.0.1"


def test_two_publishers_at_once_both_get_a_version(tmp_path: Path) -> None:
    contents = [bytes([index]) * 200_000 for index in range(6)]
    for content in contents:
        make_build(tmp_path / f"build-{hashlib.sha256(content).hexdigest()[:8]}", content)
    processes = [_start(tmp_path, content) for content in contents]
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(contents)
    catalog = tmp_path / "boxes/acme/web/stable.json"
    assert check_reader(catalog) == len(contents)
    versions = [item["version"] for item in json.loads(catalog.read_bytes())["versions"]]
    assert versions == [f"1.0.{index}" for index in range(len(contents))]


def test_a_publisher_that_has_waited_long_enough_is_told(tmp_path: Path) -> None:
    from devbox.host.locks import lock

    build = tmp_path / "build"
    manifest = make_build(build)
    with (
        lock(tmp_path / "boxes/acme/web/.lock", "publishing acme/web"),
        pytest.raises(DevboxError) as caught,
    ):
        publish(build, manifest, settings(), tmp_path, timeout=0.3)
    assert caught.value.what == "another devbox is publishing acme/web"
    assert str(os.getpid()) in caught.value.evidence


def test_kill_at_any_moment_and_publish_again(tmp_path: Path) -> None:
    """A reader looks all the while; the next publisher always succeeds and tidies up."""
    catalog = put(tmp_path, b"first").catalog
    stop = threading.Event()
    seen: list[int] = []
    wrong: list[BaseException] = []

    def read() -> None:
        while not stop.is_set():
            try:
                seen.append(check_reader(catalog))
            except BaseException as error:  # noqa: BLE001 - told by the test below
                wrong.append(error)
                return

    random.seed(7)
    offered = 1
    killed = 0
    for number in range(30):
        content = os.urandom(2_000_000)
        make_build(tmp_path / f"build-{hashlib.sha256(content).hexdigest()[:8]}", content)
        process = _start(tmp_path, content)
        stop.clear()
        reader = threading.Thread(target=read)
        reader.start()
        time.sleep(random.uniform(0.0, 0.06))
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        stop.set()
        reader.join()
        killed += process.exitcode == -signal.SIGKILL
        offered_now = check_reader(catalog)
        assert offered_now in {offered, offered + 1}
        if number % 3 == 2:
            again = put(tmp_path, content)
            assert again.new is (offered_now == offered)
            assert leftovers(tmp_path) == []
            folders = list((tmp_path / "boxes/acme/web/versions").iterdir())
            assert len(folders) == check_reader(catalog)
        offered = check_reader(catalog)
    assert not wrong, wrong
    assert seen == sorted(seen)
    assert killed > 5


POINTS = ("mkdir", "open", "rename", "replace", "fsync", "unlink")


@pytest.mark.parametrize("point", POINTS)
def test_kill_at_each_step(tmp_path: Path, point: str) -> None:
    """The process ends itself at the n-th call of each kind, for each n until it gets through."""
    catalog = put(tmp_path, b"first").catalog
    content = b"second" * 1000
    build = tmp_path / f"build-{hashlib.sha256(content).hexdigest()[:8]}"
    make_build(build, content)

    def die_at(number: int) -> None:
        genuine = getattr(os, point)
        calls = 0

        def counted(*args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return genuine(*args, **kwargs)

        setattr(os, point, counted)
        _publish_process(tmp_path, content)

    for number in range(1, 100):
        process = multiprocessing.get_context("fork").Process(target=die_at, args=(number,))
        process.start()
        process.join()
        before = check_reader(catalog)
        assert before in {1, 2}
        third = put(tmp_path, b"third")
        assert third.new
        assert check_reader(catalog) == before + 1
        assert leftovers(tmp_path) == []
        folders = list((tmp_path / "boxes/acme/web/versions").iterdir())
        assert len(folders) == before + 1
        if process.exitcode == 0:
            assert number > 1
            return
        # Begin again from the first version.
        shutil.rmtree(tmp_path / "boxes")
        put(tmp_path, b"first")
    pytest.fail("it never got through")
