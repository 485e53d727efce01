"""The tool catalog: what each role under ``ansible/roles`` is, and which options it has."""

from devbox.tools.catalog import load_role, load_tools
from devbox.tools.definition import ROLE, Category, Option, Source, ToolDefinition
from devbox.tools.options import OptionProblem, role_variables, validate_options

__all__ = [
    "ROLE",
    "Category",
    "Option",
    "OptionProblem",
    "Source",
    "ToolDefinition",
    "load_role",
    "load_tools",
    "role_variables",
    "validate_options",
]
