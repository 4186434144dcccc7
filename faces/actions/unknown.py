"""What people say of unknown persons: who is the same, who is somebody else, who is a stranger."""

from dataclasses import replace

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet

from faces.actions.labelling import Outcome, label_faces, locked_faces, remember, write_labels
from faces.actions.locking import lock_owner
from faces.actions.people import withdraw_guesses
from faces.models import Face, LabelEvent, Person, Rejection
from faces.queries import faces_of_unknown


def merge_people(*, owner: User, people: list[Person], into: Person) -> Outcome:
    """Say that unknown persons are another person; their faces become this person's.

    A merge of named people is refused: they have names that would be lost.
    """
    others = [person for person in people if person.pk != into.pk]
    if any(person.name for person in others):
        raise ValidationError("Only unknown persons can be merged into another.")
    with transaction.atomic():
        lock_owner(owner)
        faces = faces_of_unknown(owner, others)
        if into.name:
            return label_faces(owner=owner, faces=faces, person=into)
        return write_labels(
            owner,
            {face: into.pk for face in locked_faces(faces)},
            LabelEvent.Verb.MERGE,
            about=into,
        )


def split_person(*, owner: User, faces: QuerySet[Face], person: Person) -> Outcome:
    """Say that these faces of an unknown person are somebody else, who is as unknown so far."""
    if person.name:
        raise ValidationError("Say of a known person's faces who they are, or reject them.")
    with transaction.atomic():
        lock_owner(owner)
        own = set(faces_of_unknown(owner, [person]).values_list("pk", flat=True))
        chosen = locked_faces(faces)
        rows = [face for face in chosen if face.pk in own]
        skipped = [
            (face.pk, "It is not a face of this person.") for face in chosen if face.pk not in own
        ]
        if not rows:
            return Outcome([], skipped)
        somebody = Person.objects.create(owner=owner)
        known = set(Rejection.objects.filter(face__in=rows, person=person).values_list("face_id"))
        fresh = [face for face in rows if (face.pk,) not in known]
        Rejection.objects.bulk_create(Rejection(face=face, person=person) for face in fresh)
        withdraw_guesses(person, rows)
        outcome = write_labels(
            owner,
            {face: somebody.pk for face in rows},
            LabelEvent.Verb.SPLIT,
            about=somebody,
            refused=[{"face": face.pk, "person": person.pk} for face in fresh],
        )
        return replace(outcome, skipped=[*outcome.skipped, *skipped])


def hide_person(*, owner: User, person: Person) -> Outcome:
    """Say that an unknown person is a stranger: not shown among the others, whatever is trained."""
    if person.name:
        raise ValidationError("Only unknown persons can be hidden as strangers.")
    with transaction.atomic():
        lock_owner(owner)
        _set_hidden(person, hidden=True)
        rows = locked_faces(faces_of_unknown(owner, [person]))
        fresh = {face: person.pk for face in rows if face.person_id is None}
        outcome = write_labels(owner, fresh, LabelEvent.Verb.HIDE, about=person)
        # All its faces may have been said to be this person before.
        event = outcome.event or remember(owner, LabelEvent.Verb.HIDE, person=person.pk, faces=[])
        return replace(outcome, event=event)


def show_person(*, owner: User, person: Person) -> Outcome:
    """Show a stranger among the unknown persons again."""
    with transaction.atomic():
        lock_owner(owner)
        _set_hidden(person, hidden=False)
        event = remember(owner, LabelEvent.Verb.SHOW, person=person.pk)
        return Outcome(person=person, event=event)


def _set_hidden(person: Person, *, hidden: bool) -> None:
    if not Person.objects.filter(pk=person.pk, is_hidden=not hidden).update(is_hidden=hidden):
        raise ValidationError("This person is no longer as it was shown to you.")
