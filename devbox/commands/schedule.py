"""``devbox schedule``: write a timer, cron line or CI workflow that rebuilds the box."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from devbox.schedule import File, Job
    from devbox.spec import Spec

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_EXAMPLES = """\
examples:
  devbox schedule                    show what would be installed on this computer
  devbox schedule --install          install it: a systemd timer, or a line in your crontab
  devbox schedule --remove           take it away again
  devbox schedule github --install   write .github/workflows/devbox.yml
  devbox schedule systemd --output ./units
  devbox schedule cron --every day --at 04:30

The time is `schedule` in devbox.yml. systemd and cron read it as this computer's local time,
GitHub as UTC; GitLab asks for the time zone. `devbox rebuild` does nothing when nothing changed.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "kind",
        nargs="?",
        choices=("systemd", "cron", "github", "gitlab"),
        help="who keeps the time; default: systemd if it runs here, else cron",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument(
        "--install", "--write", action="store_true", help="put it in place, instead of showing it"
    )
    action.add_argument("--remove", action="store_true", help="take away what --install put there")
    action.add_argument("--output", metavar="DIR", help="write the files into this folder only")
    parser.add_argument("--every", choices=("day", "week", "month"), help="instead of devbox.yml's")
    parser.add_argument("--on", choices=_DAYS, help="the day, for --every week")
    parser.add_argument("--at", metavar="HH:MM", help="the time of day")
    scope = parser.add_mutually_exclusive_group()
    scope.add_argument(
        "--user", action="store_true", help="systemd: your own timer; default unless you are root"
    )
    scope.add_argument(
        "--system", action="store_true", help="systemd: a timer of the computer; needs root"
    )
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def run(args: argparse.Namespace) -> int:
    """Show, install, write or remove the schedule."""
    from devbox import ui
    from devbox.schedule.installation import runs_systemd
    from devbox.spec import find_spec, load_spec

    path = find_spec()
    job = _make_job(args, load_spec(path), path.parent)
    kind = args.kind or ("systemd" if runs_systemd() else "cron")
    user = _is_user(args)
    files = _render(job, kind, user=user)
    changed: tuple[str, ...] = ()
    if args.remove:
        changed = _remove(job, kind, files, user=user)
    elif args.install:
        changed = _install(job, kind, files, user=user)
    elif args.output:
        changed = _write(job, args.output, files)
    if args.json:
        ui.print_json(
            {
                "kind": kind,
                "name": job.name,
                "schedule": job.schedule.model_dump(),
                "files": {file.name: file.text for file in files},
                "changed": list(changed),
            }
        )
        return 0
    if args.install or args.remove or args.output:
        _report(args, job, kind, changed, user=user)
    else:
        _show(job, kind, files)
    return 0


def _is_user(args: argparse.Namespace) -> bool:
    import os

    return bool(args.user or (os.geteuid() != 0 and not args.system))


def _make_job(args: argparse.Namespace, spec: Spec, root: Path) -> Job:
    from pydantic import ValidationError

    from devbox.errors import UsageError
    from devbox.schedule import make_job
    from devbox.spec import Schedule

    stated = {
        key: value
        for key, value in (("every", args.every), ("on", args.on), ("at", args.at))
        if value is not None
    }
    if spec.schedule is None and not stated and not args.remove:
        raise UsageError(
            "devbox.yml has no schedule",
            evidence=f"{root / 'devbox.yml'} has no key `schedule`",
            remedy='add   schedule: {every: week, on: monday, at: "03:00"}\n'
            "or say it here: devbox schedule --every week --on monday --at 03:00",
        )
    base = spec.schedule.model_dump() if spec.schedule else {}
    try:
        schedule = Schedule.model_validate({**base, **stated})
    except ValidationError as error:
        raise UsageError(
            "this schedule cannot be",
            evidence="; ".join(str(problem["msg"]) for problem in error.errors()),
            remedy="for example: devbox schedule --every week --on monday --at 03:00",
        ) from None
    if args.on and schedule.every != "week":
        raise UsageError(
            f"--on {args.on} needs a weekly schedule, this one is for every {schedule.every}",
            remedy=f"devbox schedule --every week --on {args.on}",
        )
    return make_job(spec.name, root, schedule)


def _render(job: Job, kind: str, *, user: bool) -> tuple[File, ...]:
    from devbox.schedule.ci import render_github, render_gitlab
    from devbox.schedule.cron import marker, render_cron
    from devbox.schedule.job import File
    from devbox.schedule.systemd import render_systemd

    if kind == "systemd":
        return render_systemd(job, user=user)
    if kind == "github":
        return (render_github(job),)
    if kind == "gitlab":
        return (render_gitlab(job),)
    text = f"# {job.words}, in the local time of this computer\n{marker(job)}\n{render_cron(job)}\n"
    return (File(f"devbox-{job.slug}.crontab", text),)


def _install(job: Job, kind: str, files: tuple[File, ...], *, user: bool) -> tuple[str, ...]:
    from devbox.schedule import installation
    from devbox.schedule.job import repository

    if kind == "cron":
        return ("crontab",) if installation.install_cron(job) else ()
    if kind == "systemd":
        return tuple(str(path) for path in installation.install_systemd(job, user=user))
    return tuple(
        str(path) for path in installation.write_files(repository(job.root), files, job.name)
    )


def _remove(job: Job, kind: str, files: tuple[File, ...], *, user: bool) -> tuple[str, ...]:
    from devbox.schedule import installation
    from devbox.schedule.job import repository

    if kind == "cron":
        return ("crontab",) if installation.remove_cron(job) else ()
    if kind == "systemd":
        return tuple(str(path) for path in installation.remove_systemd(job, user=user))
    return tuple(
        str(path) for path in installation.remove_files(repository(job.root), files, job.name)
    )


def _write(job: Job, output: str, files: tuple[File, ...]) -> tuple[str, ...]:
    from pathlib import Path

    from devbox.schedule import installation

    return tuple(
        str(path) for path in installation.write_files(Path(output).absolute(), files, job.name)
    )


def _show(job: Job, kind: str, files: tuple[File, ...]) -> None:
    import sys

    from devbox import ui

    for file in files:
        if kind != "cron":
            sys.stdout.write(f"# --- {file.name}\n")
        sys.stdout.write(f"{file.text}\n" if kind != "cron" else file.text)
    ui.say(f"{job.name} would be rebuilt {job.words}. Nothing is installed yet:")
    ui.say(f"  devbox schedule {kind} --install")


def _report(
    args: argparse.Namespace, job: Job, kind: str, changed: tuple[str, ...], *, user: bool
) -> None:
    import getpass

    from devbox import ui

    if args.remove:
        ui.success(
            f"removed: {', '.join(changed)}" if changed else "nothing was installed, nothing to do"
        )
        return
    if not changed:
        ui.success(f"{job.name} is rebuilt {job.words} already")
        return
    for path in changed:
        ui.success(f"wrote {path}")
    if args.output:
        return
    if kind == "github":
        ui.say("It tells at its top what to adapt. The time is UTC. Commit it to your main branch.")
    elif kind == "gitlab":
        ui.say("It tells at its top how to include it, and which pipeline schedule to make.")
    else:
        ui.say(f"{job.name} is rebuilt {job.words}, in the local time of this computer.")
    if kind == "systemd" and user:
        ui.say("It runs while you are logged in; to have it run always:")
        ui.say(f"  sudo loginctl enable-linger {getpass.getuser()}")
