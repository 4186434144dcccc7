"""Names of people in XMP: regions of MWG, Microsoft and ACDSee, and IPTC's PersonInImage."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from faces.interchange.boxes import Size, around, clipped, frame, overlap, upright
from faces.interchange.xmp import (
    Node,
    XmpError,
    descriptions,
    items,
    numbers,
    parse,
    prop,
    readable,
    value,
)
from faces.recognition.geometry import Box

MWG = "http://www.metadataworkinggroup.com/schemas/regions/"
AREA = "http://ns.adobe.com/xmp/sType/Area#"
DIMENSIONS = "http://ns.adobe.com/xap/1.0/sType/Dimensions#"
MP = "http://ns.microsoft.com/photo/1.2/"
MP_INFO = "http://ns.microsoft.com/photo/1.2/t/RegionInfo#"
MP_REGION = "http://ns.microsoft.com/photo/1.2/t/Region#"
ACDSEE = "http://ns.acdsee.com/regions/"
ACDSEE_AREA = "http://ns.acdsee.com/sType/Area#"
ACDSEE_DIMENSIONS = "http://ns.acdsee.com/sType/Dimensions#"
IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"

MOST_REGIONS = 1000  # of one photo
MOST_TOLD = 4000  # of one photo, in all notations and packets together; each is compared with each
# Boxes that overlap so much are around one face, whoever drew them.
ONE_FACE = 0.5


@dataclass(frozen=True)
class Region:
    """Somebody's name at a box of the upright photo."""

    name: str
    box: Box


@dataclass(frozen=True)
class NamesInFile:
    """Who is in a photo, as its file says."""

    regions: tuple[Region, ...] = ()
    names: tuple[str, ...] = ()  # of people without a box

    def __bool__(self) -> bool:
        """Whether there is any name."""
        return bool(self.regions or self.names)


@dataclass(frozen=True)
class Pixels:
    """How the pixels are stored that regions apply to."""

    size: tuple[int, int]
    orientation: int


def read_names(packets: Iterable[bytes], pixels: Pixels) -> NamesInFile:
    """Return the names in XMP packets; those of an earlier packet count before a later one's.

    A packet that is damaged says nothing.
    """
    regions: list[Region] = []
    told: list[Region] = []  # those that another has told already included
    names: list[str] = []
    for packet in packets:
        try:
            root = parse(readable(packet))
        except XmpError:
            continue
        for read in (_mwg, _microsoft, _acdsee, _iptc):
            for description in descriptions(root):
                found, placeless = read(description, pixels)
                found = found[: MOST_TOLD - len(told)]
                regions += [each for each in found if not _is_told(each, told)]
                told += found
                names += placeless
    placed = {each.name.casefold() for each in regions}
    once = {clean.casefold(): clean for name in names if (clean := plain(name))}
    return NamesInFile(
        tuple(regions[:MOST_REGIONS]),
        tuple(name for key, name in once.items() if key not in placed)[:MOST_REGIONS],
    )


def plain(name: str) -> str:
    """Return a name on one line."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", name).split())


def _is_told(region: Region, told: list[Region]) -> bool:
    """Whether another notation has named this face, or placed this person, already."""
    return any(
        region.name.casefold() == each.name.casefold() or overlap(region.box, each.box) >= ONE_FACE
        for each in told
    )


Found = tuple[list[Region], list[str]]


def _placed(
    marked: Iterable[tuple[str, Box | None]], orientation: int | None
) -> tuple[list[Region], list[str]]:
    """Return the named ones of some boxes as regions, and the names without a box."""
    regions, names = [], []
    for name, box in marked:
        if not plain(name):
            continue
        whole = clipped(upright(box, orientation)) if box and orientation else None
        if whole is None:
            names.append(name)
        else:
            regions.append(Region(plain(name), whole))
    return regions, names


def _mwg(description: Node, pixels: Pixels) -> Found:
    regions = prop(description, f"{MWG} Regions")
    if regions is None:
        return [], []
    applied_to = mwg_dimensions(regions)
    faces = [
        (value(each, f"{MWG} Name"), mwg_box(each, applied_to))
        for each in items(prop(regions, f"{MWG} RegionList"))
        if is_mwg_face(each)
    ]
    return _placed(faces, frame(applied_to, pixels.size, pixels.orientation))


def is_mwg_face(item: Node) -> bool:
    """Whether a region is a face: others are pets, barcodes, points of focus."""
    return value(item, f"{MWG} Type").casefold() in ("", "face")


def mwg_dimensions(regions: Node) -> Size | None:
    """Return the size of the picture that MWG's regions apply to, if it is told."""
    return _dimensions(prop(regions, f"{MWG} AppliedToDimensions"), DIMENSIONS)


def mwg_box(item: Node, applied_to: Size | None) -> Box | None:
    """Return the box of an item of MWG's list, on the pixels that it applies to."""
    return _area(prop(item, f"{MWG} Area"), AREA, applied_to)


def _dimensions(node: Node | None, namespace: str) -> Size | None:
    found = numbers(value(node, f"{namespace} {side}") for side in "wh")
    return (found[0], found[1]) if found and min(found) > 0 else None


def _area(node: Node | None, namespace: str, applied_to: Size | None) -> Box | None:
    """Return a box given by its centre; pixels are turned into shares."""
    found = numbers(value(node, f"{namespace} {name}") for name in "xywh")
    if found is None:
        found = _circle(node, namespace, applied_to)
    if found is None or min(found[2:]) <= 0:
        return None
    if value(node, f"{namespace} unit").casefold().startswith("pixel") and applied_to:
        found = tuple(each / applied_to[index % 2] for index, each in enumerate(found))
    return around(found[0], found[1], found[2], found[3])


def _circle(node: Node | None, namespace: str, applied_to: Size | None) -> tuple[float, ...] | None:
    """Return centre and sides of a circle; its diameter is a share of the shorter side."""
    found = numbers(value(node, f"{namespace} {name}") for name in "xyd")
    if found is None:
        return None
    x, y, diameter = found
    width, height = applied_to or (1.0, 1.0)
    shorter = min(width, height)
    return x, y, diameter * shorter / width, diameter * shorter / height


def _microsoft(description: Node, pixels: Pixels) -> Found:
    return _placed(
        ((microsoft_name(each), microsoft_box(each)) for each in microsoft_items(description)),
        pixels.orientation,
    )


def microsoft_items(description: Node) -> list[Node]:
    """Return the items of Microsoft's list of people."""
    info = prop(description, f"{MP} RegionInfo")
    return items(prop(info, f"{MP_INFO} Regions")) if info else []


def microsoft_name(item: Node) -> str:
    """Return whom an item names."""
    return value(item, f"{MP_REGION} PersonDisplayName")


def microsoft_box(item: Node) -> Box | None:
    """Return the box of an item, which is given by left, top, width and height."""
    found = numbers(value(item, f"{MP_REGION} Rectangle").split(","))
    return Box(*found) if found and len(found) == 4 else None


def _acdsee(description: Node, pixels: Pixels) -> Found:
    regions = prop(description, f"{ACDSEE} Regions")
    if regions is None:
        return [], []
    applied_to = _dimensions(prop(regions, f"{ACDSEE} AppliedToDimensions"), ACDSEE_DIMENSIONS)
    listed = items(prop(regions, f"{ACDSEE} RegionList")) or items(regions)
    faces = [
        (value(each, f"{ACDSEE} Name"), _acdsee_box(each, applied_to))
        for each in listed
        if value(each, f"{ACDSEE} Type").casefold() in ("", "face")
    ]
    return _placed(faces, frame(applied_to, pixels.size, pixels.orientation))


def _acdsee_box(item: Node, applied_to: Size | None) -> Box | None:
    """Return the box that a person has drawn, else the one that was found."""
    drawn, found = (
        _area(prop(item, f"{ACDSEE} {name}"), ACDSEE_AREA, applied_to)
        for name in ("DLYArea", "ALGArea")
    )
    return drawn or found


def _iptc(description: Node, pixels: Pixels) -> Found:
    return [], [each.text for each in items(prop(description, f"{IPTC} PersonInImage"))]
