"""``devbox build`` when something goes wrong: tools, mirrors, disks, signals.

Packer, mmdebstrap, apt-get, QEMU and ssh are played by programs of that name which make real disks
and real processes in moments; in the tests of mirrors mmdebstrap is the real one.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SPEC = """\
name: acme/web
base: {mirror: "MIRROR"}
production: [{role: roles/app}]
development: [{role: roles/dev}]
"""

FAKE_PACKER = """\
import json, os, signal, subprocess, sys, time
from pathlib import Path
place = Path(os.environ["FAKES"])
mode = (place / "mode").read_text() if (place / "mode").exists() else ""
with (place / "calls").open("a") as calls:
    calls.write("packer " + sys.argv[1] + "\\n")
if sys.argv[1] == "version":
    print(os.environ.get("FAKE_PACKER_SAYS", "Packer v1.6.6\\n\\nYour version is out of date!"))
    raise SystemExit
template = Path(sys.argv[-1])
if sys.argv[1] == "init":
    assert (template / "plugins.pkr.hcl").exists()
    raise SystemExit
(place / "template").write_text(" ".join(sorted(item.name for item in template.iterdir())))
option = next(word for word in sys.argv if word.startswith("-var-file="))
values = json.loads(Path(option.partition("=")[2]).read_text())
env = dict(item.split("=", 1) for item in values["ansible_env"])
output = Path(values["output_directory"])
output.mkdir()
disk = output / values["vm_name"]
subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2",
                "-b", values["backing_file"], disk], check=True)
def event(**fields):
    with open(env["DEVBOX_EVENTS"], "a") as events:
        events.write(json.dumps(fields) + "\\n")
event(kind="task", role="app", task="Install")
if mode == "sleep":
    child = subprocess.Popen(["sleep", "307"])
    (place / "child").write_text(str(child.pid))
    # As Packer does: told to end, it ends its guest and goes.
    signal.signal(signal.SIGTERM, lambda *_: (child.kill(), sys.exit(1)))
    signal.signal(signal.SIGINT, lambda *_: (child.kill(), sys.exit(1)))
    child.wait()
if mode == "slow":
    time.sleep(2)
if mode == "fail":
    Path(env["DEVBOX_ANSIBLE_LOG"]).write_text("all that Ansible said")
    event(kind="failed", role="app", task="Install", message="no such package: nope")
    raise SystemExit(1)
if mode == "silent":
    print("==> qemu.part: Timeout waiting for SSH.")
    (Path(values["output_directory"]).parent / "serial.log").write_text("Kernel panic\\n")
    raise SystemExit(1)
extra = json.loads(values["ansible_arguments"][1])
Path(extra["devbox_dpkg_status"]).write_text(
    "Package: git\\nStatus: install ok installed\\nVersion: 1\\n")
"""

FAKE_MMDEBSTRAP = """\
import os, subprocess, sys
from pathlib import Path
if sys.argv[1] == "--version":
    print("mmdebstrap 1.3.5")
    raise SystemExit
with (Path(os.environ["FAKES"]) / "calls").open("a") as calls:
    calls.write("mmdebstrap\\n")
for word in sys.argv:
    if word.startswith("--customize-hook=download "):
        source, target = word.split()[1:]
        if source.endswith("qcow2"):
            subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", target, "20G"], check=True)
        else:
            Path(target).write_text("")
"""

FAKE_QEMU = """\
import re, socket, sys
if "--version" in sys.argv:
    print("QEMU emulator version 7.2.0")
    raise SystemExit
port = int(re.search(r"hostfwd=tcp:127.0.0.1:(\\d+)-", " ".join(sys.argv))[1])
server = socket.create_server(("127.0.0.1", port))
while True:
    server.accept()[0].sendall(b"SSH-2.0-fake\\r\\n")
"""

FAKE_SSH = """\
import re, sys
word = re.search(r"BECOME-SUCCESS-\\w+", " ".join(sys.argv))
if word:
    print(word[0], flush=True)  # Ansible sends its module only then
    sys.stdin.read()
print('{"changed": false, "rc": 0, "stdout": "", "stderr": "", "cmd": "x"}')
"""

FAKES = {
    "packer": FAKE_PACKER,
    "mmdebstrap": FAKE_MMDEBSTRAP,
    "qemu-system-x86_64": FAKE_QEMU,
    "ssh": FAKE_SSH,
    # The archive's indexes are as they were, and empty.
    "apt-get": "",
}


class Project:
    """A project, and the programs that its builds find."""

    def __init__(self, root: Path, fakes: Path, home: Path) -> None:
        self.root = root
        self.fakes = fakes
        self.cache = home / "cache"
        self.env = {
            **{key: value for key, value in os.environ.items() if not key.startswith("XDG_")},
            "HOME": str(home),
            # What a killed build leaves goes with the test.
            "XDG_RUNTIME_DIR": str(home / "run"),
            "DEVBOX_CACHE_DIR": str(self.cache),
            "DEVBOX_ACCEL": "tcg",
            "FAKES": str(fakes),
            "PATH": f"{fakes}/bin:{os.environ['PATH']}",
        }

    @property
    def failed(self) -> Path:
        return Path(self.env["HOME"]) / ".local/state/devbox/failed"

    def mode(self, mode: str) -> None:
        (self.fakes / "mode").write_text(mode)

    def calls(self) -> list[str]:
        """What was called since the last look, `packer version` left out."""
        path = self.fakes / "calls"
        said = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line for line in said if line != "packer version"]

    def start(self, *words: str, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*prefix, sys.executable, "-m", "devbox", *words],
            cwd=self.root,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def build(self, *words: str, prefix: tuple[str, ...] = ()) -> tuple[int, str, str]:
        child = self.start("build", *words, prefix=prefix)
        stdout, stderr = child.communicate(timeout=90)
        print(stdout, stderr)
        return child.returncode, stdout, stderr

    def wait_for_packers_child(self) -> int:
        path = self.fakes / "child"
        end = time.monotonic() + 60
        while not (path.exists() and path.read_text()):
            assert time.monotonic() < end
            time.sleep(0.1)
        return int(path.read_text())

    def layers(self) -> list[str]:
        """Everything in the store but locks."""
        names = (path.name for path in (self.cache / "layers").glob("*"))
        return sorted(name for name in names if not name.endswith(".lock"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    root = tmp_path / "pro ject"
    for role in ("app", "dev"):
        tasks = root / "roles" / role / "tasks"
        tasks.mkdir(parents=True)
        for name in ("main", "verify"):
            (tasks / f"{name}.yml").write_text("- {ansible.builtin.command: 'true'}\n")
    (root / "devbox.yml").write_text(SPEC.replace("MIRROR", "http://127.0.0.1:9/debian"))
    fakes = tmp_path / "fakes"
    (fakes / "bin").mkdir(parents=True)
    write_fakes(fakes)
    (tmp_path / "home" / "run").mkdir(parents=True)
    return Project(root, fakes, tmp_path / "home")


def write_fakes(folder: Path) -> None:
    for name, text in FAKES.items():
        (folder / "bin" / name).write_text(f"#!{sys.executable}\n{text}")
        (folder / "bin" / name).chmod(0o755)


def gone(pid: int) -> bool:
    """Whether a process has ended, or does so within moments."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


def test_a_build_and_then_nothing_to_do(project: Project) -> None:
    code, stdout, stderr = project.build("--json")
    assert code == 0, stderr
    manifest = json.loads(stdout)
    assert manifest["verification"]["checks"] == ["app", "dev"]
    assert project.calls() == ["mmdebstrap", "packer build", "packer build"]
    assert "plugins.pkr.hcl" not in (project.fakes / "template").read_text()
    folder = project.root / ".devbox/build"
    for artifact in manifest["artifacts"]:
        assert (folder / artifact["path"]).stat().st_size == artifact["size"]
    assert not list(project.root.glob(".devbox/build.*[!k]"))

    code, stdout, stderr = project.build()
    assert code == 0
    assert "nothing has changed" in stderr
    assert project.calls() == []
    code, stdout, _ = project.build("--json")
    assert json.loads(stdout) == manifest


def test_a_build_that_is_damaged_unverified_or_gone_is_made_again(project: Project) -> None:
    assert project.build()[0] == 0
    project.calls()
    folder = project.root / ".devbox/build"
    manifest = (folder / "manifest.json").read_text()
    unverified = json.loads(manifest) | {"verification": None}
    # One at a time would pay for five builds: each fault shows in what the plan finds current.
    for name, content in (
        ("manifest.json", json.dumps(unverified)),
        ("libvirt.box", "short"),
    ):
        (folder / name).write_text(content)
        code, _, stderr = project.build()
        assert code == 0
        assert "built and verified" in stderr
        assert project.calls() == []  # from the layers, which are whole


def test_a_changed_role_is_built_from_there_on(project: Project) -> None:
    assert project.build()[0] == 0
    project.calls()
    (project.root / "roles/dev/tasks/main.yml").write_text("[]")
    assert project.build()[0] == 0
    assert project.calls() == ["packer build"]


def test_newer_packer_is_given_its_plugins(project: Project) -> None:
    project.env["FAKE_PACKER_SAYS"] = "Packer v1.11.2"
    assert project.build()[0] == 0
    assert project.calls() == ["mmdebstrap", *["packer init", "packer build"] * 2]
    assert "plugins.pkr.hcl" in (project.fakes / "template").read_text()


def test_without_packer_nothing_is_begun(project: Project) -> None:
    tools = project.fakes / "tools"
    tools.mkdir()
    for name in ("qemu-img", "setpriv", "sh"):
        (tools / name).symlink_to(shutil.which(name) or "/nowhere")
    (project.fakes / "bin/packer").unlink()
    project.env["PATH"] = f"{project.fakes}/bin:{tools}"
    code, _, stderr = project.build()
    assert code == 1
    assert "packer: no such program on PATH" in stderr
    assert "devbox doctor" in stderr
    assert project.calls() == []


def test_another_program_called_packer(project: Project) -> None:
    project.env["FAKE_PACKER_SAYS"] = "usage: cracklib-something 2.9.6"
    code, _, stderr = project.build()
    assert code == 1
    assert "not HashiCorp's Packer" in stderr
    assert "cracklib-something" in stderr
    assert project.calls() == []


def test_a_role_that_fails_is_named_and_the_next_build_goes_on_from_there(
    project: Project,
) -> None:
    project.mode("fail")
    code, _, stderr = project.build()
    assert code == 1
    assert "production failed in role app, task “Install”" in stderr
    assert "no such package: nope" in stderr
    log = project.failed / "production/ansible.log"
    assert str(log) in stderr
    assert log.read_text() == "all that Ansible said"
    assert log.stat().st_mode & 0o077 == 0
    assert len(project.layers()) == 1
    project.calls()
    project.mode("")
    assert project.build()[0] == 0
    assert project.calls() == ["packer build", "packer build"]


def test_a_guest_that_never_answers_shows_its_console(project: Project) -> None:
    project.mode("silent")
    code, _, stderr = project.build()
    assert code == 1
    assert "Timeout waiting for SSH" in stderr
    assert "Kernel panic" in stderr
    assert str(project.failed / "production/serial.log") in stderr
    assert (project.failed / "production/serial.log").exists()


def test_checks_that_fail_leave_the_build_before_in_place(project: Project) -> None:
    assert project.build()[0] == 0
    before = (project.root / ".devbox/build/manifest.json").read_bytes()
    fake = project.fakes / "bin/ssh"
    fake.write_text(fake.read_text().replace('"rc": 0', '"rc": 1, "failed": true, "msg": "broken"'))
    code, _, stderr = project.build("--force")
    assert code == 1
    assert "verify failed in" in stderr
    assert "broken" in stderr
    assert (project.failed / "verify/ansible.log").exists()
    assert (project.root / ".devbox/build/manifest.json").read_bytes() == before
    assert not (project.root / ".devbox/build.new").exists()


def test_a_guest_that_ends_at_once_shows_what_qemu_said(project: Project) -> None:
    fake = project.fakes / "bin/qemu-system-x86_64"
    text = fake.read_text()
    fake.write_text(
        text.replace("port = ", "sys.exit('Could not set up host forwarding')\nport = ")
    )
    code, _, stderr = project.build()
    assert code == 1
    assert "the guest ended by itself" in stderr
    assert "Could not set up host forwarding" in stderr
    kept = project.failed / "verify/serial.log"
    assert str(kept) in stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_ended_in_the_middle_nothing_is_left_and_the_next_build_works(
    project: Project, number: signal.Signals
) -> None:
    project.mode("sleep")
    child = project.start("build")
    inner = project.wait_for_packers_child()
    child.send_signal(number)
    stdout, stderr = child.communicate(timeout=60)
    if number != signal.SIGKILL:
        assert child.returncode == 130, stdout + stderr
        assert "interrupted" in stderr
        assert len(project.layers()) == 1
    assert gone(inner)
    project.calls()
    project.mode("")
    assert project.build()[0] == 0
    assert project.calls() == ["packer build", "packer build"]
    assert len(project.layers()) == 3


def test_two_builds_at_once_are_one(project: Project) -> None:
    project.mode("slow")
    children = [project.start("build") for _ in range(2)]
    outputs = [child.communicate(timeout=120) for child in children]
    print(outputs)
    assert [child.returncode for child in children] == [0, 0]
    assert project.calls() == ["mmdebstrap", "packer build", "packer build"]
    waited = [stderr for _, stderr in outputs if "waiting for process" in stderr]
    assert len(waited) == 1
    assert "building acme/web" in waited[0]
    assert "nothing has changed" in waited[0]


IN_NAMESPACE = ("unshare", "--mount", "--map-root-user", "--user", "sh", "-c")


def in_namespace(mount: str, target: Path) -> tuple[str, ...]:
    """A prefix that runs devbox with something mounted which goes away with it."""
    return (*IN_NAMESPACE, f'{mount} "$0" && exec "$@"', str(target))


may_unshare = pytest.mark.skipif(
    subprocess.run([*IN_NAMESPACE, "true"], check=False, capture_output=True).returncode != 0,
    reason="this kernel lets nobody make a mount namespace",
)


@may_unshare
@pytest.mark.parametrize("which", ["cache", "project"])
def test_a_disk_too_small_is_said_before_anything_is_begun(project: Project, which: str) -> None:
    target = project.cache if which == "cache" else project.root / ".devbox"
    target.mkdir()
    code, _, stderr = project.build(prefix=in_namespace("mount -t tmpfs -o size=16m tmpfs", target))
    assert code == 1
    assert "not enough disk space" in stderr
    assert "0.0 GB free" in stderr
    assert ("DEVBOX_CACHE_DIR" in stderr) == (which == "cache")
    assert project.calls() == []


@may_unshare
@pytest.mark.parametrize("which", ["cache", "project"])
def test_a_folder_that_cannot_be_written_is_named(project: Project, which: str) -> None:
    target = project.cache if which == "cache" else project.root
    target.mkdir(exist_ok=True)
    mount = "mount -t tmpfs -o ro tmpfs" if which == "cache" else 'mount --bind -o ro "$0"'
    code, _, stderr = project.build(prefix=in_namespace(mount, target))
    assert code == 1
    assert "Read-only file system" in stderr
    assert str(target) in stderr
    assert "bug" not in stderr
    assert project.calls() == []


def test_a_file_in_the_place_of_the_projects_folder(project: Project) -> None:
    (project.root / ".devbox").touch()
    code, _, stderr = project.build()
    assert code == 1
    assert ".devbox" in stderr
    assert "bug" not in stderr


class Mirror(http.server.ThreadingHTTPServer):
    """A mirror that answers every request in one odd way."""

    daemon_threads = True

    def __init__(self, way: str) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.way = way
        self.asked = threading.Event()
        self.closing = threading.Event()


class Answer(http.server.BaseHTTPRequestHandler):
    server: Mirror

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.set()
        if self.server.way == "hang":
            self.server.closing.wait(60)
        elif self.server.way == "404":
            self.send_error(404)
        elif self.server.way == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b"-----BEGIN PGP SIGNED MESSAGE-----\n")
            self.wfile.flush()
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def mirror(project: Project, way: str) -> Iterator[Mirror]:
    """Serve, and have the project build from there by the real mmdebstrap."""
    for name in ("mmdebstrap", "apt-get"):
        (project.fakes / "bin" / name).unlink()
    with Mirror(way) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}/debian"
        (project.root / "devbox.yml").write_text(SPEC.replace("MIRROR", address))
        try:
            yield server
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()


def trees(pid: int) -> list[Path]:
    """What a build left where mmdebstrap works."""
    return list(Path("/var/tmp").glob(f"devbox-base-{pid}-*"))


@pytest.mark.skipif(shutil.which("mmdebstrap") is None, reason="uses the real mmdebstrap")
@pytest.mark.parametrize("way", ["refuse", "404", "cut"])
def test_a_mirror_that_fails_is_named(project: Project, way: str) -> None:
    with mirror(project, way) as server:
        address = f"127.0.0.1:{server.server_address[1]}"
        if way == "refuse":
            server.socket.close()
        child = project.start("build")
        _, stderr = child.communicate(timeout=90)
        if way == "refuse":
            server.socket = socket.socket()
    print(stderr)
    assert child.returncode == 1
    assert f"the mirror http://{address}/debian could not be read" in stderr
    assert "mirror:" in stderr
    assert "bug" not in stderr
    assert project.layers() == []
    assert trees(child.pid) == []


@pytest.mark.skipif(shutil.which("mmdebstrap") is None, reason="uses the real mmdebstrap")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_ended_while_a_mirror_hangs_nothing_is_left(
    project: Project, number: signal.Signals
) -> None:
    with mirror(project, "hang") as server:
        child = project.start("build")
        assert server.asked.wait(60)
        assert trees(child.pid)
        child.send_signal(number)
        child.communicate(timeout=60)
    assert child.returncode == (130 if number == signal.SIGINT else -9)
    # Killed, it cannot end what mmdebstrap has started; that ends by itself when apt has an answer.
    end = time.monotonic() + 30
    while "devbox-base-" + str(child.pid) in all_environments() and time.monotonic() < end:
        time.sleep(0.2)
    assert "devbox-base-" + str(child.pid) not in all_environments()
    assert f"devbox-base-{child.pid}-" not in Path("/proc/mounts").read_text()
    if number == signal.SIGKILL:
        # The next one clears up after it.
        project.mode("")
        write_fakes(project.fakes)
        assert project.build()[0] == 0
    assert trees(child.pid) == []


def all_environments() -> str:
    found = ""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            found += path.read_text(errors="replace")
    return found
