"""A second run: what the repo has now and devbox.yml has not, offered and never forced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from devbox.detect.findings import Library
from devbox.spec.model import Part, Spec
from devbox.wizard import edits, stack_questions, texts
from devbox.wizard.context import Context
from devbox.wizard.dialogue import Dialogue
from devbox.wizard.found_rows import new_findings
from devbox.wizard.proposal import PACKAGES
from devbox.wizard.screen import Back, Place
from devbox.wizard.tool_rows import finding_row, library_row


def offer(spec: Spec, dialogue: Dialogue) -> Spec:
    """Offer what was found and is not in the stack; return the stack with what was chosen.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    context = dialogue.context
    findings, libraries = new_findings(context.proposal.report, spec, context.catalog)
    if not findings and not libraries:
        return spec
    rows = [finding_row(finding, finding.part) for finding in findings]
    rows += [library_row(library, f"{library.part}: Debian packages") for library in libraries]
    rows.sort(key=lambda row: not row.group.startswith("production"))
    chosen: tuple[str, ...] = ()
    while True:
        context.prompts.place = Place(f"devbox init · {spec.name}", "new in the repo", first=True)
        try:
            chosen = context.prompts.choices(
                "New in this repo: add it to devbox.yml?", rows, texts.ADDITIONS, chosen=chosen
            ).values
            context.prompts.place = replace(context.prompts.place, first=False)
            after = spec
            for finding in findings:
                if finding_row(finding, finding.part).value in chosen and finding.tool:
                    after = _add(after, finding.part, finding.tool, context)
            wanted = [
                library
                for library in libraries
                if library_row(library, f"{library.part}: Debian packages").value in chosen
            ]
            return dialogue.settle_versions(_add_packages(after, wanted, context))
        except Back as back:
            chosen = back.so_far or chosen


def _add(spec: Spec, part: Part, name: str, context: Context) -> Spec:
    """Add a tool with what the repo proposes for it; ask which version where that is not clear."""
    for tool, conflict in stack_questions.open_conflicts(context):
        if tool == name:
            stack_questions.ask_conflict(name, conflict, context)
    if name not in context.wanted and name in context.proposal.wanted:
        context.wanted[name] = context.proposal.wanted[name]
    names = (*edits.chosen_tools(spec, part), name)
    return stack_questions.choose(spec, part, names, context)


def _add_packages(spec: Spec, libraries: Sequence[Library], context: Context) -> Spec:
    option = context.catalog[PACKAGES].shorthand or "names" if PACKAGES in context.catalog else ""
    for library in libraries:
        part = library.part
        options = edits.tool_options(spec, part, PACKAGES)
        present = options.get(option)
        names = [*present] if isinstance(present, list) else []
        if edits.find_tool(spec, part, PACKAGES) is None:
            # Begun empty: the proposal's own list has also what was not chosen.
            bare = replace(
                context, proposal=replace(context.proposal, production={}, development={})
            )
            chosen = (*edits.chosen_tools(spec, part), PACKAGES)
            spec = stack_questions.choose(spec, part, chosen, bare)
        options[option] = [*names, library.package]
        spec = edits.set_options(spec, part, PACKAGES, options, context.catalog)
    return spec
