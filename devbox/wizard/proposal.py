"""What is proposed before anything has been answered: the stack that the repo speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from pydantic import JsonValue

from devbox.detect.findings import Conflict, Evidence, Finding, Report
from devbox.spec.model import Part, Release, Spec, Tool
from devbox.tools import ToolDefinition, validate_options
from devbox.tools.versions import nearest_offer, propose_release
from devbox.wizard.edits import other_part
from devbox.wizard.ports import Catalog

PACKAGES = "packages"
VERSION = "version"


@dataclass(frozen=True)
class Proposal:
    """A whole stack from what was found.

    Attributes:
        report: what was found.
        production: the entries that production seems to run, by name.
        development: the entries that developers seem to need.
        wanted: the versions that the repo asks for, as it writes them, by tool; only of tools whose
            version can be chosen.
    """

    report: Report = field(default_factory=Report)
    production: Mapping[str, Tool] = field(default_factory=dict)
    development: Mapping[str, Tool] = field(default_factory=dict)
    wanted: Mapping[str, str] = field(default_factory=dict)

    def part(self, name: Part) -> Mapping[str, Tool]:
        """Return the entries of one part of the stack."""
        return self.production if name == "production" else self.development


def propose_stack(report: Report, catalog: Catalog) -> Proposal:
    """Make a stack of what was found; conflicts are resolved to the highest version.

    Options that the catalog's tool does not take as they were found are left out. What is merely
    possible is nothing to put into production unasked; developers can do with a tool too many.
    """
    parts: dict[Part, dict[str, Tool]] = {"production": {}, "development": {}}
    wanted: dict[str, str] = {}
    highest = {conflict.tool: highest_version(conflict) for conflict in report.conflicts}
    for finding in report.findings:
        tool = catalog.get(finding.tool or "")
        if tool is None or any(tool.name in entries for entries in parts.values()):
            continue
        if finding.confidence == "possible" and finding.part == "production":
            continue
        parts[finding.part][tool.name] = Tool(name=tool.name, options=_options(finding, tool))
        version = highest.get(finding.name, highest.get(tool.name)) or finding.version
        if version and has_versions(tool):
            wanted[tool.name] = version
    for part, entries in parts.items():
        names = [library.package for library in report.libraries if library.part == part]
        if names and PACKAGES in catalog:
            entries[PACKAGES] = Tool(name=PACKAGES, options={_packages_option(catalog): [*names]})
    return Proposal(report, parts["production"], parts["development"], wanted)


def has_versions(tool: ToolDefinition) -> bool:
    """Return whether a tool's version can be chosen."""
    return bool(tool.sources) and tool.option(VERSION) is not None


def highest_version(conflict: Conflict) -> str:
    """Return the highest of the versions that folders do not agree about."""
    return max((version for version, _ in conflict.choices), key=_numbers, default="")


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,9}", version)]


def _options(finding: Finding, tool: ToolDefinition) -> dict[str, JsonValue]:
    wrong = {problem.path[0] for problem in validate_options(tool, finding.options) if problem.path}
    return {
        name: value
        for name, value in finding.options.items()
        if name not in wrong and name != VERSION
    }


def _packages_option(catalog: Catalog) -> str:
    return catalog[PACKAGES].shorthand or "names"


def first_spec(
    name: str,
    proposal: Proposal,
    catalog: Catalog,
    *,
    release: str | None = None,
    taken: Mapping[Part, Iterable[str]] | None = None,
) -> Spec:
    """Return the stack that the proposal makes, where nobody is asked.

    Args:
        name: the box's name.
        proposal: the stack.
        catalog: the tools.
        release: the release, where it is settled already.
        taken: names of tools of the parts that are settled already: the other part has not these,
            and what is proposed for that part itself is not asked for.
    """
    settled = {part: set(names) for part, names in (taken or {}).items()}
    parts: dict[Part, tuple[Tool, ...]] = {}
    for part in ("production", "development"):
        elsewhere = settled.get(other_part(part), set())
        entries = {} if part in settled else proposal.part(part)
        parts[part] = tuple(
            tool for tool in entries.values() if _may_be_in(tool, elsewhere, catalog)
        )
    spec = Spec(name=name, production=parts["production"], development=parts["development"])
    used = {tool.name for tool in (*spec.production, *spec.development)}
    wanted = {tool: version for tool, version in proposal.wanted.items() if tool in used}
    if release is None and used:
        release = propose_release({tool: wanted.get(tool, "") for tool in used}, catalog).release
    if release is not None:
        base = spec.base.model_copy(update={"release": cast("Release", release)})
        spec = spec.model_copy(update={"base": base})
    return settle_versions(spec, wanted, catalog)[0]


def _may_be_in(tool: Tool, elsewhere: set[str], catalog: Catalog) -> bool:
    return tool.name not in elsewhere or catalog[tool.name].category == "generic"


def settle_versions(
    spec: Spec, wanted: Mapping[str, str], catalog: Catalog
) -> tuple[Spec, dict[str, str]]:
    """Put the versions that are wanted into the stack, as the release offers them.

    Returns:
        The stack, and the versions that the release has not, by tool: those tools have none set.
    """
    missing: dict[str, str] = {}

    def settle(entry: Tool) -> Tool:
        tool = catalog.get(entry.name)
        if tool is None or entry.name not in wanted or not has_versions(tool):
            return entry
        options = {name: value for name, value in entry.options.items() if name != VERSION}
        offer = nearest_offer(tool, spec.base.release, wanted[entry.name])
        if offer is None:
            missing[entry.name] = wanted[entry.name]
        elif offer.source.exact and wanted[entry.name].startswith(f"{offer.version}."):
            options[VERSION] = wanted[entry.name]
        else:
            options[VERSION] = offer.version
        # The version comes first: it is what people look for.
        first = {VERSION: options.pop(VERSION)} if VERSION in options else {}
        return entry.model_copy(update={"options": {**first, **options}})

    parts = {part: tuple(map(settle, spec.part(part))) for part in ("production", "development")}
    return spec.model_copy(update=parts), missing


def stack_versions(spec: Spec) -> dict[str, str]:
    """Return the versions that the tools of a stack are set to."""
    return {
        tool.name: str(tool.options[VERSION])
        for tool in (*spec.production, *spec.development)
        if tool.options.get(VERSION) not in (None, "")
    }


def place_of(evidence: Evidence) -> str:
    """Return where a piece of evidence stands: ``Gemfile.lock:12``."""
    return f"{evidence.file}:{evidence.line}" if evidence.line else str(evidence.file)
