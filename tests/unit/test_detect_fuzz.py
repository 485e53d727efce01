"""Arbitrary bytes under every name that is read: no crash, no hang."""

from __future__ import annotations

import contextlib
import random
import tempfile
import time
from itertools import islice
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devbox.detect import detect
from devbox.detect.detection import known_names
from devbox.detect.formats.node import Unreadable
from devbox.detect.hints import File
from devbox.detect.readers import READERS
from devbox.detect.secrets import mask
from devbox.tools import load_tools

SAMPLES = Path(__file__).parents[1] / "samples"
NAMES = sorted(name.replace("*", "x") for name in known_names())
FILES = sorted(path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix != ".expected")

# What the formats are made of, so that chance comes further than the first character.
PIECES = st.sampled_from(
    [
        *"{}[]()<>:;,.=#\"'\\&*!|%@~^$-+? \t\n\r\0",
        *(
            "<<: *a",
            "&a",
            "---\n",
            "- ",
            "${{",
            "${",
            "<%=",
            "%>",
            "FROM ",
            "RUN ",
            "end\n",
            "do\n",
        ),
        *("services", "image: ", "jobs:", "steps:", "runs:", "hosts: ", "roles:", "tasks:", "apt:"),
        *(
            "dependencies",
            "[tool",
            "version",
            "://",
            "a@b",
            "apt-get install ",
            "1.2",
            "é",
            "\ufeff",
        ),
        *(
            "require",
            "gem 'x'",
            "<project>",
            "</",
            "<!ENTITY",
            "DATABASE_URL=",
            "9" * 30,
            "x" * 300,
        ),
    ]
)
TEXTS = st.lists(PIECES, max_size=60).map(lambda pieces: "".join(pieces).encode())


def look_at(files: dict[str, bytes]) -> float:
    """Return how many seconds it takes to look at a repo of these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        started = time.process_time()
        report = detect(Path(folder), load_tools())
        seconds = time.process_time() - started
    for finding in report.findings:
        for piece in finding.evidence:
            assert len(piece.text) <= 120
            assert "\n" not in piece.text + piece.says
            (piece.text + piece.says).encode()
    return seconds


@given(data=st.binary(max_size=2000) | TEXTS)
@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_arbitrary_bytes_in_every_known_file(data: bytes) -> None:
    assert look_at(dict.fromkeys(NAMES, data)) < 10  # all of them together


@given(seed=st.integers(min_value=0))
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_real_files_that_were_damaged(seed: int) -> None:
    chance = random.Random(seed)
    path = chance.choice(FILES)
    data = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(data))
        end = at + chance.choice([0, 0, 1, 5, 40])
        data[at:end] = chance.choice(
            [b"", b"\0", b"{", b'"', b"\n\t", b"&a *a", b"\xff", b"]]", b"- "]
        )
    name = path.relative_to(SAMPLES).as_posix().partition("/")[2] or path.name
    assert look_at({name: bytes(data)}) < 2


LONG = [
    piece * (150_000 // len(piece))
    for piece in (
        *(
            b"a",
            b"(",
            b'"',
            b"\n",
            b" ",
            b"- ",
            b"<a>",
            b"a.b",
            b"${",
            b"<%",
            b"x<%",
            b"a: ",
            b"a=b\n",
        ),
        *(b"a@b:c/", b"postgres://", b"apt-get install ", b"RUN apt-get install a \\\n", b"\\\n"),
        *(b"FROM a AS b\n", b"['\"", b"gem 'x', group: [", b"password", b"{:a, ", b"a-1-", b">=1,"),
    )
]


@pytest.mark.parametrize("data", LONG, ids=lambda data: repr(data[:12]))
def test_long_files_of_one_thing_take_no_time(data: bytes) -> None:
    slow = {}
    for reader in READERS:
        name = reader.patterns[0].replace("*", "x")
        started = time.process_time()
        with contextlib.suppress(Unreadable):
            for hint in islice(reader.read(File(PurePosixPath(name), data.decode())), 5000):
                mask(hint.says)
        seconds = time.process_time() - started
        if seconds > 1:
            slow[name] = seconds
    assert slow == {}
