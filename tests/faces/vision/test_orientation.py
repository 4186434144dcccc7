"""A face has the same place on the shown picture however the camera was held."""

from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from faces.recognition.geometry import overlaps
from faces.vision.detectors import DlibDetector
from photos.imaging.decoding import TURNS, decode_image
from photos.imaging.raw import decode_raw
from tests.faces.vision.conftest import Open
from tests.raw_files import make_dng

UNDONE = {
    Image.Transpose.ROTATE_90: Image.Transpose.ROTATE_270,
    Image.Transpose.ROTATE_270: Image.Transpose.ROTATE_90,
}


@pytest.fixture(scope="session")
def portrait(photo: Open) -> Image.Image:
    image = photo("formats/immich_test_assets__metadata__faces__portrait.jpg")
    image.thumbnail((480, 480))
    return image.crop((0, 0, image.width // 2 * 2, image.height // 2 * 2))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".dng"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_shows_the_same_face_at_the_same_place(
    portrait: Image.Image, tmp_path: Path, orientation: int, suffix: str
) -> None:
    turn = TURNS.get(orientation)
    lying = portrait if turn is None else portrait.transpose(UNDONE.get(turn, turn))
    path = tmp_path / f"a{suffix}"
    if suffix == ".dng":
        make_dng(path, lying, orientation=orientation, preview=True)
        shown = decode_raw(path).image
    else:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        lying.save(path, exif=exif, quality=95)
        shown = decode_image(path).image
    (expected,) = (face.box for face in DlibDetector(upsampling=0).detect(portrait))
    (found,) = (face.box for face in DlibDetector(upsampling=0).detect(shown))
    assert overlaps(np.array([expected.corners]), np.array([found.corners]))[0, 0] > 0.9
