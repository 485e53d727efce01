"""XML as elements that know their lines; entities and outside documents are refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from devbox.detect.formats.node import MAX_DEPTH, MAX_VALUES, Unreadable

_MAX_TEXT = 4096


@dataclass
class Element:
    """An element: its name without a prefix, its line, its attributes, its text, what is in it."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""

    def get(self, *names: str) -> Element:
        """Return the first element below some names; an empty one of line 0 where there is none."""
        element = self
        for name in names:
            found = next((child for child in element.children if child.name == name), None)
            if found is None:
                return Element("", 0)
            element = found
        return element

    def each(self, *names: str) -> Iterator[Element]:
        """Yield every element below some names."""
        if not names:
            yield self
            return
        for child in self.children:
            if child.name == names[0]:
                yield from child.each(*names[1:])

    def value(self, *names: str) -> str:
        """Return the text below some names, without space around it."""
        return self.get(*names).text.strip()


class _Handler(ContentHandler):
    """Builds elements from SAX's events."""

    def __init__(self, line: Callable[[], int | None]) -> None:
        super().__init__()
        self._line = line
        self.root = Element("", 0)
        self._open = [self.root]
        self._count = 0

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - SAX's name
        line = self._line() or 0
        self._count += 1
        if self._count > MAX_VALUES or len(self._open) > MAX_DEPTH:
            raise Unreadable("it is too large or nested too deeply", line)
        element = Element(name.rpartition(":")[2], line, dict(attrs.items()))
        self._open[-1].children.append(element)
        self._open.append(element)

    def characters(self, content: str) -> None:
        # What is read is short; a long text is not gathered piece by piece.
        if len(self._open[-1].text) < _MAX_TEXT:
            self._open[-1].text += content

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802 - SAX's name
        self._open.pop()


def read_xml(text: str) -> Element:
    """Return the root element of an XML text.

    Raises:
        Unreadable: it is not XML, or too large or too deep, or has entities or outside documents.
    """
    parser = create_parser(forbid_dtd=False, forbid_entities=True, forbid_external=True)
    handler = _Handler(parser.getLineNumber)
    parser.setContentHandler(handler)
    try:
        # As text, not bytes: the declaration's encoding was dealt with when it was decoded.
        parser.feed(text)
        parser.close()
    except SAXParseException as error:
        why = f"it is not XML: {error.getMessage()}"
        raise Unreadable(why, error.getLineNumber() or 0) from error
    except (SAXException, DefusedXmlException, ValueError) as error:
        raise Unreadable(f"it is not XML that is safe to read: {type(error).__name__}") from error
    if not handler.root.children:
        raise Unreadable("it is not XML: there is no element in it")
    return handler.root.children[0]
