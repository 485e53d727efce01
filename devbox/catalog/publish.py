"""Publishing: a verified box becomes a version that a channel offers, whole or not at all.

The layout, below the place's root::

    OWNER/BOX/CHANNEL.json                                  Vagrant's metadata: the versions offered
    OWNER/BOX/versions/VERSION/PROVIDER-ARCHITECTURE.box    never changed once it is there
    OWNER/BOX/versions/VERSION/manifest.json                what is in it, and how it was verified
    OWNER/BOX/.publishing.json                              the journal, while a version is added

The channel's file is replaced last. Whoever is killed before that leaves the journal, by which the
next publisher knows which folder nobody was ever offered.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devbox import ui
from devbox.catalog.metadata import MAX_BYTES, BoxFile, BoxVersion, Metadata, parse_metadata
from devbox.catalog.stores import NewFile, Store, open_store
from devbox.catalog.version import check_version, is_version, next_version, sort_key
from devbox.errors import DevboxError, UsageError
from devbox.images import manifest as manifests
from devbox.images.manifest import Artifact, Manifest
from devbox.spec.model import Publish

_JOURNAL = ".publishing.json"
_CHANNEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)
_JOURNAL_BYTES = 4096
# Room for the manifest, the metadata and what the file system needs for itself.
_SPARE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Published:
    """A version that a channel offers.

    Attributes:
        name: the box's name, owner/box.
        version: its version.
        channel: the channel.
        catalog: the channel's metadata file, for ``devbox up`` and ``vagrant box add``.
        url: the address at which clients reach that file.
        box_url: the address of the box file.
        size: the box file's size in bytes.
        new: False when the channel offered this very box already, and nothing was done.
        newest: the version that Vagrant takes from the channel when none is asked for.
    """

    name: str
    version: str
    channel: str
    catalog: Path
    url: str
    box_url: str
    size: int
    new: bool
    newest: str


def publish(
    build: Path,
    manifest: Manifest,
    settings: Publish,
    root: Path,
    *,
    version: str | None = None,
    timeout: float = 60.0,
) -> Published:
    """Put a build's box into the catalog as a new version, and have a channel offer it.

    The very same box published again to the same channel is left as it is. A box that another
    channel offers already is offered by this one under the same version, its file shared.

    Args:
        build: the folder of the build; the manifest's paths are relative to it.
        manifest: what was built. Its verification must be of the box's very bytes.
        settings: the place, its address, the channel.
        root: what a relative place is relative to: the folder of devbox.yml.
        version: the version; by default the one after the highest.
        timeout: how long to wait for another publisher of this box, in seconds.

    Raises:
        UsageError: the version, the channel or the URL cannot be.
        DevboxError: the box is not verified or not what was verified, the version exists, the
            catalog is damaged or cannot be written, another publisher does not end.
    """
    if not _CHANNEL.fullmatch(settings.channel):
        raise UsageError(
            f"{settings.channel[:80]!r} cannot be a channel",
            evidence="a channel is lower-case letters, digits, dots, dashes and underscores",
            remedy="for example `--channel edge`",
        )
    if version is not None:
        check_version(version)
    _require_verified(build, manifest)
    store = open_store(settings.to, root, settings.url)

    def tell(sentence: str) -> None:
        task.activity(sentence)
        ui.say(sentence)

    with ui.task(f"publish {manifest.name} to {settings.channel}") as task:
        with store.exclusive(
            manifest.name,
            f"publishing {manifest.name}",
            timeout=timeout,
            on_wait=tell,
        ):
            published = _Publication(store, build, manifest, settings.channel).publish(
                version, task
            )
        task.note(f"version {published.version}" + ("" if published.new else ", as before"))
    return published


def _require_verified(build: Path, manifest: Manifest) -> None:
    box = manifest.box
    if not manifest.verified:
        found = (
            "it was never booted and checked"
            if manifest.verification is None
            else f"another box was: sha256 {manifest.verification.box_sha256}"
        )
        raise DevboxError(
            f"the box of {manifest.name} is not verified, so it is not published",
            evidence=f"{build / box.path}: {found}",
            remedy="devbox build",
        )
    path = build / box.path
    size = path.stat().st_size if path.is_file() else None
    if size != box.size:
        raise DevboxError(
            "the box is not what was verified",
            evidence=f"{path} "
            + (
                "does not exist"
                if size is None
                else f"has {size} bytes, the manifest says {box.size}"
            ),
            remedy="devbox build",
        )


class _Publication:
    """One publication, under the box's lock."""

    def __init__(self, store: Store, build: Path, manifest: Manifest, channel: str) -> None:
        self._store = store
        self._build = build
        self._manifest = manifest
        self._channel = channel
        self._name = manifest.name

    def publish(self, version: str | None, task: ui.Task) -> Published:
        channels = self._read_channels()
        self._tidy(channels)
        metadata = channels.get(self._channel) or Metadata(
            name=self._name, description=describe(self._manifest), versions=()
        )
        digest = self._manifest.box.sha256
        for item in reversed(metadata.versions):
            if item.box(digest) and version in {None, item.version}:
                return self._published(metadata, item, new=False)

        try:
            shared = self._elsewhere(channels, metadata, version)
            entry = shared or self._entry(self._choose_version(channels, version))
            changed = metadata.with_version(entry)
            # Rendered before the copy, so that what cannot be offered is not copied either.
            rendered = changed.render()
            if shared is None:
                self._store.require_space(self._manifest.box.size + len(rendered) + _SPARE_BYTES)
                self._add(entry.version, task)
            self._store.replace(self._path(f"{self._channel}.json"), rendered)
        except BaseException:
            # Leave the catalog as it was now, rather than at the next publication.
            with contextlib.suppress(DevboxError):
                self._tidy(self._read_channels())
            raise
        with contextlib.suppress(DevboxError):  # It is published; the next publisher tidies.
            self._store.remove(self._path(_JOURNAL))
        return self._published(changed, entry, new=True)

    def _elsewhere(
        self, channels: Mapping[str, Metadata], metadata: Metadata, version: str | None
    ) -> BoxVersion | None:
        """Return another channel's entry of this very box, if this channel can offer it as new."""
        for other in channels.values():
            for item in other.versions:
                if (
                    item.box(self._manifest.box.sha256)
                    and version in {None, item.version}
                    and metadata.find(item.version) is None
                    and (
                        metadata.newest is None
                        or sort_key(item.version) > sort_key(metadata.newest)
                    )
                ):
                    return item
        return None

    def _add(self, version: str, task: ui.Task) -> None:
        """Store a version's files; nothing offers them yet."""
        box = self._manifest.box
        self._store.replace(
            self._path(_JOURNAL), (json.dumps({"version": version}) + "\n").encode()
        )
        task.activity(f"copying {box.path}")
        self._store.add_folder(
            self._path("versions", version),
            (
                NewFile(_file_name(box), self._build / box.path, box.sha256),
                NewFile(
                    manifests.FILE_NAME,
                    (self._manifest.model_dump_json(indent=2) + "\n").encode(),
                ),
            ),
            task.progress,
        )

    def _entry(self, version: str) -> BoxVersion:
        box = self._manifest.box
        file = BoxFile(
            name=box.provider or "libvirt",
            url=self._store.address(self._path("versions", version, _file_name(box))),
            checksum_type="sha256",
            checksum=box.sha256,
            architecture=box.architecture,
            # The one architecture there is so far; with_version() marks the default among several.
            default_architecture=True,
        )
        return BoxVersion(version=version, providers=(file,))

    def _choose_version(self, channels: Mapping[str, Metadata], wanted: str | None) -> str:
        """Return the version to publish: never one that was used, whichever channel it is in."""
        offered = [item.version for other in channels.values() for item in other.versions]
        stored = [name for name in self._store.names(self._path("versions")) if is_version(name)]
        if wanted is None:
            return next_version((*offered, *stored))
        for existing in (*offered, *stored):
            if sort_key(existing) == sort_key(wanted):
                raise DevboxError(
                    f"{self._name} {wanted} exists already, and what is published never changes",
                    evidence=self._store.location(self._path("versions", existing)),
                    remedy=f"leave --version out, or take {next_version((*offered, *stored))}",
                )
        return wanted

    def _read_channels(self) -> dict[str, Metadata]:
        """Read the metadata of every channel of the box."""
        channels = {}
        for file_name in self._store.names(self._name):
            if not file_name.endswith(".json"):
                continue
            path = self._path(file_name)
            data = self._store.read(path, MAX_BYTES)
            if data is None:
                continue
            source = self._store.location(path)
            metadata = parse_metadata(data, source)
            if metadata.name != self._name:
                raise DevboxError(
                    "the catalog is of another box",
                    evidence=f"{source} says {metadata.name!r}, the build is {self._name!r}",
                    remedy="publish to another folder, or mend the file",
                )
            channels[file_name.removesuffix(".json")] = metadata
        return channels

    def _tidy(self, channels: Mapping[str, Metadata]) -> None:
        """Remove what killed publishers left: half-written files, and a version never offered."""
        self._store.clean(self._name)
        self._store.clean(self._path("versions"))
        journal = self._store.read(self._path(_JOURNAL), _JOURNAL_BYTES)
        if journal is None:
            return
        version = _journalled(journal)
        if version and not any(item.find(version) for item in channels.values()):
            self._store.remove(self._path("versions", version))
        self._store.remove(self._path(_JOURNAL))

    def _path(self, *parts: str) -> str:
        return "/".join((self._name, *parts))

    def _published(self, metadata: Metadata, entry: BoxVersion, *, new: bool) -> Published:
        path = self._path(f"{self._channel}.json")
        box = entry.box(self._manifest.box.sha256)
        return Published(
            name=self._name,
            version=entry.version,
            channel=self._channel,
            catalog=Path(self._store.location(path)),
            url=self._store.address(path),
            box_url=box.url if box else "",
            size=self._manifest.box.size,
            new=new,
            newest=metadata.newest or entry.version,
        )


def describe(manifest: Manifest) -> str:
    """Return the box in a line: what production runs and what developers have on top."""
    tools = {
        part: ", ".join(tool.name for tool in manifest.tools if tool.part == part)
        for part in ("production", "development")
    }
    text = f"Debian {manifest.release}"
    if tools["production"]:
        text += f" with {tools['production']}"
    if tools["development"]:
        text += f"; for developers: {tools['development']}"
    return text


def _file_name(box: Artifact) -> str:
    return f"{box.provider or 'libvirt'}-{box.architecture}.box"


def _journalled(data: bytes) -> str | None:
    """Return the version that a journal names, if it is one of ours."""
    try:
        version = json.loads(data)["version"]
        return check_version(version)
    except (ValueError, TypeError, KeyError, DevboxError):
        return None
