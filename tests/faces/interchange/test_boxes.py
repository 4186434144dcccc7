import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from faces.interchange.boxes import clipped, frame, overlap, stored, upright
from faces.recognition.geometry import Box
from photos.imaging.decoding import TURNS

shares = st.floats(0, 1)
orientations = st.integers(1, 8)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(st.floats(0, 0.9)), draw(st.floats(0, 0.9))
    return Box(left, top, draw(st.floats(0.01, 1 - left)), draw(st.floats(0.01, 1 - top)))


@given(boxes(), orientations)
def test_turning_a_box_there_and_back_changes_nothing(box: Box, orientation: int) -> None:
    again = stored(upright(box, orientation), orientation)
    assert again.corners == pytest.approx(box.corners, abs=1e-12)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_box_is_turned_as_the_decoder_turns_the_picture(orientation: int) -> None:
    picture = Image.new("L", (40, 20))
    picture.paste(255, (4, 2, 14, 7))
    turned = picture.transpose(TURNS[orientation]) if orientation > 1 else picture
    left, top, right, bottom = turned.getbbox() or (0, 0, 0, 0)
    box = upright(Box(4 / 40, 2 / 20, 10 / 40, 5 / 20), orientation)
    assert box.corners == pytest.approx(
        (left / turned.width, top / turned.height, right / turned.width, bottom / turned.height)
    )


@given(boxes(), boxes(), orientations)
def test_the_overlap_is_the_same_however_the_photo_is_turned(
    one: Box, other: Box, orientation: int
) -> None:
    turned = overlap(upright(one, orientation), upright(other, orientation))
    assert turned == pytest.approx(overlap(one, other), abs=1e-9)
    assert overlap(other, one) == pytest.approx(overlap(one, other))


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-1, 3), st.floats(-1, 3))
def test_what_is_left_of_a_box_lies_on_the_picture(
    left: float, top: float, width: float, height: float
) -> None:
    box = clipped(Box(left, top, width, height))
    assert box is None or (0 <= box.left < box.corners[2] <= 1 and box.corners[3] <= 1)


@pytest.mark.parametrize(
    ("applied_to", "orientation", "turn"),
    [
        (None, 6, 6),
        ((4000, 3000), 6, 6),  # the stored pixels, as the rules say
        ((1000, 750), 6, 6),  # the same, shrunk
        ((3000, 4000), 6, 1),  # the photo as shown
        ((3000, 4000), 3, None),  # another shape
        ((4000, 2000), 6, None),
        ((0, 0), 8, 8),
    ],
)
def test_the_dimensions_tell_how_boxes_are_turned(
    applied_to: tuple[float, float] | None, orientation: int, turn: int | None
) -> None:
    assert frame(applied_to, (4000, 3000), orientation) == turn
