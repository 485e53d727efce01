"""What was found in a repo, as the rows of the first screen."""

from __future__ import annotations

from collections.abc import Iterable

from devbox.detect.findings import Conflict, Finding, Library, Report
from devbox.spec.model import Spec
from devbox.tools import ToolDefinition
from devbox.wizard.edits import chosen_tools
from devbox.wizard.listing import Choice
from devbox.wizard.ports import Catalog
from devbox.wizard.proposal import PACKAGES, place_of
from devbox.wizard.tool_rows import finding_row, library_row, show_evidence

_MOST_SKIPPED = 20


def found_rows(report: Report, catalog: Catalog) -> list[Choice]:
    """Return all that was found: by part, what is to be asked, what there is no tool for."""
    rows: list[Choice] = []
    for part in ("production", "development"):
        here = [item for item in report.findings if item.part == part and _is_known(item, catalog)]
        rows += [finding_row(finding, part) for finding in here]
        libraries = [library for library in report.libraries if library.part == part]
        rows += [library_row(library, f"{part}: Debian packages") for library in libraries]
    rows += [_conflict_row(conflict, report) for conflict in report.conflicts]
    unknown = [item for item in report.findings if not _is_known(item, catalog)]
    rows += [finding_row(finding, "no tool for it yet") for finding in unknown]
    rows += _skipped_rows(report)
    return rows


def _is_known(finding: Finding, catalog: Catalog) -> bool:
    return finding.tool in catalog


def _conflict_row(conflict: Conflict, report: Report) -> Choice:
    details = [f"{conflict_title(conflict, report.findings)}: {conflict.says}"]
    details += [f"{version}: {show_evidence(piece)}" for version, piece in conflict.choices]
    title = conflict_title(conflict, report.findings)
    return Choice(f"conflict/{conflict.tool}", title, conflict.says, "asked next", tuple(details))


def conflict_title(conflict: Conflict, findings: Iterable[Finding]) -> str:
    """Return the title of what a conflict is about."""
    names = {finding.name: finding.title for finding in findings}
    names |= {finding.tool: finding.title for finding in findings if finding.tool}
    return names.get(conflict.tool, conflict.tool)


def conflict_choices(conflict: Conflict) -> list[Choice]:
    """Return the versions that folders do not agree about, each with what asks for it."""
    rows: dict[str, Choice] = {}
    for version, piece in conflict.choices:
        rows.setdefault(
            version,
            Choice(
                version,
                version,
                show_evidence(piece),
                details=(piece.says, show_evidence(piece)),
                found=True,
            ),
        )
    return list(rows.values())


def _skipped_rows(report: Report) -> list[Choice]:
    rows = [
        Choice(
            f"skipped/{number}",
            f"{skipped.file}:{skipped.line}" if skipped.line else str(skipped.file),
            skipped.why,
            "not read",
            (f"{skipped.file}: {skipped.why}",),
        )
        for number, skipped in enumerate(report.skipped[:_MOST_SKIPPED])
    ]
    more = len(report.skipped) - len(rows)
    if more > 0:
        rows.append(Choice("skipped/more", f"and {more} more", "see devbox detect", "not read"))
    return rows


def count_found(report: Report, catalog: Catalog) -> str:
    """Return in words how much was found: ``6 tools and 2 packages in 34 files``."""
    tools = sum(finding.tool in catalog for finding in report.findings)
    packages = len(report.libraries)
    words = [_count(tools, "tool")] + ([_count(packages, "Debian package")] if packages else [])
    return f"{' and '.join(words)} in {_count(report.files, 'file')}"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def new_findings(
    report: Report, spec: Spec, catalog: Catalog
) -> tuple[list[Finding], list[Library]]:
    """Return what was found and is not in a stack."""
    present = {*chosen_tools(spec, "production"), *chosen_tools(spec, "development")}
    packages = {
        str(name)
        for tool in (*spec.production, *spec.development)
        if tool.name == PACKAGES
        for name in _names(tool.options.get(_shorthand(catalog.get(PACKAGES))))
    }
    findings = [
        finding
        for finding in report.findings
        if finding.tool in catalog and finding.tool not in present
    ]
    return findings, [lib for lib in report.libraries if lib.package not in packages]


def _names(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _shorthand(tool: ToolDefinition | None) -> str:
    return (tool.shorthand if tool else None) or "names"


def describe_finding(finding: Finding) -> str:
    """Return a finding on a line, for a message."""
    evidence = f" ({place_of(finding.evidence[0])})" if finding.evidence else ""
    return f"{finding.title}{f' {finding.version}' if finding.version else ''}{evidence}"
