"""What all tests have in common."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator

import pytest

# A shell starts what it puts in the background with Ctrl-C ignored, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_COMPLETE = "DEVBOX_TEST_COMPLETE"
# A reason to skip that no installation could mend begins with this.
_NOT_HERE = "not here: "


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In ``make test``, a tool that is missing is a failure, never a skip."""
    report = yield
    if os.environ.get(_COMPLETE) and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        if not reason.startswith(_NOT_HERE):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} was skipped: {reason}"
    return report
