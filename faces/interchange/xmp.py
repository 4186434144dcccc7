"""XMP packets: parsed with the place of each element, so that they can be changed by splicing.

A packet may come from anybody: what is too large, too deep or declares entities is refused.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
MOST_BYTES = 5_000_000
MOST_ELEMENTS = 50_000
DEEPEST = 100
# Characters that XML 1.0 does not allow, whatever the encoding.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class XmpError(ValueError):
    """This packet cannot be read; the message says why."""


@dataclass
class Node:
    """An element; tags and attributes are ``namespace name``, with a blank between."""

    tag: str
    attributes: dict[str, str]
    start: int  # of its start tag, in bytes of the packet
    children: list["Node"] = field(default_factory=list)
    text: str = ""
    inner_end: int = 0  # where its end tag begins; ``end`` where it has none
    end: int = 0  # after its end

    @property
    def is_empty_tag(self) -> bool:
        """Whether it is written as ``<name/>``."""
        return self.inner_end == self.end

    def walk(self) -> Iterator["Node"]:
        """Yield it and all below it."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting += reversed(node.children)


def readable(packet: bytes) -> bytes:
    """Return a packet as valid UTF-8, whatever is wrong with its bytes; for reading only."""
    if packet[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = packet.decode("utf-16", "replace")
    else:
        text = packet.removeprefix(BOM_UTF8).decode("utf-8", "replace")
    return FORBIDDEN.sub("", text).strip().encode()


def parse(packet: bytes) -> Node:
    """Return the root of a packet in UTF-8; raise XmpError for what is no XMP, or harmful."""
    if len(packet) > MOST_BYTES:
        raise XmpError("The XMP is too large.")
    parsing = _Parsing(packet)
    try:
        parsing.parser.Parse(packet, True)
    except (expat.ExpatError, UnicodeError) as error:
        raise XmpError(f"The XMP is damaged: {error}.") from None
    return parsing.root


class _Parsing:
    """Expat's callbacks."""

    def __init__(self, packet: bytes) -> None:
        self.packet = packet
        self.root = Node("", {}, 0)
        self.open: list[Node] = [self.root]
        self.elements = 0
        self.parser = expat.ParserCreate("utf-8", " ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters
        self.parser.StartDoctypeDeclHandler = self._refuse

    def _refuse(self, *args: object) -> None:
        raise XmpError("The XMP declares entities of its own.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.elements += 1
        if self.elements > MOST_ELEMENTS or len(self.open) > DEEPEST:
            raise XmpError("The XMP is too large.")
        node = Node(tag, attributes, self.parser.CurrentByteIndex)
        self.open[-1].children.append(node)
        self.open.append(node)

    def _end(self, tag: str) -> None:
        node, place = self.open.pop(), self.parser.CurrentByteIndex
        node.inner_end = node.end = place
        # Of <name/> expat tells where it ends, of others where the end tag begins.
        if node.children or node.text or self.packet[place - 2 : place] != b"/>":
            node.end = self.packet.index(b">", place) + 1

    def _characters(self, text: str) -> None:
        self.open[-1].text += text


def rdf(name: str) -> str:
    """Return the tag of something of RDF."""
    return f"{RDF} {name}"


def descriptions(root: Node) -> Iterator[Node]:
    """Yield the top-level descriptions of a packet."""
    for node in root.walk():
        if node.tag == rdf("RDF"):
            yield from (each for each in node.children if each.tag == rdf("Description"))


def prop(node: Node, tag: str) -> Node | None:
    """Return a property of a resource that is an element, wherever RDF lets it stand."""
    for each in node.children:
        if each.tag == tag:
            return each
        if each.tag == rdf("Description") and (found := prop(each, tag)):
            return found
    return None


def value(node: Node | None, tag: str) -> str:
    """Return a property that is a text, written as an attribute or an element; "" for none."""
    if node is None:
        return ""
    if tag in node.attributes:
        return node.attributes[tag].strip()
    for each in node.children:
        if each.tag == tag:
            return (each.text or each.attributes.get(rdf("value"), "")).strip()
        if each.tag == rdf("Description") and (found := value(each, tag)):
            return found
    return ""


def container(node: Node | None) -> Node | None:
    """Return the bag, sequence or alternatives that a property holds."""
    kinds = {rdf(name) for name in ("Bag", "Seq", "Alt")}
    return next((each for each in node.children if each.tag in kinds), None) if node else None


def items(node: Node | None) -> list[Node]:
    """Return the items of the container that a property holds."""
    holder = container(node)
    return [each for each in holder.children if each.tag == rdf("li")] if holder else []


def numbers(texts: Iterable[str]) -> tuple[float, ...] | None:
    """Return texts as numbers; None if one is none."""
    try:
        found = tuple(float(each) for each in texts)
    except ValueError:
        return None
    return found if all(abs(each) < 1e9 for each in found) else None  # neither NaN nor infinity


def splice(packet: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    """Return the packet with bytes from start to end replaced; the edits do not overlap."""
    pieces, place = [], 0
    for start, end, text in sorted(edits, key=lambda edit: edit[:2]):
        pieces += [packet[place:start], text]
        place = end
    return b"".join([*pieces, packet[place:]])
