"""Vagrant, through python-vagrant, with devbox's own rules for processes.

python-vagrant (pinned) builds the command lines and reads the answers. The three methods through
which it starts Vagrant are replaced, so that Vagrant too is logged, ends in good order on Ctrl-C,
and a failure carries what Vagrant said; of itself python-vagrant loses it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import vagrant

from devbox import ui
from devbox.errors import DevboxError
from devbox.host import process, runlog

# Ctrl-C: Vagrant finishes its step, then removes what it has half made.
_GRACE_SECONDS = 90.0

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_MACHINE_LINE = re.compile(r"^(?:==> |    )[\w-]+: ")
_EVIDENCE_LINES = 14

# What Vagrant or libvirt says: what to do.
_REMEDIES = (
    (r"virConnectOpen|failed to connect to (?:the hypervisor|socket)", "devbox doctor --fix"),
    (r"requires a network plugin|provider 'libvirt' could not be found", "devbox doctor --fix"),
    (r"another process is already executing an action", "wait for it to end, then run this again"),
    (r"checksum of the downloaded", "have the box published again: its file is not what it was"),
    (r"No space left|not enough (?:disk )?space", "free some disk space, then run this again"),
    (
        r"[Tt]imed out while waiting",
        "`devbox doctor` tests the hardware; the console is in {console}",
    ),
    (r"[Cc]annot allocate memory", "lower the machine's memory, or end other machines"),
    (r"KVM kernel module|/dev/kvm|invalid argument.*kvm", "devbox doctor"),
)


class VagrantError(DevboxError):
    """Vagrant has failed; the evidence is what it said, without the lines of its progress."""


class Client:
    """Vagrant in one folder.

    Args:
        root: the folder of the Vagrantfile.
        on_line: called with each line of a long command's output.
        env: additions to the environment of Vagrant.
    """

    def __init__(
        self,
        root: Path,
        *,
        on_line: Callable[[str], None] | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        # python-vagrant has no annotations; here is what its calls take and give.
        self._vagrant: Any = _Vagrant(root, on_line, env or {})

    def up(self) -> None:
        """Bring the machine up."""
        self._vagrant.follow(self._vagrant.up(provider="libvirt", stream_output=True))

    def halt(self, *, force: bool = False) -> None:
        """Shut the machine down; ``force`` cuts its power."""
        self._vagrant.halt(force=force)

    def destroy(self) -> None:
        """Throw the machine away."""
        self._vagrant.destroy()

    def ssh_config(self) -> str:
        """Return the machine's settings for OpenSSH."""
        return str(self._vagrant.ssh_config())

    def plugins(self) -> frozenset[str]:
        """Return the names of Vagrant's plugins."""
        return frozenset(str(plugin.name) for plugin in self._vagrant.plugin_list())

    def add_box(self, catalog: str, version: str) -> None:
        """Add one version of a catalog's box; no call of python-vagrant's takes a version."""
        self._vagrant.call("box", "add", catalog, "--provider", "libvirt", "--box-version", version)

    def remove_box(self, name: str, version: str) -> None:
        """Remove one version of a box from Vagrant's folder."""
        self._vagrant.call(
            "box", "remove", "--force", name, "--provider", "libvirt", "--box-version", version
        )


class _Vagrant(vagrant.Vagrant):
    """python-vagrant's own class, with its three ways to start Vagrant replaced."""

    def __init__(
        self, root: Path, on_line: Callable[[str], None] | None, env: Mapping[str, str]
    ) -> None:
        self._folder = root
        self._on_line = on_line
        self._env = {
            # The environment may point elsewhere; what counts is this folder.
            "VAGRANT_CWD": str(root),
            "VAGRANT_DEFAULT_PROVIDER": "libvirt",
            "VAGRANT_CHECKPOINT_DISABLE": "1",
            "VAGRANT_NO_COLOR": "1",
            **env,
        }
        super().__init__(root=str(root))  # type: ignore[no-untyped-call] # see Client

    def call(self, *args: str) -> None:
        """Run a command that python-vagrant does not know."""
        self._call_vagrant_command(args)

    def follow(self, lines: Generator[str, None, None]) -> None:
        """Hand on each line as it comes."""
        # Not left to the collector: closing is what ends Vagrant on Ctrl-C.
        with contextlib.closing(lines):
            for line in lines:
                if self._on_line:
                    self._on_line(line)

    def _call_vagrant_command(self, args: Sequence[str | None]) -> None:
        self.follow(self._stream_vagrant_command(args))

    def _words(self, args: Sequence[str | None]) -> list[str]:
        return ["vagrant", *(word for word in args if word is not None)]

    def _run_vagrant_command(self, args: Sequence[str | None]) -> str:
        completed = process.run(self._words(args), cwd=self._folder, env=self._env, check=False)
        if completed.returncode != 0:
            text = completed.stderr or completed.stdout
            raise _failure(args, text.splitlines(), completed.returncode, self._folder)
        return completed.stdout

    def _stream_vagrant_command(self, args: Sequence[str | None]) -> Generator[str, None, None]:
        lines: list[str] = []
        with process.start(
            self._words(args),
            cwd=self._folder,
            env=self._env,
            merge=True,
            grace=_GRACE_SECONDS,
        ) as child:
            assert child.stdout is not None  # noqa: S101 - start() always makes the pipe
            try:
                for raw in child.stdout:
                    line = clean(raw.decode(errors="replace"))
                    if line:
                        lines.append(line)
                        runlog.write(f"| {line}")
                        yield line
                child.wait()
            except (KeyboardInterrupt, GeneratorExit):
                ui.say("ending Vagrant, which cleans up after itself; this can take a minute")
                raise
        if child.returncode != 0:
            raise _failure(args, lines, child.returncode, self._folder)


def clean(line: str) -> str:
    """Return a line of Vagrant's output without colours and what it has overwritten."""
    return _ANSI.sub("", line).rstrip().rpartition("\r")[2].rstrip()


def _failure(
    args: Sequence[str | None], lines: Sequence[str], returncode: int, folder: Path
) -> VagrantError:
    words = " ".join(word for word in args[:2] if word and not word.startswith("-"))
    return VagrantError(
        f"`vagrant {words}` failed",
        evidence="\n".join(meaningful(lines)) or f"exit status {returncode}, and no message",
        remedy=remedy("\n".join(lines), folder),
    )


def meaningful(lines: Sequence[str]) -> list[str]:
    """Return the lines in which Vagrant says what is wrong.

    Its progress stands behind ``==> default:``; an error's text has no such prefix.
    """
    message = [line for line in lines if line.strip() and not _MACHINE_LINE.match(line)]
    return (message or list(lines))[-_EVIDENCE_LINES:]


def remedy(text: str, folder: Path) -> str:
    """Return what to do about a failure of Vagrant's."""
    for pattern, advice in _REMEDIES:
        if re.search(pattern, text):
            return advice.format(console=folder / ".vagrant" / "console.log")
    return "run the command again; if it fails again, `devbox doctor` may tell why"
