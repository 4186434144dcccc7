"""People and boxes of Immich, PhotoPrism and LibrePhotos, in the JSON of their APIs."""

import base64
import hashlib
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from faces.actions.elsewhere import FromElsewhere, import_elsewhere
from faces.actions.labelling import unassign_faces
from faces.interchange.elsewhere import ElsewhereError, read_elsewhere
from faces.models import Face, LabelEvent, Mention
from faces.recognition.geometry import Box
from photos.models import Photo
from tests.factories import make_face, make_library, make_photo, make_user

pytestmark = pytest.mark.django_db
HERE, THERE = Box(0.1, 0.1, 0.2, 0.3), Box(0.6, 0.1, 0.2, 0.3)


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    """A photo of 3000 × 2000 pixels with two faces; its file is no picture, but has hashes."""
    (tmp_path / "2019").mkdir()
    (tmp_path / "2019" / "a.jpg").write_bytes(b"the bytes of a photo")
    photo = make_photo(
        make_library(path=tmp_path), path="2019/a.jpg", size=20, width=3000, height=2000
    )
    make_face(photo, box=HERE), make_face(photo, box=THERE)
    return photo


def immich(box: Box = HERE, name: str = "Ann", **asset: Any) -> Any:
    sha1 = base64.b64encode(hashlib.sha1(b"the bytes of a photo").digest()).decode()
    face = {
        "id": "f", "imageWidth": 1440, "imageHeight": 960, "sourceType": "machine-learning",
        "boundingBoxX1": round(box.left * 1440), "boundingBoxY1": round(box.top * 960),
        "boundingBoxX2": round((box.left + box.width) * 1440),
        "boundingBoxY2": round((box.top + box.height) * 960),
    }  # fmt: skip
    return {
        "id": "a", "originalPath": "/usr/src/app/upload/2019/a.jpg", "originalFileName": "a.jpg",
        "checksum": sha1, "exifInfo": {"fileSizeInByte": 20},
        "people": [
            {"id": "p", "name": name, "birthDate": None, "isHidden": False, "faces": [face]},
            {"id": "q", "name": "", "faces": [face]},
        ],
    } | asset  # fmt: skip


def photoprism(**marker: Any) -> Any:
    told = {"UID": "m", "Type": "face", "Name": "Ann", "X": 0.1, "Y": 0.1, "W": 0.2, "H": 0.3}
    return {
        "UID": "p",
        "OriginalName": "",
        "Files": [
            {
                "Name": "2019/a.jpg",
                "Hash": hashlib.sha1(b"the bytes of a photo").hexdigest(),
                "Primary": True,
                "Markers": [told | marker, {"Type": "face", "X": 0.6, "Y": 0.1, "W": 0.2}],
            }
        ],
    }


def librephotos(**person: Any) -> Any:
    # Of 1620 × 1080 pixels.
    where = {"left": 162, "top": 108, "right": 486, "bottom": 432}
    told = {"name": "Ann", "type": "user", "probability": 1, "location": where, "face_id": 1}
    return {
        "image_hash": hashlib.md5(b"the bytes of a photo").hexdigest() + "1",
        "image_path": ["/data/2019/a.jpg"],
        "size": 20,
        "people": [told | person, {"name": "Unknown - Other", "type": "cluster"}],
    }


def taken_over(program: str, *answers: Any) -> FromElsewhere:
    text = "\n".join(json.dumps(each) for each in answers)
    return import_elsewhere(
        owner=make_user(),
        source=Mention.Source(program),
        photos=list(read_elsewhere(program, text)),
    )


def labels() -> dict[float, str]:
    named = Face.objects.exclude(person=None).select_related("person")
    return {face.left: str(face.person) for face in named}


ANSWERS = [
    ("immich", immich()),
    ("immich", {"assets": {"items": [immich()], "nextPage": None}}),
    ("photoprism", [photoprism()]),
    ("photoprism", photoprism()),
    ("librephotos", librephotos()),
    ("librephotos", {"results": [librephotos()]}),
]


@pytest.mark.parametrize(("program", "answer"), ANSWERS)
def test_a_box_names_the_face_that_it_overlaps_once(
    photo: Photo, program: str, answer: Any
) -> None:
    for _ in range(2):
        result = taken_over(program, answer)
        assert (result.photos, result.missing, result.scanned) == (1, [], 0)
        assert labels() == {HERE.left: "Ann"}
    assert LabelEvent.objects.get().verb == LabelEvent.Verb.IMPORT
    assert Mention.objects.get().source == program
    unassign_faces(owner=make_user(), faces=Face.objects.all())
    taken_over(program, answer)
    assert labels() == {}


def test_a_box_without_a_face_has_the_photo_scanned(photo: Photo) -> None:
    result = taken_over("immich", immich(Box(0.4, 0.6, 0.1, 0.2)))
    photo.refresh_from_db()
    assert (result.scanned, photo.state) == (1, Photo.State.PENDING)
    assert Mention.objects.get().taken_at is None


def test_people_without_boxes_are_hints(photo: Photo) -> None:
    told = immich(people=[{"name": "Ann"}, {"name": "Ben"}])
    assert taken_over("immich", told).taken.hints == 2


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        ("photoprism", photoprism(Invalid=True)),
        ("photoprism", photoprism(Review=True)),
        ("photoprism", photoprism(Type="label")),
        ("librephotos", librephotos(type="classification")),
        ("librephotos", librephotos(name=" ")),
        ("immich", immich(name="")),
    ],
)
def test_what_nobody_is_sure_of_is_left(photo: Photo, program: str, answer: Any) -> None:
    assert taken_over(program, answer).photos == 0
    assert labels() == {}


def test_photos_are_told_by_path_and_size_then_by_hash(photo: Photo) -> None:
    other = make_photo(photo.library, path="2020/a.jpg", size=21)
    make_face(other, box=HERE)
    taken_over("photoprism", photoprism())
    assert Face.objects.get(person__name="Ann").photo == photo
    renamed = immich(name="Ben", originalPath="/x/renamed.jpg", originalFileName="renamed.jpg")
    assert taken_over("immich", renamed).photos == 1
    renamed |= {"checksum": "", "exifInfo": None}
    assert taken_over("immich", renamed).missing == ["/x/renamed.jpg"]


@pytest.mark.parametrize("program", ["immich", "photoprism", "librephotos"])
@pytest.mark.parametrize("text", ["no JSON", '[{"originalPath": 3, "Files": 3, "image_path": 3}]'])
def test_what_is_no_answer_of_the_program_is_refused(photo: Photo, program: str, text: str) -> None:
    photos: Iterator[Any] = read_elsewhere(program, text)
    with pytest.raises(ElsewhereError):
        assert list(photos) and False


def test_the_command_says_what_was_matched(photo: Photo, tmp_path: Path) -> None:
    file, out = tmp_path / "people.json", StringIO()
    lost = immich(originalPath="/lost.jpg", originalFileName="lost.jpg", checksum="")
    file.write_text(json.dumps([immich(), lost]), encoding="utf-8")
    call_command("import_people", "immich", file, "--library", str(tmp_path), stdout=out)
    said = out.getvalue()
    assert "1 photos are here, 1 are not" in said
    assert "faces labelled: 1" in said
    assert "not here: /lost.jpg" in said
    file.write_text("nonsense", encoding="utf-8")
    with pytest.raises(CommandError, match="no JSON"):
        call_command("import_people", "immich", file, "--library", str(tmp_path))
