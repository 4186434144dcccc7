"""Face recognition switched off for a library, and on again."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from faces import receivers
from faces.actions.copying import copy_faces
from faces.actions.engines import plan_drafts
from faces.actions.labelling import label_faces
from faces.actions.recognising import start_finding_faces, stop_finding_faces
from faces.arrays import load_faces, pack_vectors
from faces.models import Draft, Embedding, EngineChoice, Face, Guess, Mention, Person
from faces.queries.searching import PhotoSearch, photos_found
from photos.imaging.decoding import decode_image
from photos.jobs import start_scan
from photos.models import Library, Photo
from photos.signals import photo_checked, photo_decoded
from project.jobs.models import Job
from project.jobs.running import execute
from tests.factories import (
    MODEL,
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_user,
)

VECTOR = np.eye(1, 128, dtype=np.float32)[0]

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (60, 40), "red").save(folder / "a.jpg")
    return make_library(path=folder)


def off(library: Library, **asked: Any) -> int:
    gone = stop_finding_faces(owner=library.owner, library=library, **asked)
    library.refresh_from_db()
    return gone


def never(*_: object, **__: object) -> None:
    raise AssertionError("a detector was run")


def test_no_detector_runs_on_its_photos(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    off(library)
    monkeypatch.setattr(receivers, "look_into", never)
    job = start_scan(library=library, requested_by=library.owner)
    execute(job.pk)
    photo = library.photos.get()
    assert (photo.state, photo.problem) == (Photo.State.SCANNED, "")
    assert default_storage.exists(photo.thumbnail_name)


def test_faces_that_a_worker_found_before_it_was_switched_off_are_not_stored(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = make_photo(library, path="a.jpg")
    looked: list[Photo] = []
    monkeypatch.setattr(receivers, "look_into", lambda photo, *_, **__: looked.append(photo))
    [(_, store)] = photo_decoded.send(sender=Photo, photo=photo, decoded=decode_image(photo.file))
    off(library)
    store()  # type: ignore[operator, misc]
    assert looked == [photo] and not Face.objects.exists() and not Mention.objects.exists()


def test_what_was_found_stays_and_train_leaves_it_out() -> None:
    quiet, other = make_library(), make_library()
    faces = [make_face(make_photo(each), vector=VECTOR) for each in (quiet, other)]
    label_faces(owner=quiet.owner, faces=Face.objects.all(), name="Ann")
    assert off(quiet) == 0
    assert load_faces(quiet.owner_id, MODEL).faces.tolist() == [faces[1].pk]
    assert Face.objects.filter(person__name="Ann").count() == 2
    assert Embedding.objects.count() == 2


def test_a_user_who_has_switched_off_everything_can_still_train() -> None:
    face = make_face(vector=VECTOR)
    off(face.photo.library)
    assert len(load_faces(face.photo.library.owner_id, MODEL).faces) == 0


def test_kith_has_no_opinion_of_its_faces_any_more() -> None:
    ann, quiet = make_person(), make_library()
    make_guess(make_face(make_photo(quiet)), classified=ann)
    kept = make_guess(make_face(), classified=ann)
    off(quiet)
    assert Guess.objects.get() == kept


def test_no_search_for_people_finds_its_photos() -> None:
    ann, quiet = make_person(), make_library()
    hidden, shown = make_photo(quiet), make_photo()
    for photo in (hidden, shown):
        make_face(photo, person=ann)
    off(quiet)
    assert list(photos_found(make_user(), PhotoSearch(all=(ann.pk,)))) == [shown]
    assert list(photos_found(make_user(), PhotoSearch(faces_min=1))) == [shown]
    assert set(photos_found(make_user(), PhotoSearch())) == {hidden, shown}


def test_no_other_engine_looks_into_its_photos(
    storage: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    quiet, shown = make_library(), make_photo()
    photo = make_photo(quiet)
    engine = EngineChoice.objects.create(name="another", state=EngineChoice.State.PREPARING)
    found = [{"box": [0, 0, 1, 1], "crop": "drafts/1/000000/1-0.webp"}]
    default_storage.save("drafts/1/000000/1-0.webp", ContentFile(b"crop"))
    Draft.objects.create(engine=engine, photo=photo, faces=found, vectors=pack_vectors([VECTOR]))
    with django_capture_on_commit_callbacks(execute=True):
        off(quiet)
    assert not Draft.objects.exists()
    assert not list(storage.rglob("*.webp"))
    assert plan_drafts(engine) == 1
    assert Draft.objects.get().photo == shown


def test_its_faces_are_removed_with_all_that_is_biometric(
    storage: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    quiet, ann = make_library(), make_person()
    kept = make_face(person=ann, vector=VECTOR)
    gone = make_face(make_photo(quiet), person=ann, vector=VECTOR)
    Person.objects.filter(pk=ann.pk).update(cover=gone)
    for face in (kept, gone):
        default_storage.save(face.crop_name, ContentFile(b"crop"))
    with django_capture_on_commit_callbacks(execute=True):
        assert off(quiet, remove=True) == 1
    assert Face.objects.get() == kept and Embedding.objects.get().face == kept
    assert [path.name for path in storage.rglob("*.webp")] == [f"{kept.pk}.webp"]
    assert Person.objects.get().cover is None


def test_what_was_interrupted_is_finished_by_doing_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quiet = make_library()
    for _ in range(5):
        make_face(make_photo(quiet))
    monkeypatch.setattr("faces.actions.recognising.FACES_AT_ONCE", 2)
    off(quiet)
    assert off(quiet, remove=True) == 5
    assert off(quiet, remove=True) == 0


def test_switched_on_again_all_its_photos_are_looked_into(library: Library) -> None:
    photo, failed = make_photo(library), make_photo(library, state=Photo.State.FAILED)
    elsewhere = make_photo()
    off(library)
    start_finding_faces(owner=library.owner, library=library)
    for each in (photo, failed, elsewhere):
        each.refresh_from_db()
    assert photo.state == Photo.State.PENDING
    assert (failed.state, elsewhere.state) == (Photo.State.FAILED, Photo.State.SCANNED)
    assert Job.objects.get(scope=f"outdated:{library.pk}")


def test_a_check_looks_for_none_of_its_faces(library: Library) -> None:
    face = make_face(make_photo(library))
    off(library)
    asked: dict[str, Any] = {"decoded": never, "anew": False, "light": False}
    answers = photo_checked.send(sender=Photo, photo=face.photo, **asked)
    assert not any(findings for _, findings in answers)


def test_a_copy_in_it_gets_no_faces_when_it_becomes_a_photo_of_its_own(library: Library) -> None:
    original = make_face().photo
    copy = make_photo(library)
    off(library)
    receivers.share(photo=copy, original=original)
    assert Face.objects.filter(photo=copy).count() == 0
    copy_faces(photo=make_photo(), original=original)
    assert Face.objects.count() == 2
