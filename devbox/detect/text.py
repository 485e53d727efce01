"""Bytes of a repo as text that can be read, and texts of a repo as they may be shown."""

from __future__ import annotations

import codecs
import re

from devbox.detect.formats.node import Unreadable

MAX_SHOWN = 120
"""How many characters of a line are shown."""

# Longest first: UTF-32's mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

# Control characters, and those that reorder or hide text (Unicode's bidirectional controls, zero
# width, line separators): a line of a repo must not look like another one. And lone surrogates,
# which stand for bytes of a file's name that are no UTF-8.
_HOSTILE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}


def decode(data: bytes) -> str:
    """Return a file's text: by its mark, else UTF-8, else Latin-1, which any bytes are.

    Raises:
        Unreadable: it is no text.
    """
    text = None
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                text = data.decode(encoding)
            except UnicodeDecodeError as error:
                raise Unreadable(f"it is not the {encoding} that it begins as") from error
            break
    if text is None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            text = data.decode("latin-1")
    if zero := text.find("\0") + 1:
        raise Unreadable("it is binary", text.count("\n", 0, zero) + 1)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def shown(text: str) -> str:
    """Return a text of a repo with all that could steer a terminal or deceive a reader escaped."""
    return _HOSTILE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # one byte, as Python's surrogateescape has it
        return f"\\x{number - 0xDC00:02x}"
    return _NAMED.get(character) or (f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}")


def shortened(text: str, length: int = MAX_SHOWN) -> str:
    """Return a text of one line, trimmed, cut to a length with an ellipsis."""
    text = text.strip()
    return text if len(text) <= length else text[: length - 1] + "…"
