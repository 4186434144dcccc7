"""What is a face at all: moved by what people dismiss, and never against a label."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from faces.actions.judging import judge_faces
from faces.actions.labelling import dismiss_faces
from faces.models import BY_HAND, Dismissal, Face, Person
from tests.factories import make_face, make_person, make_photo, make_training, make_user

pytestmark = pytest.mark.django_db


def found(score: float, *, person: Person | None = None) -> Face:
    return make_face(
        make_photo(),
        detector="yunet-2023mar",
        detector_score=score,
        person=person,
        likelihood=0.9,
    )


def dismiss(*faces: Face) -> None:
    dismiss_faces(owner=make_user(), faces=Face.objects.filter(pk__in=[f.pk for f in faces]))


def likelihood(face: Face) -> float:
    return Face.objects.get(pk=face.pk).likelihood


def test_a_dismissal_keeps_the_numbers_and_nothing_biometric() -> None:
    face = found(0.72)
    Face.objects.filter(pk=face.pk).update(oddness=0.3)
    dismiss(face)
    kept = Dismissal.objects.get()
    assert (kept.detector, kept.detector_score, kept.oddness) == ("yunet-2023mar", 0.72, 0.3)
    assert kept.size_px == face.size_px


def test_faces_like_those_that_were_dismissed_are_less_likely_ones() -> None:
    ann = make_person()
    for _ in range(20):
        found(0.95, person=ann)
    doubtful, sure = found(0.7), found(0.95)
    dismiss(found(0.7))
    judge_faces(owner=make_user())
    before = likelihood(doubtful)
    assert before < likelihood(sure)
    dismiss(*(found(0.7) for _ in range(20)))
    judge_faces(owner=make_user())
    assert likelihood(doubtful) < before


def test_a_labelled_face_is_not_judged() -> None:
    labelled = found(0.7, person=make_person())
    dismiss(*(found(0.7) for _ in range(20)))
    judge_faces(owner=make_user())
    assert likelihood(labelled) == 0.9


def test_nothing_is_judged_anew_where_nothing_was_dismissed_since_train() -> None:
    dismiss(found(0.7))
    face = found(0.7)
    make_training()
    judge_faces(owner=make_user())
    assert likelihood(face) == 0.9


def test_what_was_learnt_counts_for_faces_found_since() -> None:
    dismiss(*(found(0.7) for _ in range(20)))
    early = found(0.7)
    judge_faces(owner=make_user())
    make_training()
    late = found(0.7)
    judge_faces(owner=make_user())
    assert likelihood(late) == likelihood(early)


@pytest.mark.django_db(transaction=True)
def test_rows_are_held_for_the_writing_only_and_after_the_owner() -> None:
    dismiss(*(found(0.7) for _ in range(20)))
    found(0.7)
    with CaptureQueriesContext(connection) as captured:
        judge_faces(owner=make_user())
    said = [each["sql"] for each in captured]
    begin = said.index("BEGIN")
    assert "auth_user" in said[begin + 1] and "FOR NO KEY UPDATE" in said[begin + 1]
    assert "FOR NO KEY UPDATE OF f" in said[begin + 2]
    assert said[begin + 3] == "COMMIT"


def test_what_others_dismiss_counts_for_nothing() -> None:
    dismiss(*(found(0.7) for _ in range(20)))
    face = found(0.7)
    judge_faces(owner=make_user("charlie"))
    assert likelihood(face) == 0.9


def test_what_a_person_has_drawn_is_never_doubted() -> None:
    drawn = make_face(make_photo(), detector=BY_HAND, detector_score=0.0)
    dismiss(*(make_face(make_photo(), detector=BY_HAND) for _ in range(5)))
    judge_faces(owner=make_user())
    assert likelihood(drawn) == 1.0
