"""What ``devbox tools new`` writes is a role that works, and whose checks see a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from devbox.tools.skeleton import write_role

from .cases import read_cases
from .guest import Guest
from .playing import play
from .stages import stages_of

pytestmark = pytest.mark.roles


def test_a_new_role_passes_its_tests_at_once(tmp_path: Path, guest: Guest) -> None:
    role = tmp_path / "new" / "acme_api"
    write_role(role, title="Acme api", category="generic", author="acme")
    play(guest, stages_of(str(role), read_cases(role), guest.release))
