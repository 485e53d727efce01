"""The tools as rows of the two lists, the found ones with their evidence."""

from __future__ import annotations

from collections.abc import Mapping

from devbox.detect.findings import Evidence, Finding, Library
from devbox.spec.model import Part, Spec, Tool
from devbox.tools import ToolDefinition
from devbox.tools.definition import Category
from devbox.tools.versions import RELEASES, offers
from devbox.wizard import edits
from devbox.wizard.fit import printable, shorten
from devbox.wizard.listing import Choice
from devbox.wizard.option_rows import show_value, version_order
from devbox.wizard.ports import Catalog, tool_ports
from devbox.wizard.proposal import PACKAGES, VERSION, Proposal, place_of

_FOUND = "found in this repo"
_OWN = "your own roles"
_CATEGORIES: Mapping[Part, tuple[Category, ...]] = {
    "production": ("web", "databases", "queues", "languages", "containers"),
    "development": ("developer tools", "build", "browsers", "languages", "containers"),
}
_MOST_EVIDENCE = 3
# With what it means behind it, a piece of evidence takes hardly more than a line.
_LONGEST_TEXT = 40


def tool_choices(
    spec: Spec, part: Part, catalog: Catalog, proposal: Proposal, wanted: Mapping[str, str]
) -> list[Choice]:
    """Return the rows of one part: what was found, then the rest by category.

    A tool of production is not offered to development; one of development moves to production by
    being chosen there.

    Args:
        spec: the answers so far.
        part: the part.
        catalog: the tools.
        proposal: what was found.
        wanted: the versions that are asked for, by tool.
    """
    taken = () if part == "production" else edits.chosen_tools(spec, "production")
    evidence = _evidence(proposal, part)
    tools = [
        tool
        for tool in catalog.values()
        if tool.name not in taken or edits.is_generic(tool.name, catalog)
    ]
    rows = [
        _row(tool, edits.find_tool(spec, part, tool.name), evidence.get(tool.name, ()), wanted)
        for tool in sorted(tools, key=lambda tool: _place(tool, part, tool.name in evidence))
    ]
    own = [tool for tool in spec.part(part) if tool.path is not None]
    return [*rows, *(_own_row(tool) for tool in own)]


def _place(tool: ToolDefinition, part: Part, found: bool) -> tuple[bool, int, str, str]:
    """Sort tools: the found ones, then by category, those first that the part usually holds."""
    order: tuple[str, ...] = _CATEGORIES[part]
    rank = order.index(tool.category) if tool.category in order else len(order)
    last = tool.category == "generic"
    rank = int(last) if found else rank + 2 * last
    return (not found, rank, "" if found else tool.category, tool.title.lower())


def _evidence(proposal: Proposal, part: Part) -> dict[str, tuple[Evidence, ...]]:
    """Return what speaks for the tools of one part, by tool."""
    found = {
        finding.tool: finding.evidence
        for finding in proposal.report.findings
        if finding.tool and finding.part == part
    }
    libraries = [library for library in proposal.report.libraries if library.part == part]
    if libraries:
        found[PACKAGES] = tuple(one for library in libraries for one in library.evidence[:1])
    return found


def _row(
    tool: ToolDefinition,
    entry: Tool | None,
    evidence: tuple[Evidence, ...],
    wanted: Mapping[str, str],
) -> Choice:
    version = wanted.get(tool.name, "")
    # What asks for the version that is taken says more than what asks for another.
    evidence = tuple(sorted(evidence, key=lambda piece: bool(version) and piece.version != version))
    return Choice(
        tool.name,
        f"{tool.title} {version}".strip(),
        show_evidence(evidence[0]) if evidence else tool.description,
        _FOUND if evidence else tool.category,
        tuple(_details(tool, entry, evidence)),
        found=bool(evidence),
        opens=bool(tool.options),
    )


def _details(tool: ToolDefinition, entry: Tool | None, evidence: tuple[Evidence, ...]) -> list[str]:
    lines = [f"{tool.title}: {tool.description}"]
    lines += [show_evidence(piece, says=True) for piece in evidence[:_MOST_EVIDENCE]]
    options = {
        name: value for name, value in (entry.options if entry else {}).items() if name != VERSION
    }
    if options:
        lines.append("set: " + "; ".join(f"{k}: {show_value(v)}" for k, v in options.items()))
    if versions := _versions(tool):
        lines.append(f"versions: {versions}")
    if ports := tool_ports(tool, options):
        lines.append(f"ports: {', '.join(map(str, ports))}")
    if tool.manual:
        lines.append(tool.manual)
    return lines


def _versions(tool: ToolDefinition) -> str:
    """Return what each release offers: ``bookworm 15, 16; trixie 17``."""
    said = []
    for release in RELEASES:
        versions = sorted((offer.version for offer in offers(tool, release)), key=version_order)
        if versions:
            said.append(f"{release} {', '.join(versions)}")
    return "; ".join(said)


def _own_row(tool: Tool) -> Choice:
    options = "; ".join(f"{name}: {show_value(value)}" for name, value in tool.options.items())
    details = (f"The role in {tool.path}, written into devbox.yml by hand.", options)
    return Choice(edits.entry_key(tool), tool.label, str(tool.path), _OWN, details)


def show_evidence(evidence: Evidence, *, says: bool = False) -> str:
    """Return a piece of evidence on a line: ``Gemfile.lock:12  pg (1.5.4)``.

    Args:
        evidence: the piece.
        says: whether what it means is said, too.
    """
    text = evidence.text or evidence.says
    text = shorten(text, _LONGEST_TEXT) if says else text
    meaning = f" · {evidence.says}" if says and evidence.says not in ("", text) else ""
    return printable(f"{place_of(evidence)}{' · ' if says else '  '}{text}{meaning}")


def finding_row(finding: Finding, group: str) -> Choice:
    """Return the row of a finding where there is nothing to choose."""
    best = finding.evidence[0] if finding.evidence else None
    folders = ", ".join(str(folder) for folder in finding.folders if str(folder) != ".")
    where = f", in {folders}" if folders else ""
    options = "; ".join(f"{name}: {show_value(value)}" for name, value in finding.options.items())
    details = [f"{finding.title} for {finding.part}, {finding.confidence}{where}"]
    details += [show_evidence(piece, says=True) for piece in finding.evidence[:4]]
    details += [f"proposed: {options}"] if options else []
    return Choice(
        f"{group}/{finding.name}",
        f"{finding.title} {finding.version or ''}".strip(),
        show_evidence(best) if best else "",
        group,
        tuple(details),
        found=True,
    )


def library_row(library: Library, group: str) -> Choice:
    """Return the row of a Debian package that a dependency needs."""
    best = library.evidence[0] if library.evidence else None
    details = [f"{library.package}, a Debian package for {library.part}"]
    details += [show_evidence(piece, says=True) for piece in library.evidence[:4]]
    return Choice(
        f"{group}/{library.package}/{library.part}",
        library.package,
        show_evidence(best) if best else "",
        group,
        tuple(details),
        found=True,
    )
