"""Roles from Ansible Galaxy, or from an archive's address, brought into the team's repo.

They are kept in ``roles/`` beside devbox.yml, to be committed: a build never depends on Galaxy.
``roles/requirements.yml``, in ansible-galaxy's own form, says where each is from. ansible-galaxy
itself does the download, one role at a time and without dependencies: what a role depends on is
asked for by its checked name.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Self

import yaml

from devbox import ui
from devbox.errors import DevboxError, UsageError
from devbox.host import process
from devbox.host.paths import project_dir, scratch_dir
from devbox.tools.options import quote
from devbox.wizard.requirements import Requirement, recorded, with_requirement

PREFIX = "galaxy:"
FOLDER = PurePosixPath("roles")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")
_GALAXY_NAME = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]*")
_ADDRESS = re.compile(r"https?://[^\s@]+")
_RECORD = Path("meta") / ".galaxy_install_info"
_SECONDS = 300
# Modules of collections, which devbox does not have: community.general.ufw and the like.
_MODULE = re.compile(r"^\s*(?:-\s+)?([a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*)\.[a-z_0-9]+:", re.M)
_BUILT_IN = {"ansible.builtin", "ansible.legacy"}


def is_wanted(word: str) -> bool:
    """Return whether a word of ``devbox add`` names a role that is to be fetched."""
    return word.startswith((PREFIX, "http://", "https://"))


def read_requirement(word: str) -> Requirement:
    """Read ``galaxy:geerlingguy.nginx@3.2.0``, or the address of a role's archive.

    Raises:
        UsageError: it is neither.
    """
    if not word.startswith(PREFIX):
        if not _ADDRESS.fullmatch(word):
            raise UsageError(f"{quote(word)} is no address of a role's archive")
        return Requirement(word)
    name, at, version = word.removeprefix(PREFIX).partition("@")
    if not _GALAXY_NAME.fullmatch(name) or (at and not _VERSION.fullmatch(version)):
        raise UsageError(
            f"{quote(word)} names no role of Galaxy",
            remedy="for example galaxy:geerlingguy.nginx@3.2.0",
        )
    return Requirement(name, version)


@dataclass
class Vendor:
    """Brings roles into a repo; at its block's end, what was not kept is taken out again.

    Attributes:
        root: the folder of devbox.yml.
        said: in words, what was done, and what to know about it.
    """

    root: Path
    said: list[str] = field(default_factory=list)
    _aside: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _undo: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._aside, self._undo:
            pass

    def keep(self) -> None:
        """Let what was brought in stay."""
        self._undo.pop_all()

    def fetch(self, wanted: Requirement) -> PurePosixPath:
        """Bring in a role, and what it depends on.

        Returns:
            Its folder, relative to devbox.yml.

        Raises:
            DevboxError: it cannot be had, or would take the place of something else.
        """
        there = self._find(wanted)
        if there is not None:
            self.said.append(f"{there}: in {FOLDER}, already so")
            return FOLDER / there
        name = self._bring(wanted, again=True)
        return FOLDER / name

    def _find(self, wanted: Requirement) -> str | None:
        """Return the folder of a role that was brought in before, in the version that is wanted."""
        for known in recorded(self._requirements):
            same = known.source == wanted.source and wanted.version in ("", known.version)
            if same and (self.root / FOLDER / known.folder).is_dir():
                return known.folder
        return None

    @property
    def _requirements(self) -> Path:
        return self.root / FOLDER / "requirements.yml"

    def _bring(self, wanted: Requirement, *, again: bool) -> str:
        """Bring in one role and what it depends on; ``again`` lets it replace an older one."""
        aside = self._aside.enter_context(scratch_dir(project_dir(self.root), "galaxy-"))
        fetched = _download(wanted, aside)
        place = self.root / FOLDER / fetched.name
        known = {item.folder for item in recorded(self._requirements)}
        if place.exists() and not (again and fetched.name in known):
            if not again:
                self.said.append(f"{fetched.name}: it is in {FOLDER} already, and is left as it is")
                return fetched.name
            raise DevboxError(
                f"{place} exists already, and is not from Galaxy",
                remedy=f"move it away, or use it as it is: devbox add {FOLDER / fetched.name}",
            )
        version = _take_version(fetched) or wanted.version
        self._replace(place, fetched, aside / "before")
        self._record(Requirement(wanted.source, version, fetched.name))
        shown = f" {version}" if version else ""
        self.said.append(
            f"{fetched.name}{shown}: brought to {FOLDER / fetched.name}, to be committed"
        )
        self._warn(place)
        for needed in _dependencies(place):
            if not (self.root / FOLDER / needed.folder).exists():
                self._bring(needed, again=False)
        return fetched.name

    def _replace(self, place: Path, fetched: Path, before: Path) -> None:
        if not place.parent.exists():
            place.parent.mkdir()
            self._undo.callback(place.parent.rmdir)
        if place.exists():
            place.rename(before)
            self._undo.callback(before.rename, place)
        fetched.rename(place)
        self._undo.callback(shutil.rmtree, place, ignore_errors=True)

    def _record(self, brought: Requirement) -> None:
        path = self._requirements
        old = path.read_bytes() if path.exists() else None
        text = with_requirement(path, old.decode() if old is not None else None, brought)
        if old is None:
            self._undo.callback(path.unlink, missing_ok=True)
        else:
            self._undo.callback(path.write_bytes, old)
        path.write_bytes(text.encode())

    def _warn(self, role: Path) -> None:
        """Say what a role needs and devbox does not have."""
        files = [*role.glob("tasks/**/*.y*ml"), *role.glob("handlers/**/*.y*ml")]
        texts = [path.read_text(encoding="utf-8", errors="replace") for path in files]
        found = {match for text in texts for match in _MODULE.findall(text)} - _BUILT_IN
        if found:
            others = ", ".join(sorted(found))
            self.said.append(
                f"{role.name}: it uses modules of {others}, which devbox does not have: its build "
                "may fail"
            )
        if not (role / "tasks" / "verify.yml").is_file():
            proof = FOLDER / role.name / "tasks" / "verify.yml"
            self.said.append(f"{role.name}: nothing proves that it works: write {proof}")


def _download(wanted: Requirement, aside: Path) -> Path:
    """Have ansible-galaxy unpack one role in a folder; return the role's."""
    roles = aside / "roles"
    (aside / "wanted.yml").write_text(yaml.safe_dump([wanted.entry()]), encoding="utf-8")
    with ui.task(f"fetch {wanted}") as task:
        process.run(
            [
                *(sys.executable, "-P", "-m", "ansible", "galaxy", "role", "install"),
                *("--no-deps", "-p", roles, "-r", aside / "wanted.yml"),
            ],
            env={"LC_ALL": "C.UTF-8", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
            what=f"{wanted} could not be fetched",
            remedy="check its name and version on https://galaxy.ansible.com, and the network; "
            "ANSIBLE_GALAXY_SERVER names another server",
            timeout=_SECONDS,
            on_line=task.activity,
        )
    found = [path for path in roles.iterdir() if path.is_dir()] if roles.is_dir() else []
    if len(found) != 1 or not _NAME.fullmatch(found[0].name):
        names = ", ".join(quote(path.name) for path in found) or "nothing"
        raise DevboxError(f"{wanted} is no role that can be used", evidence=f"it brought {names}")
    return found[0]


def _take_version(role: Path) -> str:
    """Return the version that ansible-galaxy noted, and remove the note: it holds the date."""
    note = role / _RECORD
    try:
        content = yaml.safe_load(note.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        return ""
    note.unlink()
    version = content.get("version") if isinstance(content, dict) else None
    return str(version) if version else ""


def _dependencies(role: Path) -> Iterator[Requirement]:
    """Yield the roles that a role's ``meta`` says it depends on.

    Raises:
        DevboxError: one has a name or source that cannot be.
    """
    for name, key in (("main", "dependencies"), ("requirements", None)):
        path = next((p for p in role.glob(f"meta/{name}.y*ml") if p.is_file()), None)
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) if path else None
        except (OSError, ValueError, yaml.YAMLError):
            content = None  # Ansible itself says what is wrong with it
        listed = content.get(key) if isinstance(content, dict) and key else content
        for item in listed if isinstance(listed, list) else []:
            if needed := _dependency(role, item):
                yield needed


def _dependency(role: Path, item: object) -> Requirement | None:
    table = {str(key): value for key, value in item.items()} if isinstance(item, dict) else {}
    words = str(item).split(",") if isinstance(item, str) else []
    source = str(table.get("src") or table.get("role") or table.get("name") or "".join(words[:1]))
    version = str(table.get("version") or "".join(words[1:2]))
    name = str(table.get("name") or table.get("role") or "") or Requirement(source).folder
    if "." not in source and "/" not in source:
        return None  # a role beside it, or of devbox's own
    known = _GALAXY_NAME.fullmatch(source) or _ADDRESS.fullmatch(source)
    if not known or not _NAME.fullmatch(name) or (version and not _VERSION.fullmatch(version)):
        raise DevboxError(
            f"{role.name} depends on {quote(source)}, which cannot be fetched",
            remedy="only roles of Galaxy and archives by http are: bring it in by hand, to roles/",
        )
    return Requirement(source, version, name)
