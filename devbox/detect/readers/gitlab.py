"""GitLab CI, https://docs.gitlab.com/ci/yaml/. All of it is development: it builds and tests."""

from __future__ import annotations

from collections.abc import Iterator

from devbox.detect.formats.node import Node
from devbox.detect.formats.yaml_nodes import read_yaml
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.images import image_hints, substitute
from devbox.detect.shell import script_hints
from devbox.detect.urls import url_hints

_SCRIPTS = ("before_script", "script", "after_script")
_NO_JOBS = {"variables", "stages", "include", "workflow", "default", "cache", "pages"}


def _pipeline(file: File) -> Iterator[Hint]:
    root = read_yaml(file.text)
    values = _variables(root, {})
    yield from _job("the pipeline", root, values)
    yield from _job("default", root.get("default"), values)
    for name, job in root.items():
        if name not in _NO_JOBS and isinstance(job.value, dict):
            yield from _job(f"job {name}", job, _variables(job, values))
    yield from _addresses(root)


def _variables(node: Node, outer: dict[str, str]) -> dict[str, str]:
    own = {
        name: value.text or value.get("value").text for name, value in node.get("variables").items()
    }
    return {**outer, **own}


def _addresses(root: Node) -> Iterator[Hint]:
    for name, value in root.get("variables").items():
        text = value.text or value.get("value").text
        yield from url_hints(text, value.line, name, "development", "possible")


def _job(where: str, job: Node, values: dict[str, str]) -> Iterator[Hint]:
    image = job.get("image")
    if not image.text:
        image = image.get("name")
    yield from _image(image, f"{where} runs in", values)
    for service in job.get("services").list():
        named = service if service.text else service.get("name")
        yield from _image(named, f"{where} has the service", values)
    for key in _SCRIPTS:
        for item in job.get(key).one_or_many():
            line = item.line + ("\n" in item.text)
            yield from script_hints(item.text, line, "development", confidence="likely")


def _image(image: Node, says: str, values: dict[str, str]) -> Iterator[Hint]:
    reference = substitute(image.text, values).strip()
    if reference and " " not in reference:
        yield from image_hints(
            reference, image.line, f"{says} {reference}", "development", confidence="likely"
        )


READERS = (
    Reader(
        (".gitlab-ci.yml", ".gitlab-ci.yaml", ".gitlab/ci/*.yml", ".gitlab-ci/*.yml"), _pipeline
    ),
)
