"""Checks against the package archive: that it can be reached, and agrees on the time."""

from __future__ import annotations

import email.utils
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Iterator

from devbox.host.doctor.finding import Finding, Group, Subject

_SECONDS = 10.0
# apt refuses what is signed in its future.
_CLOCK_PROBLEM = 3600.0
_CLOCK_WARNING = 300.0


def check(subject: Subject) -> Iterator[Finding]:
    """Ask the archive for its release file's headers."""
    url = f"{subject.archive.rstrip('/')}/dists/{subject.release}/InRelease"
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - the model allows http(s)
    started = time.monotonic()
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - as above
            date = answer.headers.get("Date")
    except (OSError, ValueError, http.client.HTTPException) as error:
        # urllib's own errors are OSErrors.
        yield Finding(
            Group.BUILD,
            "archive",
            "problem",
            f"{url}: {_reason(error)}",
            "check the network and http_proxy, or set base.mirror in devbox.yml",
        )
        return
    seen = f"{subject.archive} answers in {time.monotonic() - started:.1f} s"
    yield Finding(Group.BUILD, "archive", "ok", seen)
    yield _clock(date)


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"{error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return str(error.reason)
    return str(error) or type(error).__name__


def _clock(date: str | None) -> Finding:
    try:
        ahead = time.time() - email.utils.parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return Finding(Group.COMPUTER, "clock", "ok", "the archive tells no time to compare with")
    if abs(ahead) < _CLOCK_WARNING:
        return Finding(Group.COMPUTER, "clock", "ok", "agrees with the archive's")
    side = "ahead of" if ahead > 0 else "behind"
    return Finding(
        Group.COMPUTER,
        "clock",
        "problem" if abs(ahead) > _CLOCK_PROBLEM else "warning",
        f"{abs(ahead) / 60:.0f} minutes {side} the archive's",
        "sudo timedatectl set-ntp true",
    )
