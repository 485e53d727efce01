"""The ports of a stack: those that its tools listen on, and those of the developer's computer."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

from devbox.spec.model import Port, Spec
from devbox.tools import ToolDefinition

_PAIR = re.compile(r"(\d{1,5})(?::(\d{1,5}))?", re.ASCII)
_LAST = 65535
_FIRST_FREE = 1024

Catalog = Mapping[str, ToolDefinition]


def tool_ports(tool: ToolDefinition, options: Mapping[str, JsonValue]) -> tuple[int, ...]:
    """Return the ports that a tool listens on with these options."""
    option = tool.option("port")
    wanted = options.get("port")
    if option is None or not isinstance(wanted, int) or isinstance(wanted, bool):
        return tool.ports
    return tuple(wanted if port == option.default else port for port in tool.ports)


def stack_ports(spec: Spec, catalog: Catalog) -> dict[Port, Port]:
    """Return the ports to propose for all tools of both parts.

    A port that only root may open on the developer's computer gets a number from 8000 up: nginx's
    80 becomes 8080.
    """
    ports: dict[Port, Port] = {}
    for _, inside in _listeners(spec, catalog):
        if inside in ports.values():
            continue
        outside = _outside(inside)
        while outside in ports:
            outside += 1
        ports[outside] = inside
    return ports


def clashes(spec: Spec, catalog: Catalog) -> list[str]:
    """Return in words which tools of a stack listen on one port."""
    holders: dict[int, list[str]] = {}
    for title, inside in _listeners(spec, catalog):
        holders.setdefault(inside, []).append(title)
    return [
        f"{' and '.join(titles)} listen on one port, {inside}: set another in the options of one"
        for inside, titles in holders.items()
        if len(titles) > 1
    ]


def taken_here(ports: Mapping[Port, Port]) -> list[str]:
    """Return in words which ports another program of this computer listens on, and a free one."""
    said = []
    for outside in filter(is_in_use, ports):
        free = _next_free(outside, ports)
        instead = f"; {free}:{ports[outside]} is free" if free else ""
        said.append(f"{outside} is in use on this computer{instead}")
    return said


def is_in_use(port: int) -> bool:
    """Return whether a port of 127.0.0.1 cannot be opened because something else has it."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
        except PermissionError:
            return False
        except OSError:
            return True
    return False


def _next_free(port: int, ports: Mapping[Port, Port]) -> int:
    candidates = range(port + 1, min(port + 1000, _LAST + 1))
    return next((other for other in candidates if other not in ports and not is_in_use(other)), 0)


def _listeners(spec: Spec, catalog: Catalog) -> Iterator[tuple[str, int]]:
    for entry in (*spec.production, *spec.development):
        tool = catalog.get(entry.name)
        if tool is not None:
            yield from ((tool.title, port) for port in tool_ports(tool, entry.options))


def _outside(inside: int) -> int:
    if inside >= _FIRST_FREE:
        return inside
    return 8080 if inside == 80 else 8000 + inside


def parse_ports(text: str) -> dict[Port, Port]:
    """Read ``8080:80, 5432``: the developer's port, and the machine's if it is another.

    Raises:
        ValueError: a word is no port; the message says which and why.
    """
    ports: dict[Port, Port] = {}
    for word in re.findall(r"[^\s,]+", text):
        match = _PAIR.fullmatch(word)
        if match is None:
            raise ValueError(f"{word}: write 8080:80, or 5432 where both are equal")
        outside, inside = int(match[1]), int(match[2] or match[1])
        if not (1 <= outside <= _LAST and 1 <= inside <= _LAST):
            raise ValueError(f"{word}: ports go from 1 to {_LAST}")
        if outside in ports:
            raise ValueError(f"{word}: port {outside} is taken twice")
        ports[outside] = inside
    return ports


def render_ports(ports: Mapping[Port, Port]) -> str:
    """Return ports as parse_ports reads them."""
    return ", ".join(f"{outside}:{inside}" for outside, inside in ports.items())
