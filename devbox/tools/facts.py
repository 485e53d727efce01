"""Whether a role uses facts about the machine, which cost a task to gather."""

from __future__ import annotations

import re
from pathlib import Path

_FOLDERS = ("tasks", "handlers", "templates", "vars", "defaults", "meta")
# ansible_facts, and the names that facts have as variables (ansible.builtin.setup); no other
# variable of Ansible's own (ansible_user, ansible_python_interpreter …) begins like one of these.
_FACT = re.compile(
    r"\bansible_(facts|all_ipv[46]|apparmor|architecture|bios|board|chassis|cmdline|date_time|"
    r"default_ipv[46]|devices|distribution|dns|domain|effective|env|form_factor|fqdn|hostname|"
    r"interfaces|is_chroot|kernel|local|lsb|lvm|machine|mem|mounts|nodename|os_family|pkg_mgr|"
    r"proc_cmdline|processor|product|python_version|selinux|service_mgr|swap|system|uptime|"
    r"user_(dir|gecos|gid|id|shell|uid)|userspace|virtualization)"
)
_GATHERS = re.compile(r"^\s*(-\s+)?(ansible\.builtin\.)?(setup|gather_facts)\s*:", re.MULTILINE)
_MOST_BYTES = 1024 * 1024


def uses_facts(role: Path) -> bool:
    """Return whether a role names facts, and does not gather them itself.

    Args:
        role: the role's folder. Files that cannot be read, or are large, are taken for none.
    """
    texts = [_read(path) for name in _FOLDERS for path in sorted((role / name).rglob("*"))]
    return any(map(_FACT.search, texts)) and not any(map(_GATHERS.search, texts))


def _read(path: Path) -> str:
    try:
        if path.is_file() and path.stat().st_size <= _MOST_BYTES:
            return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        pass
    return ""
