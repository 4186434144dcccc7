"""Storing what an engine found: rows and labels stay, what was dismissed stays away."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from faces.actions.finding import FaceReport, forget_dismissals, store_faces
from faces.actions.labelling import dismiss_faces, label_faces, reject_person
from faces.models import BY_HAND, Dismissal, Embedding, Face, LabelEvent, Rejection
from faces.recognition.embeddings import unit_rows
from faces.recognition.geometry import Box
from faces.recognition.quality import Quality
from faces.vision.engines import FoundFace
from photos.models import Photo
from project.preferences.changing import change_preferences
from tests.embeddings import made_up_people
from tests.faces.actions.conftest import Meanwhile
from tests.factories import (
    MODEL,
    make_face,
    make_library,
    make_person,
    make_photo,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db

LEFT, RIGHT = Box(0.1, 0.1, 0.2, 0.2), Box(0.6, 0.1, 0.2, 0.2)
(ONE, TWO, THREE), _ = made_up_people([1, 1, 1])


def find(photo: Photo, *faces: tuple[Box, Any], detector: str = "dlib-hog") -> list[Face]:
    """Store faces as if an engine had found them; return the photo's rows from left to right."""
    found = [
        FoundFace(
            box,
            detector,
            1.5,
            ((0.2, 0.2),),
            np.asarray(vector),
            Quality(80, 150.0, 0.7, 0.6, 0.9),
            0.1,
            0.8,
        )
        for box, vector in faces
    ]
    crops = [f"crop {index}".encode() for index in range(len(found))]
    with transaction.atomic():
        store_faces(reports={photo.pk: FaceReport(found, crops, MODEL)})
    return rows(photo)


def rows(photo: Photo) -> list[Face]:
    return list(Face.objects.filter(photo=photo).order_by("left"))


def moved(box: Box, by: float = 0.02) -> Box:
    return Box(box.left + by, box.top, box.width, box.height)


def ids(faces: Sequence[Face]) -> list[int]:
    return [face.pk for face in faces]


def test_a_found_face_is_stored_with_all_that_is_known_of_it() -> None:
    (face,) = find(make_photo(), (LEFT, ONE))
    assert face.box == LEFT
    assert (face.detector, face.detector_score, face.landmarks) == ("dlib-hog", 1.5, [[0.2, 0.2]])
    assert (face.size_px, face.sharpness, face.exposure, face.quality) == (80, 150.0, 0.7, 0.6)
    assert (face.pose, face.oddness, face.likelihood) == (0.9, 0.1, 0.8)
    assert (face.person, face.labelled_at) == (None, None)
    embedding = Embedding.objects.get(face=face)
    assert embedding.model == MODEL
    assert np.allclose(embedding.vector, ONE, atol=1e-6)
    assert default_storage.open(face.crop_name).read() == b"crop 0"


def test_finding_the_same_again_changes_neither_rows_nor_embeddings() -> None:
    photo = make_photo()
    first = find(photo, (LEFT, ONE), (RIGHT, TWO))
    embeddings = list(Embedding.objects.order_by("id").values_list("id", "face_id"))
    assert ids(find(photo, (RIGHT, TWO), (LEFT, ONE))) == ids(first)
    assert list(Embedding.objects.order_by("id").values_list("id", "face_id")) == embeddings


def test_a_rescan_keeps_labels() -> None:
    photo, ann = make_photo(), make_person()
    face, _ = find(photo, (LEFT, ONE), (RIGHT, TWO))
    label_faces(owner=make_user(), faces=Face.objects.filter(pk=face.pk), person=ann)
    labelled_at = Face.objects.get(pk=face.pk).labelled_at
    again, _ = find(photo, (moved(LEFT), ONE), (RIGHT, TWO), detector="dlib-cnn")
    assert (again.pk, again.person, again.labelled_at) == (face.pk, ann, labelled_at)
    assert again.detector == "dlib-cnn"


def test_how_much_boxes_of_one_face_overlap_can_be_chosen() -> None:
    photo, bob = make_photo(), make_user("bob")
    (face,) = find(photo, (LEFT, ONE))
    change_preferences(bob, {"overlap_threshold": 0.9})
    (other,) = find(photo, (moved(LEFT, 0.05), TWO))
    assert other.pk != face.pk
    change_preferences(bob, {"overlap_threshold": 0.5})
    near = unit_rows(np.asarray([TWO + 0.1 * ONE]))[0]
    assert ids(find(photo, (LEFT, near))) == [other.pk]


def test_a_moved_box_keeps_its_row_and_gets_a_new_embedding() -> None:
    photo = make_photo()
    (face,) = find(photo, (LEFT, ONE))
    before = Embedding.objects.get(face=face)
    near = unit_rows(np.asarray([ONE + 0.1 * TWO]))[0]
    (again,) = find(photo, (moved(LEFT), near))
    assert again.pk == face.pk
    assert again.box == moved(LEFT)
    after = Embedding.objects.get(face=face)
    assert after.pk != before.pk
    assert np.allclose(after.vector, near, atol=1e-6)


def test_a_face_that_moved_far_is_known_by_its_embedding() -> None:
    photo = make_photo()
    (face,) = find(photo, (LEFT, ONE))
    assert ids(find(photo, (RIGHT, ONE))) == [face.pk]


def test_a_face_that_is_not_found_again_goes_with_crop_and_embedding(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    photo = make_photo()
    kept, gone = find(photo, (LEFT, ONE), (RIGHT, TWO))
    with django_capture_on_commit_callbacks(execute=True):
        assert ids(find(photo, (LEFT, ONE))) == [kept.pk]
    assert not Embedding.objects.filter(face_id=gone.pk).exists()
    assert not default_storage.exists(gone.crop_name)
    assert default_storage.exists(kept.crop_name)


def test_a_face_of_which_a_person_has_spoken_stays_though_not_found_again() -> None:
    photo, ann = make_photo(), make_person()
    labelled, rejected = find(photo, (LEFT, ONE), (RIGHT, TWO))
    label_faces(owner=make_user(), faces=Face.objects.filter(pk=labelled.pk), person=ann)
    reject_person(owner=make_user(), faces=Face.objects.filter(pk=rejected.pk), person=ann)
    assert ids(find(photo)) == [labelled.pk, rejected.pk]
    assert rows(photo)[0].person == ann
    assert Rejection.objects.filter(face=rejected, person=ann).exists()


def test_dismissed_boxes_stay_away_until_they_are_forgotten() -> None:
    photo = make_photo()
    kept, gone = find(photo, (LEFT, ONE), (RIGHT, TWO))
    dismiss_faces(owner=make_user(), faces=Face.objects.filter(pk=gone.pk))
    assert ids(find(photo, (LEFT, ONE), (moved(RIGHT), TWO))) == [kept.pk]
    other = make_photo()
    Dismissal.objects.create(photo=other, left=0, top=0, width=1, height=1)
    own = Photo.objects.filter(pk=photo.pk)
    assert forget_dismissals(owner=make_user(), photos=own, before=timezone.now()) == 1
    assert Dismissal.objects.filter(photo=other).exists()
    assert len(find(photo, (LEFT, ONE), (RIGHT, TWO))) == 2


def test_only_what_was_dismissed_before_is_brought_back_and_remembered() -> None:
    photo = make_photo()
    Dismissal.objects.create(photo=photo, left=0, top=0, width=0.5, height=0.5)
    moment = timezone.now()
    later = Dismissal.objects.create(photo=photo, left=0.5, top=0, width=0.5, height=0.5)
    for _ in range(2):  # a retry asks again
        forget_dismissals(owner=make_user(), photos=Photo.objects.all(), before=moment)
    assert list(Dismissal.objects.all()) == [later]
    (event,) = LabelEvent.objects.all()
    assert event.verb == LabelEvent.Verb.RESTORE
    assert event.details == {"faces": [{"photo": photo.pk, "box": [0, 0, 0.5, 0.5], "time": None}]}


def test_a_label_does_not_pass_to_whoever_is_at_its_place_now() -> None:
    """The file was mirrored: the two have changed places."""
    ann, photo = make_person(), make_photo()
    find(photo, (LEFT, ONE), (RIGHT, TWO))
    left, right = Face.objects.order_by("left")
    label_faces(owner=make_user(), faces=Face.objects.filter(pk=left.pk), person=ann)
    find(photo, (LEFT, TWO), (RIGHT, ONE))
    left.refresh_from_db()
    right.refresh_from_db()
    assert (left.box, left.person, right.box, right.person) == (RIGHT, ann, LEFT, None)


def test_a_new_embedding_at_the_same_place_is_stored() -> None:
    photo = make_photo()
    near = unit_rows(np.asarray([ONE + 0.1 * TWO]))[0]
    find(photo, (LEFT, ONE))
    before = Embedding.objects.get().pk
    find(photo, (LEFT, ONE))
    assert Embedding.objects.get().pk == before
    find(photo, (LEFT, near))
    assert np.allclose(Embedding.objects.get().vector, near)


def test_a_dismissal_stays_in_force_beside_a_known_face_that_overlaps_it() -> None:
    """The known face overlaps the dismissed place more than what was found there again does."""
    photo = make_photo()
    known = make_face(photo, box=Box(0.20, 0.1, 0.2, 0.2), vector=ONE)
    Dismissal.objects.create(photo=photo, left=0.28, top=0.1, width=0.2, height=0.2)
    found = find(photo, (Box(0.20, 0.1, 0.2, 0.2), ONE), (Box(0.37, 0.1, 0.2, 0.2), TWO))
    assert ids(found) == [known.pk]


def test_a_dismissal_of_another_photo_counts_for_nothing() -> None:
    elsewhere = make_photo()
    Dismissal.objects.create(photo=elsewhere, left=0.1, top=0.1, width=0.2, height=0.2)
    assert len(find(make_photo(), (LEFT, ONE))) == 1


def test_an_embedding_of_another_model_is_added_beside_the_first() -> None:
    photo = make_photo()
    (face,) = find(photo, (LEFT, ONE))
    Embedding.objects.filter(face=face).update(model="an older one")
    find(photo, (LEFT, TWO))
    models = Embedding.objects.filter(face=face).order_by("id").values_list("model", flat=True)
    assert list(models) == ["an older one", MODEL]


def test_crops_of_deleted_faces_go_when_the_transaction_commits_and_not_before(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    faces = [make_face() for _ in range(3)]
    for face in faces:
        default_storage.save(face.crop_name, ContentFile(b"crop"))
    with django_capture_on_commit_callbacks(execute=True):
        Face.objects.filter(pk__in=[face.pk for face in faces[:2]]).delete()
        assert default_storage.exists(faces[0].crop_name)
    assert [default_storage.exists(face.crop_name) for face in faces] == [False, False, True]
    assert list(Face.objects.values_list("pk", flat=True)) == [faces[2].pk]


@pytest.mark.django_db(transaction=True)
def test_a_label_given_while_a_rescan_stores_is_kept(meanwhile: Meanwhile) -> None:
    owner, ann, photo = make_user(), make_person(), make_photo()
    found, lost = find(photo, (LEFT, ONE), (RIGHT, TWO))
    meanwhile(
        lambda: label_faces(owner=owner, faces=Face.objects.filter(photo=photo), person=ann),
        lambda: find(photo, (moved(LEFT), ONE)),
    )
    after = rows(photo)
    assert ids(after) == [found.pk, lost.pk]
    assert [face.person_id for face in after] == [ann.pk, ann.pk]
    assert after[0].box == moved(LEFT)


@pytest.mark.django_db(transaction=True)
def test_a_face_dismissed_while_a_rescan_stores_stays_away(meanwhile: Meanwhile) -> None:
    owner, photo = make_user(), make_photo()
    find(photo, (LEFT, ONE))
    meanwhile(
        lambda: dismiss_faces(owner=owner, faces=Face.objects.filter(photo=photo)),
        lambda: find(photo, (LEFT, ONE)),
    )
    assert rows(photo) == []


@pytest.mark.django_db(transaction=True)
def test_a_rejection_made_while_a_rescan_stores_keeps_the_face(meanwhile: Meanwhile) -> None:
    owner, ann, photo = make_user(), make_person(), make_photo()
    (face,) = find(photo, (LEFT, ONE))
    meanwhile(
        lambda: reject_person(owner=owner, faces=Face.objects.filter(photo=photo), person=ann),
        lambda: find(photo),
    )
    assert ids(rows(photo)) == [face.pk]


def test_faces_of_other_photos_are_left_alone() -> None:
    charlie = make_user("charlie")
    theirs = make_face(make_photo(make_library(charlie)), vector=THREE)
    make_training(charlie)
    find(make_photo(), (LEFT, THREE))
    assert Face.objects.filter(pk=theirs.pk).exists()


class TestFacesDrawnByHand:
    def drawn(self, photo: Photo, box: Box = LEFT, **fields: Any) -> Face:
        return make_face(photo, box=box, detector=BY_HAND, detector_score=0.0, **fields)

    def test_one_that_is_not_found_stays_without_a_name(self) -> None:
        face = self.drawn(make_photo())
        assert ids(find(face.photo)) == [face.pk]

    def test_one_that_is_found_takes_the_box_and_stays_a_face_drawn_by_hand(self) -> None:
        face = self.drawn(make_photo(), Box(0.05, 0.05, 0.4, 0.4))
        (again,) = find(face.photo, (LEFT, ONE))
        assert (again.pk, again.box) == (face.pk, LEFT)
        assert (again.detector, again.detector_score, again.likelihood) == (BY_HAND, 1.5, 1.0)
        assert Embedding.objects.filter(face=face).exists()
        assert ids(find(face.photo)) == [face.pk]

    def test_once_found_it_is_another_face_where_the_embedding_says_so(self) -> None:
        face = self.drawn(make_photo(), person=make_person())
        find(face.photo, (LEFT, ONE))
        assert len(find(face.photo, (LEFT, TWO))) == 2

    def test_one_that_was_dismissed_is_not_found_again_either(self) -> None:
        face = self.drawn(make_photo(), Box(0.05, 0.05, 0.4, 0.4))
        dismiss_faces(owner=make_user(), faces=Face.objects.filter(pk=face.pk))
        assert find(face.photo, (LEFT, ONE)) == []
