"""What is wrong with an answer, said while it is typed.

Only what a person types is checked here, so that the answer can be mended at once; the whole is
checked by ``devbox.spec`` in the end, like every other devbox.yml.
"""

from __future__ import annotations

import re

from devbox.spec.model import Machine
from devbox.wizard.ports import parse_ports

_CHANNEL = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}/[a-z0-9][a-z0-9._-]{0,63}")


def check_name(text: str) -> str | None:
    """Return what is wrong with a box's name, None if it can be used."""
    if _NAME.fullmatch(text.strip()):
        return None
    return "owner/box: lower-case letters, digits, dots, dashes; one slash"


def check_channel(text: str) -> str | None:
    """Return what is wrong with a channel's name, None if it can be used."""
    return None if _CHANNEL.fullmatch(text.strip()) else "lower-case letters, digits, dots, dashes"


def check_ports(text: str) -> str | None:
    """Return what is wrong with ports as they are typed, None if they can be used."""
    try:
        parse_ports(text)
    except ValueError as error:
        return str(error)
    return None


def check_size(name: str, text: str) -> str | None:
    """Return what is wrong with a number for the machine, None if it can be used."""
    bounds = {
        kind: value
        for item in Machine.model_fields[name].metadata
        for kind in ("ge", "le")
        if (value := getattr(item, kind, None)) is not None
    }
    digits = text.strip()
    is_number = digits.isascii() and digits.isdecimal() and len(digits) < 9
    if is_number and bounds["ge"] <= int(digits) <= bounds["le"]:
        return None
    return f"a whole number from {bounds['ge']} to {bounds['le']}"


def check_folder(text: str) -> str | None:
    """Return what is wrong with where to publish, None if it can be used."""
    return None if text.strip() else "name a folder"
