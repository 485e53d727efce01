from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from devbox.errors import UsageError
from devbox.host import accelerator, boot_sector

needs_qemu = pytest.mark.skipif(
    shutil.which(accelerator.QEMU) is None, reason="QEMU is not installed"
)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEVBOX_ACCEL", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def fake_qemu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a QEMU on PATH that counts its guests in a file and ends as the file ``end`` says.

    A plain file stands for /dev/kvm.
    """
    device = tmp_path / "dev-kvm"
    device.touch()
    monkeypatch.setattr(accelerator, "_KVM", device)
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / accelerator.QEMU
    program.write_text(
        "#!/bin/sh\n"
        f'if [ "$1" = --version ]; then cat "{folder}/version"; exit 0; fi\n'
        f'echo "$@" >> "{folder}/guests"\n'
        f'. "{folder}/end"\n'
    )
    program.chmod(0o755)
    (folder / "version").write_text("QEMU emulator version 7.2.22\n")
    (folder / "end").write_text("printf 'long mode works\\0'; exit 85\n")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def guests(fake: Path) -> int:
    try:
        return len((fake / "guests").read_text().splitlines())
    except FileNotFoundError:
        return 0


@pytest.mark.skipif(
    shutil.which("as") is None or shutil.which("ld") is None, reason="binutils are not installed"
)
def test_the_boot_sector_is_what_its_source_says(tmp_path: Path) -> None:
    (tmp_path / "sector.s").write_text(boot_sector.SOURCE)
    for line in (
        "as --64 sector.s -o sector.o",
        "ld -m elf_x86_64 -Ttext 0x7c00 -e 0x7c00 --oformat binary sector.o -o sector.img",
    ):
        subprocess.run(line.split(), cwd=tmp_path, check=True)
    assert (tmp_path / "sector.img").read_bytes() == boot_sector.SECTOR
    assert len(boot_sector.SECTOR) == 512


@needs_qemu
def test_the_probe_guest_works_under_emulation() -> None:
    assert accelerator.boot_guest("tcg") == ""


@needs_qemu
def test_a_runtime_folder_with_a_comma_does_not_confuse_the_probe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a,b 'c' $(d)"
    folder.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    assert accelerator.boot_guest("tcg") == ""


@needs_qemu
def test_a_choice_is_always_one_that_runs_guests() -> None:
    choice = accelerator.choose()
    assert accelerator.boot_guest(choice.name) == ""
    assert choice.reason


@pytest.mark.parametrize("name", ["kvm", "hvf", "whpx", "tcg"])
def test_an_explicit_setting_wins_unproven(name: str, fake_qemu: Path) -> None:
    choice = accelerator.choose(name)
    assert (choice.name, choice.works_by) == (name, "setting")
    assert guests(fake_qemu) == 0


def test_the_environment_is_a_setting_and_an_argument_wins_over_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DEVBOX_ACCEL", "tcg")
    assert accelerator.choose().works_by == "setting"
    assert accelerator.choose("auto").name == "tcg"
    assert accelerator.choose("kvm").name == "kvm"


def test_an_unknown_setting_is_named_with_what_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEVBOX_ACCEL", "vmx; rm -rf /")
    with pytest.raises(UsageError) as caught:
        accelerator.choose()
    assert "vmx; rm -rf /" in caught.value.what
    assert "kvm" in caught.value.remedy


def test_a_guest_that_works_is_believed_and_asked_once_a_boot(fake_qemu: Path) -> None:
    first, second = accelerator.choose(), accelerator.choose()
    assert (first.name, first.works_by) == ("kvm", "probe")
    assert (second.name, second.works_by) == ("kvm", "verdict")
    assert (first.cpu, first.hardware) == ("host", True)
    assert guests(fake_qemu) == 1
    accelerator.choose(fresh=True)
    assert guests(fake_qemu) == 2


def test_another_qemu_is_asked_anew(fake_qemu: Path) -> None:
    accelerator.choose()
    (fake_qemu / "version").write_text("QEMU emulator version 9.2.0\n")
    assert accelerator.choose().works_by == "probe"


@pytest.mark.parametrize(
    "damage", ["", "{", "[]", '"works"', "\xff", '{"key": 1, "fault": ""}', '{"fault": ""}']
)
def test_a_damaged_verdict_is_ignored(damage: str, fake_qemu: Path, tmp_path: Path) -> None:
    accelerator.choose()
    verdict = tmp_path / "state" / "devbox" / "accelerator.json"
    verdict.write_bytes(damage.encode("latin-1"))
    assert accelerator.choose().works_by == "probe"
    assert json.loads(verdict.read_text())["fault"] == ""


def test_a_verdict_of_a_type_that_cannot_be_is_ignored(fake_qemu: Path, tmp_path: Path) -> None:
    accelerator.choose()
    path = tmp_path / "state" / "devbox" / "accelerator.json"
    verdict = json.loads(path.read_text())
    path.write_text(json.dumps({**verdict, "fault": 7}))
    assert accelerator.choose().works_by == "probe"


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("echo 'failed to set MSR 0x10a' >&2; exit 134", "failed to set MSR 0x10a"),
        ("exit 85", "status 85"),
        ("echo 'long mode works'; exit 0", "status 0"),
    ],
)
def test_a_guest_that_does_not_work_means_emulation(end: str, reason: str, fake_qemu: Path) -> None:
    (fake_qemu / "end").write_text(end + "\n")
    choice = accelerator.choose()
    assert choice.name == "tcg"
    assert reason in choice.reason
    assert accelerator.choose().works_by == "verdict"
    assert choice.cpu == "max"


def test_a_guest_that_hangs_means_emulation(
    fake_qemu: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (fake_qemu / "end").write_text("exec sleep 60\n")
    monkeypatch.setattr(accelerator, "_PROBE_SECONDS", 0.3)
    choice = accelerator.choose()
    assert choice.name == "tcg"
    assert "long mode" in choice.reason


def test_without_a_device_nothing_is_booted(
    fake_qemu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerator, "_KVM", tmp_path / "kvm")
    choice = accelerator.choose()
    assert choice.name == "tcg"
    assert "no " in choice.reason
    assert guests(fake_qemu) == 0


def test_a_device_that_may_not_be_opened_has_a_remedy_of_its_own() -> None:
    repository = Path(__file__).resolve().parents[2]
    as_nobody: list[str] = []
    if os.getuid() == 0:
        if any(not folder.stat().st_mode & 0o001 for folder in (repository, *repository.parents)):
            pytest.skip("not here: an ordinary user cannot reach this checkout")
        as_nobody = ["setpriv", "--reuid=65534", "--clear-groups"]
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        device = Path(folder) / "kvm"
        device.touch(mode=0o600)
        device.chmod(0)
        script = (
            "import pathlib; from devbox.host import accelerator as a;"
            f"a._KVM = pathlib.Path({str(device)!r}); c = a.choose(); print(c.name, c.remedy)"
        )
        answer = subprocess.run(
            [*as_nobody, sys.executable, "-c", script],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(repository)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("tcg ")
    assert "usermod -aG kvm" in answer.stdout


def test_without_qemu_emulation_is_named_and_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = tmp_path / "kvm"
    device.touch()
    monkeypatch.setattr(accelerator, "_KVM", device)
    monkeypatch.setattr(accelerator, "QEMU", "no-such-qemu")
    choice = accelerator.choose()
    assert choice.name == "tcg"
    assert "not installed" in choice.reason
    assert not (tmp_path / "state").exists()


def test_a_state_folder_that_cannot_be_written_costs_only_time(
    fake_qemu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setenv("XDG_STATE_HOME", str(blocked))
    assert accelerator.choose().name == "kvm"
