"""Downloads that go on where they broke off, and count only when their digest is right."""

from __future__ import annotations

import hashlib
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from devbox import __version__
from devbox.errors import DevboxError
from devbox.host.locks import lock
from devbox.host.paths import require_free_space

_BLOCK = 1024 * 1024
_TRIES = 4
_TIMEOUT_SECONDS = 60
_PARTIAL_CONTENT = 206
_RANGE_NOT_SATISFIABLE = 416


def download(
    url: str, sha256: str, folder: Path, progress: Callable[[int, int], None] | None = None
) -> Path:
    """Fetch a file whose digest is known.

    Args:
        url: an http, https or file address.
        sha256: the digest that its bytes must have, in hexadecimal.
        folder: where it is kept, under its digest; a part stays there for the next try.
        progress: told the bytes that are there, and the bytes in all (0 if not known).

    Returns:
        The path of the whole file.

    Raises:
        DevboxError: the server failed, or the bytes are not the right ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    whole = folder / sha256
    part = folder / f"{sha256}.part"
    with lock(folder / f"{sha256}.lock", f"downloading {url}", timeout=3600):
        if whole.exists():
            return whole
        resumed = part.exists()
        _fetch(url, part, progress)
        found = _digest(part)
        if found != sha256 and resumed:
            # The part may be of what was there before: once more, from the first byte.
            part.unlink()
            _fetch(url, part, progress)
            found = _digest(part)
        if found != sha256:
            # Neither half of it can be trusted: the next try begins anew.
            part.unlink()
            raise DevboxError(
                f"{url} is not the file that devbox.yml names",
                evidence=f"its SHA-256 is {found}\ndevbox.yml says {sha256}",
                remedy="check the address; take the digest from the publisher, not from the file",
            )
        part.rename(whole)
    return whole


def _fetch(url: str, part: Path, progress: Callable[[int, int], None] | None) -> None:
    reason = ""
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(attempt)
        try:
            if _fetch_once(url, part, progress):
                return
            reason = f"the connection ended after {part.stat().st_size} bytes"
        except urllib.error.HTTPError as error:
            if error.code == _RANGE_NOT_SATISFIABLE:
                return  # all bytes are there already; the digest decides
            reason = f"HTTP status {error.code} {error.reason}"
            if error.code < 500:
                break
        except urllib.error.URLError as error:
            reason = str(error.reason)
            if url.startswith("file:"):
                break
        except (OSError, ValueError, http.client.HTTPException) as error:
            reason = str(error) or type(error).__name__
    raise DevboxError(
        f"could not download {url}",
        evidence=reason,
        remedy="check the address and the network; what has arrived is kept for the next try",
    )


def _fetch_once(url: str, part: Path, progress: Callable[[int, int], None] | None) -> bool:
    """Fetch what is missing; return whether it ended with the last byte."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": f"devbox/{__version__}"})  # noqa: S310 - the model admits http, https and file
    if have and not url.startswith("file:"):
        request.add_header("Range", f"bytes={have}-")
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
        if getattr(response, "status", None) != _PARTIAL_CONTENT:
            have = 0  # the server sends the whole file
        length = response.headers.get("Content-Length")
        total = have + int(length) if length else 0
        require_free_space(part, max(total - have, 0), "the download")
        with part.open("ab" if have else "wb") as stream:
            while block := response.read(_BLOCK):
                stream.write(block)
                have += len(block)
                if progress:
                    progress(have, total)
    return total in (0, have)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
