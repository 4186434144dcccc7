"""Reading and merging XMP of other programs, also when it is damaged or made to do harm."""

import time
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.interchange.boxes import stored
from faces.interchange.regions import NamesInFile, Pixels, Region, read_names
from faces.interchange.writing import EMPTY, write_names
from faces.interchange.xmp import XmpError, parse
from faces.recognition.geometry import Box

LANDSCAPE = Pixels((4000, 3000), 1)
ANN = Region("Ann", Box(0.1, 0.2, 0.2, 0.3))
BEN = Region("Ben", Box(0.6, 0.5, 0.1, 0.2))
HEAD = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about=""'
    ' xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"'
    ' xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#"'
    ' xmlns:stDim="http://ns.adobe.com/xap/1.0/sType/Dimensions#"'
    ' xmlns:MP="http://ns.microsoft.com/photo/1.2/"'
    ' xmlns:MPRI="http://ns.microsoft.com/photo/1.2/t/RegionInfo#"'
    ' xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#"'
    ' xmlns:acdsee-rs="http://ns.acdsee.com/regions/"'
    ' xmlns:acdsee-stArea="http://ns.acdsee.com/sType/Area#"'
    ' xmlns:acdsee-stDim="http://ns.acdsee.com/sType/Dimensions#"'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:own="https://example.org/own#">'
)
TAIL = "</rdf:Description></rdf:RDF></x:xmpmeta>"


def packet(inner: str) -> bytes:
    return (HEAD + inner + TAIL).encode()


def mwg(*items: str, dimensions: str = 'stDim:w="4000" stDim:h="3000"') -> str:
    listed = "".join(f"<rdf:li>{item}</rdf:li>" for item in items)
    return (
        '<mwg-rs:Regions rdf:parseType="Resource">'
        f'<mwg-rs:AppliedToDimensions {dimensions} stDim:unit="pixel"/>'
        f"<mwg-rs:RegionList><rdf:Bag>{listed}</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>"
    )


def item(
    name: str = "Ann",
    area: str = 'stArea:x="0.2" stArea:y="0.35" stArea:w="0.2" '
    'stArea:h="0.3" stArea:unit="normalized"',
    more: str = "",
) -> str:
    return (
        f'<rdf:Description mwg-rs:Name="{name}" mwg-rs:Type="Face">'
        f"<mwg-rs:Area {area}/>{more}</rdf:Description>"
    )


def names(inner: str, pixels: Pixels = LANDSCAPE) -> NamesInFile:
    return read_names([packet(inner)], pixels)


def near(region: Region, box: Box) -> bool:
    return region.box.corners == pytest.approx(box.corners, abs=1e-6)


def test_mwg_counts_from_the_centre() -> None:
    (found,) = names(mwg(item())).regions
    assert found.name == "Ann"
    assert near(found, ANN.box)


def test_an_area_in_pixels_is_understood() -> None:
    area = 'stArea:x="800" stArea:y="1050" stArea:w="800" stArea:h="900" stArea:unit="pixel"'
    assert near(names(mwg(item(area=area))).regions[0], ANN.box)


def test_a_circle_is_a_box_around_it() -> None:
    area = 'stArea:x="0.5" stArea:y="0.5" stArea:d="0.4" stArea:unit="normalized"'
    assert near(names(mwg(item(area=area))).regions[0], Box(0.35, 0.3, 0.3, 0.4))


def test_microsoft_counts_from_the_left_top_corner() -> None:
    found = names(
        '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li'
        ' MPReg:Rectangle="0.1, 0.2, 0.2, 0.3" MPReg:PersonDisplayName="Ann"/>'
        '<rdf:li MPReg:Rectangle="0.5, 0.5, 0.1, 0.1"/></rdf:Bag></MPRI:Regions></MP:RegionInfo>'
    )
    assert [each.name for each in found.regions] == ["Ann"]
    assert near(found.regions[0], ANN.box)


def test_acdsee_regions_prefer_what_a_person_has_drawn() -> None:
    area = (
        'acdsee-stArea:x="{x}" acdsee-stArea:y="0.35" acdsee-stArea:w="0.2" acdsee-stArea:h="0.3"'
    )
    found = names(
        '<acdsee-rs:Regions rdf:parseType="Resource">'
        '<acdsee-rs:AppliedToDimensions acdsee-stDim:w="4000" acdsee-stDim:h="3000"/>'
        '<acdsee-rs:RegionList><rdf:Bag><rdf:li><rdf:Description acdsee-rs:Type="Face"'
        f' acdsee-rs:Name="Ann"><acdsee-rs:ALGArea {area.format(x=0.9)}/>'
        f"<acdsee-rs:DLYArea {area.format(x=0.2)}/></rdf:Description></rdf:li></rdf:Bag>"
        "</acdsee-rs:RegionList></acdsee-rs:Regions>"
    )
    assert near(found.regions[0], ANN.box)


def test_the_same_face_in_two_notations_is_one_region() -> None:
    microsoft = (
        '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li'
        ' MPReg:Rectangle="0.11, 0.2, 0.2, 0.3" MPReg:PersonDisplayName="ANN"/></rdf:Bag>'
        "</MPRI:Regions></MP:RegionInfo>"
    )
    assert [each.name for each in names(microsoft + mwg(item())).regions] == ["Ann"]


def test_what_is_beside_the_file_counts_before_what_is_in_it() -> None:
    both = read_names([packet(mwg(item("Anna"))), packet(mwg(item("Ann")))], LANDSCAPE)
    assert [each.name for each in both.regions] == ["Anna"]


def test_a_face_with_another_name_beside_the_file_is_not_told_by_any_notation_in_it() -> None:
    microsoft = (
        '<MP:RegionInfo rdf:parseType="Resource"><MPRI:Regions><rdf:Bag><rdf:li'
        ' MPReg:Rectangle="0.7, 0.7, 0.2, 0.2" MPReg:PersonDisplayName="Ann"/></rdf:Bag>'
        "</MPRI:Regions></MP:RegionInfo>"
    )
    both = read_names([packet(mwg(item("Anna"))), packet(mwg(item("Ann")) + microsoft)], LANDSCAPE)
    assert [each.name for each in both.regions] == ["Anna"]


def test_a_name_without_a_box_is_kept_apart() -> None:
    listed = "<Iptc4xmpExt:PersonInImage><rdf:Bag><rdf:li>Ann</rdf:li><rdf:li>Cleo</rdf:li>"
    found = names(mwg(item()) + listed + "</rdf:Bag></Iptc4xmpExt:PersonInImage>")
    assert [each.name for each in found.regions] == ["Ann"]
    assert found.names == ("Cleo",)


def test_regions_of_a_picture_that_was_cropped_since_are_names_only() -> None:
    found = names(mwg(item(), dimensions='stDim:w="4000" stDim:h="1000"'))
    assert found == NamesInFile(names=("Ann",))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_dimensions_of_the_photo_as_shown_are_told_from_those_stored(orientation: int) -> None:
    shown = 'stDim:w="3000" stDim:h="4000"'
    found = names(mwg(item(), dimensions=shown), Pixels((4000, 3000), orientation))
    if orientation >= 5:
        assert near(found.regions[0], ANN.box)
    else:
        assert found.regions == ()


@pytest.mark.parametrize(
    "area",
    [
        'stArea:x="NaN" stArea:y="0.5" stArea:w="0.1" stArea:h="0.1"',
        'stArea:x="1e999" stArea:y="0.5" stArea:w="0.1" stArea:h="0.1"',
        'stArea:x="0.5" stArea:y="0.5" stArea:w="0" stArea:h="0.1"',
        'stArea:x="0.5" stArea:y="0.5" stArea:w="-1" stArea:h="0.1"',
        'stArea:x="7" stArea:y="7" stArea:w="0.1" stArea:h="0.1"',
        'stArea:x="0,5" stArea:y="0.5" stArea:w="0.1" stArea:h="0.1"',
        'stArea:x="0.5"',
    ],
)
def test_a_senseless_area_leaves_the_name(area: str) -> None:
    assert names(mwg(item(area=area))) == NamesInFile(names=("Ann",))


def test_a_box_over_the_edge_is_cut_off_there() -> None:
    area = 'stArea:x="0" stArea:y="0.5" stArea:w="0.4" stArea:h="0.2"'
    assert near(names(mwg(item(area=area))).regions[0], Box(0, 0.4, 0.2, 0.2))


def test_names_are_brought_on_one_line() -> None:
    assert names(mwg(item("  Ann&#10;&#9;Lee "))).regions[0].name == "Ann Lee"


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE bomb [<!ENTITY a "aaaaaaaaaa">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)


@pytest.mark.parametrize(
    "harmful",
    [
        b"",
        b"\0" * 1000,
        b"no XMP at all",
        b"<x:xmpmeta",
        packet(mwg(item()))[:-20],
        (BOMB + HEAD.replace('about=""', 'about="&i;"') + TAIL).encode(),
        b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        b"<a>" * 100_000,
        b"<a/>" * 1_000_000,
        HEAD.encode() + b"<own:a/>" * 300_000 + TAIL.encode(),
        HEAD.encode() + b"x" * 10_000_000 + TAIL.encode(),
    ],
    ids=[
        "empty",
        "zeros",
        "text",
        "cut",
        "cut-later",
        "bomb",
        "outside",
        "deep",
        "wide",
        "elements",
        "10MB",
    ],
)
def test_harmful_xmp_says_nothing_and_takes_no_time(harmful: bytes) -> None:
    began = time.perf_counter()
    assert read_names([harmful, packet(mwg(item()))], LANDSCAPE).regions == (
        names(mwg(item())).regions
    )
    assert time.perf_counter() - began < 2
    with pytest.raises(XmpError):
        write_names(harmful, [ANN], [], LANDSCAPE)


def test_invalid_utf_8_costs_a_character_and_no_more() -> None:
    broken = packet(mwg(item("Ann L?e"))).replace(b"L?e", b"L\xffe")
    assert read_names([broken], LANDSCAPE).regions[0].name == "Ann L\ufffde"
    with pytest.raises(XmpError):
        write_names(broken, [BEN], [], LANDSCAPE)


def test_utf_16_is_read() -> None:
    text = packet(mwg(item("Änn"))).decode()
    assert read_names([text.encode("utf-16")], LANDSCAPE).regions[0].name == "Änn"


OTHERS = (
    '<own:note a="1">  &lt;kept&gt; as it <!-- was --> </own:note>'
    "<dc:subject><rdf:Bag><rdf:li>People/Ann</rdf:li></rdf:Bag></dc:subject>"
)


def test_other_programs_words_stay_byte_for_byte() -> None:
    before = packet(
        OTHERS
        + mwg(
            item("Rex").replace("Face", "Pet"),
            item(
                "Dora",
                more="<own:x/>",
                area='stArea:x="0.8" stArea:y="0.1" stArea:w="0.1" stArea:h="0.1"',
            ),
        )
    )
    after = write_names(before, [ANN, BEN], [], LANDSCAPE)
    for piece in (OTHERS, 'mwg-rs:Name="Rex"', "<own:x/>"):
        assert piece.encode() in after
    assert {each.name for each in read_names([after], LANDSCAPE).regions} == {"Ann", "Ben", "Dora"}
    ElementTree.fromstring(after)


def test_writing_twice_is_writing_once() -> None:
    once = write_names(packet(OTHERS), [ANN, BEN], [], LANDSCAPE)
    assert write_names(once, [ANN, BEN], [], LANDSCAPE) == once
    assert write_names(packet(mwg(item())), [], [], LANDSCAPE) == packet(mwg(item()))


def test_another_name_for_the_same_face_takes_the_place_of_the_old_one() -> None:
    before = write_names(EMPTY, [ANN, BEN], [], LANDSCAPE)
    after = write_names(before, [Region("Anna", ANN.box), BEN], [], LANDSCAPE)
    assert {each.name for each in read_names([after], LANDSCAPE).regions} == {"Anna", "Ben"}
    assert b">Ann<" not in after and b'"Ann"' not in after


def test_a_name_that_is_gone_is_taken_out_and_nothing_else() -> None:
    before = write_names(packet(OTHERS), [ANN, BEN], [], LANDSCAPE)
    after = write_names(before, [BEN], [ANN], LANDSCAPE)
    assert [each.name for each in read_names([after], LANDSCAPE).regions] == ["Ben"]
    assert OTHERS.encode() in after
    nobody = write_names(after, [], [BEN], LANDSCAPE)
    assert read_names([nobody], LANDSCAPE) == NamesInFile()


def test_a_list_without_items_is_filled() -> None:
    empty = packet(mwg().replace("<rdf:Bag></rdf:Bag>", "<rdf:Bag/>"))
    for before in (empty, packet(mwg())):
        after = write_names(before, [ANN], [], LANDSCAPE)
        assert [each.name for each in read_names([after], LANDSCAPE).regions] == ["Ann"]
        ElementTree.fromstring(after)


def test_regions_of_another_shape_are_not_mixed_with_ours() -> None:
    stale = packet(mwg(item(), dimensions='stDim:w="4000" stDim:h="1000"'))
    with pytest.raises(XmpError, match="cropped"):
        write_names(stale, [BEN], [], LANDSCAPE)


def test_a_packet_without_any_description_takes_names() -> None:
    for rdf in (
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>",
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'></rdf:RDF>",
    ):
        bare = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{rdf}</x:xmpmeta>".encode()
        after = write_names(bare, [ANN], [], LANDSCAPE)
        assert [each.name for each in read_names([after], LANDSCAPE).regions] == ["Ann"]


shares = st.floats(0.05, 0.4)
boxes = st.builds(Box, shares, shares, shares, shares)
words = st.text(min_size=1, max_size=40).filter(lambda text: text.strip())


@given(words, boxes, st.integers(1, 8))
def test_what_is_written_is_read_again(name: str, box: Box, orientation: int) -> None:
    pixels = Pixels((4000, 3000), orientation)
    try:
        written = write_names(EMPTY, [Region(name, box)], [], pixels)
    except UnicodeEncodeError:  # half a character
        return
    found = read_names([written], pixels)
    if found:
        assert near(found.regions[0], box)
        assert len(found.regions) == 1


@given(st.binary(max_size=300))
def test_any_bytes_are_harmless(junk: bytes) -> None:
    read_names([junk, HEAD.encode() + junk + TAIL.encode()], LANDSCAPE)


def test_boxes_are_written_for_the_pixels_as_they_are_stored() -> None:
    written = write_names(EMPTY, [ANN], [], Pixels((4000, 3000), 6)).decode()
    box = stored(ANN.box, 6)
    assert f'stArea:x="{box.left + box.width / 2:.6f}"' in written
    assert 'stDim:w="4000" stDim:h="3000"' in written


def test_the_tree_knows_where_each_element_lies() -> None:
    source = b"<a><b/><c></c><d>/></d><e><f/></e></a>"
    pieces = [source[node.start : node.end] for node in parse(source).walk() if node.tag]
    assert pieces == [source, b"<b/>", b"<c></c>", b"<d>/></d>", b"<e><f/></e>", b"<f/>"]


def test_very_many_regions_in_several_packets_are_read_in_no_time() -> None:
    def crowded(first: int) -> bytes:
        items = "".join(
            f'<rdf:li MPReg:Rectangle="{number / 1e5:.5f}, 0.1, 0.002, 0.002"'
            f' MPReg:PersonDisplayName="P{number}"/>'
            for number in range(first, first + 40_000)
        )
        listed = f"<MPRI:Regions><rdf:Bag>{items}</rdf:Bag></MPRI:Regions>"
        return packet(f'<MP:RegionInfo rdf:parseType="Resource">{listed}</MP:RegionInfo>')

    packets = [crowded(0), crowded(40_000)]
    began = time.monotonic()
    assert len(read_names(packets, LANDSCAPE).regions) == 1000
    assert time.monotonic() - began < 10
