"""Deleting rows deletes what is biometric of them, and a user takes along all that is theirs."""

from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Model
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from faces.actions.labelling import label_faces
from faces.actions.undoing import undo_event
from faces.models import Draft, Embedding, EngineChoice, Face, LabelEvent, Person
from photos.models import Photo, Upload
from tests.factories import (
    make_evaluation,
    make_face,
    make_group,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_user,
)

VECTOR = [1.0, 0.0]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT, settings.UPLOADS_ROOT = tmp_path / "media", tmp_path / "uploads"
    return tmp_path


def original(photo: Photo) -> Path:
    return Path(photo.library.path) / photo.path


def a_face(owner: User) -> Face:
    """Make a face with all that is kept of it, in a photo that was sent."""
    area = make_library(owner, path=Path(settings.UPLOADS_ROOT) / str(owner.pk))
    Path(area.path).mkdir(parents=True)
    photo = make_photo(area)
    original(photo).write_bytes(b"original")
    face = make_face(photo, vector=VECTOR)
    engine, _ = EngineChoice.objects.get_or_create(name="another", state="preparing")
    crop = f"drafts/1/{photo.pk}-0.webp"
    Draft.objects.create(engine=engine, photo=photo, faces=[{"crop": crop}], vectors=b"biometric")
    for name in (face.crop_name, photo.thumbnail_name, photo.preview_name, crop):
        default_storage.save(name, ContentFile(b"picture"))
    return face


@pytest.mark.parametrize("what", ["face", "photo", "library", "user"])
def test_deleting_reaches_embeddings_and_crops(
    what: str, home: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    face, kept = a_face(make_user()), a_face(make_user("bob"))
    photo = face.photo
    rows: dict[str, Model] = {
        "face": face,
        "photo": photo,
        "library": photo.library,
        "user": photo.library.owner,
    }
    with django_capture_on_commit_callbacks(execute=True):
        rows[what].delete()
    assert Embedding.objects.get().face == kept
    crops = {path.name for path in (home / "media" / "crops").rglob("*.webp")}
    assert crops == {f"{kept.pk}.webp"}
    if what != "face":
        assert Draft.objects.get().photo == kept.photo
        pictures = {path.stem.split("-")[0] for path in (home / "media").rglob("*.webp")}
        assert pictures == {str(kept.pk), str(kept.photo_id)}


def test_a_user_takes_along_all_that_is_theirs(
    home: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    alice, bob = make_user(), make_user("bob")
    face, kept = a_face(alice), a_face(bob)
    ann = make_person()
    outcome = label_faces(owner=alice, faces=Face.objects.filter(pk=face.pk), person=ann)
    assert outcome.event
    undo_event(owner=alice, event=outcome.event)
    make_guess(face, classified=ann)
    make_group(ann)
    make_evaluation(alice)
    upload = Upload.objects.create(owner=alice, name="a.jpg", size=3)
    upload.part.parent.mkdir(parents=True)
    upload.part.write_bytes(b"abc")
    folder = home / "pictures"
    folder.mkdir()
    named = make_photo(make_library(alice, path=folder))
    original(named).write_bytes(b"original")
    with django_capture_on_commit_callbacks(execute=True):
        alice.delete()
    assert not Person.objects.exists() and not LabelEvent.objects.exists()
    assert Photo.objects.get() == kept.photo
    sent = [path for path in (home / "uploads").rglob("*") if path.is_file()]
    assert sent == [original(kept.photo)]
    assert original(named).read_bytes() == b"original"  # a folder that was only named is not Kith's
