"""``devbox doctor``: check this computer, and mend it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devbox.host.doctor import Finding, Plan, Subject

_EXAMPLES = """\
examples:
  devbox doctor                   look, and say what to do about each problem
  devbox doctor --fix             install and start what is missing, after a question
  sudo devbox doctor --fix --yes  the same in a script
  devbox doctor --json | jq '.findings[] | select(.status != "ok")'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    parser.add_argument(
        "--fix",
        action="store_true",
        help="install what apt has, start libvirt, with and without systemd; then look again",
    )
    parser.add_argument("--yes", action="store_true", help="with --fix: do not ask first")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Examine, mend if asked to, show; 1 if a problem is left."""
    from devbox import ui
    from devbox.errors import EXIT_DONE, EXIT_FAILURE, UsageError

    if args.yes and not args.fix:
        raise UsageError("--yes goes with --fix", remedy="devbox doctor --fix --yes")
    subject, broken = _subject()
    findings = (*broken, *_examine(subject))
    if args.fix:
        findings = (*broken, *_fix(subject, findings, yes=args.yes, quiet=args.json))
    problems = [finding for finding in findings if finding.status == "problem"]
    if args.json:
        ui.print_json({"ok": not problems, "findings": [_plain(item) for item in findings]})
    else:
        _show(findings)
        _conclude(findings, fixed=args.fix)
    return EXIT_FAILURE if problems else EXIT_DONE


def _subject() -> tuple[Subject, tuple[Finding, ...]]:
    """Return what to examine: by devbox.yml if there is one; and what is wrong with that."""
    from pathlib import Path

    from devbox.errors import DevboxError
    from devbox.host.doctor import Finding, Group, Subject
    from devbox.spec import FILE_NAME, find_spec, load_spec

    try:
        path = find_spec()
    except DevboxError:
        return Subject(Path.cwd()), ()
    try:
        base = load_spec(path).base
    except DevboxError as error:
        seen = "\n".join(filter(None, (error.what, error.evidence)))
        finding = Finding(Group.COMPUTER, FILE_NAME, "problem", seen, error.remedy)
        return Subject(path.parent), (finding,)
    return Subject(path.parent, base.mirror, base.release), ()


def _examine(subject: Subject) -> tuple[Finding, ...]:
    from devbox import ui
    from devbox.host import doctor

    with ui.task("Looking at this computer") as task:
        return doctor.examine(subject, task.activity)


def _fix(
    subject: Subject, findings: Sequence[Finding], *, yes: bool, quiet: bool
) -> tuple[Finding, ...]:
    """Mend what can be mended and examine again.

    Twice, since some things show only when others are mended: whether libvirt, once installed,
    lets this user in.
    """
    from devbox import ui
    from devbox.host import doctor

    found = tuple(findings)
    done = doctor.Plan()
    for first in (True, False):
        plan = doctor.plan(found).without(done)
        if not plan:
            break
        if first and not quiet:
            _show([item for item in found if item.status != "ok"])
        _ask(plan, yes=yes)
        with ui.task("Mending this computer") as task:
            doctor.apply(plan, task.activity)
        done = plan
        found = _examine(subject)
    return found


def _ask(plan: Plan, *, yes: bool) -> None:
    """Say what is about to be done, and have it confirmed.

    Raises:
        UsageError: there is nobody to ask.
        KeyboardInterrupt: the answer is no.
    """
    from devbox import ui
    from devbox.errors import UsageError

    ui.say("devbox doctor will")
    for sentence in plan.sentences():
        ui.say(f"  • {sentence}")
    if yes:
        return
    if not ui.is_interactive():
        raise UsageError(
            "there is no terminal to ask in",
            evidence="\n".join(plan.sentences()),
            remedy="devbox doctor --fix --yes",
        )
    import questionary

    if not questionary.confirm("Go on?", default=True).unsafe_ask():
        raise KeyboardInterrupt


def _show(findings: Sequence[Finding]) -> None:
    from devbox import ui
    from devbox.host.doctor import Group

    for group in Group:
        items = [item for item in findings if item.group is group]
        if items:
            ui.print_checklist(
                str(group),
                [ui.CheckItem(item.status, item.name, item.seen, item.remedy) for item in items],
            )
    sys.stdout.flush()


def _conclude(findings: Sequence[Finding], *, fixed: bool) -> None:
    from devbox import ui
    from devbox.host import doctor

    count = sum(finding.status == "problem" for finding in findings)
    if not count:
        ui.success("this computer can build boxes and run them")
        return
    ui.warn("there is 1 problem" if count == 1 else f"there are {count} problems")
    if not fixed and doctor.plan(findings):
        ui.say("  → devbox doctor --fix")


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "group": finding.group.name.lower(),
        "name": finding.name,
        "status": finding.status,
        "seen": finding.seen,
        "remedy": finding.remedy,
    }
