"""What a playbook gets from devbox.yml: the tools in order, and their options as variables."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue

from devbox.host.assets import assets_dir


@dataclass(frozen=True)
class RoleRun:
    """One tool as a playbook runs it.

    Attributes:
        role: the role's name in the catalog, or the absolute path of a local role.
        label: what people call it.
        variables: its options under the role's own variable names.
        facts: whether it uses facts about the machine, which are gathered only then.
    """

    role: str
    label: str
    variables: Mapping[str, JsonValue] = field(default_factory=dict)
    facts: bool = False


def render_variables(tools: Sequence[RoleRun], **more: JsonValue) -> str:
    """Return the variables file of a playbook.

    Every text that comes from the user is marked unsafe, so that no part of it is a template. This
    is JSON, which Ansible reads wherever it reads YAML: its YAML loader guesses the type of a text
    that is marked ``!unsafe`` even if that is quoted, so that "" becomes null, "yes" true, and "*"
    an error (ansible-core 2.19). The JSON form of the mark is that of
    ``ansible.parsing.ajson.AnsibleJSONEncoder``.
    """
    document: dict[str, JsonValue] = {
        "devbox_tools": [{"role": tool.role, "label": tool.label} for tool in tools],
        **more,
    }
    if any(tool.facts for tool in tools):
        document["devbox_facts"] = True
    for tool in tools:
        document |= tool.variables
    return json.dumps(_marked(document), sort_keys=True, indent=2) + "\n"


def _marked(value: object) -> object:
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, Mapping):
        return {str(key): _marked(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(item) for item in value]
    return value


def playbook(name: str) -> Path:
    """Return one of devbox's playbooks: "production", "development" or "verify"."""
    return assets_dir() / "ansible" / f"{name}.yml"


def environment(
    events: Path, log: Path, scratch: Path, roles: Path | None = None
) -> dict[str, str]:
    """Return the environment of the playbook program.

    Args:
        events: the file that gets a line for each event.
        log: the file that gets Ansible's full output.
        scratch: a short path of a private folder, for Ansible's sockets.
        roles: the folder of the catalog's roles; default: devbox's own.
    """
    return {
        "DEVBOX_EVENTS": str(events),
        "DEVBOX_ANSIBLE_LOG": str(log),
        "ANSIBLE_CONFIG": str(assets_dir() / "ansible" / "ansible.cfg"),
        "ANSIBLE_ROLES_PATH": str(roles or assets_dir() / "ansible" / "roles"),
        "ANSIBLE_HOME": str(scratch / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(scratch / "ansible-tmp"),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(scratch / "cp"),
        "ANSIBLE_NOCOLOR": "1",
        # ansible-runner's folder, which holds all that a playbook is given.
        "TMPDIR": str(scratch),
        # Ansible refuses to run where the text encoding is not UTF-8.
        "LC_ALL": "C.UTF-8",
    }


def write_program(path: Path) -> Path:
    """Write the script that stands for ansible-playbook: Packer wants one file it can execute."""
    path.write_text(
        "#!/bin/sh\n"
        f"PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n"
        "export PATH\n"
        # -P: nothing in the folder where the user stands may take a module's place.
        f'exec {shlex.quote(sys.executable)} -P -m devbox.playbooks.program "$@"\n',
        encoding="utf-8",
    )
    path.chmod(0o700)
    return path
