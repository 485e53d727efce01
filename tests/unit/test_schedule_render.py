"""Timers, cron lines and workflows: what they say, and hostile paths in them."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
import yaml

from devbox.errors import DevboxError
from devbox.schedule import Job, make_job
from devbox.schedule.ci import render_github, render_gitlab
from devbox.schedule.cron import marker, render_cron, with_job, without_job
from devbox.schedule.systemd import on_calendar, render_systemd
from devbox.spec.model import Schedule

WEEKLY = {"every": "week", "on": "friday", "at": "03:05"}
SCHEDULES: list[tuple[dict[str, str], str, str]] = [
    (WEEKLY, "Fri *-*-* 03:05:00", "5 3 * * 5"),
    ({"every": "week"}, "Mon *-*-* 03:00:00", "0 3 * * 1"),
    ({"every": "week", "on": "sunday"}, "Sun *-*-* 03:00:00", "0 3 * * 0"),
    ({"every": "day", "at": "23:59"}, "*-*-* 23:59:00", "59 23 * * *"),
    ({"every": "month", "at": "00:00"}, "*-*-01 00:00:00", "0 0 1 * *"),
]
HOSTILE = 'it\'s 100% "a" $HOME ${x} %h #{x} é😀;rm'

needs_systemd_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="needs systemd-analyze"
)


def job(schedule: dict[str, str] | None = None, root: str = "/srv/web", folder: str = ".") -> Job:
    return Job(
        name="acme/web",
        root=Path(root),
        folder=PurePosixPath(folder),
        schedule=Schedule.model_validate(schedule or WEEKLY),
        command=(f"{root}/.venv/bin/devbox",),
    )


@pytest.mark.parametrize(("schedule", "calendar", "cron"), SCHEDULES)
def test_the_time(schedule: dict[str, str], calendar: str, cron: str) -> None:
    assert on_calendar(job(schedule)) == calendar
    assert job(schedule).cron_fields == cron


@needs_systemd_analyze
@pytest.mark.parametrize(("schedule", "calendar", "cron"), SCHEDULES)
def test_systemd_reads_the_time(schedule: dict[str, str], calendar: str, cron: str) -> None:
    subprocess.run(
        ["systemd-analyze", "calendar", on_calendar(job(schedule))], check=True, capture_output=True
    )


@needs_systemd_analyze
@pytest.mark.parametrize("name", ["plain", "two words", HOSTILE, "back\\slash", "50%"])
@pytest.mark.parametrize("user", [True, False])
def test_systemd_takes_the_units(tmp_path: Path, name: str, user: bool) -> None:
    root = tmp_path / name
    program = root / ".venv/bin/devbox"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    units = tmp_path / "units"
    units.mkdir()
    for file in render_systemd(job(root=str(root)), user=user):
        (units / file.name).write_text(file.text)
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(units.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    # It looks for the program where the unit says: a wrongly written path is not found.
    assert result.returncode == 0, result.stderr
    ours = [line for line in result.stderr.splitlines() if "devbox-acme" in line]
    assert ours == []


@needs_systemd_analyze
def test_that_check_finds_a_wrong_path(tmp_path: Path) -> None:
    for file in render_systemd(job(root=str(tmp_path / "missing")), user=False):
        (tmp_path / file.name).write_text(file.text)
    result = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.glob("devbox*"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "missing/.venv/bin/devbox" in result.stderr


def test_the_timer_makes_up_for_lost_time_and_the_service_runs_the_rebuild() -> None:
    service, timer = render_systemd(job(), user=False)
    assert (service.name, timer.name) == ("devbox-acme--web.service", "devbox-acme--web.timer")
    assert "Persistent=true\n" in timer.text
    assert "RandomizedDelaySec=" in timer.text
    assert "local time" in timer.text
    assert 'ExecStart="/srv/web/.venv/bin/devbox" "rebuild" "--plain"\n' in service.text
    assert "WorkingDirectory=/srv/web\n" in service.text
    assert "network-online.target" in service.text
    assert "network-online.target" not in render_systemd(job(), user=True)[0].text


def test_a_program_that_systemd_would_refuse_is_started_by_a_shell(tmp_path: Path) -> None:
    root = tmp_path / HOSTILE
    program = root / ".venv/bin/devbox"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s|" "$0" "$@"\n')
    program.chmod(0o755)
    service, _ = render_systemd(job(root=str(root)), user=False)
    line = next(line for line in service.text.splitlines() if line.startswith("ExecStart="))
    # systemd undoes the doubled signs; its quoting within double quotes is a shell's otherwise.
    words = shlex.split(line.removeprefix("ExecStart=").replace("$$", "$").replace("%%", "%"))
    assert words[0] == "/bin/sh"
    result = subprocess.run(words, capture_output=True, text=True, check=True)
    assert result.stdout == f"{program}|rebuild|--plain|"


def test_a_path_that_a_unit_cannot_hold_is_refused() -> None:
    with pytest.raises(DevboxError, match="with systemd"):
        render_systemd(job(root="/srv/web\\"), user=False)


def test_control_characters_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DevboxError, match="cannot schedule"):
        make_job("acme/web", tmp_path / "a\nb", Schedule.model_validate(WEEKLY))


def test_the_folder_in_its_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    root = tmp_path / "services/web"
    root.mkdir(parents=True)
    schedule = Schedule.model_validate(WEEKLY)
    assert make_job("acme/web", root, schedule).folder == PurePosixPath("services/web")
    assert make_job("acme/web", tmp_path, schedule).folder == PurePosixPath(".")


def test_the_cron_line() -> None:
    assert (
        render_cron(job())
        == "5 3 * * 5 cd -- /srv/web && /srv/web/.venv/bin/devbox rebuild --plain --quiet"
    )


def test_a_cron_line_with_a_hostile_path_runs_the_right_program(tmp_path: Path) -> None:
    root = tmp_path / HOSTILE
    program = root / ".venv/bin/devbox"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "$PWD|$*"\n')
    program.chmod(0o755)
    line = render_cron(job(root=str(root)))
    assert "%" not in line.replace("\\%", "")
    # cron takes the backslash before a percent sign away and gives the rest to sh.
    command = line.split(maxsplit=5)[5].replace("\\%", "%")
    result = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert result.stdout == f"{root}|rebuild --plain --quiet\n"


def test_a_backslash_in_a_cron_line_is_refused() -> None:
    with pytest.raises(DevboxError, match="with cron"):
        render_cron(job(root="/srv/a\\b"))


def test_the_crontab_keeps_what_is_in_it() -> None:
    before = "MAILTO=me\n# mine\n1 2 3 4 5 backup\n"
    installed = with_job(before, job())
    assert installed == f"{before}{marker(job())}\n{render_cron(job())}\n"
    assert with_job(installed, job()) == installed
    later = job({"every": "day", "at": "04:00"})
    assert with_job(installed, later) == f"{before}{marker(later)}\n{render_cron(later)}\n"
    assert without_job(installed, job()) == before
    assert without_job(before, job()) == before
    assert with_job("", job()).count("\n") == 2


def test_an_edited_line_of_the_crontab_is_not_overwritten() -> None:
    installed = with_job("", job())
    edited = installed.replace("--quiet", "--quiet >> /var/log/x")
    with pytest.raises(DevboxError, match="edited by hand"):
        with_job(edited, job({"every": "day"}))


def test_the_github_workflow() -> None:
    file = render_github(job())
    assert file.name == ".github/workflows/devbox.yml"
    assert "UTC" in file.text
    assert "To adapt" in file.text
    workflow = yaml.safe_load(file.text)
    # YAML 1.1 reads the key `on` as true.
    assert workflow[True]["schedule"] == [{"cron": "5 3 * * 5"}]
    rebuild = workflow["jobs"]["rebuild"]
    commands = [step.get("run", "") for step in rebuild["steps"]]
    assert "/opt/devbox/bin/devbox rebuild --plain" in commands
    for command in commands:
        subprocess.run(["bash", "-n", "-c", command], check=True)


def test_the_gitlab_job() -> None:
    file = render_gitlab(job())
    assert "5 3 * * 5" in file.text
    assert "timezone" in file.text
    assert "To adapt" in file.text
    definition = yaml.safe_load(file.text)["devbox"]
    assert "/opt/devbox/bin/devbox rebuild --plain" in definition["script"]
    for command in (*definition["before_script"], *definition["script"]):
        subprocess.run(["bash", "-n", "-c", command], check=True)


@pytest.mark.parametrize("folder", ["a b", HOSTILE, "${{ secrets.X }}", "- x: {", "é😀"])
def test_hostile_folders_in_workflows(tmp_path: Path, folder: str) -> None:
    github: dict[str, Any] = yaml.safe_load(render_github(job(folder=folder)).text)
    directory = github["jobs"]["rebuild"]["defaults"]["run"]["working-directory"]
    # What GitHub makes of it: the expression '${{' yields that text.
    assert directory.replace("${{ '${{' }}", "${{") == folder
    assert "${{" not in directory.replace("${{ '${{' }}", "")
    gitlab: dict[str, Any] = yaml.safe_load(render_gitlab(job(folder=folder)).text)
    (tmp_path / folder).mkdir()
    change = gitlab["devbox"]["script"][0]
    result = subprocess.run(
        ["bash", "-c", f"{change} && pwd"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout == f"{tmp_path / folder}\n"
