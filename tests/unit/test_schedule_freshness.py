"""What the archive has that a box has not: against small real archives on loopback."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.images.sources import Source, security_archive, sources, sources_list
from devbox.schedule import Upgrade, newer_packages
from devbox.schedule.freshness import parse_simulation

needs_apt = pytest.mark.skipif(
    shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None, reason="needs apt"
)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing in this name may end a string or begin a comment in apt's configuration.
    monkeypatch.setenv("DEVBOX_CACHE_DIR", str(tmp_path / "ca che; # {} // 'x' é😀"))


def make_suite(archive: Path, suite: str, packages: dict[str, str]) -> None:
    """Make a suite with real packages: their names and versions."""
    binary = archive / f"dists/{suite}/main/binary-amd64"
    shutil.rmtree(archive / f"pool/{suite}", ignore_errors=True)
    binary.mkdir(parents=True, exist_ok=True)
    stanzas = []
    for name, version in packages.items():
        tree = archive / f"pool/{suite}/{name}"
        (tree / "DEBIAN").mkdir(parents=True)
        control = f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nMaintainer: t <t@t>\n"
        if name == "web-server":
            control += "Depends: brand-new-library\n"
        (tree / "DEBIAN/control").write_text(f"{control}Description: test\n")
        deb = archive / f"pool/{suite}/{name}.deb"
        subprocess.run(
            ["dpkg-deb", "--build", "--root-owner-group", tree, deb],
            check=True,
            capture_output=True,
        )
        data = deb.read_bytes()
        stanzas.append(
            f"{control}Filename: pool/{suite}/{name}.deb\nSize: {len(data)}\n"
            f"SHA256: {hashlib.sha256(data).hexdigest()}\nDescription: test\n"
        )
    index = "\n".join(stanzas).encode()
    (binary / "Packages").write_bytes(index)
    date = time.strftime("%a, %d %b %Y %H:%M:%S UTC", time.gmtime(time.time() - 60))
    (archive / f"dists/{suite}/Release").write_text(
        f"Origin: test\nSuite: {suite}\nCodename: {suite}\nDate: {date}\n"
        "Architectures: amd64\nComponents: main\nSHA256:\n"
        f" {hashlib.sha256(index).hexdigest()} {len(index)} main/binary-amd64/Packages\n"
    )


def make_archive(root: Path) -> None:
    make_suite(
        root / "debian", "bookworm", {"library": "1.0-1", "web-server": "1.0-1", "other": "9"}
    )
    make_suite(root / "debian", "bookworm-updates", {"brand-new-library": "3"})
    make_suite(root / "debian-security", "bookworm-security", {"library": "1.0-1+deb12u1"})


def status_file(folder: Path, **packages: str) -> Path:
    path = folder / "dpkg-status"
    path.write_text(
        "\n".join(
            f"Package: {name.replace('_', '-')}\nStatus: install ok installed\nVersion: {version}\n"
            "Architecture: amd64\nMaintainer: t <t@t>\nDescription: test\n"
            for name, version in packages.items()
        )
    )
    return path


@contextlib.contextmanager
def serve(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/debian"
    finally:
        server.shutdown()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
        pass


class ErrorPage(Quiet):
    """Answers everything with a page and 200, like a captive portal."""

    def do_GET(self) -> None:
        page = b"<html>please log in</html>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)


class Cut(Quiet):
    """Ends each answer in its middle."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"Origin: test\n" * 100)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


class Silent(Quiet):
    """Takes the request and never answers."""

    def do_GET(self) -> None:
        time.sleep(30)


def check(status: Path, mirror: str, timeout: float = 60) -> tuple[Upgrade, ...]:
    return newer_packages(status, "bookworm", mirror, trusted=True, timeout=timeout)


@needs_apt
def test_newer_packages_and_nothing_newer(tmp_path: Path) -> None:
    make_archive(tmp_path)
    with serve(partial(Quiet, directory=str(tmp_path))) as mirror:
        # The security archive is found beside the main one; a new dependency is no upgrade.
        old = status_file(tmp_path, library="0.9-1", web_server="0.9", other="9")
        assert check(old, mirror) == (
            Upgrade("library", "0.9-1", "1.0-1+deb12u1"),
            Upgrade("web-server", "0.9", "1.0-1"),
        )
        current = status_file(tmp_path, library="1.0-1+deb12u1", other="9", unknown="5")
        assert check(current, mirror) == ()
        # What was published since the last check is seen, whatever is cached.
        time.sleep(1.1)  # HTTP tells changes apart by the second
        make_suite(tmp_path / "debian-security", "bookworm-security", {"library": "1.0-1+deb12u2"})
        assert check(current, mirror) == (Upgrade("library", "1.0-1+deb12u1", "1.0-1+deb12u2"),)


@needs_apt
def test_this_computer_has_no_say(tmp_path: Path) -> None:
    """Its sources and packages differ, and are neither read nor changed."""
    make_archive(tmp_path)
    before = Path("/var/lib/dpkg/status").stat().st_mtime_ns
    with serve(partial(Quiet, directory=str(tmp_path))) as mirror:
        assert check(status_file(tmp_path, apt="0.1", dpkg="0.1"), mirror) == ()
    assert Path("/var/lib/dpkg/status").stat().st_mtime_ns == before


@needs_apt
def test_an_archive_that_goes_down_is_not_nothing_newer(tmp_path: Path) -> None:
    make_archive(tmp_path)
    status = status_file(tmp_path, library="1.0-1+deb12u1")
    with serve(partial(Quiet, directory=str(tmp_path))) as mirror:
        assert check(status, mirror) == ()
    with pytest.raises(DevboxError) as caught:
        check(status, mirror)
    assert mirror in caught.value.what
    assert "onnect" in caught.value.evidence


@needs_apt
def test_a_missing_suite_is_not_nothing_newer(tmp_path: Path) -> None:
    make_archive(tmp_path)
    shutil.rmtree(tmp_path / "debian-security")
    with (
        serve(partial(Quiet, directory=str(tmp_path))) as mirror,
        pytest.raises(DevboxError, match="could not read the package archive") as caught,
    ):
        check(status_file(tmp_path, library="1.0-1"), mirror)
    assert "bookworm-security" in caught.value.evidence


@needs_apt
@pytest.mark.parametrize("handler", [ErrorPage, Cut])
def test_a_server_that_talks_nonsense(tmp_path: Path, handler: type[Quiet]) -> None:
    with (
        serve(handler) as mirror,
        pytest.raises(DevboxError, match="could not read the package archive"),
    ):
        check(status_file(tmp_path, library="1"), mirror)


@needs_apt
def test_a_server_that_never_answers(tmp_path: Path) -> None:
    started = time.monotonic()
    with serve(Silent) as mirror, pytest.raises(DevboxError) as caught:
        check(status_file(tmp_path, library="1"), mirror, timeout=2)
    assert mirror in caught.value.what
    assert caught.value.evidence
    assert time.monotonic() - started < 20


@needs_apt
def test_a_damaged_index_is_refused(tmp_path: Path) -> None:
    make_archive(tmp_path)
    packages = tmp_path / "debian/dists/bookworm/main/binary-amd64/Packages"
    packages.write_bytes(packages.read_bytes()[:-20])
    with serve(partial(Quiet, directory=str(tmp_path))) as mirror, pytest.raises(DevboxError):
        check(status_file(tmp_path, library="1"), mirror)


@needs_apt
def test_an_unsigned_archive_is_refused(tmp_path: Path) -> None:
    make_archive(tmp_path)
    with (
        serve(partial(Quiet, directory=str(tmp_path))) as mirror,
        pytest.raises(DevboxError) as caught,
    ):
        newer_packages(status_file(tmp_path, library="1"), "bookworm", mirror)
    assert "not signed" in caught.value.evidence


@pytest.mark.parametrize("content", [None, b"", b"\x00\xff garbage"])
def test_a_status_file_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "dpkg-status"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DevboxError, match="which packages the box has"):
        newer_packages(path, "bookworm", "http://127.0.0.1:1/debian")


def test_what_apt_prints() -> None:
    output = """\
NOTE: This is only a simulation!
Reading package lists...
The following packages will be upgraded:
  libc6 libssl3
Inst libssl3 [3.0.1-1] (3.0.2-1 Debian-Security:12/stable-security [amd64]) []
Inst libc6:i386 [2.36-9] (2.36-10 Debian:12.1/stable [i386])
Inst linux-image-6.1.0-99-amd64 (6.1.1 Debian:12.1/stable [amd64])
Conf libssl3 (3.0.2-1 Debian-Security:12/stable-security [amd64])
"""
    assert parse_simulation(output) == (
        Upgrade("libc6:i386", "2.36-9", "2.36-10"),
        Upgrade("libssl3", "3.0.1-1", "3.0.2-1"),
    )


@pytest.mark.parametrize(
    ("mirror", "expected"),
    [
        ("http://deb.debian.org/debian", "http://deb.debian.org/debian-security"),
        ("http://deb.debian.org/debian/", "http://deb.debian.org/debian-security"),
        ("http://127.0.0.1:8000/debian", "http://127.0.0.1:8000/debian-security"),
        (
            "https://proxy.example:3142/deb.debian.org/debian",
            "https://proxy.example:3142/deb.debian.org/debian-security",
        ),
        ("http://apt.example.com/mirror", "http://apt.example.com/debian-security"),
        ("http://apt.example.com", "http://apt.example.com/debian-security"),
        ("http://ftp.de.debian.org/debian", "http://deb.debian.org/debian-security"),
    ],
)
def test_where_security_updates_are(mirror: str, expected: str) -> None:
    assert security_archive(mirror) == expected


def test_sources_as_apt_reads_them() -> None:
    assert sources_list(sources("trixie", "http://deb.debian.org/debian/")).splitlines() == [
        f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {rest}"
        for rest in (
            "http://deb.debian.org/debian trixie main",
            "http://deb.debian.org/debian trixie-updates main",
            "http://deb.debian.org/debian-security trixie-security main",
        )
    ]
    assert Source("http://x", "y", trusted=True).line() == "deb [trusted=yes] http://x y main"
