"""What all questions of one dialogue know: the tools, what was found, what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from devbox.spec.model import Part, Spec
from devbox.wizard.ports import Catalog
from devbox.wizard.prompts import Prompts
from devbox.wizard.proposal import Proposal, settle_versions, stack_versions
from devbox.wizard.sizes import Computer


@dataclass
class Context:
    """The surroundings of the questions, and what they remember beside the Spec.

    Attributes:
        catalog: the tools that can be chosen.
        proposal: what the repo speaks of.
        computer: this computer.
        name_source: where the proposed name is from, as people say it.
        prompts: asks.
        wanted: the versions that are asked for by the repo, the file or the person, by tool.
        instead: what was chosen where a release has not the version: by tool and release, None
            for Debian's own.
        reviewed: tools whose proposed options have been seen, by part and name.
        draft: the stack as it was when Esc was pressed at a list of tools.
        settled: titles of steps that the person has answered, and whose proposals stay as they are.
    """

    catalog: Catalog
    proposal: Proposal
    computer: Computer
    name_source: str = ""
    prompts: Prompts = field(default_factory=Prompts)
    wanted: dict[str, str] = field(default_factory=dict)
    instead: dict[tuple[str, str], str | None] = field(default_factory=dict)
    reviewed: set[tuple[Part, str]] = field(default_factory=set)
    draft: Spec | None = None
    settled: set[str] = field(default_factory=set)

    def versions_for(self, spec: Spec) -> dict[str, str]:
        """Return the versions to set in a stack: those wanted, or what was chosen instead."""
        used = {tool.name for tool in (*spec.production, *spec.development)}
        found: dict[str, str] = {}
        for name, version in self.wanted.items():
            chosen = self.instead.get((name, spec.base.release), version)
            if name in used and chosen is not None:
                found[name] = chosen
        return found

    def settle(self, spec: Spec) -> tuple[Spec, Mapping[str, str]]:
        """Put the versions into a stack; return also those that its release has not."""
        return settle_versions(spec, self.versions_for(spec), self.catalog)

    def learn_version(self, spec: Spec, name: str) -> None:
        """Take the version that the person has just set for a tool, or taken from it, as wanted."""
        version = stack_versions(spec).get(name)
        if version is None:
            self.wanted.pop(name, None)
        else:
            self.wanted[name] = version
        for key in [key for key in self.instead if key[0] == name]:
            del self.instead[key]
