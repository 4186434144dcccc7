"""The benchmark of detection: what counts as found, and as false."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import detection
from benchmarks.detection import LOOKS, Seen, agreement, evenly, pairs, read_marks, score, upright
from faces.recognition.geometry import Box

TABLES = {
    "album/faces.csv": "photo,x1,y1,x2,y2,identity,status\n"
    "a.jpg,0,0,50,50,P1,labelled\na.jpg,60,60,80,80,,ambiguous\n",
    "boxes/boxes.csv": "photo,kind,x1,y1,x2,y2,note,ignore\n"
    "b.jpg,box,1,2,31,42,,0\nstreet_c.jpg,box,1,2,3,4,masked,0\nd.jpg,nose,5,6,,,,0\n",
}


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    for name, text in TABLES.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_marks_are_read_by_set_and_what_is_doubtful_does_not_count(marked: Path) -> None:
    sets = read_marks(marked)
    assert set(sets) == {"album", "boxes", "street", "noses"}
    assert sets["album"][marked / "album/a.jpg"].counted == [True, False]
    assert sets["noses"][marked / "boxes/d.jpg"].corners == [(5, 6, 5, 6)]


def test_so_many_photos_are_taken_evenly(marked: Path) -> None:
    photos = {Path(f"{number}.jpg"): detection.Marks() for number in range(9)}
    assert [path.stem for path in evenly(photos, 3)] == ["0", "4", "8"]
    assert evenly(photos, None) == evenly(photos, 20) == photos


def test_boxes_agree_by_their_overlap_and_noses_by_lying_within() -> None:
    boxes = np.array([[0.0, 0.0, 0.4, 0.4], [0.5, 0.5, 0.9, 0.9]])
    marks = np.array([[0.0, 0.0, 0.4, 0.2], [0.7, 0.7, 0.7, 0.7], [0.5, 0.6, 0.5, 0.6]])
    assert agreement(boxes, marks) == pytest.approx(np.array([[0.5, 0, 0], [0, 1, 0.5]]))


def test_as_many_pairs_as_possible_are_made() -> None:
    found, marked = pairs(np.array([[0.9, 0.6], [0.6, 0.1]]), 0.5)
    assert sorted(zip(found.tolist(), marked.tolist(), strict=True)) == [(0, 1), (1, 0)]


def test_a_face_is_found_once_and_what_does_not_count_is_neither_missed_nor_false() -> None:
    seen = Seen(
        agreement=np.array([[0.7, 0.0, 0.0], [0.6, 0.0, 0.0], [0.0, 0.4, 0.0], [0.0, 0.0, 0.8]]),
        counted=np.array([True, True, False]),
        small=np.array([False, True, False]),
    )
    nothing = Seen(np.zeros((0, 1)), np.array([True]), np.array([False]))
    assert score([seen, nothing]) == pytest.approx(
        {
            "faces": 3,
            "faces below 40 px": 1,
            "recall": 1 / 3,
            "precision": 1 / 3,
            "recall below 40 px": 0,
            "recall at IoU 0.3": 2 / 3,
            "precision at IoU 0.3": 2 / 3,
            "recall below 40 px at IoU 0.3": 1,
        }
    )


@pytest.mark.parametrize("name", LOOKS)
def test_a_box_in_a_turned_photo_is_brought_back(name: str) -> None:
    photo = Image.new("L", (100, 200))
    photo.paste(255, (10, 40, 30, 100))
    turn, place = LOOKS[name]
    turned = photo if turn is None else photo.transpose(turn)
    left, top, right, bottom = turned.getbbox() or (0, 0, 0, 0)
    width, height = turned.size
    box = Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
    assert upright(box, place) == pytest.approx((0.1, 0.2, 0.3, 0.5))


@pytest.mark.parametrize("engine", ["yunet-dlib", "no-such"])
def test_an_engine_that_is_not_to_be_had_is_said_in_one_line(
    engine: str, marked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert detection.main([str(marked), "--engines", engine]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_without_marks_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert detection.main([str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
