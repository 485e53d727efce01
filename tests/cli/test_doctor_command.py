from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

# It "installs" Packer, and writes down how it was called.
APT_GET = """\
case "$*" in *--version*) echo apt 2.6.1; exit 0;; esac
echo "$DEBIAN_FRONTEND $*" >> "{folder}/apt.log"
case "$*" in *install*packer*) echo 'Setting up packer'
  printf '#!/bin/sh\\necho 1.6.6\\n' > "{folder}/bin/packer"; chmod +x "{folder}/bin/packer";; esac
"""


class Computer:
    """A computer on which nearly nothing is installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.project = folder / "project of 'someone'"
        self.project.mkdir()
        (folder / "bin").mkdir()
        (folder / "run").mkdir()
        for name in ("sh", "cat", "env", "chmod", "setpriv"):
            found = shutil.which(name)
            assert found is not None
            (folder / "bin" / name).symlink_to(found)
        self.fake("apt-get", APT_GET.format(folder=folder))
        self.fake("dpkg-query", "exit 1")
        self.fake("sudo", '[ "$1" = -n ] && shift; exec "$@"')
        # libvirt is well, so that nothing is started in earnest.
        self.fake("libvirtd", "echo 9.0.0")
        self.fake("virsh", 'case "$*" in *net-list*) echo default;; *--version*) echo 9.0.0;; esac')
        self.env = {
            "PATH": str(folder / "bin"),
            "HOME": str(folder),
            "PYTHONPATH": str(REPOSITORY),
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            # Nobody listens there: no test asks a real archive.
            "http_proxy": "http://127.0.0.1:9",
        }

    def fake(self, name: str, script: str) -> None:
        path = self.folder / "bin" / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def doctor(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "devbox", "doctor", *words],
            cwd=self.project,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def findings(self, *words: str) -> dict[str, dict[str, str]]:
        done = self.doctor("--json", *words)
        return {item["name"]: item for item in json.loads(done.stdout)["findings"]}

    @property
    def apt_log(self) -> str:
        path = self.folder / "apt.log"
        return path.read_text() if path.exists() else ""

    def in_terminal(self, *words: str) -> pexpect.spawn[str]:
        return pexpect.spawn(
            sys.executable,
            ["-m", "devbox", "doctor", *words],
            cwd=str(self.project),
            env=self.env,
            encoding="utf-8",
            timeout=60,
            dimensions=(40, 120),
        )


@pytest.fixture
def bare(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def test_help_has_examples(bare: Computer) -> None:
    done = bare.doctor("--help")
    assert done.returncode == 0
    assert "devbox doctor --fix" in done.stdout


def test_problems_are_told_with_their_remedies_and_the_status_is_1(bare: Computer) -> None:
    done = bare.doctor()
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    for title in ("This computer", "To build", "To bring up a machine"):
        assert title in lines
    packer = next(number for number, line in enumerate(lines) if "✗ packer" in line)
    assert lines[packer].endswith("not installed")
    assert "→ " in lines[packer + 1]
    assert lines[packer + 1].endswith("apt-get install --no-install-recommends packer")
    assert any("✓ libvirt" in line for line in lines)
    assert "devbox doctor --fix" in done.stderr
    assert bare.apt_log == ""


def test_json_is_the_whole_of_standard_output(bare: Computer) -> None:
    done = bare.doctor("--json")
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["ok"] is False
    assert {"group", "name", "status", "seen", "remedy"} == set(report["findings"][0])
    groups = [item["group"] for item in report["findings"]]
    assert groups == sorted(groups, key=["computer", "build", "machine"].index)
    assert {item["status"] for item in report["findings"]} <= {"ok", "warning", "problem"}


def test_fix_installs_what_is_missing_and_looks_again(bare: Computer) -> None:
    done = bare.doctor("--fix", "--yes")
    assert "install with apt:" in done.stderr
    install = bare.apt_log.splitlines()[-1]
    assert install.startswith("noninteractive ")
    assert "--no-install-recommends" in install
    assert " packer" in install
    assert any("✓ packer" in line for line in done.stdout.splitlines()[1:])
    assert bare.findings()["packer"]["seen"] == "1.6.6"


def test_fix_with_json_is_json_still(bare: Computer) -> None:
    assert bare.findings("--fix", "--yes")["packer"]["status"] == "ok"


def test_fix_asks_first_and_takes_no_for_an_answer(bare: Computer) -> None:
    child = bare.in_terminal("--fix")
    child.expect("install with apt")
    child.expect("Go on")
    child.send("n")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert bare.apt_log == ""


def test_fix_goes_on_after_a_yes(bare: Computer) -> None:
    child = bare.in_terminal("--fix")
    child.expect("Go on")
    child.send("y")
    child.expect(pexpect.EOF)
    child.close()
    assert " packer" in bare.apt_log


def test_without_a_terminal_fix_names_the_flag(bare: Computer) -> None:
    done = bare.doctor("--fix")
    assert done.returncode == 2
    assert "devbox doctor --fix --yes" in done.stderr
    assert bare.apt_log == ""


def test_yes_alone_is_wrong_usage(bare: Computer) -> None:
    assert bare.doctor("--yes").returncode == 2


def test_when_apt_fails_its_words_are_shown(bare: Computer) -> None:
    bare.fake("apt-get", "echo 'E: Unable to fetch some archives' >&2; exit 100")
    done = bare.doctor("--fix", "--yes")
    assert done.returncode == 1
    assert "Unable to fetch some archives" in done.stderr
    assert "log: " in done.stderr


def test_a_mistake_in_devbox_yml_is_a_finding(bare: Computer) -> None:
    (bare.project / "devbox.yml").write_text("name: acme/web\nbase: {release: bookwurm}\n")
    found = bare.findings()["devbox.yml"]
    assert found["status"] == "problem"
    assert "bookworm" in found["seen"]


def test_the_archive_of_devbox_yml_is_the_one_that_is_asked(bare: Computer) -> None:
    (bare.project / "devbox.yml").write_text(
        "name: acme/web\nbase: {release: trixie, mirror: 'http://127.0.0.1:1/mirror'}\n"
    )
    found = bare.findings()["archive"]
    assert found["status"] == "problem"
    assert "http://127.0.0.1:1/mirror/dists/trixie/InRelease" in found["seen"]


def test_a_home_that_cannot_be_written_is_a_finding_and_no_crash(bare: Computer) -> None:
    (bare.folder / "home").touch()
    bare.env["HOME"] = str(bare.folder / "home")
    done = bare.doctor("--json")
    assert done.returncode == 1
    found = {item["name"]: item for item in json.loads(done.stdout)["findings"]}
    assert found["cache folder"]["status"] == "problem"
    assert found["state folder"]["status"] == "problem"


def test_the_log_of_the_run_names_what_was_run(bare: Computer) -> None:
    bare.doctor()
    (log,) = (bare.folder / ".local" / "state" / "devbox" / "logs").iterdir()
    assert "virsh" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0
