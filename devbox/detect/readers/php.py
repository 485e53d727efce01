"""PHP: composer.json, https://getcomposer.org/doc/04-schema.md."""

from __future__ import annotations

from collections.abc import Iterator

from devbox.detect.formats.json_nodes import read_json
from devbox.detect.hints import File, Hint, Reader
from devbox.spec.model import Part

_GROUPS: dict[str, Part] = {"require": "production", "require-dev": "development"}


def _composer(file: File) -> Iterator[Hint]:
    root = read_json(file.text)
    yield Hint("asdf", "php", 0, "a project of Composer", "certain")
    yield Hint("asdf", "composer", 0, "a project of Composer", "certain", "development")
    platform = root.get("config", "platform", "php")
    if platform.text:
        says = f"config.platform.php is {platform.text}"
        yield Hint("asdf", "php", platform.line, says, "certain", None, platform.text)
    for group, part in _GROUPS.items():
        for name, wanted in root.get(group).items():
            if name in {"php", "php-64bit"}:
                says = f"{group} php {wanted.text}"
                yield Hint("asdf", "php", wanted.line, says, "certain", None, wanted.text)
            else:
                says = f"{group} {name} {wanted.text}"
                # Lower case, as Packagist compares names.
                yield Hint("composer", name.lower(), wanted.line, says, "likely", part)


READERS = (Reader(("composer.json",), _composer),)
