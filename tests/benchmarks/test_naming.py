"""The benchmark of naming: who a found face is, by a table or by its folder."""

from pathlib import Path

import pytest

from benchmarks.naming import true_identities
from faces.recognition.geometry import Box
from photos.models import Photo
from tests.factories import make_face, make_library, make_photo

pytestmark = pytest.mark.django_db

LEFT, MIDDLE, RIGHT = (Box(left, 0.4, 0.2, 0.2) for left in (0.0, 0.4, 0.8))


def make_known_photo(path: str) -> Photo:
    return make_photo(make_library(), path=path, width=100, height=100)


def test_a_table_says_whose_found_faces_are(tmp_path: Path) -> None:
    photo = make_known_photo("a/1.jpg")
    ann, stranger = make_face(photo, box=LEFT), make_face(photo, box=MIDDLE)
    unmarked = make_face(photo, box=Box(0, 0, 0.1, 0.1))
    (tmp_path / "faces.csv").write_text(
        "photo,x1,y1,x2,y2,identity,status\n"
        "a/1.jpg,0,41,20,60,Ann,labelled\na/1.jpg,40,41,60,60,,single\n"
        "a/1.jpg,80,41,100,60,,single\na/2.jpg,0,0,9,9,Ann,labelled\na/2.jpg,0,0,9,9,,other\n"
    )
    truth, found = true_identities(tmp_path)
    assert truth[ann.pk] == ("Ann", "labelled")
    assert truth[stranger.pk] == ("a/1.jpg 1", "single")
    assert unmarked.pk not in truth
    assert found == 2 / 4


def test_two_who_were_seen_once_are_two(tmp_path: Path) -> None:
    photo = make_known_photo("1.jpg")
    faces = [make_face(photo, box=box) for box in (LEFT, RIGHT)]
    (tmp_path / "faces.csv").write_text(
        "photo,x1,y1,x2,y2,identity,status\n1.jpg,0,40,20,60,,single\n1.jpg,80,40,100,60,,single\n"
    )
    truth, _ = true_identities(tmp_path)
    assert len({truth[face.pk][0] for face in faces}) == 2


def test_without_a_table_a_folder_is_the_person_nearest_the_centre(tmp_path: Path) -> None:
    photo = make_known_photo("Ann/1.jpg")
    make_face(photo, box=LEFT)
    middle = make_face(photo, box=MIDDLE)
    make_known_photo("Ann/2.jpg")
    assert true_identities(tmp_path) == ({middle.pk: ("Ann", "labelled")}, 0.5)
