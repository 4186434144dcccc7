"""Deleting people, with a choice of what becomes of their faces."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from faces.actions.grouping import groups_of
from faces.actions.labelling import Outcome, dismissal_details, forget_faces, write_dismissals
from faces.actions.locking import check_still_there, lock_owner
from faces.actions.opinions import withdraw_guesses
from faces.actions.people import facts_of, put_facts, save_facts
from faces.models import Face, Guess, LabelEvent, Person

# What is said of somebody of whom nothing is known.
NO_FACTS: dict[str, Any] = {
    "name": "",
    "aliases": [],
    "birth_date": None,
    "is_favourite": False,
    "is_hidden": False,
    "cover": None,
}


class Left(TextChoices):
    """What becomes of the faces of a person who is deleted."""

    UNLABELLED = "unlabelled", _("They lose the label")
    UNKNOWN = "unknown", _("They stay together, as an unknown person")
    DISMISSED = "dismissed", _("They are deleted, too")


def delete_person(*, owner: User, person: Person, left: str = Left.UNLABELLED) -> Outcome:
    """Delete a person; ``left`` says what becomes of the faces. One event, which can be undone."""
    with transaction.atomic():
        lock_owner(owner)
        check_still_there(person)
        person = Person.objects.select_for_update().get(pk=person.pk)
        labelled = Face.objects.filter(person=person).order_by("pk")
        faces = list(labelled.select_for_update())
        details: dict[str, Any] = {
            "person": person.pk,
            "name": person.name,
            "facts": facts_of(person),
            "groups": groups_of(person),
            "faces": [face.pk for face in faces],
            "rejected": list(person.rejections.values_list("face_id", flat=True)),
            "left": left,
        }
        if left == Left.UNKNOWN:
            _forget_name(person)
        else:
            if left == Left.DISMISSED:
                details |= dismissal_details(faces)
                write_dismissals(faces)
                forget_faces(faces)
            else:
                labelled.update(person=None, labelled_at=None)
            details["guesses"] = withdraw_guesses(person)
            person.delete()
        event = LabelEvent.objects.create(
            owner=owner, verb=LabelEvent.Verb.DELETE_PERSON, details=details
        )
        return Outcome([face.pk for face in faces], event=event)


def _forget_name(person: Person) -> None:
    """Make somebody unknown; whom only those with names are guessed as, it is no longer."""
    put_facts(person, NO_FACTS)
    save_facts(person)
    guesses = Guess.objects.all()
    guesses.filter(class_person=person).update(class_person=None, class_probability=None)
    guesses.filter(runner_up=person).update(runner_up=None, runner_up_probability=None)
