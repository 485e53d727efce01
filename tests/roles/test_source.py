"""Where a version is from: the internal role _source, with a vendor's archive on loopback."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import JsonValue

from .guest import Guest
from .playing import play
from .stages import Stage, apply, shell, shows
from .tree import RELEASES
from .vendor import PACKAGE, VERSION, Vendor, serve_vendor

pytestmark = pytest.mark.roles

_LEFT = "ls /etc/apt/sources.list.d /etc/apt/keyrings 2>/dev/null | grep devbox || :"
_KEYRING = "/etc/apt/keyrings/devbox-apt.vendor.test.asc"
# What apt says of an archive that another key has signed.
_UNSIGNED = {"bookworm": "NO_PUBKEY", "trixie": "Missing key"}
_METADATA: JsonValue = {
    "title": "Vendored",
    "versions": {
        "debian": {"bookworm": "15", "trixie": ["15", "15-more"]},
        "sources": [
            {
                "name": "apt.vendor.test",
                "kind": "apt",
                "versions": ["15", "16", "17"],
                "releases": ["bookworm", "trixie"],
                "uri": "https://apt.vendor.test/{release}",
                "suite": "{release}-{version}",
                "components": ["main"],
                "key": "https://apt.vendor.test/key.asc",
                "fingerprint": "0" * 40,
            },
            {"name": "npm", "kind": "npm", "versions": ["20", "22"], "exact": True},
            {"name": "bookworm alone", "kind": "pypi", "versions": ["9"], "releases": ["bookworm"]},
        ],
    },
}
_TASKS: JsonValue = [
    {
        "name": "Choose where the version is from",
        "ansible.builtin.include_role": {"name": "_source"},
        "vars": {"source_version": "{{ vendored_version }}"},
    },
    {
        "name": "Install the vendor's package",
        "ansible.builtin.apt": {"name": PACKAGE},
        "when": "source_kind == 'apt'",
    },
    {
        "name": "Write the choice",
        "ansible.builtin.copy": {
            "dest": "/run/chosen",
            "content": "{{ source_kind }} {{ source_name }}",
            "mode": "0644",
        },
    },
]


def _role(folder: Path) -> Path:
    role = folder / "roles" / "vendored"
    for name, content in (("meta/devbox.yml", _METADATA), ("tasks/main.yml", _TASKS)):
        (role / name).parent.mkdir(parents=True)
        (role / name).write_text(yaml.safe_dump(content))
    return role


def _choose(role: Path, version: str, chosen: str) -> list[Stage]:
    stage = apply(str(role), {"vendored_version": version}, f"{version}: {chosen}")
    return [stage, shows("cat /run/chosen", chosen, f"{version} is from {chosen}")]


def _from_vendor(vendor: Vendor, **other: str) -> dict[str, JsonValue]:
    """Return options that take the vendor's version from loopback."""
    place: JsonValue = {
        "uri": vendor.uri,
        "key": vendor.key,
        "fingerprint": vendor.fingerprint,
        **other,
    }
    return {"vendored_version": "17", "source_overrides": {"apt.vendor.test": place}}


def test_a_version_is_taken_from_the_first_that_has_it(tmp_path: Path, guest: Guest) -> None:
    role = _role(tmp_path)
    had = "15 (Debian)" if guest.release == "bookworm" else "15, 15-more (Debian)"
    last = ", 9 (bookworm alone)" if guest.release == "bookworm" else ""
    offered = f"there are {had}, 15, 16, 17 (apt.vendor.test), 20, 22 (npm){last}"
    hostile = 'x"; {{ 7 * 7 }} \\1 $(id)'
    play(
        guest,
        [
            *_choose(role, "15", "debian Debian"),
            *_choose(role, "22", "npm npm"),
            *_choose(role, "22.11", "npm npm"),
            *_choose(role, "22.11.0", "npm npm"),
            *(
                Stage(
                    f"{version}: refuse",
                    apply(str(role), {}, "").tasks,
                    {"vendored_version": version},
                    "refuse",
                    says=f"Vendored {version} cannot be had in {guest.release}; {offered}",
                )
                for version in ("1", "17.2", "2", "22.x", hostile)
            ),
            shows(_LEFT, "", "Debian's version and npm's add no archive"),
        ],
    )


def test_a_vendors_archive_is_added_with_the_pinned_key_only(tmp_path: Path, guest: Guest) -> None:
    role = _role(tmp_path)
    suites = tuple(f"{release}-17" for release in RELEASES)
    tasks = apply(str(role), {}, "").tasks
    with serve_vendor(tmp_path, suites) as vendor:
        options = _from_vendor(vendor)

        def refuse(says: str, **other: str) -> list[Stage]:
            wrong = _from_vendor(vendor, **other)
            return [
                Stage(says, tasks, wrong, "fail", says=says),
                shows(_LEFT, "", f"{says}: nothing is left behind"),
            ]

        play(
            guest,
            [
                *refuse("is not the one that is pinned", fingerprint="A" * 40),
                # A fingerprint's end is no fingerprint.
                *refuse("is not the one that is pinned", fingerprint=vendor.fingerprint[-16:]),
                *refuse("could not be fetched", key=f"{vendor.uri}/none.asc"),
                *refuse(_UNSIGNED[guest.release], suite="{release}-{version}-forged"),
                apply(str(role), options, "the vendor's version"),
                shows("cat /run/chosen", "apt apt.vendor.test", "it is the vendor's"),
                shows(f"dpkg-query -W -f '${{Version}}' {PACKAGE}", VERSION, "and installed"),
                shows(
                    f"gpg --show-keys --with-colons {_KEYRING} | grep -c ^pub",
                    "1",
                    "of the two keys in the file only the pinned one is trusted",
                ),
                apply(str(role), options, "again", "still"),
                # As _seal does at the end of a part; the next part begins without its index.
                shell(f"rm -r /var/lib/apt/lists/*_*; dpkg --purge {PACKAGE}", "another part"),
                apply(str(role), options, "in another part"),
                shows(f"dpkg-query -W -f '${{Version}}' {PACKAGE}", VERSION, "installed anew"),
                apply(str(role), options, "again in another part", "still"),
            ],
        )
