"""Hiding people whom nobody wants to see, and showing them again."""

from dataclasses import replace

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from faces.actions.labelling import Outcome, locked_faces, remember, write_labels
from faces.actions.locking import lock_owner
from faces.models import LabelEvent, Person
from faces.queries.people import faces_of_unknown


def hide_person(*, owner: User, person: Person) -> Outcome:
    """Let a person not be shown among the others, whatever is trained.

    The faces of an unknown person are its own from now on, by this word.
    """
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
    """Show a hidden person among the others again."""
    with transaction.atomic():
        lock_owner(owner)
        _set_hidden(person, hidden=False)
        event = remember(owner, LabelEvent.Verb.SHOW, person=person.pk)
        return Outcome(person=person, event=event)


def _set_hidden(person: Person, *, hidden: bool) -> None:
    if not Person.objects.filter(pk=person.pk, is_hidden=not hidden).update(is_hidden=hidden):
        raise ValidationError("This person is no longer as it was shown to you.")
