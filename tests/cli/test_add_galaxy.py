"""``devbox add galaxy:NAME``: the real ansible-galaxy brings roles into the repo.

The server on loopback speaks as much of Galaxy's API (version 1) as ansible-galaxy asks for; the
archives are real.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from devbox.plan.digests import role_digest
from devbox.spec import load_spec

_TEXT = "name: acme/shop\nproduction:\n  - nginx  # front\n"


def archive(name: str, files: Mapping[str, str]) -> bytes:
    """A role's archive as a forge makes it: all in one folder."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(f"ansible-role-{name}-1/{path}")
            member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()))
    return data.getvalue()


def role(name: str, *, needs: str = "[]", tasks: str = "[]\n") -> dict[str, str]:
    return {
        "meta/main.yml": f"galaxy_info: {{description: the {name}}}\ndependencies: {needs}\n",
        "defaults/main.yml": f"{name}_port: 80\n",
        "tasks/main.yml": tasks,
    }


class Galaxy:
    """A Galaxy server; ``asked`` is what it was asked for."""

    def __init__(self) -> None:
        self.roles: dict[str, dict[str, bytes]] = {
            "acme.web": {
                version: archive("web", role("web", needs="[acme.java, common]", tasks=tasks))
                for version, tasks in (
                    ("1.9.0", "[]\n"),
                    ("1.10.0", "- community.general.ufw: {state: enabled}\n"),
                )
            },
            "acme.java": {"2.0": archive("java", role("java"))},
            "acme.ring": {"1.0.0": archive("ring", role("ring", needs="[acme.ring2]"))},
            "acme.ring2": {"1.0.0": archive("ring2", role("ring2", needs="[{role: acme.ring}]"))},
            "acme.lost": {"1.0.0": archive("lost", role("lost", needs="[acme.nowhere]"))},
            "acme.evil": {
                "1.0.0": archive("evil", role("evil", needs="[{src: acme.java, name: ../../out}]"))
            },
            "acme.broken": {"1.0.0": b"no archive"},
            "acme.empty": {"1.0.0": archive("empty", {"README": "nothing\n"})},
        }
        self.asked: list[str] = []
        galaxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                galaxy.asked.append(self.path)
                answer = galaxy.answer(self.path)
                self.send_response(404 if answer is None else 200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(answer if answer is not None else b"{}")

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, path: str) -> bytes | None:
        names = list(self.roles)
        url = urlsplit(path)
        parts = url.path.strip("/").split("/")
        match parts:
            case ["api"]:
                return json.dumps({"available_versions": {"v1": "v1/"}}).encode()
            case ["api", "v1", "roles"]:
                query = parse_qs(url.query)
                name = f"{query['owner__username'][0]}.{query['name'][0]}"
                found = [{"id": names.index(name) + 1}] if name in names else []
                return json.dumps({"results": found}).encode()
            case ["api", "v1", "roles", number, "versions"]:
                name = names[int(number) - 1]
                versions = [
                    {"name": version, "download_url": f"{self.address}/{name}/{version}.tar.gz"}
                    for version in self.roles[name]
                ]
                return json.dumps({"results": versions, "next_link": None}).encode()
            case [name, file] if name in self.roles:
                return self.roles[name].get(file.removesuffix(".tar.gz"))
        return None


@pytest.fixture(scope="module")
def galaxy() -> Iterator[Galaxy]:
    server = Galaxy()
    thread = threading.Thread(target=server.server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.server.shutdown()
    server.server.server_close()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "devbox.yml").write_text(_TEXT)
    return folder


def add(
    project: Path, galaxy: Galaxy, *words: str, code: int = 0
) -> subprocess.CompletedProcess[str]:
    galaxy.asked.clear()
    done = subprocess.run(
        [sys.executable, "-m", "devbox", "add", *words],
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(project.parent),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "ANSIBLE_GALAXY_SERVER": f"{galaxy.address}/api/",
        },
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def files(project: Path) -> set[str]:
    return {
        path.relative_to(project).as_posix()
        for path in project.rglob("*")
        if path.is_file() and ".devbox" not in path.parts
    }


def test_a_role_comes_into_the_repo_with_what_it_depends_on(project: Path, galaxy: Galaxy) -> None:
    done = add(project, galaxy, "galaxy:acme.web@1.9.0")
    assert (project / "devbox.yml").read_text() == _TEXT + "  - role: roles/acme.web\n"
    assert {"roles/acme.web/tasks/main.yml", "roles/acme.java/tasks/main.yml"} < files(project)
    # The date of the download would be part of the layer's key.
    assert not [name for name in files(project) if "galaxy_install_info" in name]
    assert (project / "roles" / "requirements.yml").read_text().splitlines()[-4:] == [
        "- src: acme.web",
        "  version: 1.9.0",
        "- src: acme.java",
        '  version: "2.0"',
    ]
    assert "acme.web 1.9.0: brought to roles/acme.web" in done.stderr
    assert "nothing proves that it works" in done.stderr
    assert list((project / ".devbox").iterdir()) == [project / ".devbox" / ".gitignore"]
    # The role is a tool like any other, and what it depends on is part of its layer's key.
    (tool,) = load_spec(project / "devbox.yml").production[1:]
    assert tool.label == "acme.web"
    before = role_digest(project / "roles" / "acme.web", project)
    (project / "roles" / "acme.java" / "tasks" / "main.yml").write_text("# changed\n[]\n")
    assert role_digest(project / "roles" / "acme.web", project) != before


def test_the_same_again_asks_nobody(project: Path, galaxy: Galaxy) -> None:
    add(project, galaxy, "galaxy:acme.java")
    done = add(project, galaxy, "galaxy:acme.java")
    assert "already so" in done.stderr
    assert galaxy.asked == []


def test_another_version_takes_the_place(project: Path, galaxy: Galaxy) -> None:
    add(project, galaxy, "galaxy:acme.web@1.9.0", "--set", "port=8080")
    requirements = project / "roles" / "requirements.yml"
    requirements.write_text(requirements.read_text().replace("1.9.0", "1.9.0  # tried"))
    done = add(project, galaxy, "galaxy:acme.web@1.10.0", "--set", "port=8080")
    assert "  version: 1.10.0  # tried\n" in requirements.read_text()
    assert "ufw" in (project / "roles" / "acme.web" / "tasks" / "main.yml").read_text()
    assert "modules of community.general" in done.stderr
    assert "acme.java: " not in done.stderr  # it is there, and stays
    text = (project / "devbox.yml").read_text()
    assert text == _TEXT + "  - role: {path: roles/acme.web, port: 8080}\n"


def test_without_a_version_it_is_the_newest(project: Path, galaxy: Galaxy) -> None:
    add(project, galaxy, "galaxy:acme.web")
    assert "version: 1.10.0" in (project / "roles" / "requirements.yml").read_text()


def test_an_address_of_an_archive_will_do(project: Path, galaxy: Galaxy) -> None:
    address = f"{galaxy.address}/acme.java/2.0.tar.gz"
    # The archive's name is the role's, as ansible-galaxy has it.
    done = add(project, galaxy, address, code=1)
    assert "no role that can be used" in done.stderr
    galaxy.roles["java.tar.gz"] = {}
    galaxy.roles["files"] = {"java": galaxy.roles["acme.java"]["2.0"]}
    add(project, galaxy, f"{galaxy.address}/files/java.tar.gz")
    assert (project / "devbox.yml").read_text() == _TEXT + "  - role: roles/java\n"
    assert (
        f"- src: {galaxy.address}/files/java.tar.gz\n"
        in (project / "roles" / "requirements.yml").read_text()
    )
    assert "already so" in add(project, galaxy, f"{galaxy.address}/files/java.tar.gz").stderr


def test_roles_that_need_one_another_come_once(project: Path, galaxy: Galaxy) -> None:
    add(project, galaxy, "galaxy:acme.ring")
    assert {"roles/acme.ring/tasks/main.yml", "roles/acme.ring2/tasks/main.yml"} < files(project)


def test_a_list_of_requirements_keeps_what_the_team_wrote(project: Path, galaxy: Galaxy) -> None:
    roles = project / "roles"
    roles.mkdir()
    old = "# ours\ncollections:\n  - community.general  # all\nroles:\n  - src: x.y  # why\n"
    (roles / "requirements.yml").write_text(old)
    add(project, galaxy, "galaxy:acme.java")
    assert (roles / "requirements.yml").read_text() == (
        old + '  - src: acme.java\n    version: "2.0"\n'
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["galaxy:acme.nowhere"], 1, ["acme.nowhere could not be fetched", "was not found"]),
        (["galaxy:acme.web@7.7"], 1, ["the specified version (7.7)"]),
        (["galaxy:acme.broken"], 1, ["could not be fetched", "tar archive"]),
        (["galaxy:acme.empty"], 1, ["meta/main.yml"]),
        (["galaxy:acme.lost"], 1, ["acme.nowhere could not be fetched"]),
        (["galaxy:acme.evil"], 1, ['acme.evil depends on "acme.java"', "cannot be fetched"]),
        (["galaxy:web"], 2, ["names no role of Galaxy"]),
        (["galaxy:../x.y"], 2, ["names no role of Galaxy"]),
        (["galaxy:acme.web@--help"], 2, ["names no role of Galaxy"]),
        (["galaxy:acme.java", "ngnix"], 2, ['did you mean "nginx"']),
        (["galaxy:acme.java", "--dry-run"], 0, ["acme.java 2.0: brought to"]),
    ],
)
def test_what_goes_wrong_leaves_nothing_behind(
    words: list[str], code: int, said: list[str], project: Path, galaxy: Galaxy
) -> None:
    done = add(project, galaxy, *words, code=code)
    for text in said:
        assert text in done.stderr, done.stderr
    assert files(project) == {"devbox.yml"}
    assert not (project / "roles").exists()
    assert (project / "devbox.yml").read_text() == _TEXT


def test_a_role_of_the_teams_own_is_not_replaced(project: Path, galaxy: Galaxy) -> None:
    tasks = project / "roles" / "acme.java" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "main.yml").write_text("# ours\n[]\n")
    done = add(project, galaxy, "galaxy:acme.java", code=1)
    assert "is not from Galaxy" in done.stderr
    assert files(project) == {"devbox.yml", "roles/acme.java/tasks/main.yml"}
    add(project, galaxy, "galaxy:acme.web")  # needs it, and takes it as it is
    assert (tasks / "main.yml").read_text() == "# ours\n[]\n"
