from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from devbox.spec import Spec, Tool
from devbox.tools import Option, ToolDefinition
from devbox.wizard.ports import (
    clashes,
    is_in_use,
    parse_ports,
    render_ports,
    stack_ports,
    taken_here,
    tool_ports,
)


def _catalog(**ports: tuple[int, ...]) -> Mapping[str, ToolDefinition]:
    return {
        name: ToolDefinition(
            name,
            Path(name),
            name,
            ports=numbers,
            options=(Option(f"{name}_port", "port", "int", default=numbers[0]),),
        )
        for name, numbers in ports.items()
    }


def _spec(*tools: Tool) -> Spec:
    return Spec(name="a/b", production=tools)


def test_ports_that_only_root_may_open_are_moved_up() -> None:
    catalog = _catalog(nginx=(80, 443), postgresql=(5432,))
    spec = _spec(Tool(name="nginx"), Tool(name="postgresql"))
    assert stack_ports(spec, catalog) == {8080: 80, 8443: 443, 5432: 5432}


def test_ports_that_meet_on_the_computer_are_moved_apart() -> None:
    spec = _spec(Tool(name="a"), Tool(name="b"))
    assert stack_ports(spec, _catalog(a=(8080,), b=(80,))) == {8080: 8080, 8081: 80}


def test_two_tools_on_one_port_are_a_clash_until_one_is_set_otherwise() -> None:
    catalog = _catalog(nginx=(80,), apache=(80,))
    spec = _spec(Tool(name="nginx"), Tool(name="apache"))
    assert stack_ports(spec, catalog) == {8080: 80}
    assert clashes(spec, catalog) == [
        "nginx and apache listen on one port, 80: set another in the options of one"
    ]
    other = _spec(Tool(name="nginx"), Tool(name="apache", options={"port": 81}))
    assert clashes(other, catalog) == []
    assert tool_ports(catalog["apache"], {"port": 81}) == (81,)


def test_a_port_that_another_program_has_is_said_with_a_free_one() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        (said,) = taken_here({taken: 80})
        assert said.startswith(f"{taken} is in use on this computer; ")
        assert said.endswith(":80 is free")
    assert not is_in_use(taken)
    assert taken_here({taken: 80}) == []


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("8080:80, 5432", {8080: 80, 5432: 5432}),
        ("8080:80 9090:80", {8080: 80, 9090: 80}),
        ("", {}),
    ],
)
def test_ports_are_typed_as_pairs(text: str, ports: dict[int, int]) -> None:
    assert parse_ports(text) == ports
    assert parse_ports(render_ports(ports)) == ports


@pytest.mark.parametrize("text", ["0", "65536", "80:", "a:b", "80:80, 80:81", "-1", "8080→80", "٣"])
def test_what_is_no_port_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+: .+"):
        parse_ports(text)
