from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devbox.spec import Spec
from devbox.tools import ToolDefinition
from devbox.wizard.proposal import (
    Computer,
    name_from_folder,
    name_from_remote,
    propose,
    propose_machine,
    propose_ports,
)


@pytest.mark.parametrize(
    ("remote", "name"),
    [
        ("git@github.com:Acme/Web.git", "acme/web"),
        ("https://github.com/acme/web", "acme/web"),
        ("https://user:secret@git.example.org:8443/acme/web.git", "acme/web"),
        ("ssh://git@git.example.org:22/group/sub/My%20Web.git", "sub/my-20web"),
        ("git@host:~me/Web App.git", "me/web-app"),
        ("/srv/git/acme/web.git", "acme/web"),
        ("../web.git", None),
        ("web", None),
        ("", None),
    ],
)
def test_a_name_is_proposed_from_the_git_remote(remote: str, name: str | None) -> None:
    assert name_from_remote(remote) == name


@pytest.mark.parametrize(
    ("folder", "owner", "name"),
    [
        ("Shop Web", "ann", "ann/shop-web"),
        ("a#{b}", "ann", "ann/a-b"),
        ("🙂", "ann", "my-team/ann"),
        ("", "", "my-team/box"),
    ],
)
def test_a_name_is_proposed_from_the_folder(folder: str, owner: str, name: str) -> None:
    assert name_from_folder(Path(folder), owner) == name


@given(st.text(), st.text())
def test_any_folder_and_owner_give_a_valid_name(folder: str, owner: str) -> None:
    parts = folder.replace("\0", "").replace("/", "")
    Spec(name=name_from_folder(Path(parts), owner))


@given(st.text())
def test_any_remote_gives_a_valid_name_or_none(remote: str) -> None:
    name = name_from_remote(remote)
    if name is not None:
        assert Spec(name=name).name == name


def test_the_remote_of_a_repository_wins_over_its_folder(tmp_path: Path) -> None:
    assert propose(tmp_path).name_source == "from the folder"
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(
        ["git", "-C", tmp_path, "remote", "add", "upstream", "https://example.org/acme/web.git"],
        check=True,
    )
    assert propose(tmp_path).name == "acme/web"


def test_without_git_the_folder_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("USER", "ann")
    monkeypatch.setenv("LOGNAME", "ann")
    folder = tmp_path / "Shop"
    folder.mkdir()
    proposal = propose(folder)
    assert (proposal.name.endswith("/shop"), proposal.name_source) == (True, "from the folder")


@pytest.mark.parametrize(
    ("computer", "size"),
    [
        (Computer(cpus=1, memory=2048, free_disk=10), (1, 1024, 20)),
        (Computer(cpus=2, memory=24 * 1024, free_disk=100), (2, 4096, 40)),
        (Computer(cpus=8, memory=15 * 1024, free_disk=500), (4, 3072, 40)),
        (Computer(cpus=128, memory=512 * 1024, free_disk=5000), (4, 4096, 40)),
    ],
)
def test_the_machine_leaves_the_computer_usable(
    computer: Computer, size: tuple[int, int, int]
) -> None:
    machine = propose_machine(computer)
    assert (machine.cpus, machine.memory, machine.disk) == size


def _tool(name: str, *ports: int) -> ToolDefinition:
    return ToolDefinition(name, Path(name), name, ports=ports)


def test_ports_that_only_root_may_open_are_moved_up() -> None:
    tools = [_tool("nginx", 80, 443), _tool("postgresql", 5432)]
    assert propose_ports(tools) == {8080: 80, 8443: 443, 5432: 5432}


def test_ports_that_clash_are_moved_apart() -> None:
    assert propose_ports([_tool("a", 8080), _tool("b", 80)]) == {8080: 8080, 8081: 80}
    assert propose_ports([_tool("a", 80), _tool("b", 80)]) == {8080: 80}
