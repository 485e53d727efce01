"""devcontainer.json, https://containers.dev/implementors/json_reference/. It is development's."""

from __future__ import annotations

import re
from collections.abc import Iterator

from devbox.detect.formats.json_nodes import read_json
from devbox.detect.formats.node import Node
from devbox.detect.hints import File, Hint, Reader
from devbox.detect.images import image_hints, substitute
from devbox.detect.shell import package_hint, script_hints

_COMMANDS = ("onCreateCommand", "updateContentCommand", "postCreateCommand", "postStartCommand")


def _devcontainer(file: File) -> Iterator[Hint]:
    root = read_json(file.text)
    image = root.get("image")
    if image.text:
        says = f"image is {image.text}"
        yield from image_hints(substitute(image.text), image.line, says, "development")
    for key, options in root.get("features").items():
        yield from _feature(key, options)
    for name in _COMMANDS:
        for command in _texts(root.get(name)):
            yield from script_hints(command.text, command.line, "development")


def _feature(key: str, options: Node) -> Iterator[Hint]:
    """Yield a feature: its path without registry and version, ``devcontainers/features/node``."""
    path = key.partition("@")[0].lower()
    path = re.sub(r":[\w.\-]+$", "", path)
    first, _, rest = path.partition("/")
    path = rest if "." in first and first not in {".", ".."} else path
    version = options.text or options.get("version").text
    wanted = version if re.search(r"\d", version) else None
    says = f"feature {path}" + (f" {version}" if version else "")
    if path.endswith("/apt-packages"):
        packages = options.get("packages")
        for word in re.split(r"[\s,]+", packages.text):
            hint = package_hint(word, "apt", packages.line, "development") if word else None
            if hint:
                yield hint
        return
    yield Hint("features", path, options.line, says, "certain", "development", wanted)


def _texts(node: Node) -> Iterator[Node]:
    """Yield a command's text, however it is given: a text, a list of words, several by name."""
    if node.text:
        yield node
    words = [item.text for item in node.list()]
    if words:
        yield Node(node.line, " ".join(words))
    for value in node.values():
        yield from _texts(value)


READERS = (
    Reader(
        (
            ".devcontainer.json",
            "devcontainer.json",
        ),
        _devcontainer,
    ),
)
