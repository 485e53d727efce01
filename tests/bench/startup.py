"""How quickly the command line answers: what shells run at each completion."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench.timing import Figure, benchmark, best_of

_TIMES = 20


def _runs(*words: str, cwd: str | None = None) -> Callable[[], object]:
    argv = [sys.executable, *words]
    return lambda: subprocess.run(argv, cwd=cwd, stdout=subprocess.DEVNULL, check=True)


@benchmark
def help_page() -> Figure:
    """``devbox --help`` against an interpreter that does nothing."""
    devbox = Path(sys.executable).with_name("devbox")
    seconds, base = best_of(_TIMES, _runs(str(devbox), "--help"), _runs("-c", "pass"))
    return Figure("`devbox --help`", seconds, "`python -c pass`", base, target=5)


@benchmark
def command_help() -> Figure:
    """The help of the command with the most options."""
    seconds, base = best_of(_TIMES, _runs("-m", "devbox", "init", "--help"), _runs("-c", "pass"))
    return Figure("`devbox init --help`", seconds, "`python -c pass`", base)


@benchmark
def reading_devbox_yml() -> Figure:
    """A whole run that reads devbox.yml and the tool catalog, against the help page."""
    with tempfile.TemporaryDirectory() as folder:
        text = "name: acme/web\nproduction: [nginx, postgresql]\ndevelopment: [git, node]\n"
        (Path(folder) / "devbox.yml").write_text(text)
        read = _runs("-m", "devbox", "schedule", "cron", "--every", "day", "-q", cwd=folder)
        seconds, base = best_of(_TIMES // 2, read, _runs("-m", "devbox", "--help"))
    return Figure("reading `devbox.yml` and the tools", seconds, "`devbox --help`", base)
