"""A vendor's package archive on the host's loopback: a real one, signed, with one package.

The format is Debian's: https://wiki.debian.org/DebianRepository/Format
"""

from __future__ import annotations

import contextlib
import email.utils
import functools
import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devbox.host.process import run

from .guest import HOST

PACKAGE = "devbox-vendored"
VERSION = "17.2-1vendor1"


@dataclass(frozen=True)
class Vendor:
    """A served archive.

    Attributes:
        uri: its address, as guests reach it.
        key: the address of its key, in a file that holds a key of somebody else, too.
        fingerprint: of its key.
        other: the fingerprint of the other key.
    """

    uri: str
    key: str
    fingerprint: str
    other: str


@contextlib.contextmanager
def serve_vendor(folder: Path, suites: tuple[str, ...]) -> Iterator[Vendor]:
    """Serve an archive while the block runs.

    Args:
        folder: an empty folder.
        suites: its suites. Beside each, called NAME-forged, is one that the other key signed.
    """
    served, keys = folder / "served", folder / "keys"
    keys.mkdir(mode=0o700)
    (served / "pool").mkdir(parents=True)
    packages = _make_package(folder / "package", served)
    gpg = functools.partial(_gpg, keys)
    try:
        fingerprints = [_make_key(keys, name) for name in ("vendor", "somebody")]
        (served / "key.asc").write_text(gpg("--armor", "--export"))
        for suite in suites:
            for name, signer in zip((suite, f"{suite}-forged"), fingerprints, strict=True):
                _make_suite(served / "dists" / name, name, packages)
                release = served / "dists" / name / "Release"
                signed = gpg("--local-user", signer, "--clearsign", "--output", "-", str(release))
                release.with_name("InRelease").write_text(signed)
    finally:
        run(["gpgconf", "--homedir", keys, "--kill", "all"])

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    handler = functools.partial(Handler, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        uri = f"http://{HOST}:{server.server_port}"
        yield Vendor(uri, f"{uri}/key.asc", *fingerprints)
        server.shutdown()


def _gpg(keys: Path, *words: str) -> str:
    argv: list[str | Path] = ["gpg", "--homedir", keys, "--batch", "--quiet"]
    return run([*argv, "--pinentry-mode", "loopback", "--passphrase", "", *words]).stdout


def _make_key(keys: Path, name: str) -> str:
    """Make a key; its fingerprint."""
    _gpg(keys, "--quick-generate-key", f"{name}@example.test", "rsa3072", "sign", "never")
    listed = _gpg(keys, "--with-colons", "--list-keys", f"{name}@example.test")
    return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


def _make_package(folder: Path, served: Path) -> bytes:
    """Make the package, and return the archive's index of packages."""
    control = (
        f"Package: {PACKAGE}\nVersion: {VERSION}\nArchitecture: all\n"
        "Maintainer: Vendor <vendor@example.test>\nDescription: the vendor's own package\n"
    )
    (folder / "DEBIAN").mkdir(parents=True)
    (folder / "DEBIAN" / "control").write_text(control)
    file = served / "pool" / f"{PACKAGE}.deb"
    run(["dpkg-deb", "--root-owner-group", "--build", folder, file])
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    place = f"Filename: pool/{file.name}\nSize: {file.stat().st_size}\nSHA256: {digest}\n"
    return (control + place).encode()


def _make_suite(folder: Path, name: str, packages: bytes) -> None:
    """Write a suite's index and the Release file, which is to be signed."""
    index = folder / "main" / "binary-amd64" / "Packages"
    index.parent.mkdir(parents=True)
    index.write_bytes(packages)
    digest = hashlib.sha256(packages).hexdigest()
    (folder / "Release").write_text(
        f"Origin: Vendor\nSuite: {name}\nCodename: {name}\nArchitectures: all amd64\n"
        f"Components: main\nDate: {email.utils.formatdate(usegmt=True)}\n"
        f"SHA256:\n {digest} {len(packages)} main/binary-amd64/Packages\n"
    )
