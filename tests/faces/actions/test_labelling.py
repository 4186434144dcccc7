"""What people say of faces: it is kept, it is remembered, it outweighs the machine."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from faces.actions.labelling import (
    Outcome,
    confirm_guesses,
    dismiss_faces,
    label_faces,
    name_unknown_person,
    reject_person,
    unassign_faces,
)
from faces.arrays import pack_vectors, unpack_vectors
from faces.models import (
    Dismissal,
    Draft,
    Embedding,
    EngineChoice,
    Face,
    Guess,
    LabelEvent,
    Person,
    Rejection,
)
from faces.recognition.geometry import Box
from photos.models import Photo
from tests.embeddings import made_up_people
from tests.factories import make_face, make_guess, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db


def these(*faces: Face) -> QuerySet[Face]:
    return Face.objects.filter(pk__in=[face.pk for face in faces])


def label_of(face: Face) -> Person | None:
    return Face.objects.get(pk=face.pk).person


def guess_of(face: Face) -> tuple[Any, ...]:
    columns = ("cluster_person", "cluster_probability", "class_person", "class_probability")
    return tuple(Guess.objects.values_list(*columns).get(face=face))


def only_event() -> tuple[str, dict[str, Any]]:
    event = LabelEvent.objects.get()
    assert event.owner == make_user()
    return event.verb, event.details


def test_labelling_says_who_and_when_and_is_remembered() -> None:
    ann, bob = make_person(), make_person("Bob")
    fresh, other, same = make_face(), make_face(person=bob), make_face(person=ann)
    outcome = label_faces(owner=make_user(), faces=these(fresh, other, same), person=ann)
    assert [label_of(face) for face in (fresh, other, same)] == [ann, ann, ann]
    assert Face.objects.get(pk=fresh.pk).labelled_at is not None
    assert outcome == Outcome([fresh.pk, other.pk], [(same.pk, "It has this label already.")], ann)
    assert only_event() == (
        "label",
        {
            "faces": [
                {"face": fresh.pk, "before": None, "after": ann.pk},
                {"face": other.pk, "before": bob.pk, "after": ann.pk},
            ],
            "rejections": [],
            "person": ann.pk,
        },
    )


def test_labelling_takes_back_the_rejection_of_this_person_alone() -> None:
    ann, bob, face = make_person(), make_person("Bob"), make_face()
    for person in (ann, bob):
        reject_person(owner=make_user(), faces=these(face), person=person)
    label_faces(owner=make_user(), faces=these(face), person=ann)
    assert list(Rejection.objects.values_list("person", flat=True)) == [bob.pk]
    event = LabelEvent.objects.filter(verb="label").get()
    assert event.details["rejections"] == [{"face": face.pk, "person": ann.pk}]


def test_a_name_makes_a_person_only_where_there_is_a_face() -> None:
    label_faces(owner=make_user(), faces=Face.objects.none(), name="Zoe")
    assert not Person.objects.exists()
    face = make_face()
    outcome = label_faces(owner=make_user(), faces=these(face), name="Zoe")
    assert outcome.person == label_of(face) == Person.objects.get(name="Zoe")


def test_naming_all_faces_of_an_unknown_person_passes_its_rejections_on() -> None:
    ann, unknown = make_person(), make_person("")
    first, second, refused = make_face(), make_face(), make_face()
    for face in (first, second, refused):
        make_guess(face, cluster=unknown)
    reject_person(owner=make_user(), faces=these(refused), person=unknown)
    label_faces(owner=make_user(), faces=these(first), person=ann)
    assert not Rejection.objects.filter(person=ann).exists()  # one face is not the whole person
    label_faces(owner=make_user(), faces=these(second), person=ann)
    assert Rejection.objects.get(person=ann).face == refused


def test_correcting_one_face_says_nothing_of_faces_refused_before() -> None:
    ann, bob, unknown = make_person(), make_person("Bob"), make_person("")
    first, second, refused = make_face(), make_face(), make_face()
    for face in (first, second, refused):
        make_guess(face, cluster=unknown)
    reject_person(owner=make_user(), faces=these(refused), person=unknown)
    label_faces(owner=make_user(), faces=these(first, second), person=ann)
    label_faces(owner=make_user(), faces=these(second), person=bob)
    assert not Rejection.objects.filter(person=bob).exists()


def test_an_unknown_person_of_two_names_passes_nothing_on() -> None:
    ann, bob, unknown = make_person(), make_person("Bob"), make_person("")
    first, second, refused = make_face(), make_face(), make_face()
    for face in (first, second, refused):
        make_guess(face, cluster=unknown)
    reject_person(owner=make_user(), faces=these(refused), person=unknown)
    label_faces(owner=make_user(), faces=these(first), person=ann)
    label_faces(owner=make_user(), faces=these(second), person=bob)
    assert list(Rejection.objects.values_list("person", flat=True)) == [unknown.pk]


def test_a_face_that_is_hardly_one_does_not_keep_an_unknown_person_from_being_named() -> None:
    ann, unknown = make_person(), make_person("")
    named, refused = make_face(), make_face()
    for face in (named, refused, make_face(likelihood=0.1)):
        make_guess(face, cluster=unknown)
    reject_person(owner=make_user(), faces=these(refused), person=unknown)
    label_faces(owner=make_user(), faces=these(named), person=ann)
    assert Rejection.objects.get(person=ann).face == refused


def test_confirming_leaves_a_face_whose_guess_is_another_than_was_shown() -> None:
    ann, bob = make_person(), make_person("Bob")
    same, changed = make_face(), make_face()
    make_guess(same, classified=ann)
    make_guess(changed, classified=bob)
    outcome = confirm_guesses(
        owner=make_user(),
        faces=these(same, changed),
        method="classification",
        seen={same.pk: ann.pk, changed.pk: ann.pk},
    )
    assert outcome.changed == [same.pk]
    assert outcome.skipped == [(changed.pk, "The guess has changed: look at it again.")]
    assert label_of(changed) is None


def test_a_label_needs_somebody_with_a_name() -> None:
    face = make_face()
    with pytest.raises(ValidationError, match="name"):
        label_faces(owner=make_user(), faces=these(face), person=make_person(""))
    assert label_of(face) is None


def test_labelling_no_faces_changes_and_remembers_nothing() -> None:
    ann = make_person()
    outcome = label_faces(owner=make_user(), faces=Face.objects.none(), person=ann)
    assert outcome == Outcome(person=ann)
    assert not LabelEvent.objects.exists()


@pytest.mark.parametrize("method", ["cluster", "classification"])
def test_confirming_gives_each_face_its_own_guess(method: str) -> None:
    ann, bob = make_person(), make_person("Bob")
    first, second = make_face(), make_face()
    make_guess(first, cluster=ann, classified=bob)
    make_guess(second, cluster=bob, classified=ann)
    outcome = confirm_guesses(owner=make_user(), faces=these(first, second), method=method)
    assert outcome == Outcome([first.pk, second.pk])
    expected = [ann, bob] if method == "cluster" else [bob, ann]
    assert [label_of(first), label_of(second)] == expected
    assert only_event()[0] == "label"


def test_confirming_skips_faces_that_have_a_label_or_no_named_guess() -> None:
    ann, bob, unknown = make_person(), make_person("Bob"), make_person("")
    labelled, bare, grouped = make_face(person=bob), make_face(), make_face()
    make_guess(labelled, cluster=ann)
    make_guess(grouped, cluster=unknown)
    outcome = confirm_guesses(
        owner=make_user(), faces=these(labelled, bare, grouped), method="cluster"
    )
    assert outcome.changed == []
    assert [pk for pk, _ in outcome.skipped] == [labelled.pk, bare.pk, grouped.pk]
    assert [label_of(face) for face in (labelled, bare, grouped)] == [bob, None, None]
    assert not LabelEvent.objects.exists()


def test_unassigning_takes_the_label_away_and_nothing_else() -> None:
    ann, bob = make_person(), make_person("Bob")
    face, bare = make_face(person=ann), make_face()
    reject_person(owner=make_user(), faces=these(face), person=bob)
    LabelEvent.objects.all().delete()
    outcome = unassign_faces(owner=make_user(), faces=these(face, bare))
    assert outcome == Outcome([face.pk], [(bare.pk, "It has no label.")])
    assert (label_of(face), Face.objects.get(pk=face.pk).labelled_at) == (None, None)
    assert Rejection.objects.filter(face=face, person=bob).exists()
    assert only_event() == (
        "unassign",
        {"faces": [{"face": face.pk, "before": ann.pk, "after": None}], "rejections": []},
    )


def test_rejecting_withdraws_the_guess_and_leaves_the_face_unlabelled() -> None:
    ann, bob, face = make_person(), make_person("Bob"), make_face()
    make_guess(face, cluster=ann, classified=bob)
    outcome = reject_person(owner=make_user(), faces=these(face), person=ann)
    assert outcome == Outcome([face.pk], person=ann)
    assert guess_of(face) == (None, None, bob.pk, 0.9)
    assert label_of(face) is None
    assert Rejection.objects.filter(face=face, person=ann).exists()
    verb, details = only_event()
    (withdrawn,) = details.pop("guesses")
    assert (withdrawn["opinion"], withdrawn["person"]) == ("cluster", ann.pk)
    assert (verb, details) == (
        "reject",
        {"person": ann.pk, "faces": [face.pk], "unlabelled": []},
    )


def test_rejecting_a_labels_person_takes_the_label_away() -> None:
    ann, bob = make_person(), make_person("Bob")
    face, other = make_face(person=ann), make_face(person=bob)
    reject_person(owner=make_user(), faces=these(face, other), person=ann)
    assert [label_of(face), label_of(other)] == [None, bob]
    assert only_event()[1]["unlabelled"] == [face.pk]


def test_rejecting_twice_is_remembered_once() -> None:
    ann, face = make_person(), make_face()
    reject_person(owner=make_user(), faces=these(face), person=ann)
    again = reject_person(owner=make_user(), faces=these(face), person=ann)
    assert again == Outcome([], [(face.pk, "Known already.")], ann)
    assert Rejection.objects.count() == LabelEvent.objects.count() == 1


def test_dismissing_leaves_the_box_and_no_biometric_data(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    (vector,), _ = made_up_people([1])
    ann = make_person()
    face = make_face(person=ann, vector=vector)
    make_guess(face, classified=ann)
    default_storage.save(face.crop_name, ContentFile(b"crop"))
    with django_capture_on_commit_callbacks(execute=True):
        assert dismiss_faces(owner=make_user(), faces=these(face)) == Outcome([face.pk])
    for model in (Face, Embedding, Guess):
        assert not model._default_manager.exists()
    assert not default_storage.exists(face.crop_name)
    dismissal = Dismissal.objects.get()
    assert (dismissal.photo, dismissal.box) == (face.photo, face.box)
    verb, details = only_event()
    assert verb == "dismiss"
    assert details["faces"] == [
        {
            "face": face.pk,
            "photo": face.photo_id,
            "box": list(face.box.corners),
            "time": None,
            "person": ann.pk,
        }
    ]


def test_dismissing_nothing_is_not_remembered() -> None:
    assert dismiss_faces(owner=make_user(), faces=Face.objects.none()) == Outcome()
    assert not LabelEvent.objects.exists()


def test_naming_an_unknown_person_labels_its_open_faces_alone() -> None:
    ann, bob, unknown = make_person(), make_person("Bob"), make_person("")
    opened, labelled, thought_bob, other = (make_face() for _ in range(4))
    label_faces(owner=make_user(), faces=these(labelled), person=bob)
    make_guess(opened, cluster=unknown)
    make_guess(labelled, cluster=unknown)
    make_guess(thought_bob, cluster=unknown, classified=bob)
    make_guess(other, cluster=make_person(""))
    assert name_unknown_person(owner=make_user(), person=unknown, name="ann") == ann
    labels = [label_of(face) for face in (opened, labelled, thought_bob, other)]
    assert labels == [ann, bob, None, None]


def test_naming_an_unknown_person_makes_the_person_if_nobody_is_called_so() -> None:
    unknown, face = make_person(""), make_face()
    make_guess(face, cluster=unknown)
    named = name_unknown_person(owner=make_user(), person=unknown, name="Eve")
    assert (named.name, label_of(face)) == ("Eve", named)


def test_a_face_that_is_not_the_unknown_person_is_not_the_person_it_is_named_either() -> None:
    unknown, face, other = make_person(""), make_face(), make_face()
    ann = make_person()
    make_guess(face, cluster=unknown)
    make_guess(other, cluster=unknown, classified=ann)
    reject_person(owner=make_user(), faces=these(other), person=unknown)
    name_unknown_person(owner=make_user(), person=unknown, name="Ann")
    assert (label_of(face), label_of(other)) == (ann, None)
    assert Rejection.objects.filter(face=other, person=ann).exists()
    assert guess_of(other) == (None, None, None, None)


def test_naming_with_no_name_changes_nothing() -> None:
    unknown, face = make_person(""), make_face()
    make_guess(face, cluster=unknown)
    with pytest.raises(ValidationError):
        name_unknown_person(owner=make_user(), person=unknown, name=" ")
    assert label_of(face) is None


def test_faces_of_other_photos_are_left_alone() -> None:
    ann, bystander = make_person(), make_face(make_photo())
    label_faces(owner=make_user(), faces=these(make_face()), person=ann)
    assert label_of(bystander) is None


def draft_of(photo: Photo, *boxes: Box) -> Draft:
    """What another engine has found there, with a vector and a crop for each box."""
    engine, _ = EngineChoice.objects.get_or_create(name="dlib-cnn", state="ready")
    crops = [f"drafts/{engine.pk}/{photo.pk}-{number}.webp" for number in range(len(boxes))]
    for crop in crops:
        default_storage.save(crop, ContentFile(b"crop"))
    return Draft.objects.create(
        engine=engine,
        photo=photo,
        faces=[
            {"box": [box.left, box.top, box.width, box.height], "crop": crop}
            for box, crop in zip(boxes, crops, strict=True)
        ],
        vectors=pack_vectors([[float(number), 1.0] for number in range(len(boxes))]),
        made_at=timezone.now(),
    )


def test_a_dismissed_face_leaves_nothing_with_engines_that_are_not_in_force(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    photo = make_photo()
    here, moved, beside = (Box(left, 0.1, 0.2, 0.2) for left in (0.1, 0.12, 0.2))
    face = make_face(photo, box=here)
    make_face(photo, box=beside)
    draft = draft_of(photo, beside, moved, Box(0.7, 0.7, 0.2, 0.2))
    names = [found["crop"] for found in draft.faces]
    with django_capture_on_commit_callbacks(execute=True):
        dismiss_faces(owner=make_user(), faces=these(face))
    draft.refresh_from_db()
    assert [found["crop"] for found in draft.faces] == [names[0], names[2]]
    assert [vector.tolist() for vector in unpack_vectors(draft.vectors, 2)] == [[0, 1], [2, 1]]
    assert [default_storage.exists(name) for name in names] == [True, False, True]


def test_with_a_library_go_the_crops_of_all_engines(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    photo = make_photo()
    (found,) = draft_of(photo, Box(0.1, 0.1, 0.2, 0.2)).faces
    with django_capture_on_commit_callbacks(execute=True):
        photo.library.delete()
    assert not Draft.objects.exists()
    assert not default_storage.exists(found["crop"])
