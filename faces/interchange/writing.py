"""Writing names into XMP, as MWG's regions and as Microsoft's.

What is in the packet already is changed by splicing: all other bytes stay as they were.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from faces.interchange.boxes import centre, frame, overlap, stored, upright
from faces.interchange.regions import (
    AREA,
    DIMENSIONS,
    MP,
    MP_INFO,
    MP_REGION,
    MWG,
    ONE_FACE,
    Pixels,
    Region,
    is_mwg_face,
    microsoft_box,
    microsoft_items,
    microsoft_name,
    mwg_box,
    mwg_dimensions,
    plain,
)
from faces.interchange.xmp import (
    FORBIDDEN,
    RDF,
    Node,
    XmpError,
    container,
    descriptions,
    items,
    parse,
    prop,
    rdf,
    splice,
    value,
)
from faces.recognition.geometry import Box

DIGITS = 6  # of a share: a millionth of a side
EMPTY = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
    f'<rdf:RDF xmlns:rdf="{RDF}">\n'
    "</rdf:RDF>\n"
    "</x:xmpmeta>\n"
    '<?xpacket end="w"?>\n'
).encode()


def write_names(
    packet: bytes, wanted: Sequence[Region], gone: Sequence[Region], pixels: Pixels
) -> bytes:
    """Return a packet with the ``wanted`` names in it; without one, pass ``EMPTY``.

    A region of another program stays unless it names a wanted face otherwise. Those that are
    ``gone`` are taken out. The packet comes back as it is where there is nothing to change. Raises
    XmpError where it cannot be read, or has regions of a picture of another shape.
    """
    packet = packet.rstrip(b"\0").removeprefix(b"\xef\xbb\xbf")
    root = parse(packet)
    rdf_node = next((node for node in root.walk() if node.tag == rdf("RDF")), None)
    if rdf_node is None:
        raise XmpError("The XMP has no RDF in it.")
    edits: list[tuple[int, int, bytes]] = []
    fresh = ""
    for notation in (_mwg_list(root, pixels), _microsoft_list(root, pixels)):
        changed = _changes(notation, wanted, gone)
        edits += changed.edits
        fresh += changed.fresh
    if fresh:
        edits.append(_new_description(rdf_node, fresh, _about(root)))
    return splice(packet, edits)


def _about(root: Node) -> str:
    return next((node.attributes.get(rdf("about"), "") for node in descriptions(root)), "")


def _new_description(rdf_node: Node, fresh: str, about: str) -> tuple[int, int, bytes]:
    """Return the edit that puts properties into a description of their own."""
    description = (
        f'<rdf:Description xmlns:rdf="{RDF}" rdf:about={quoteattr(about)}>\n{fresh}'
        "</rdf:Description>\n"
    )
    if rdf_node.is_empty_tag:
        whole = f'<rdf:RDF xmlns:rdf="{RDF}">\n{description}</rdf:RDF>'
        return rdf_node.start, rdf_node.end, whole.encode()
    return rdf_node.inner_end, rdf_node.inner_end, description.encode()


@dataclass(frozen=True)
class _Listed:
    """A region that a packet has."""

    node: Node
    region: Region


@dataclass(frozen=True)
class _List:
    """One notation's list of regions in a packet, and how to write it."""

    found: Node | None  # the property
    holder: Node | None  # the container of its items
    listed: list[_Listed]
    item: Callable[[Region], str]
    whole: Callable[[str], str]  # the property, around items


@dataclass(frozen=True)
class _Changes:
    edits: list[tuple[int, int, bytes]]
    fresh: str  # a property that is to be written anew


def _changes(found: _List, wanted: Sequence[Region], gone: Sequence[Region]) -> _Changes:
    kept = _kept(found.listed, wanted)
    new = [region for index, region in enumerate(wanted) if index not in kept.values()]
    cut = sorted(
        (each.node.start, each.node.end, b"")
        for index, each in enumerate(found.listed)
        if index not in kept and (_gives_way(each.region, new) or _is_one_of(each.region, gone))
    )
    if not new:
        return _Changes(cut, "")
    items_new = "".join(map(found.item, new))
    if found.holder is not None and not found.holder.is_empty_tag:
        end = found.holder.inner_end
        return _Changes([*cut, (end, end, items_new.encode())], "")
    if found.found is None:
        return _Changes([], found.whole(items_new))
    # A list without items is written anew.
    return _Changes([(found.found.start, found.found.end, b"")], found.whole(items_new))


def _kept(listed: Sequence[_Listed], wanted: Sequence[Region]) -> dict[int, int]:
    """Return {index of a listed region: index of what is wanted, and is said by it already}."""
    kept: dict[int, int] = {}
    for index, each in enumerate(listed):
        for place, region in enumerate(wanted):
            if place not in kept.values() and _is_same(each.region, region):
                kept[index] = place
                break
    return kept


def _gives_way(region: Region, new: Sequence[Region]) -> bool:
    """Whether a region is around a face that is to be named otherwise."""
    return any(overlap(region.box, each.box) >= ONE_FACE for each in new)


def _is_same(one: Region, other: Region) -> bool:
    return one.name.casefold() == other.name.casefold() and overlap(one.box, other.box) >= ONE_FACE


def _is_one_of(region: Region, others: Sequence[Region]) -> bool:
    return any(_is_same(region, other) for other in others)


def _mwg_list(root: Node, pixels: Pixels) -> _List:
    found = next((each for d in descriptions(root) if (each := prop(d, f"{MWG} Regions"))), None)
    node = prop(found, f"{MWG} RegionList") if found else None
    applied_to = mwg_dimensions(found) if found else None
    turn = frame(applied_to, pixels.size, pixels.orientation)
    boxes = [(each, mwg_box(each, applied_to)) for each in items(node) if is_mwg_face(each)]
    if turn is None:
        if boxes:
            raise XmpError("It has regions of a picture of another shape: it was cropped since.")
        turn = pixels.orientation
    listed = [
        _Listed(each, Region(plain(value(each, f"{MWG} Name")), upright(box, turn)))
        for each, box in boxes
        if box
    ]
    return _List(
        found,
        container(node),
        listed,
        lambda region: _mwg_item(region.name, stored(region.box, turn)),
        lambda inner: _mwg_regions(inner, pixels),
    )


def _mwg_item(name: str, box: Box) -> str:
    x, y = centre(box)
    area = _attributes("stArea", x=x, y=y, w=box.width, h=box.height)
    return (
        f'<rdf:li xmlns:rdf="{RDF}" xmlns:mwg-rs="{MWG}" xmlns:stArea="{AREA}">'
        f'<rdf:Description mwg-rs:Name={_quoted(name)} mwg-rs:Type="Face">'
        f'<mwg-rs:Area {area} stArea:unit="normalized"/>'
        "</rdf:Description></rdf:li>\n"
    )


def _mwg_regions(inner: str, pixels: Pixels) -> str:
    width, height = pixels.size
    return (
        f'<mwg-rs:Regions xmlns:mwg-rs="{MWG}" xmlns:stDim="{DIMENSIONS}"'
        ' rdf:parseType="Resource">\n'
        f'<mwg-rs:AppliedToDimensions stDim:w="{width}" stDim:h="{height}" stDim:unit="pixel"/>\n'
        f"<mwg-rs:RegionList><rdf:Bag>\n{inner}</rdf:Bag></mwg-rs:RegionList>\n"
        "</mwg-rs:Regions>\n"
    )


def _microsoft_list(root: Node, pixels: Pixels) -> _List:
    found = next((each for d in descriptions(root) if (each := prop(d, f"{MP} RegionInfo"))), None)
    listed = [
        _Listed(each, Region(plain(microsoft_name(each)), upright(box, pixels.orientation)))
        for description in descriptions(root)
        for each in microsoft_items(description)
        if (box := microsoft_box(each))
    ]
    return _List(
        found,
        container(prop(found, f"{MP_INFO} Regions")) if found else None,
        listed,
        lambda region: _microsoft_item(region.name, stored(region.box, pixels.orientation)),
        _microsoft_regions,
    )


def _microsoft_item(name: str, box: Box) -> str:
    rectangle = ", ".join(_digits(each) for each in (box.left, box.top, box.width, box.height))
    return (
        f'<rdf:li xmlns:rdf="{RDF}" xmlns:MPReg="{MP_REGION}">'
        f'<rdf:Description MPReg:Rectangle="{rectangle}"'
        f" MPReg:PersonDisplayName={_quoted(name)}/></rdf:li>\n"
    )


def _microsoft_regions(inner: str) -> str:
    return (
        f'<MP:RegionInfo xmlns:MP="{MP}" xmlns:MPRI="{MP_INFO}" rdf:parseType="Resource">\n'
        f"<MPRI:Regions><rdf:Bag>\n{inner}</rdf:Bag></MPRI:Regions>\n"
        "</MP:RegionInfo>\n"
    )


def _attributes(prefix: str, **shares: float) -> str:
    return " ".join(f'{prefix}:{name}="{_digits(each)}"' for name, each in shares.items())


def _digits(share: float) -> str:
    return f"{share:.{DIGITS}f}"


def _quoted(name: str) -> str:
    return f'"{escape(FORBIDDEN.sub("", name), {chr(34): "&quot;"})}"'
