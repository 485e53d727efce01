"""Every role, really applied: in a Debian that systemd has booted in a container, over SSH.

One guest a release, one playbook with all roles and options that are not their defaults, so that
each release costs about a minute and a half. The guest's changes live in memory (nspawn's
``--volatile=overlay``); the tree under it is made once, and kept in DEVBOX_TEST_CACHE if that is
set. Guests share the host's network, as facts.md advises, so there is only ever one of them.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import io
import json
import os
import re
import shlex
import socket
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import JsonValue

from devbox.host.locks import lock
from devbox.host.process import Completed, find_program, run, start

pytestmark = pytest.mark.roles

RELEASES = ("bookworm", "trixie")
ROLES = Path(__file__).parents[2] / "ansible" / "roles"
HELLO = Path(__file__).parents[1] / "fixtures" / "roles" / "hello"
PACKAGES = "systemd-sysv,dbus,openssh-server,sudo,python3,python3-apt,iproute2,ca-certificates"
MIRROR = "http://deb.debian.org/debian"
HOSTILE = 'it\'s "q" #{x} ${y} {{ 7 * 7 }} \\ 🐘'

STACK: dict[str, dict[str, JsonValue]] = {
    "git": {
        "git_lfs": True,
        "git_config": {
            "init.defaultBranch": "main",
            "pull.rebase": True,
            'url.https://x/ "y"\\.insteadOf': ["a:", "b:"],
            "alias.say": f"!echo {HOSTILE}",
        },
    },
    "packages": {"packages_names": ["jq", "libpq5", "xxd:amd64"], "packages_recommends": True},
    "build_tools": {},
    "python": {
        "python_pipx": True,
        "python_headers": True,
        "python_packages": ["devbox-hello>=1"],
        "python_venv": "/opt/it's a venv",
    },
    "node": {},
    "nginx": {
        "nginx_worker_processes": "2",
        "nginx_extra_config": "client_max_body_size 50m;",
        "nginx_sites": [
            {"name": "files", "listen": 8091, "root": f"/srv/{HOSTILE.replace('$', '')}"},
            {
                "name": "app",
                "listen": 8092,
                "server_names": ["app.test", "*.app.test"],
                "proxy_pass": "http://127.0.0.1:9",
            },
        ],
    },
    "postgresql": {
        "postgresql_databases": ["app", HOSTILE],
        "postgresql_users": [
            {"name": "vagrant", "superuser": True, "owns": [HOSTILE]},
            {"name": f"user {HOSTILE}", "password": f"{HOSTILE} pw", "owns": ["app"]},
        ],
        "postgresql_extensions": ["pg_trgm", "earthdistance"],
        "postgresql_listen_addresses": "*",
        "postgresql_allow_from": ["192.168.121.0/24", "10.0.2.2"],
        "postgresql_port": 5439,
        "postgresql_shared_buffers": "48MB",
        "postgresql_settings": {
            "log_statement": "ddl",
            "fsync": False,
            "log_line_prefix": f"{HOSTILE} ",
        },
    },
    "redis": {
        "redis_port": 6390,
        "redis_bind": ["127.0.0.1", "-::1"],
        "redis_maxmemory": "64mb",
        "redis_maxmemory_policy": "allkeys-lru",
        "redis_append_only": True,
    },
    str(HELLO): {"hello_greeting": HOSTILE},
}
# What takes long to install is tried in one release only.
MORE: dict[str, dict[str, dict[str, JsonValue]]] = {
    "bookworm": {"node": {"node_npm": True, "node_global_packages": ["devbox-hello@^1"]}},
    "trixie": {"build_tools": {"build_tools_cmake": True, "build_tools_gdb": True}},
}


class Played(NamedTuple):
    """How a playbook ended: its exit status, the number of changes, and what it said."""

    status: int
    changed: int
    said: str


@dataclass(frozen=True)
class Guest:
    """A booted Debian.

    Attributes:
        release: its release.
        port: the loopback port where its sshd listens.
        folder: this run's own folder, which holds the key.
        log: what its console says.
    """

    release: str
    port: int
    folder: Path
    log: Path

    @property
    def stack(self) -> dict[str, dict[str, JsonValue]]:
        return STACK | MORE[self.release]

    def ssh(self, command: str) -> Completed:
        """Run a shell command in the guest as vagrant."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR"]
        argv: list[str | Path] = ["ssh", *(f"-o{option}" for option in options)]
        argv += ["-i", self.folder / "key", "-p", str(self.port), "vagrant@127.0.0.1", command]
        return run(argv, timeout=60)

    def play(self, entry: str = "main") -> Played:
        """Run all roles as a build or a verification does."""
        tasks: list[JsonValue] = [_role(role, entry) for role in self.stack]
        if entry == "main":
            tasks.insert(0, {"ansible.builtin.apt": {"update_cache": True}, "changed_when": False})
        options = {name: value for each in self.stack.values() for name, value in each.items()}
        return self._play(tasks, options)

    def play_each(self, runs: Sequence[tuple[str, str, dict[str, JsonValue]]]) -> Played:
        """Run roles (role, entry, options), each whether the ones before it failed or not.

        The message of each that failed is in the output, after "FAILED", its number and a colon.
        """
        return self._play(
            [
                {
                    "vars": _unsafe(options),
                    "block": [_role(role, entry)],
                    "rescue": [
                        {
                            "ansible.builtin.debug": {
                                "msg": f"FAILED {number}: {{{{ ansible_failed_result }}}}"
                            }
                        }
                    ],
                }
                for number, (role, entry, options) in enumerate(runs)
            ],
            {},
        )

    def _play(self, tasks: list[JsonValue], options: dict[str, JsonValue]) -> Played:
        play = {"hosts": "all", "become": True, "gather_facts": False, "tasks": tasks}
        playbook = self.folder / "playbook.json"
        playbook.write_text(json.dumps([play]))
        extra = self.folder / "variables.json"
        extra.write_text(json.dumps(_unsafe(options)))
        argv: list[str | Path] = [Path(sys.executable).with_name("ansible-playbook")]
        argv += ["--inventory", "127.0.0.1,", "--user", "vagrant", "-e", f"@{extra}"]
        argv += ["-e", f"ansible_port={self.port}"]
        argv += ["-e", "ansible_python_interpreter=/usr/bin/python3"]
        argv += ["--private-key", self.folder / "key"]
        argv += ["--ssh-common-args=-o UserKnownHostsFile=/dev/null", playbook]
        environment = {
            "ANSIBLE_ROLES_PATH": str(ROLES),
            "ANSIBLE_HOME": str(self.folder / "ansible"),
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INJECT_FACT_VARS": "False",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_PIPELINING": "True",
        }
        ended = run(argv, env=environment, timeout=600, check=False)
        changed = re.search(r"\bchanged=(\d+)", ended.stdout)
        return Played(
            ended.returncode, int(changed[1]) if changed else -1, ended.stdout + ended.stderr
        )


def _role(role: str, entry: str) -> dict[str, JsonValue]:
    return {"ansible.builtin.include_role": {"name": role, "tasks_from": entry}}


def _unsafe(value: JsonValue) -> JsonValue:
    """Mark texts as Ansible's JSON does, so that no part of them is a template."""
    if isinstance(value, str):
        return {"__ansible_unsafe": value}
    if isinstance(value, dict):
        return {key: _unsafe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unsafe(item) for item in value]
    return value


@pytest.fixture(scope="session", params=RELEASES)
def guest(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guest]:
    """A guest with every role applied."""
    assert os.geteuid() == 0, "the tests of the roles need root, for systemd-nspawn"
    for program in ("mmdebstrap", "systemd-nspawn", "ssh", "ssh-keygen"):
        assert find_program(program), f"{program} is missing: apt-get install it"
    release: str = request.param
    folder = tmp_path_factory.mktemp(f"guest-{release}")
    with (
        lock(Path(tempfile.gettempdir()) / "devbox-test-roles.lock", "a guest", timeout=600),
        _registry() as registry,
    ):
        tree = _tree(release, tmp_path_factory.getbasetemp())
        with _boot(release, tree, folder, registry) as booted:
            yield booted


def _tree(release: str, base: Path) -> Path:
    """Return a minimal Debian, made only if it is not in the cache."""
    cache = Path(os.environ.get("DEVBOX_TEST_CACHE") or base) / "roles"
    cache.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(f"1 {PACKAGES} {MIRROR}".encode()).hexdigest()[:12]
    tree = cache / f"{release}-{key}"
    if not tree.is_dir():
        making = Path(tempfile.mkdtemp(prefix=f".{tree.name}-", dir=cache)) / "tree"
        user = "useradd --root $1 --create-home --shell /bin/bash vagrant"
        sudo = "echo 'vagrant ALL=(ALL) NOPASSWD: ALL' > $1/etc/sudoers.d/vagrant"
        names = "echo 127.0.0.1 localhost devbox > $1/etc/hosts; echo devbox > $1/etc/hostname"
        # mmdebstrap puts the tree's path in place of $1 where it reads "$1".
        hooks = [hook.replace("$1", '"$1"') for hook in (user, sudo, names)]
        run(
            ["mmdebstrap", "--mode=root", "--variant=apt", f"--include={PACKAGES}"]
            + [f"--customize-hook={hook}" for hook in hooks]
            + [release, making, MIRROR],
            timeout=400,
        )
        making.parent.chmod(0o755)
        making.rename(tree)
        making.parent.rmdir()
    return tree


@contextlib.contextmanager
def _boot(release: str, tree: Path, folder: Path, registry: int) -> Iterator[Guest]:
    # Else the guest's services could not start, and would seem broken.
    for port in (80, 5432, 5439, 6379, 6390, 8091, 8092):
        _free(port)
    port = _free(0)
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / "key"])
    files = {
        "/etc/ssh/sshd_config.d/test.conf": f"Port {port}\nListenAddress 127.0.0.1\nUseDNS no\n"
        "AuthorizedKeysFile /etc/ssh/test.pub\n",
        "/etc/ssh/test.pub": (folder / "key.pub").read_text(),
        "/etc/pip.conf": "[global]\nno-index = true\nfind-links = /opt/wheels\n",
        "/root/.npmrc": f"registry=http://127.0.0.1:{registry}/\n",
    }
    binds = [f"--bind-ro={_wheels(folder)}:/opt/wheels"]
    for number, (path, text) in enumerate(files.items()):
        source = folder / f"file-{number}"
        source.write_text(text)
        binds.append(f"--bind-ro={source}:{path}")
    log = folder / "console.log"
    argv: list[str | Path] = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit"]
    argv += ["--timezone=off", "--resolv-conf=bind-host", "--volatile=overlay"]
    argv += [f"--machine=devbox-{os.getpid()}", *binds, "--boot", "--directory", tree]
    with (
        log.open("wb") as output,
        # Asked to end (SIGTERM), nspawn shuts the guest down; killed, it takes the guest with it.
        start(
            argv,
            output=output,
            grace=15,
        ) as child,
    ):
        deadline = time.monotonic() + 60
        while not _answers(port):
            assert child.poll() is None, f"the guest ended: {log.read_text(errors='replace')}"
            assert time.monotonic() < deadline, f"no SSH: {log.read_text(errors='replace')[-3000:]}"
            time.sleep(0.2)
        yield Guest(release, port, folder, log)


def _free(port: int) -> int:
    """Return the port if nobody has it, or any such port for 0."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return int(listener.getsockname()[1])


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 2) as there:
        there.settimeout(2)
        return there.recv(4) == b"SSH-"
    return False


def _wheels(folder: Path) -> Path:
    """Return a folder that stands for PyPI, with one package."""
    wheels = folder / "wheels"
    wheels.mkdir()
    info = "devbox_hello-1.0.dist-info"
    with zipfile.ZipFile(wheels / "devbox_hello-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("devbox_hello.py", "")
        wheel.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: devbox-hello\nVersion: 1.0\n"
        )
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return wheels


@contextlib.contextmanager
def _registry() -> Iterator[int]:
    """Serve an npm registry with one package on loopback; its port."""
    manifest: dict[str, JsonValue] = {"name": "devbox-hello", "version": "1.0.0"}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        entry = tarfile.TarInfo("package/package.json")
        content = json.dumps(manifest).encode()
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    digest = base64.b64encode(hashlib.sha512(packed.getvalue()).digest()).decode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.endswith(".tgz"):
                body = packed.getvalue()
            else:
                address = f"http://{self.headers['Host']}/devbox-hello-1.0.0.tgz"
                dist: JsonValue = {"tarball": address, "integrity": f"sha512-{digest}"}
                document = {
                    "name": "devbox-hello",
                    "dist-tags": {"latest": "1.0.0"},
                    "versions": {"1.0.0": manifest | {"dist": dist}},
                }
                body = json.dumps(document).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def test_all_roles_apply_and_a_second_run_changes_nothing(guest: Guest) -> None:
    first = guest.play()
    assert first.status == 0, first.said
    assert first.changed > len(guest.stack)
    second = guest.play()
    assert (second.status, second.changed) == (0, 0), second.said
    # The passwords are nowhere in what Ansible says.
    assert " pw" not in first.said + second.said


def test_what_was_applied_works_and_verifying_changes_nothing(guest: Guest) -> None:
    verified = guest.play("verify")
    assert (verified.status, verified.changed) == (0, 0), verified.said
    assert guest.ssh("systemctl --failed --no-legend --plain").stdout == ""


def test_text_of_the_user_arrives_as_it_was_written(guest: Guest) -> None:
    assert guest.ssh("cat /etc/hello").stdout == HOSTILE + "\n"
    query = "SELECT datname FROM pg_database WHERE NOT datistemplate"
    names = guest.ssh(f'psql --port 5439 --dbname app --tuples-only --no-align -c "{query}"').stdout
    assert sorted(names.splitlines()) == sorted(["app", HOSTILE, "postgres"])
    assert guest.ssh("git config --system alias.say").stdout == f"!echo {HOSTILE}\n"


GONE = [
    ("nginx", "systemctl stop nginx"),
    ("postgresql", "runuser -u postgres dropdb app"),
    ("redis", "systemctl stop redis-server"),
    ("git", "git config --system init.defaultBranch other"),
    ("node", "chmod -x /usr/bin/node"),
    ("python", "mv /opt/it\\'s\\ a\\ venv /opt/away"),
    ("build_tools", "mv /usr/bin/gcc /usr/bin/gcc.away"),
    ("packages", "dpkg --remove jq"),
    (str(HELLO), "echo other > /etc/hello"),
]
WILL_NOT_COME_BACK = [
    ("nginx", "systemctl disable nginx"),
    ("postgresql", "systemctl stop postgresql"),
    ("redis", "systemctl disable redis-server"),
    ("git", "chmod -x /usr/bin/git"),
    ("build_tools", "mv /usr/bin/g++ /usr/bin/g++.away"),
]
# Applied again, these roles mend what was broken in them; for the others it is REPAIR.
MADE_BY_ROLES = ("postgresql", "git", "packages", str(HELLO))
REPAIR = """
chmod +x /usr/bin/node /usr/bin/git
mv /opt/away /opt/it\\'s\\ a\\ venv
mv /usr/bin/gcc.away /usr/bin/gcc
mv /usr/bin/g++.away /usr/bin/g++
systemctl start nginx postgresql redis-server
systemctl enable --quiet nginx redis-server
"""


def test_what_is_broken_fails_its_verification_and_can_be_mended(guest: Guest) -> None:
    for breakages in (GONE, WILL_NOT_COME_BACK):
        guest.ssh(
            "sudo sh -c " + shlex.quote("\n".join(["set -e", *(how for _, how in breakages)]))
        )
        verified = guest.play_each([(role, "verify", guest.stack[role]) for role, _ in breakages])
        passed = [
            breakage
            for number, breakage in enumerate(breakages)
            if f"FAILED {number}:" not in verified.said
        ]
        assert passed == [], verified.said
    guest.ssh(f"sudo sh -c {shlex.quote(REPAIR)}")
    mended = guest.play_each(
        [(role, "main", guest.stack[role]) for role in MADE_BY_ROLES]
        + [(role, "verify", guest.stack[role]) for role, _ in GONE]
    )
    assert mended.changed >= len(MADE_BY_ROLES), mended.said
    assert "FAILED" not in mended.said, mended.said


REFUSED: list[tuple[str, dict[str, JsonValue], str]] = [
    ("packages", {"packages_names": ["jq", "x; touch /bad"]}, "x; touch /bad"),
    ("git", {"git_config": {"user.name\n[core]\nx": "y"}}, "such as init.defaultBranch"),
    ("nginx", {"nginx_sites": [{"name": "../x", "root": "/srv"}]}, "nginx site"),
    ("nginx", {"nginx_sites": [{"name": "x"}]}, "needs either root"),
    ("postgresql", {"postgresql_settings": {"no_such_setting": 1}}, "no_such_setting"),
    ("postgresql", {"postgresql_shared_buffers": "much"}, "shared_buffers"),
    ("redis", {"redis_maxmemory": "1\nport 1"}, "maxmemory a size"),
    ("redis", {"redis_maxmemory_policy": "none"}, "must be one of"),
    ("node", {"node_npm": False, "node_global_packages": ["x"]}, "need npm: true"),
]


def test_options_that_cannot_be_are_refused_and_change_nothing(guest: Guest) -> None:
    played = guest.play_each([(role, "main", options) for role, options, _ in REFUSED])
    assert (played.status, played.changed) == (0, 0), played.said
    for number, (role, _, why) in enumerate(REFUSED):
        message = re.search(rf"FAILED {number}: .*", played.said)
        assert message and why in message[0], (role, why, played.said)
