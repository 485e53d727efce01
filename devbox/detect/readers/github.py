"""GitHub Actions: workflows and composite actions. All of it is development: it builds and tests.

https://docs.github.com/actions/reference/workflow-syntax-for-github-actions
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.formats.node import Node
from devbox.detect.formats.yaml_nodes import read_yaml
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.images import image_hints
from devbox.detect.readers.compose import service_options
from devbox.detect.shell import script_hints

_MATRIX = re.compile(r"\s*\$\{\{\s*matrix\.([\w\-]{1,60})\s*\}\}\s*")
_EXPRESSION = re.compile(r"\$\{\{")
_WHOLE = re.compile(r"\$\{\{[^{}]*\}\}")
_MANY_STEPS = 2000

# Inputs of set-up actions: what is set up in a version. otp is Erlang's runtime.
_INPUTS = {
    "node-version": "nodejs",
    "python-version": "python",
    "ruby-version": "ruby",
    "go-version": "golang",
    "java-version": "java",
    "php-version": "php",
    "elixir-version": "elixir",
    "otp-version": "erlang",
    "dotnet-version": "dotnet",
    "bun-version": "bun",
    "deno-version": "deno",
    "toolchain": "rust",
    "perl-version": "perl",
    "terraform_version": "terraform",
}


def _workflow(file: File) -> Iterator[Hint]:
    root = read_yaml(file.text)
    yield from _steps(root.get("runs"), Node(0, None))  # a composite action
    for name, job in root.get("jobs").items():
        matrix = job.get("strategy", "matrix")
        container = job.get("container")
        image = container if container.text else container.get("image")
        if image.text and not _EXPRESSION.search(image.text):
            says = f"job {name} runs in {image.text}"
            yield from image_hints(image.text, image.line, says, "development", confidence="likely")
        for service, about in job.get("services").items():
            yield from _service(name, service, about, matrix)
        yield from _steps(job, matrix)


def _service(job: str, name: str, about: Node, matrix: Node) -> Iterator[Hint]:
    image = about.get("image")
    reference = image.text
    if name_of := re.search(r"\$\{\{\s*matrix\.([\w\-]{1,60})\s*\}\}", reference):
        values = [item.text for item in matrix.get(name_of[1]).list()]
        # With several in a matrix none is what production runs.
        value = values[0] if len(values) == 1 else "latest"
        reference = reference[: name_of.start()] + value + reference[name_of.end() :]
    if reference and not _EXPRESSION.search(reference):
        options = service_options(reference, dict(about.get("env").items()))
        says = f"job {job} has the service {name}, {image.text}"
        yield from image_hints(
            reference,
            image.line,
            says,
            "development",
            confidence="likely",
            options={key: value for key, value in options.items() if key == "extensions"},
        )


def _steps(job: Node, matrix: Node) -> Iterator[Hint]:
    for number, step in enumerate(job.get("steps").list()):
        if number == _MANY_STEPS:
            return
        uses = step.get("uses")
        if uses.text:
            yield from _uses(uses, step.get("with"), matrix)
        script = step.get("run")
        if script.text:
            # A block's text begins in the line below its key.
            line = script.line + ("\n" in script.text)
            yield from script_hints(script.text, line, "development", confidence="likely")


def _uses(uses: Node, inputs: Node, matrix: Node) -> Iterator[Hint]:
    name = uses.text.partition("@")[0].lower()
    if name.startswith((".", "docker:")):
        return
    yield Hint("actions", name, uses.line, f"uses {uses.text}", "likely", "development")
    for key, value in inputs.items():
        if key in _INPUTS and value.text:
            yield from _input(_INPUTS[key], key, value, matrix)
        if key == "extensions" and name.endswith("setup-php"):
            # "none" and ":name" take extensions away; "name-1.2" is one of a version.
            for word in re.split(r"[\s,]+", _WHOLE.sub("", value.text)):
                word = re.sub(r"-[\d.]+$", "", word)
                if word != "none" and re.fullmatch(r"[A-Za-z]\w*", word):
                    says = f"sets up {word} for PHP"
                    yield Hint("composer", f"ext-{word}", value.line, says, "likely", "development")


def _input(tool: str, key: str, value: Node, matrix: Node) -> Iterator[Hint]:
    variable = _MATRIX.fullmatch(value.text)
    if variable is None:
        wanted = None if _EXPRESSION.search(value.text) else value.text.strip()
        version = wanted if wanted and re.match(r"[v^~>=]*\d", wanted) else None
        says = f"{key} is {value.text.strip()}"
        yield Hint("asdf", tool, value.line, says, "likely", "development", version)
        return
    choices = matrix.get(variable[1])
    texts = [item.text for item in choices.list() if item.text]
    says = f"{key} is one of {', '.join(texts)}" if texts else f"{key} is of a matrix"
    # Several versions are what a library is tested with: none of them is what a stack runs.
    version = texts[0] if len(texts) == 1 else None
    yield Hint("asdf", tool, choices.line or value.line, says, "likely", "development", version)


READERS = (
    Reader(
        (
            ".github/workflows/*.yml",
            ".github/workflows/*.yaml",
            ".forgejo/workflows/*.yml",
            ".gitea/workflows/*.yml",
            "action.yml",
            "action.yaml",
        ),
        _workflow,
    ),
)
