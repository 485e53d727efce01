"""The way into a machine: OpenSSH's own client, with the settings that Vagrant gives."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from devbox.errors import DevboxError
from devbox.host import paths
from devbox.machine.client import Client
from devbox.machine.state import Machine, answers


@dataclass(frozen=True)
class Config:
    """SSH settings: the file for ``ssh -F``, the alias in it, and where the machine answers."""

    path: Path
    alias: str
    host: str
    port: int


def read_config(machine: Machine) -> Config:
    """Return the SSH settings of a running machine.

    Vagrant takes seconds to tell them, so they are kept for as long as they fit: the same machine,
    and it answers there.

    Raises:
        DevboxError: the machine is not running, or does not answer.
    """
    path = paths.project_dir(machine.root) / "ssh-config"
    header = f"# machine {machine.id}\n"
    kept = _kept(path, header)
    if kept and answers(kept.host, kept.port):
        return kept
    if (state := machine.state()) != "running":
        raise DevboxError(f"the machine is {state}", remedy="devbox up")
    text = Client(machine.root).ssh_config()
    paths.write_atomically(path, header + text, mode=0o600)
    config = _kept(path, header)
    if config is None:
        raise DevboxError("Vagrant gives no SSH settings", evidence=text.strip())
    if not answers(config.host, config.port, timeout=10):
        raise DevboxError(
            "the machine is running, but does not answer",
            evidence=f"nothing accepts connections at {config.host} port {config.port}",
            remedy=f"it may be booting still: {machine.console_log} tells;\n"
            "`devbox halt` and `devbox up` start it anew",
        )
    return config


def _kept(path: Path, header: str) -> Config | None:
    try:
        text = path.read_text("utf-8")
    except OSError:
        return None
    values = dict(re.findall(r"^\s*(Host|HostName|Port)\s+(\S+)\s*$", text, re.MULTILINE))
    if not text.startswith(header) or not {"Host", "HostName", "Port"} <= values.keys():
        return None
    return Config(path, values["Host"], values["HostName"], int(values["Port"]))


def command_line(config: Config, command: Sequence[str]) -> list[str | Path]:
    """Return the command line of ssh.

    Args:
        config: the machine's settings.
        command: nothing for a shell; one word is a shell line of its own; several words are a
            command and its arguments, each of which arrives as it is.
    """

    words: list[str | Path] = ["ssh", "-F", config.path]
    if not command:
        return [*words, config.alias]
    line = command[0] if len(command) == 1 else shlex.join(command)
    return [*words, config.alias, "--", line]
