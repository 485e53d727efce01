"""The tool catalog: what each role under ``ansible/roles`` is, and which options it has."""

from devbox.tools.catalog import load_role, load_tools
from devbox.tools.definition import ROLE, Category, Option, Source, ToolDefinition
from devbox.tools.options import OptionProblem, role_variables, validate_options
from devbox.tools.versions import (
    RELEASES,
    Offer,
    ReleaseProposal,
    describe_offers,
    find_offer,
    nearest_offer,
    offers,
    propose_release,
    version_problem,
)

__all__ = [
    "RELEASES",
    "ROLE",
    "Category",
    "Offer",
    "Option",
    "OptionProblem",
    "ReleaseProposal",
    "Source",
    "ToolDefinition",
    "describe_offers",
    "find_offer",
    "load_role",
    "load_tools",
    "nearest_offer",
    "offers",
    "propose_release",
    "role_variables",
    "validate_options",
    "version_problem",
]
