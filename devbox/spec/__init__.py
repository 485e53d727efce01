"""devbox.yml: its model, its loading with errors that name line and column, its JSON Schema."""

from devbox.spec.dump import dump_spec
from devbox.spec.edit import edit_text
from devbox.spec.load import find_spec, load_spec, parse_document, parse_spec
from devbox.spec.model import (
    FILE_NAME,
    Base,
    CloudImage,
    Machine,
    Part,
    Publish,
    Schedule,
    Spec,
    Tool,
)
from devbox.spec.names import propose_name
from devbox.spec.problems import Problem, SpecError
from devbox.spec.schema import json_schema, write_schema

__all__ = [
    "FILE_NAME",
    "Base",
    "CloudImage",
    "Machine",
    "Part",
    "Problem",
    "Publish",
    "Schedule",
    "Spec",
    "SpecError",
    "Tool",
    "dump_spec",
    "edit_text",
    "find_spec",
    "json_schema",
    "load_spec",
    "parse_document",
    "parse_spec",
    "propose_name",
    "write_schema",
]
