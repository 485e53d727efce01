"""Ansible's connection to a guest of the role tests: nsenter into its namespaces.

It saves what SSH costs for each task, and the guest need run no sshd.
"""

from __future__ import annotations

import shlex
import shutil
from typing import Any

from ansible.plugins.connection.local import Connection as LocalConnection

# The last is for Node, which has a list of authorities of its own; Debian's has the host's, too.
_LOGIN = [
    *("HOME=/root", "USER=root", "LOGNAME=root", "LANG=C.UTF-8"),
    "NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt",
]

DOCUMENTATION = """
name: guest
short_description: run in the namespaces of a guest
description:
  - The address of the host (ansible_host) is the process id of the guest's first process.
options:
  pipelining:
    description: Send modules through standard input.
    type: bool
    default: true
    vars:
      - name: ansible_pipelining
"""


class Connection(LocalConnection):  # type: ignore[misc] # Ansible ships no types
    """A connection as root."""

    transport = "guest"
    _remote_is_local = False

    def exec_command(
        self, cmd: str, in_data: bytes | None = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        """Run a shell command in the guest; its exit status, output and errors."""
        return super().exec_command(  # type: ignore[no-any-return] # Ansible ships no types
            shlex.join(["exec", *enter(self._leader), "/bin/sh", "-c", cmd]),
            in_data=in_data,
            sudoable=sudoable,
        )

    def put_file(self, in_path: str, out_path: str) -> None:
        """Copy a file into the guest."""
        shutil.copyfile(in_path, self._inside(out_path))

    def fetch_file(self, in_path: str, out_path: str) -> None:
        """Copy a file out of the guest."""
        shutil.copyfile(self._inside(in_path), out_path)

    @property
    def _leader(self) -> str:
        return str(self._play_context.remote_addr)

    def _inside(self, path: str) -> str:
        return f"/proc/{self._leader}/root{path}"


def enter(leader: Any) -> list[str]:
    """Return what runs a command in a guest, as root's login would.

    Args:
        leader: the process id of the guest's first process.
    """
    search = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    environment = [search, *_LOGIN]
    return ["nsenter", "--target", str(leader), "--all", "env", "-i", *environment]
