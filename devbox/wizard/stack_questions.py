"""The questions about the stack: the tools of both parts, their options, release and versions."""

from __future__ import annotations

from typing import cast

from devbox.detect.findings import Conflict
from devbox.spec.model import Part, Release, Spec
from devbox.tools.versions import propose_release
from devbox.wizard import choices, edits, texts
from devbox.wizard.context import Context
from devbox.wizard.found_rows import conflict_choices, conflict_title, count_found, found_rows
from devbox.wizard.option_questions import OptionQuestions
from devbox.wizard.prompts import Words
from devbox.wizard.proposal import VERSION, has_versions, stack_versions
from devbox.wizard.screen import Back
from devbox.wizard.tool_rows import tool_choices

_MESSAGES: dict[Part, str] = {
    "production": "What does production run?",
    "development": "What do developers need on top of it?",
}
_WORDS: dict[Part, Words] = {"production": texts.PRODUCTION, "development": texts.DEVELOPMENT}


def show_found(spec: Spec, context: Context) -> Spec:
    """Show what was found and why."""
    report = context.proposal.report
    rows = found_rows(report, context.catalog)
    message = f"Found: {count_found(report, context.catalog)}"
    context.prompts.look(message, rows, Words("All of it is chosen at first.", texts.FOUND.help))
    return spec


def open_conflicts(context: Context) -> list[tuple[str, Conflict]]:
    """Return the conflicts that a person has to decide, each with the tool that it is about."""
    report = context.proposal.report
    tools = {finding.name: finding.tool for finding in report.findings}
    named = [(tools.get(item.tool) or item.tool, item) for item in report.conflicts]
    return [
        (name, item)
        for name, item in named
        if name in context.catalog and has_versions(context.catalog[name])
    ]


def ask_conflict(name: str, conflict: Conflict, context: Context) -> None:
    """Ask which of the versions that folders do not agree about the box has."""
    title = conflict_title(conflict, context.proposal.report.findings)
    version = context.prompts.choice(
        f"{title}: {conflict.says}. Which?",
        conflict_choices(conflict),
        texts.CONFLICT,
        chosen=context.wanted.get(name),
    )
    context.wanted[name] = version


def ask_tools(spec: Spec, part: Part, context: Context) -> Spec:
    """Ask which tools a part has, and for the options that matter.

    Raises:
        Back: Esc was pressed at the list; what was chosen until then is ``context.draft``.
    """
    at: str | None = None
    while True:
        rows = tool_choices(spec, part, context.catalog, context.proposal, context.wanted)
        chosen = edits.chosen_tools(spec, part)
        try:
            picked = context.prompts.choices(
                _MESSAGES[part], rows, _WORDS[part], chosen=chosen, at=at
            )
        except Back as back:
            context.draft = choose(spec, part, back.so_far, context)
            raise
        spec = choose(spec, part, picked.values, context)
        at = picked.opened
        try:
            if picked.opened:
                spec = ask_options(spec, part, picked.opened, context)
                continue
            for name in picked.values:
                at = name
                if _matters(spec, part, name, context):
                    spec = ask_options(spec, part, name, context)
        except Back:
            continue
        return spec


def choose(spec: Spec, part: Part, names: tuple[str, ...], context: Context) -> Spec:
    """Return the stack with these tools in a part, found ones with their proposed options."""
    proposed = context.proposal.part(part)
    return edits.choose_tools(spec, part, names, context.catalog, proposed)


def _matters(spec: Spec, part: Part, name: str, context: Context) -> bool:
    """Return whether a tool's options are to be shown without being asked for.

    They are where the repo has proposed some, once; and where something is missing.
    """
    tool = context.catalog.get(name)
    if tool is None:
        return False
    values = edits.tool_options(spec, part, name)
    proposed = context.proposal.part(part).get(name)
    seen = (part, name) in context.reviewed or edits.is_generic(name, context.catalog)
    fresh = bool(proposed and proposed.options) and not seen
    return fresh or not OptionQuestions(context.prompts, tool).is_complete(values)


def ask_options(spec: Spec, part: Part, name: str, context: Context) -> Spec:
    """Ask for a tool's options."""
    tool = context.catalog[name]
    proposed = context.proposal.part(part).get(name)
    values = edits.tool_options(spec, part, name)
    if has_versions(tool) and name in context.wanted:
        values = {VERSION: context.wanted[name], **values}
    found = set(proposed.options) | ({VERSION} & set(context.proposal.wanted)) if proposed else ()
    after = OptionQuestions(context.prompts, tool, tuple(found)).page(values)
    context.reviewed.add((part, name))
    spec = edits.set_options(spec, part, name, after, context.catalog)
    if has_versions(tool) and after.get(VERSION) != values.get(VERSION):
        context.learn_version(spec, name)
    return spec


def ask_release(spec: Spec, context: Context) -> Spec:
    """Ask for the release, the one proposed in which most of the wanted versions can be had."""
    wanted = {tool.name: "" for tool in (*spec.production, *spec.development)}
    wanted |= {name: version for name, version in context.wanted.items() if name in wanted}
    proposal = propose_release(wanted, context.catalog)
    rows = choices.release_choices(spec, context.catalog, context.wanted, proposal)
    settled = "Base" in context.settled or not (spec.production or spec.development)
    hint = "; ".join(proposal.reasons)
    words = Words(f"Proposed: {hint}" if hint else "", texts.RELEASE.help)
    chosen = spec.base.release if settled else proposal.release
    release = context.prompts.choice("Which Debian release?", rows, words, chosen=chosen)
    context.settled.add("Base")
    base = spec.base.model_copy(update={"release": cast("Release", release)})
    return spec.model_copy(update={"base": base})


def missing_versions(spec: Spec, context: Context) -> list[str]:
    """Return the tools whose wanted versions the release has not."""
    return list(context.settle(spec)[1])


def ask_versions(spec: Spec, context: Context) -> Spec:
    """Put the versions in; ask where the release has not the one that is wanted."""
    for name, version in context.settle(spec)[1].items():
        tool, release = context.catalog[name], spec.base.release
        questions = OptionQuestions(context.prompts, tool)
        message = f"{tool.title} {version} cannot be had in {release}. Which one then?"
        picked = questions.version(message, None, (release,), texts.VERSION)
        context.instead[name, release] = picked
    spec, _ = context.settle(spec)
    return _without_refused(spec, context)


def _without_refused(spec: Spec, context: Context) -> Spec:
    """Take out the versions for which Debian's own was chosen instead."""
    for name in stack_versions(spec):
        if context.instead.get((name, spec.base.release), "") is None:
            for part in ("production", "development"):
                options = edits.tool_options(spec, part, name)
                if options.pop(VERSION, None) is not None:
                    spec = edits.set_options(spec, part, name, options, context.catalog)
    return spec
