"""What every box holds besides its disk: metadata.json, info.json, a Vagrantfile of defaults.

The format: https://developer.hashicorp.com/vagrant/docs/boxes/format
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from devbox.images.manifest import ToolRecord
from devbox.spec.model import Machine


@dataclass(frozen=True)
class BoxInfo:
    """What a box says about itself; ``vagrant box list -i`` and ``devbox up`` show it.

    Attributes:
        name: the box's name, owner/box.
        build: the id of the build.
        at: when it was built, in ISO 8601.
        release: Debian's code name.
        tools: what is in it.
        packages: how many Debian packages are in it.
    """

    name: str
    build: str
    at: str
    release: str
    tools: tuple[ToolRecord, ...]
    packages: int


def render_info(info: BoxInfo) -> str:
    """Return info.json."""
    return json.dumps(
        {
            "name": info.name,
            "build": info.build,
            "at": info.at,
            "release": info.release,
            "tools": [tool.model_dump(mode="json") for tool in info.tools],
            "packages_count": info.packages,
        },
        indent=2,
    )


def render_vagrantfile(machine: Machine, provider_block: str) -> str:
    """Return the Vagrantfile of defaults; whatever a project's own Vagrantfile says wins.

    Only numbers of the validated Machine are put into the Ruby text.

    Args:
        machine: the machine of devbox.yml.
        provider_block: the provider's own lines, indented by two spaces.
    """
    ports = "".join(
        f'  config.vm.network "forwarded_port", id: "devbox-{host}", guest: {guest}, '
        f'host: {host}, host_ip: "127.0.0.1"\n'
        for host, guest in machine.ports.items()
    )
    return (
        "# Defaults of this box, made by devbox.\n"
        'Vagrant.configure("2") do |config|\n'
        "  # A machine under software emulation boots in a minute, not in seconds.\n"
        "  config.vm.boot_timeout = 600\n"
        f"{ports}{provider_block}end\n"
    )
