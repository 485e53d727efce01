"""Which box a folder's machine is made from, and the Vagrantfile that says so."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from devbox import ui
from devbox.errors import DevboxError, UsageError
from devbox.host import paths
from devbox.machine import published, vagrantfile
from devbox.machine.state import installed_versions
from devbox.spec import find_spec, load_spec
from devbox.spec.model import FILE_NAME as SPEC_NAME
from devbox.spec.model import Spec


@dataclass(frozen=True)
class Setup:
    """A folder and the box for its machine.

    Attributes:
        root: the folder.
        catalog: the catalog's URL; None where the folder's own Vagrantfile names none.
        box: the box's name; None where only Vagrant can tell.
        text: the Vagrantfile to write; None where there is one.
        memory: the machine's memory in MiB; None where the box decides.
    """

    root: Path
    catalog: str | None
    box: str | None
    text: str | None
    memory: int | None


def find_setup(folder: Path, source: str | None = None) -> Setup:
    """Find out what ``devbox up`` is to bring up in a folder; writes nothing.

    Args:
        folder: where the user is.
        source: the catalog that the user named; else devbox.yml or the Vagrantfile decide.

    Raises:
        UsageError: there is nothing to bring up, or the Vagrantfile there is another box's.
        DevboxError: the catalog cannot be read, or devbox.yml is wrong.
    """
    root = folder.resolve() if source else _nearest(folder)
    url = published.catalog_url(source, folder) if source else None
    if (root / vagrantfile.FILE_NAME).exists():
        return _existing(root, url)
    spec = load_spec(root / SPEC_NAME) if (root / SPEC_NAME).exists() else None
    if url is not None:
        name = published.read_catalog(url).name
        if spec is not None and spec.name != name:
            ui.warn(f"{SPEC_NAME} here is about {spec.name}; the catalog offers {name}")
            spec = None
        return _new(root, url, vagrantfile.Settings(name, url), spec)
    if spec is None:
        spec = load_spec(find_spec(root))
    return _new(root, project_catalog(spec, root), _project_settings(spec, root), spec)


def _nearest(folder: Path) -> Path:
    folder = folder.resolve()
    for candidate in (folder, *folder.parents):
        if any((candidate / name).exists() for name in (SPEC_NAME, vagrantfile.FILE_NAME)):
            return candidate
    raise UsageError(
        "there is nothing to bring up here",
        evidence=f"neither {folder} nor a folder above it has a {SPEC_NAME} or a Vagrantfile",
        remedy="devbox up CATALOG    (the path or URL that `devbox publish` told your team)",
    )


def _existing(root: Path, url: str | None) -> Setup:
    path = root / vagrantfile.FILE_NAME
    written = vagrantfile.read(path.read_text("utf-8", errors="replace"), root)
    known = written.catalog
    if known is not None and "://" not in known and not known.startswith("/"):
        known = None  # Vagrant's short form OWNER/BOX: a server's business.
    if url is not None and (known is None or not same_place(known, url)):
        raise UsageError(
            f"the Vagrantfile in {root} is for another box, and is never written over",
            evidence=f"it names {written.box or 'no box'} at {written.catalog or 'no catalog'}",
            remedy="use another folder, or move that Vagrantfile away",
        )
    return Setup(root, known, written.box, None, written.memory)


def same_place(first: str, second: str) -> bool:
    """Return whether two catalogs, by URL or path, are one."""
    places = [published.local_path(one) for one in (first, second)]
    if places[0] is None or places[1] is None:
        return first == second
    return places[0].resolve() == places[1].resolve()


def _new(root: Path, url: str, settings: vagrantfile.Settings, spec: Spec | None) -> Setup:
    if spec is not None:
        settings = vagrantfile.Settings(
            name=settings.name,
            catalog=settings.catalog,
            relative=settings.relative,
            ports=vagrantfile.spec_ports(spec.machine.ports),
            cpus=spec.machine.cpus,
            memory=spec.machine.memory,
            excludes=_excludes(spec, root),
        )
    return Setup(root, url, settings.name, vagrantfile.render(settings), settings.memory)


def project_catalog(spec: Spec, root: Path) -> str:
    """Return the URL of the catalog that a project publishes to."""
    tail = f"{spec.name}/{spec.publish.channel}.json"
    if spec.publish.url:
        return f"{spec.publish.url.rstrip('/')}/{urllib.parse.quote(tail)}"
    return ((root / Path(spec.publish.to).expanduser()).resolve() / tail).as_uri()


def _project_settings(spec: Spec, root: Path) -> vagrantfile.Settings:
    """Return the Vagrantfile's catalog: relative where it is in the project, for every clone."""
    inside = _inside(spec, root)
    if spec.publish.url or inside is None:
        return vagrantfile.Settings(spec.name, project_catalog(spec, root))
    return vagrantfile.Settings(
        spec.name, f"{inside.as_posix()}/{spec.name}/{spec.publish.channel}.json", relative=True
    )


def _inside(spec: Spec, root: Path) -> Path | None:
    """Return the catalog's folder relative to the project, None where it is elsewhere."""
    folder = (root / Path(spec.publish.to).expanduser()).resolve()
    return folder.relative_to(root.resolve()) if folder.is_relative_to(root.resolve()) else None


def _excludes(spec: Spec, root: Path) -> tuple[str, ...]:
    inside = _inside(spec, root)
    if inside is None or inside == Path():
        return ()
    # rsync reads these four as wildcards.
    escaped = "".join(f"\\{char}" if char in "*?[\\" else char for char in inside.as_posix())
    return (f"/{escaped}/",)


def write_vagrantfile(setup: Setup) -> bool:
    """Write the Vagrantfile where there is none; say whether it was written."""
    path = setup.root / vagrantfile.FILE_NAME
    if setup.text is None or path.exists():
        return False
    paths.write_atomically(path, setup.text)
    return True


def choose_version(setup: Setup, version: str | None) -> tuple[str | None, published.Offer | None]:
    """Return the version to make a machine from, and where its box is.

    Without the catalog (no network) the newest version that Vagrant has already is taken.

    Raises:
        DevboxError: the catalog cannot be read, or does not offer that version.
    """
    if setup.catalog is None:
        return version, None
    try:
        offer = published.read_catalog(setup.catalog).offer(version)
    except DevboxError as error:
        have = published.newest(installed_versions(setup.box)) if setup.box else None
        if version is not None or have is None:
            raise
        ui.warn(f"{error.what} ({error.evidence}): taking version {have}, which is here already")
        return have, None
    return offer.version, offer
