"""Drawing a face: it is there at once, stays whatever engines find, and teaches the person."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.test import override_settings
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from faces.actions.drawing import draw_face
from faces.actions.labelling import Outcome, label_faces
from faces.actions.training import TrainingParameters, train
from faces.actions.undoing import undo_event
from faces.models import BY_HAND, Dismissal, Embedding, Face, Guess, LabelEvent, Person
from faces.recognition.geometry import Box, match_faces
from photos.actions.scanning import scan_photo
from photos.imaging.decoding import decode_image
from photos.models import Library, Photo
from project.jobs.models import Job
from tests.factories import MODEL, make_face, make_library, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db

BOX = Box(0.1, 0.2, 0.3, 0.3)
PENDING, SCANNED = Photo.State.PENDING, Photo.State.SCANNED


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[None]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    """A photo of 600 × 400 pixels in which there is nothing to be found."""
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (600, 400), "grey").save(tmp_path / "pictures" / "a.jpg")
    return make_photo(make_library(path=tmp_path / "pictures"), path="a.jpg")


def draw(photo: Photo, box: Box = BOX, *, person: Person | None = None, name: str = "") -> Outcome:
    return draw_face(owner=make_user(), photo=photo, box=box, person=person, name=name)


def scan(photo: Photo) -> list[Face]:
    """Look into a photo with the engine in force; return its faces from left to right."""
    photo.refresh_from_db()
    scan_photo(photo, seconds=60, and_then=lambda problem: None)
    return list(Face.objects.filter(photo=photo).order_by("left"))


def test_a_drawn_face_is_there_at_once_with_its_crop_and_the_photo_is_looked_into(
    photo: Photo,
) -> None:
    outcome = draw(photo)
    face = Face.objects.get()
    assert (outcome.changed, outcome.person) == ([face.pk], None)
    assert (face.box, face.detector, face.person, face.labelled_at) == (BOX, BY_HAND, None, None)
    assert (face.size_px, face.likelihood) == (120, 1.0)
    assert Image.open(default_storage.open(face.crop_name)).size == (240, 240)
    photo.refresh_from_db()
    assert photo.state == PENDING
    assert Job.objects.filter(kind=Job.Kind.SCAN).exists()


def test_a_drawn_face_can_be_labelled_with_a_person_or_a_name(photo: Photo) -> None:
    ann = make_person("Ann")
    assert draw(photo, person=ann).person == ann
    bob = draw(photo, Box(0.6, 0.2, 0.2, 0.3), name="Bob").person
    assert bob is not None
    assert bob.name == "Bob"
    assert [face.person for face in Face.objects.order_by("left")] == [ann, bob]
    assert all(face.labelled_at for face in Face.objects.all())


def test_an_unknown_person_has_to_have_a_name_first(photo: Photo) -> None:
    with pytest.raises(ValidationError, match="a name"):
        draw(photo, person=make_person(""))
    assert not Face.objects.exists()


@pytest.mark.parametrize(
    "box",
    [
        Box(-0.1, 0.2, 0.3, 0.3),
        Box(0.8, 0.2, 0.3, 0.3),
        Box(0.1, 0.2, 0.3, 0.9),
        Box(0.1, 0.2, -0.3, 0.3),
        Box(float("nan"), 0.2, 0.3, 0.3),
        Box(0.1, 0.2, float("inf"), 0.3),
    ],
)
def test_a_box_that_is_not_within_the_photo_is_refused(photo: Photo, box: Box) -> None:
    with pytest.raises(ValidationError, match="within the photo"):
        draw(photo, box)


def test_a_box_too_small_to_tell_who_it_is_is_refused_with_its_size(photo: Photo) -> None:
    with pytest.raises(ValidationError, match="12 × 40 pixels of the photo; a face needs 16 × 16"):
        draw(photo, Box(0.1, 0.2, 0.02, 0.1))


def test_a_box_nearly_that_of_a_known_face_is_refused_with_its_name(photo: Photo) -> None:
    face = make_face(photo, box=BOX, person=make_person("Ann"))
    with pytest.raises(ValidationError, match=rf"Here is a face already: {face.pk} \(Ann\)"):
        draw(photo, Box(0.12, 0.22, 0.3, 0.3))
    assert draw(photo, Box(0.3, 0.4, 0.3, 0.3)).changed


def test_nothing_is_drawn_on_a_file_that_is_gone(photo: Photo) -> None:
    photo.file.place.unlink()
    with pytest.raises(ValidationError, match="The file was gone"):
        draw(photo)
    assert not Face.objects.exists()
    assert not LabelEvent.objects.exists()


def test_undoing_it_leaves_nothing_of_the_face(
    photo: Photo, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    event = draw(photo, name="Ann").event
    assert event is not None
    (face,) = scan(photo)
    assert Embedding.objects.filter(face=face).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert undo_event(owner=make_user(), event=event).changed == [face.pk]
    assert not (Face.objects.exists() or Embedding.objects.exists() or Dismissal.objects.exists())
    assert not default_storage.exists(face.crop_name)


def test_undoing_it_is_refused_once_something_else_was_said_of_the_face(photo: Photo) -> None:
    event = draw(photo).event
    assert event is not None
    label_faces(owner=make_user(), faces=Face.objects.all(), name="Ann")
    with pytest.raises(ValidationError, match="changed since"):
        undo_event(owner=make_user(), event=event)
    assert Face.objects.exists()


@pytest.mark.parametrize("name", ["", "Ann"])
def test_where_no_engine_sees_a_face_it_gets_its_embedding_and_stays(
    photo: Photo, name: str
) -> None:
    pk = draw(photo, name=name).changed[0]
    for _ in range(2):
        (face,) = scan(photo)
        assert (face.pk, face.box, face.detector, face.likelihood) == (pk, BOX, BY_HAND, 1.0)
        assert face.embeddings.count() == 1
    photo.refresh_from_db()
    assert photo.state == SCANNED


def test_a_face_that_the_engine_finds_in_the_drawn_box_is_no_second_one(shared: Path) -> None:
    photo = friends(shared, "friends_019.jpg")
    before = len(scan(photo))
    jennifer = Face.objects.get(photo=photo, left__gt=0.6, left__lt=0.8)
    found = jennifer.box
    jennifer.delete()
    loose = Box(
        found.left - 0.4 * found.width,
        found.top - 0.5 * found.height,
        found.width * 1.8,
        found.height * 2,
    )
    assert match_faces([loose], [found]) == []
    pk = draw(photo, loose).changed[0]
    assert len(scan(photo)) == before
    again = Face.objects.get(pk=pk)
    assert again.box.corners == pytest.approx(found.corners, abs=1e-6)
    assert again.detector == BY_HAND


def test_a_drawn_face_teaches_who_somebody_is(shared: Path, tmp_path: Path) -> None:
    drawn = friends(shared, "friends_019.jpg")
    others = [friends(shared, f"friends_0{number}.jpg") for number in ("03", "05", "12")]
    (box,) = faces_of(shared, drawn, "Jennifer_Aniston")
    pk = draw(drawn, box, name="Jennifer").changed[0]
    for photo in (drawn, *others):
        scan(photo)
    train(
        owner=make_user(),
        parameters=TrainingParameters(MODEL),
        report=lambda stage, done, total: None,
    )
    guesses = Guess.objects.filter(class_person__name="Jennifer").exclude(face=pk)
    assert guesses.count() >= 2
    for guess in guesses.select_related("face__photo"):
        hers = faces_of(shared, guess.face.photo, "Jennifer_Aniston")
        assert match_faces(hers, [guess.face.box])


def friends(shared: Path, name: str) -> Photo:
    library, _ = Library.objects.get_or_create(
        owner=make_user(), path=str(shared / "photos/album/friends"), defaults={"name": "Friends"}
    )
    return make_photo(library, path=name)


def faces_of(shared: Path, photo: Photo, identity: str) -> list[Box]:
    """Return where somebody is on a photo, by the table that people made."""
    with (shared / "photos/album/faces.csv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["identity"] == identity]
    width, height = decode_image(photo.file).size
    corners = [
        [float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"])]
        for row in rows
        if row["photo"] == f"friends/{photo.path}"
    ]
    return [
        Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
        for left, top, right, bottom in corners
    ]
