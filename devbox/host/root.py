"""Running what only root may run."""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Callable, Mapping, Sequence

from devbox.host import process


def is_root() -> bool:
    """Return whether devbox runs as root."""
    return os.geteuid() == 0


def user_name() -> str:
    """Return whose rights devbox has; not whose name the environment tells."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def shown(command: str) -> str:
    """Return a command line as this user has to type it."""
    return command if is_root() else f"sudo {command}"


def run_as_root(
    argv: Sequence[str],
    *,
    what: str,
    remedy: str = "",
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
    timeout: float | None = None,
) -> None:
    """Run a program as root: as we are, or through sudo, which asks for a password if it must.

    Args:
        argv: program and arguments.
        what: what failed if it does.
        remedy: what to do then.
        env: additions to its environment.
        on_line: called with each line of its output; where sudo asks, the output goes to the
            terminal instead.
        timeout: its limit in seconds.

    Raises:
        ProcessError: it failed, or we may not become root.
    """
    if is_root():
        process.run(argv, what=what, remedy=remedy, env=env, on_line=on_line, timeout=timeout)
        return
    # sudo keeps little of an environment.
    words = ["env", *(f"{key}={value}" for key, value in (env or {}).items()), *argv]
    if sys.stdin.isatty():
        process.run_in_terminal(["sudo", *words], what=what, remedy=remedy)
    else:
        process.run(
            ["sudo", "-n", *words], what=what, remedy=remedy, on_line=on_line, timeout=timeout
        )
