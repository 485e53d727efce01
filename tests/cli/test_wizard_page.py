"""docs/wizard.md shows the wizard as it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def test_the_screens_of_the_page_are_those_of_the_wizard() -> None:
    done = subprocess.run(
        [sys.executable, str(_ROOT / "scripts" / "capture-wizard"), "--check"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
