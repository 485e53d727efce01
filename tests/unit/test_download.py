"""Downloads from servers of every temper, on loopback."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from devbox.errors import DevboxError
from devbox.host.download import download

CONTENT = bytes(range(256)) * 20_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT at every path; the path's first word says how.

    Attributes:
        requests: path and Range of each request.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str]] = []

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        word = self.path.split("/")[1]
        asked = self.headers.get("Range", "")
        earlier = len([path for path, _ in self.server.requests if path == self.path])
        self.server.requests.append((self.path, asked))
        if word == "404" or (word == "500" and earlier == 0):
            self.send_error(int(word))
            return
        if word == "rubbish" and earlier == 0:
            self.wfile.write(b"\x00\x01\r\n\r\n")
            return
        content = b"<html>not found</html>" if word == "page" else CONTENT
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if word == "plain":
            start = 0
        if start >= len(content):
            self.send_error(416)
            return
        body = content[start:]
        self.send_response(206 if start else 200)
        if word != "unsized":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = (word == "cut" or word == "plain") and earlier < 1
        self.wfile.write(body[: len(body) // 3] if cut else body)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("way", ["fine", "unsized", "cut", "plain", "500", "rubbish"])
def test_it_arrives(server: Server, tmp_path: Path, way: str) -> None:
    told: list[tuple[int, int]] = []
    path = download(
        server.url(f"{way}/x"), SHA256, tmp_path, lambda done, total: told.append((done, total))
    )
    assert path.read_bytes() == CONTENT
    assert kept(tmp_path) == [SHA256]
    assert told[-1] == (len(CONTENT), 0 if way == "unsized" else len(CONTENT))


def test_after_a_cut_only_the_rest_is_fetched(server: Server, tmp_path: Path) -> None:
    download(server.url("cut/x"), SHA256, tmp_path)
    assert server.requests == [("/cut/x", ""), ("/cut/x", f"bytes={len(CONTENT) // 3}-")]


def test_a_part_of_an_earlier_run_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    (tmp_path / f"{SHA256}.part").write_bytes(CONTENT[:1000])
    assert download(server.url("fine"), SHA256, tmp_path).read_bytes() == CONTENT
    assert server.requests == [("/fine", "bytes=1000-")]


def test_a_part_that_is_whole_needs_no_more_than_a_look(server: Server, tmp_path: Path) -> None:
    (tmp_path / f"{SHA256}.part").write_bytes(CONTENT)
    assert download(server.url("fine"), SHA256, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("part", [b"other bytes", CONTENT + b"too long"])
def test_a_part_of_another_file_is_fetched_anew(
    server: Server, tmp_path: Path, part: bytes
) -> None:
    (tmp_path / f"{SHA256}.part").write_bytes(part)
    assert download(server.url("fine"), SHA256, tmp_path).read_bytes() == CONTENT


def test_what_is_there_is_not_fetched(server: Server, tmp_path: Path) -> None:
    download(server.url("fine"), SHA256, tmp_path)
    download(server.url("404"), SHA256, tmp_path)
    assert len(server.requests) == 1


def test_an_error_page_is_not_the_file(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DevboxError) as caught:
        download(server.url("page"), SHA256, tmp_path)
    assert "not the file that devbox.yml names" in caught.value.what
    assert SHA256 in caught.value.evidence
    assert kept(tmp_path) == []


def test_what_is_not_there_is_asked_for_once(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DevboxError) as caught:
        download(server.url("404"), SHA256, tmp_path)
    assert caught.value.evidence == "HTTP status 404 Not Found"
    assert len(server.requests) == 1


def test_nobody_listening(tmp_path: Path) -> None:
    with pytest.raises(DevboxError) as caught:
        download("http://127.0.0.1:9/x", SHA256, tmp_path)
    assert "Connection refused" in caught.value.evidence
    assert "http://127.0.0.1:9/x" in caught.value.what


def test_a_file(tmp_path: Path) -> None:
    source = tmp_path / "a b"
    source.write_bytes(CONTENT)
    found = download(f"file://{tmp_path}/a%20b", SHA256, tmp_path / "kept")
    assert found.read_bytes() == CONTENT
    assert source.exists()
    with pytest.raises(DevboxError, match="could not download"):
        download(f"file://{tmp_path}/gone", "0" * 64, tmp_path / "kept")


def test_two_at_once_fetch_it_once(server: Server, tmp_path: Path) -> None:
    found: list[Path] = []
    threads = [
        threading.Thread(
            target=lambda: found.append(download(server.url("fine"), SHA256, tmp_path))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [tmp_path / SHA256] * 2
    assert len(server.requests) == 1
