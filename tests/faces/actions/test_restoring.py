"""Bringing back what was dismissed: a face again at once, of nobody yet."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from faces.actions.finding import forget_dismissals
from faces.actions.labelling import Outcome, dismiss_faces, label_faces
from faces.actions.restoring import restore_dismissals
from faces.actions.undoing import undo_event
from faces.models import BY_HAND, Dismissal, Face, LabelEvent
from faces.recognition.geometry import Box
from photos.models import Photo
from project.jobs.models import Job
from tests.factories import make_face, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db

BOX = Box(0.1, 0.2, 0.3, 0.3)


def dismissed(photo: Photo, box: Box = BOX, **fields: object) -> Dismissal:
    face = make_face(photo, box=box, **fields)  # type: ignore[arg-type]
    dismiss_faces(owner=make_user(), faces=Face.objects.filter(pk=face.pk))
    return Dismissal.objects.latest("pk")


def restore(*dismissals: Dismissal) -> Outcome:
    chosen = Dismissal.objects.filter(pk__in=[each.pk for each in dismissals])
    return restore_dismissals(owner=make_user(), dismissals=chosen)


def undo(outcome: Outcome) -> Outcome:
    assert outcome.event is not None
    return undo_event(owner=make_user(), event=outcome.event)


def test_it_is_a_face_again_without_its_name_and_the_photo_is_looked_into() -> None:
    photo = make_photo()
    wanted, other = dismissed(photo, person=make_person()), dismissed(make_photo())
    outcome = restore(wanted)
    face = Face.objects.get()
    assert outcome.changed == [face.pk]
    assert (face.photo, face.person, face.detector) == (photo, None, BY_HAND)
    assert face.box == BOX
    assert Dismissal.objects.get() == other
    photo.refresh_from_db()
    assert photo.state == Photo.State.PENDING
    assert Job.objects.filter(kind=Job.Kind.SCAN).exists()


def test_a_place_that_was_dismissed_twice_or_drawn_since_is_one_face() -> None:
    photo = make_photo()
    once, again = dismissed(photo), dismissed(photo)
    drawn_over = dismissed(make_photo())
    make_face(drawn_over.photo, box=BOX)
    outcome = restore(once, again, drawn_over)
    assert len(outcome.changed) == 1
    assert [pk for pk, _ in outcome.skipped] == [again.pk, drawn_over.pk]
    assert Face.objects.count() == 2
    assert not Dismissal.objects.exists()


def test_bringing_back_nothing_is_no_event() -> None:
    assert restore() == Outcome()
    assert not LabelEvent.objects.exists()


def test_undoing_it_dismisses_it_again() -> None:
    place = dismissed(make_photo())
    outcome = restore(place)
    assert undo(outcome).changed == outcome.changed
    assert not Face.objects.exists()
    assert Dismissal.objects.get().box == BOX


def test_undoing_it_leaves_what_has_a_name_by_now() -> None:
    first, second = dismissed(make_photo()), dismissed(make_photo())
    outcome = restore(first, second)
    label_faces(owner=make_user(), faces=Face.objects.filter(pk=outcome.changed[0]), name="Ann")
    undone = undo(outcome)
    assert (undone.changed, [pk for pk, _ in undone.skipped]) == (
        outcome.changed[1:],
        outcome.changed[:1],
    )


def test_what_a_rescan_brought_back_cannot_be_undone() -> None:
    dismissed(make_photo())
    forget_dismissals(owner=make_user(), photos=Photo.objects.all(), before=timezone.now())
    event = LabelEvent.objects.get(verb=LabelEvent.Verb.RESTORE)
    assert not event.can_be_undone
    with pytest.raises(ValidationError, match="rescan"):
        undo_event(owner=make_user(), event=event)


def test_undoing_the_dismissal_of_a_drawn_face_brings_it_back_without_a_name_too() -> None:
    face = make_face(make_photo(), box=BOX, detector=BY_HAND, detector_score=0.0)
    outcome = dismiss_faces(owner=make_user(), faces=Face.objects.filter(pk=face.pk))
    undo(outcome)
    again = Face.objects.get()
    assert (again.pk, again.box, again.detector) == (face.pk, BOX, BY_HAND)
