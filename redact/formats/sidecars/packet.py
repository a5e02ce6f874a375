"""Reads the properties of an XMP packet (ISO 16684-1) with expat, told to resolve nothing.

A document type is refused, and with it every entity and every address outside; how deep and how large a packet may be
is bounded. Only what stands directly in a description of the file itself is a property here: a value, or a list of
values. What has fields of its own (histories, regions, masks, places) is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias
from xml.parsers import expat

from redact.errors import DamagedFileError, UnsupportedFormatError

Properties: TypeAlias = Mapping[str, tuple[str, ...]]
"""Namespace and name, joined, as "http://ns.adobe.com/tiff/1.0/Orientation" -> its value or values."""

_MOST_DEPTH = 32
_MOST_ELEMENTS = 200_000
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_LISTS = (_RDF + "Seq", _RDF + "Bag", _RDF + "Alt")
_SYNTAX = (_RDF, "http://www.w3.org/XML/1998/namespace", "adobe:ns:meta/")


@dataclass(slots=True)
class _Element:
    name: str
    attributes: Mapping[str, str]
    children: list[_Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)

    @property
    def content(self) -> str:
        return "".join(self.text).strip()


def properties(packet: bytes) -> Properties:
    """The properties of the file that a packet tells; the first of a name counts.

    Raises DamagedFileError when it is no well-formed XML, UnsupportedFormatError for a document type or a deep nesting.
    """
    found: dict[str, tuple[str, ...]] = {}
    for description in _descriptions(_tree(packet)):
        for name, values in _told(description):
            if not name.startswith(_SYNTAX):
                found.setdefault(name, values)
    return found


def _descriptions(root: _Element) -> Iterator[_Element]:
    """The descriptions of the file, wherever the wrapper stops: packets come with and without one."""
    lists = [root] if root.name == _RDF + "RDF" else [each for each in root.children if each.name == _RDF + "RDF"]
    for rdf in lists:
        yield from (each for each in rdf.children if each.name == _RDF + "Description")


def _told(description: _Element) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, value in description.attributes.items():
        yield name, (value.strip(),)
    for child in description.children:
        if child.attributes:
            continue
        if not child.children:
            yield child.name, (child.content,)
        elif len(child.children) == 1 and child.children[0].name in _LISTS:
            items = child.children[0].children
            if not any(item.children for item in items):
                yield child.name, tuple(item.content for item in items)


def _tree(packet: bytes) -> _Element:
    reader = _Reader()
    # Joined by nothing, a namespace and a name read as the address of the property.
    parser = expat.ParserCreate(namespace_separator="")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = reader.refuse_type
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.read
    try:
        parser.Parse(packet, True)  # noqa: FBT003 - expat's signature
    except (expat.ExpatError, ValueError, LookupError) as error:
        message = "the XMP is no well-formed XML: write it again with the program it came from"
        raise DamagedFileError(message) from error
    return reader.root


class _Reader:
    """Takes what expat meets, and makes a tree of it."""

    def __init__(self) -> None:
        self.root = _Element("", {})
        self._open: list[_Element] = []
        self._count = 0

    def refuse_type(self, *_: object) -> NoReturn:
        message = "the XMP has a document type, which XMP never has, and could make a reader open other files"
        raise UnsupportedFormatError(message)

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        element = _Element(name, attributes)
        self._count += 1
        if self._count > _MOST_ELEMENTS or len(self._open) >= _MOST_DEPTH:
            message = "the XMP is nested deeper, or has more parts, than a description of a picture needs"
            raise UnsupportedFormatError(message)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def end(self, _name: str) -> None:
        self._open.pop()

    def read(self, text: str) -> None:
        self._open[-1].text.append(text)
