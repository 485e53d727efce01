"""What users install: the wheel and the source archive, away from any checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

# Without these an installed devbox starts, and fails in the middle of a build.
_NEEDED = (
    "devbox/assets/Vagrantfile.j2",
    "devbox/assets/ansible/ansible.cfg",
    "devbox/assets/ansible/production.yml",
    "devbox/assets/ansible/development.yml",
    "devbox/assets/ansible/verify.yml",
    "devbox/assets/packer/devbox.pkr.hcl",
    "devbox/assets/packer/plugins.pkr.hcl",
    "devbox/assets/packer/variables.pkr.hcl",
    "devbox/build/bootstrap-disk.sh",
    "devbox/verify/vagrant_insecure_key",
)


def _run(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _tracked(folder: str) -> list[str]:
    return _run("git", "ls-files", folder, cwd=REPOSITORY).splitlines()


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source archive, and the wheel that is made from it, as for a release."""
    out = tmp_path_factory.mktemp("dist")
    _run(
        sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ".", cwd=REPOSITORY
    )  # fmt: skip
    return next(out.glob("*.tar.gz")), next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def wheel(archives: tuple[Path, Path]) -> Path:
    return archives[1]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``bin`` of an environment that holds the wheel and the locked dependencies only."""
    venv = tmp_path_factory.mktemp("venv")
    _run(sys.executable, "-m", "venv", venv, cwd=venv)
    pip = (venv / "bin" / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check")
    _run(*pip, "--require-hashes", "-r", REPOSITORY / "requirements.lock", cwd=venv)
    _run(*pip, "--no-deps", wheel, cwd=venv)
    return venv / "bin"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir()
    return {"PATH": os.environ["PATH"], "HOME": str(home), "USER": "ann", "LANG": "C.UTF-8"}


def test_the_wheel_holds_all_that_a_build_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    missing = [name for name in _NEEDED if name not in names]
    missing += [name for name in _tracked("devbox") if name not in names]
    missing += [name for name in _tracked("ansible") if f"devbox/assets/{name}" not in names]
    assert not missing


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"devbox"}
    assert [name for name in names if "__pycache__" in name or name.endswith(".pyc")] == []


def test_the_source_archive_has_what_the_wheel_is_made_from(archives: tuple[Path, Path]) -> None:
    with tarfile.open(archives[0]) as tar:
        names = {name.partition("/")[2] for name in tar.getnames()}
    wanted = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Vagrantfile.j2"}
    wanted |= {*_tracked("devbox"), *_tracked("ansible"), *_tracked("packer")}
    assert wanted - names == set()


def test_it_says_its_version(installed: Path, env: dict[str, str], tmp_path: Path) -> None:
    assert _run(installed / "devbox", "--version", cwd=tmp_path, env=env).startswith("devbox ")


def test_it_runs_as_a_module(installed: Path, env: dict[str, str], tmp_path: Path) -> None:
    shown = _run(installed / "python", "-m", "devbox", "--help", cwd=tmp_path, env=env)
    assert "devbox up" in shown


def test_it_has_its_tools_where_no_checkout_is(
    installed: Path, env: dict[str, str], tmp_path: Path
) -> None:
    schema = json.loads(_run(installed / "devbox", "schema", cwd=tmp_path, env=env))
    entry = schema["$defs"]["Tool"]["anyOf"][1]
    roles = {Path(name).parts[2] for name in _tracked("ansible/roles")}
    assert {*entry["properties"]} == {name for name in roles if name[0] != "_"} | {"role"}


def test_it_writes_devbox_yml_where_no_checkout_is(
    installed: Path, env: dict[str, str], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    words = ("init", "--defaults", "--set", "production=[postgresql: {databases: [app]}]")
    _run(installed / "devbox", *words, cwd=project, env=env)
    assert "databases: [app]" in (project / "devbox.yml").read_text()


def test_no_file_of_a_build_is_out_of_its_reach(
    installed: Path, env: dict[str, str], tmp_path: Path
) -> None:
    program = (
        "from devbox.host.assets import assets_dir\n"
        "from devbox.build.bootstrap import Bootstrap\n"
        "from devbox.spec import Base\n"
        "assert (assets_dir() / 'packer' / 'devbox.pkr.hcl').is_file()\n"
        "print(Bootstrap(Base(), 'today').record()['guest'])\n"
    )
    here = _run(sys.executable, "-c", program, cwd=REPOSITORY, env=env)
    assert _run(installed / "python", "-c", program, cwd=tmp_path, env=env) == here
