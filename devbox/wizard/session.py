"""What a run of ``devbox init`` begins with, and the whole session with a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from devbox.detect.findings import Report
from devbox.spec import FILE_NAME, Spec, parse_spec
from devbox.spec.document import Mapping as Document
from devbox.spec.document import Scalar, plain
from devbox.spec.edit import edit_text
from devbox.spec.model import Part
from devbox.tools import load_tools
from devbox.wizard import additions, edits, sizes
from devbox.wizard.answers import AnswersFile, given, render, resolve
from devbox.wizard.context import Context
from devbox.wizard.dialogue import Dialogue
from devbox.wizard.found_rows import describe_finding, new_findings
from devbox.wizard.look import dialogue_screen
from devbox.wizard.names import name_of_repo
from devbox.wizard.nodes import paths_of
from devbox.wizard.ports import Catalog, clashes, stack_ports
from devbox.wizard.proposal import (
    Proposal,
    first_spec,
    highest_version,
    propose_stack,
    settle_versions,
    stack_versions,
)
from devbox.wizard.review import Outcome, Target, review
from devbox.wizard.settings import Setting


@dataclass(frozen=True)
class Start:
    """What a run begins with.

    Attributes:
        root: the folder of devbox.yml.
        catalog: the tools.
        proposal: what the repo speaks of.
        spec: the present file or the proposal, with the answers given already laid over it.
        old: the text of the present devbox.yml; None if there is none.
        edits: whether that file is edited; else it is replaced.
        answered: dotted paths of the answers given already.
        name_source: where a proposed name is from.
    """

    root: Path
    catalog: Catalog
    proposal: Proposal
    spec: Spec
    old: str | None = None
    edits: bool = False
    answered: frozenset[str] = field(default_factory=frozenset)
    name_source: str = ""

    def render(self, spec: Spec) -> str:
        """Return the file that answers make: the present one changed, or a new one.

        Raises:
            DevboxError: they make no valid devbox.yml.
        """
        if self.edits and self.old is not None:
            return edit_text(self.old, spec, self.root)
        return render(spec, self.root)


def begin(
    root: Path,
    report: Report,
    *,
    source: Path | None = None,
    old: str | None = None,
    replace: bool = False,
    answers: AnswersFile | None = None,
    settings: Sequence[Setting] = (),
) -> Start:
    """Put together what is there, what was found and what is answered already.

    Args:
        root: the folder of devbox.yml.
        report: what was found in the repo.
        source: the repo that it was found in, if it is not ``root``.
        old: the text of the present devbox.yml.
        replace: whether the present file is replaced, not edited.
        answers: a file's answers.
        settings: answers of the command line.

    Raises:
        SpecError: the present file, or the answers, are wrong.
    """
    catalog = load_tools()
    proposal = propose_stack(report, catalog)
    document = given(answers, settings)
    # A section that is set on the command line is set as a whole.
    answered = frozenset(setting.key for setting in settings)
    answered |= paths_of(answers.document) if answers else frozenset()
    if old is not None and not replace:
        present = parse_spec(old, FILE_NAME, root)
        spec = resolve(present, root, answers, settings)
        if not _is_answered("machine.ports", answered):
            spec = edits.follow_ports(present, spec, catalog)
        return Start(root, catalog, proposal, spec, old, edits=True, answered=answered)
    name, name_source = name_of_repo(source or root)
    first = first_spec(name, proposal, catalog, release=_release(document), taken=_taken(document))
    spec = _fit_machine(resolve(first, root, answers, settings), catalog, answered)
    name_source = "" if "name" in answered else name_source
    return Start(root, catalog, proposal, spec, old, answered=answered, name_source=name_source)


def _is_answered(key: str, answered: frozenset[str]) -> bool:
    return any(
        f"{one}.".startswith(f"{key}.") or f"{key}.".startswith(f"{one}.") for one in answered
    )


def _fit_machine(spec: Spec, catalog: Catalog, answered: frozenset[str]) -> Spec:
    """Let the machine follow the stack in what nobody has answered."""
    machine = spec.machine
    if not _is_answered("machine.memory", answered):
        memory = sizes.default_memory(sizes.stack_memory(spec, catalog))
        machine = machine.model_copy(update={"memory": memory})
    if not _is_answered("machine.ports", answered):
        machine = machine.model_copy(update={"ports": stack_ports(spec, catalog)})
    return spec.model_copy(update={"machine": machine})


def _release(document: Document) -> str | None:
    base = document.get("base")
    release = base.get("release") if isinstance(base, Document) else None
    is_text = isinstance(release, Scalar) and release.text in ("bookworm", "trixie")
    return release.text if is_text and isinstance(release, Scalar) else None


def _taken(document: Document) -> Mapping[Part, Sequence[str]]:
    """Return the tools of the parts that are answered already, as far as they can be told."""
    taken: dict[Part, list[str]] = {}
    for part in ("production", "development"):
        if document.key(part) is None:
            continue
        node = document.get(part)
        entries = plain(node) if node is not None else None
        taken[part] = [
            str(name)
            for entry in (entries if isinstance(entries, list) else [])
            for name in (entry if isinstance(entry, dict) else [entry])
        ]
    return taken


def notes(start: Start) -> list[str]:
    """Return what a person should know of a run in which nobody was asked."""
    report, spec = start.proposal.report, start.spec
    if start.edits:
        findings, libraries = new_findings(report, spec, start.catalog)
        names = [describe_finding(finding) for finding in findings]
        names += [library.package for library in libraries]
        found = [f"found in the repo and not in {FILE_NAME}: {', '.join(names)}"] if names else []
        return [*found, *clashes(spec, start.catalog)]
    used = {tool.name for tool in (*spec.production, *spec.development)}
    said = []
    for conflict in report.conflicts:
        name = next((f.tool for f in report.findings if f.name == conflict.tool), conflict.tool)
        if name in used and name in start.proposal.wanted:
            title = start.catalog[name].title
            said.append(f"{title}: {conflict.says}; {highest_version(conflict)} is taken")
    given_versions = stack_versions(spec)
    wanted = {
        name: version
        for name, version in start.proposal.wanted.items()
        if name in used and name not in given_versions
    }
    for name, version in settle_versions(spec, wanted, start.catalog)[1].items():
        title, release = start.catalog[name].title, spec.base.release
        said.append(
            f"{title} {version} cannot be had in {release}: the release's own is taken; "
            f"`devbox tools show {name}` lists what can be had"
        )
    return [*said, *clashes(spec, start.catalog)]


def hold_dialogue(start: Start, *, verb: str) -> Outcome | None:
    """Ask a person for everything that is not settled, and have it reviewed.

    With a present file only what is new in the repo is asked; all the rest can be changed from
    the review.

    Args:
        start: what the run begins with.
        verb: what is done in the end: "write" or "print".

    Returns:
        What was agreed to, or None if the person wants nothing done.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    context = Context(
        start.catalog,
        start.proposal,
        sizes.survey_computer(start.root),
        start.name_source,
        wanted={**({} if start.edits else start.proposal.wanted), **stack_versions(start.spec)},
    )
    dialogue = Dialogue(context)
    with dialogue_screen():
        if start.edits:
            context.settled |= {"Base", "Machine"}
            spec = additions.offer(start.spec, dialogue)
        else:
            if _is_answered("base.release", start.answered):
                context.settled.add("Base")
            spec = dialogue.run(start.spec, start.answered)
        return review(dialogue, spec, Target(verb, start.old, start.render))
