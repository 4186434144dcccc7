"""Names written by Kith and read by exiftool, in every format and orientation."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from faces.interchange.boxes import upright
from faces.interchange.files import WriteError, refuse_unwritable, write_into, write_sidecar
from faces.interchange.regions import NamesInFile, Pixels, Region, read_names
from faces.interchange.writing import EMPTY, write_names
from faces.recognition.geometry import Box
from photos.imaging.decoding import decode_image
from photos.imaging.metadata import read_embedded, read_metadata
from tests.faces.interchange.conftest import Exiftool
from tests.files import inside

ANN = Region("Änn «Ö» & <Söhne> 安", Box(0.1, 0.2, 0.15, 0.3))
BEN = Region('Ben "the Boss" O\'Neill', Box(0.6, 0.1, 0.2, 0.25))
NEAR = 0.01  # of a side


def names_in(path: Path) -> NamesInFile:
    read = read_metadata(path)
    return read_names(read.packets, Pixels(read.size, read.orientation))


def same(found: NamesInFile, *wanted: Region) -> None:
    assert {each.name for each in found.regions} == {each.name for each in wanted}
    boxes = {each.name: each.box.corners for each in found.regions}
    for each in wanted:
        assert boxes[each.name] == pytest.approx(each.box.corners, abs=NEAR)


def by_exiftool(told: dict[str, Any], orientation: int) -> dict[str, Region]:
    """What exiftool reads of MWG's and Microsoft's regions, as it lies on the upright photo."""
    found = {}
    for each in told["RegionInfo"]["RegionList"]:
        area = each["Area"]
        box = Box(area["X"] - area["W"] / 2, area["Y"] - area["H"] / 2, area["W"], area["H"])
        found["MWG " + each["Name"]] = Region(each["Name"], upright(box, orientation))
    for each in told["RegionInfoMP"]["Regions"]:
        left, top, width, height = map(float, each["Rectangle"].split(","))
        box = Box(left, top, width, height)
        name = each["PersonDisplayName"]
        found["MP " + name] = Region(name, upright(box, orientation))
    return found


def read_by_exiftool(exiftool: Exiftool, path: Path, orientation: int, *wanted: Region) -> None:
    told = exiftool("-RegionInfo", "-RegionInfoMP", path)
    found = by_exiftool(told, orientation)
    assert len(found) == 2 * len(wanted)
    for each in wanted:
        for notation in ("MWG", "MP"):
            box = found[f"{notation} {each.name}"].box
            assert box.corners == pytest.approx(each.box.corners, abs=NEAR)


def picture(path: Path, orientation: int = 1) -> Path:
    image = Image.linear_gradient("L").resize((64, 48)).convert("RGB")
    image.paste((200, 10, 30), (5, 5, 20, 20))
    exif = Image.Exif()
    exif[274] = orientation
    image.save(path, exif=exif)
    return path


def add_names(path: Path, *regions: Region, into: bool, gone: tuple[Region, ...] = ()) -> None:
    orientation, size, packets = read_embedded(path)
    pixels = Pixels(size, orientation)
    sidecar = path.with_name(path.name + ".xmp")
    if into:
        packet = packets[0] if packets else EMPTY
        write_into(inside(path), write_names(packet, regions, gone, pixels), lambda new: None)
    else:
        packet = sidecar.read_bytes() if sidecar.exists() else EMPTY
        write_sidecar(inside(sidecar), write_names(packet, regions, gone, pixels))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("suffix", "into"),
    [("jpg", True), ("png", True), ("webp", True), ("tif", True), ("jpg", False)],
)
def test_exiftool_reads_what_kith_writes(
    exiftool: Exiftool, tmp_path: Path, suffix: str, into: bool, orientation: int
) -> None:
    path = picture(tmp_path / f"photo.{suffix}", orientation)
    before = decode_image(path).image.tobytes()
    add_names(path, ANN, BEN, into=into)
    read_by_exiftool(
        exiftool, path if into else path.with_name(path.name + ".xmp"), orientation, ANN, BEN
    )
    same(names_in(path), ANN, BEN)
    assert decode_image(path).image.tobytes() == before
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


@pytest.mark.parametrize(
    "name",
    [
        "lychee__classic-car.heic",
        "metadata-extractor-images__heic__cheers_1440x960.heic",
        "photoprism_examples__fox.profile0.8bpc.yuv420.avif",
        "lychee__orientation-90.jpg",
        "lychee__orientation-vflip.jpg",
        "lychee__webp.webp",
        *(f"exif_orientation__Landscape_{orientation}.jpg" for orientation in range(1, 9)),
    ],
)
def test_real_files_keep_their_picture_and_get_their_names(
    exiftool: Exiftool, shared: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes((shared / "photos" / "formats" / name).read_bytes())
    before = decode_image(path).image.tobytes()
    add_names(path, ANN, BEN, into=True)
    orientation, _, _ = read_embedded(path)
    read_by_exiftool(exiftool, path, orientation, ANN, BEN)
    same(names_in(path), ANN, BEN)
    assert decode_image(path).image.tobytes() == before


@pytest.mark.parametrize(
    ("suffix", "orientation"), [*(("jpg", each) for each in range(1, 9)), ("tif", 6), ("png", 8)]
)
def test_regions_that_exiftool_writes_are_read(
    exiftool: Exiftool, tmp_path: Path, suffix: str, orientation: int
) -> None:
    path = picture(tmp_path / f"photo.{suffix}", orientation)
    exiftool(
        "-overwrite_original",
        "-RegionInfo={AppliedToDimensions={W=64,H=48,Unit=pixel},RegionList=["
        "{Area={X=0.3,Y=0.4,W=0.2,H=0.1,Unit=normalized},Name=Ann,Type=Face},"
        "{Area={X=0.8,Y=0.7,W=0.1,H=0.1,Unit=normalized},Type=Face},"
        "{Area={X=0.1,Y=0.1,W=0.1,H=0.1,Unit=normalized},Name=Rex,Type=Pet}]}",
        "-RegionInfoMP={Regions=[{PersonDisplayName=Ben,Rectangle=0.6|, 0.5|, 0.2|, 0.3}]}",
        "-PersonInImage=Cleo",
        path,
    )
    found = names_in(path)
    same(
        found,
        Region("Ann", upright(Box(0.2, 0.35, 0.2, 0.1), orientation)),
        Region("Ben", upright(Box(0.6, 0.5, 0.2, 0.3), orientation)),
    )
    assert found.names == ("Cleo",)


def test_the_same_face_turned_has_the_same_box(shared: Path) -> None:
    formats = shared / "photos" / "formats"
    names = [
        names_in(formats / f"immich_test_assets__metadata__faces__{name}.jpg")
        for name in ("portrait", "portrait-orientation-6")
    ]
    assert {each.name for each in names[0].regions} == {"Marie Curie", "Pierre Curie"}
    same(names[1], *names[0].regions)


def test_xmp_that_takes_several_segments_is_read(exiftool: Exiftool, tmp_path: Path) -> None:
    path = picture(tmp_path / "photo.jpg")
    listed = ",".join(
        f"{{Area={{X=0.5,Y=0.5,W=0.1,H=0.1,Unit=normalized}},Name=Ann,Description={'x' * 900},"
        "Type=Face}"
        for _ in range(100)
    )
    exiftool(
        "-overwrite_original",
        f"-RegionInfo={{AppliedToDimensions={{W=64,H=48,Unit=pixel}},RegionList=[{listed}]}}",
        path,
    )
    assert len(read_embedded(path)[2]) == 2
    assert {each.name for each in names_in(path).regions} == {"Ann"}


def test_what_exiftool_cannot_write_into_is_left_as_it_is(
    exiftool: Exiftool, tmp_path: Path
) -> None:
    path = picture(tmp_path / "photo.jpg")
    whole = path.read_bytes()
    damaged = whole[:2] + b"\xff\xe1\xff" + whole[3:]
    path.write_bytes(damaged)
    with pytest.raises(WriteError):
        write_into(inside(path), EMPTY, lambda new: None)
    assert path.read_bytes() == damaged
    assert [each.name for each in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_copy_that_does_not_say_what_it_should_is_thrown_away(
    exiftool: Exiftool, tmp_path: Path
) -> None:
    path = picture(tmp_path / "photo.jpg")
    before = path.read_bytes()

    def refuse(new: Path) -> None:
        raise WriteError("no")

    with pytest.raises(WriteError, match="no"):
        write_into(inside(path), EMPTY, refuse)
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["photo.jpg"]


def test_a_file_keeps_its_rights(exiftool: Exiftool, tmp_path: Path) -> None:
    path = picture(tmp_path / "photo.jpg")
    path.chmod(0o640)
    add_names(path, ANN, into=True)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_folder_that_cannot_be_written_in_is_refused() -> None:
    with pytest.raises(WriteError, match="Kith may not write in /proc"):
        refuse_unwritable(Path("/proc"))
