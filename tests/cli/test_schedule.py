"""``devbox schedule`` as a user runs it, with systemctl and crontab played by scripts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

SPEC = "name: acme/web\nproduction: [nginx]\n"
SCHEDULE = 'schedule: {every: week, on: friday, at: "03:05"}\n'

SYSTEMCTL = """#!/bin/sh
echo "$*" >> "$HOME/systemctl.log"
"""
CRONTAB = """#!/bin/sh
case "$1" in
-l) if [ -f "$HOME/crontab" ]; then cat "$HOME/crontab"; else
    echo "no crontab for me" >&2; exit 1; fi ;;
-) cat > "$HOME/crontab" ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("pro 100% ject", "bin", "home"):
        (tmp_path / folder).mkdir()
    for name, text in (("systemctl", SYSTEMCTL), ("crontab", CRONTAB)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    root = tmp_path / "pro 100% ject"
    (root / "devbox.yml").write_text(SPEC + SCHEDULE)
    return root


def devbox(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    base = next(top for top in root.parents if (top / "bin").is_dir() and (top / "home").is_dir())
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("XDG_")},
        "HOME": str(base / "home"),
        "PATH": f"{base / 'bin'}:{os.environ['PATH']}",
        "DEVBOX_CACHE_DIR": str(base / "home/cache"),
    }
    return subprocess.run(
        [sys.executable, "-m", "devbox", "schedule", *words],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def units(root: Path) -> Path:
    return root.parent / "home/.config/systemd/user"


def test_it_shows_and_installs_nothing(project: Path) -> None:
    result = devbox(project, "systemd", "--user")
    assert result.returncode == 0, result.stderr
    assert "OnCalendar=Fri *-*-* 03:05:00" in result.stdout
    assert "WorkingDirectory=" in result.stdout
    assert "pro 100%% ject" in result.stdout
    assert "devbox schedule systemd --install" in result.stderr
    assert not units(project).exists()
    assert not (project.parent / "home/systemctl.log").exists()


def test_without_systemd_it_is_cron(project: Path) -> None:
    result = devbox(project)
    kind = "systemd" if Path("/run/systemd/system").is_dir() else "cron"
    assert f"devbox schedule {kind} --install" in result.stderr


def test_a_systemd_timer_comes_and_goes(project: Path) -> None:
    result = devbox(project, "systemd", "--user", "--install")
    assert result.returncode == 0, result.stderr
    assert "loginctl enable-linger" in result.stderr
    names = sorted(path.name for path in units(project).iterdir())
    assert names == ["devbox-acme--web.service", "devbox-acme--web.timer"]
    log = project.parent / "home/systemctl.log"
    assert log.read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable devbox-acme--web.timer",
        "--user restart devbox-acme--web.timer",
    ]
    # Another time replaces what devbox itself wrote.
    assert devbox(project, "systemd", "--user", "--install", "--at", "04:00").returncode == 0
    assert "Fri *-*-* 04:00:00" in (units(project) / names[1]).read_text()
    log.unlink()
    assert devbox(project, "systemd", "--user", "--remove").returncode == 0
    assert list(units(project).iterdir()) == []
    assert log.read_text().splitlines()[0] == "--user disable --now devbox-acme--web.timer"
    again = devbox(project, "systemd", "--user", "--remove")
    assert again.returncode == 0
    assert "nothing to do" in again.stderr


def test_an_edited_unit_is_left_alone(project: Path) -> None:
    devbox(project, "systemd", "--user", "--install")
    service = units(project) / "devbox-acme--web.service"
    edited = service.read_text() + "Environment=X=1\n"
    service.write_text(edited)
    for words in (["--install", "--at", "05:00"], ["--remove"]):
        result = devbox(project, "systemd", "--user", *words)
        assert result.returncode == 1
        assert "edited by hand" in result.stderr
    assert service.read_text() == edited
    assert "03:05" in (units(project) / "devbox-acme--web.timer").read_text()


def test_another_folder_with_the_same_box_is_told(project: Path) -> None:
    devbox(project, "systemd", "--user", "--install")
    other = project.parent / "other"
    other.mkdir()
    (other / "devbox.yml").write_text(SPEC + SCHEDULE)
    result = devbox(other, "systemd", "--user", "--install")
    assert result.returncode == 1
    assert "belongs to another schedule" in result.stderr
    assert str(project) in result.stderr


def test_a_crontab_line_comes_and_goes(project: Path) -> None:
    crontab = project.parent / "home/crontab"
    crontab.write_text("# mine\n1 2 3 4 5 backup\n")
    assert devbox(project, "cron", "--install").returncode == 0
    assert devbox(project, "cron", "--install").returncode == 0
    lines = crontab.read_text().splitlines()
    assert lines[:2] == ["# mine", "1 2 3 4 5 backup"]
    assert len(lines) == 4
    assert lines[3].startswith("5 3 * * 5 cd -- '")
    assert "pro 100\\% ject" in lines[3]
    assert devbox(project, "cron", "--remove").returncode == 0
    assert crontab.read_text() == "# mine\n1 2 3 4 5 backup\n"


def test_a_crontab_that_cannot_be_read_is_not_taken_for_empty(project: Path) -> None:
    script = project.parent / "bin/crontab"
    script.write_text("#!/bin/sh\necho 'you are not allowed' >&2\nexit 1\n")
    result = devbox(project, "cron", "--install")
    assert result.returncode == 1
    assert "not allowed" in result.stderr


def test_workflows_go_to_the_top_of_the_repository(project: Path) -> None:
    (project / ".git").mkdir()
    below = project / "services/web"
    below.mkdir(parents=True)
    (below / "devbox.yml").write_text(SPEC + SCHEDULE)
    result = devbox(below, "github", "--install")
    assert result.returncode == 0, result.stderr
    assert "UTC" in result.stderr
    workflow = yaml.safe_load((project / ".github/workflows/devbox.yml").read_text())
    assert workflow["jobs"]["rebuild"]["defaults"]["run"]["working-directory"] == "services/web"
    assert devbox(below, "gitlab", "--install").returncode == 0
    assert (project / "devbox.gitlab-ci.yml").is_file()
    # As git gives it to a colleague, it is still devbox's own.
    assert devbox(below, "github", "--write", "--at", "06:00").returncode == 0
    assert devbox(below, "github", "--remove").returncode == 0
    assert not (project / ".github/workflows/devbox.yml").exists()


def test_a_workflow_that_is_there_is_left_alone(project: Path) -> None:
    path = project / ".github/workflows/devbox.yml"
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    result = devbox(project, "github", "--install")
    assert result.returncode == 1
    assert "written or edited by hand" in result.stderr
    assert path.read_text() == "mine"


def test_files_into_a_folder(project: Path) -> None:
    result = devbox(project, "systemd", "--output", "units")
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in (project / "units").iterdir()) == [
        "devbox-acme--web.service",
        "devbox-acme--web.timer",
    ]


def test_json(project: Path) -> None:
    value = json.loads(devbox(project, "cron", "--json").stdout)
    assert value["kind"] == "cron"
    assert value["schedule"] == {"every": "week", "on": "friday", "at": "03:05"}
    assert value["changed"] == []


def test_without_a_schedule_it_says_what_to_add(project: Path) -> None:
    (project / "devbox.yml").write_text(SPEC)
    result = devbox(project)
    assert result.returncode == 2
    assert "schedule: {every: week" in result.stderr
    assert "--every" in result.stderr
    stated = devbox(project, "cron", "--every", "day", "--at", "04:30")
    assert stated.returncode == 0
    assert "\n30 4 * * * cd" in stated.stdout


@pytest.mark.parametrize(
    "words", [["--at", "25:00"], ["--at", "3"], ["--every", "day", "--on", "monday"], ["--on", "x"]]
)
def test_a_schedule_that_cannot_be(project: Path, words: list[str]) -> None:
    result = devbox(project, "cron", *words)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr
