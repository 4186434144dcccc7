"""What changes people."""

import unicodedata
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower

from faces.actions.locking import lock_owner
from faces.models import Face, Guess, LabelEvent, Person

LONGEST_NAME = 200  # as the column takes


def person_named(*, owner: User, name: str) -> Person:
    """Return the owner's person of this name, whatever its case, made if there is none."""
    clean = clean_name(name)
    try:
        with transaction.atomic():
            return Person.objects.create(owner=owner, name=clean)
    except IntegrityError:
        # As the constraint compares: PostgreSQL's upper case tells «İpek» from «ipek».
        return Person.objects.alias(lower=Lower("name")).get(owner=owner, lower=Lower(Value(clean)))


def rename_person(
    *, owner: User, person: Person, name: str | None = None, aliases: Iterable[str] | None = None
) -> Person:
    """Give a named person another name, other aliases, or both; what is None stays."""
    if not person.name:
        raise ValidationError({"aliases": "Give this unknown person a name first."})
    details: dict[str, object] = {"person": person.pk, "before": person.name}
    person.name = person.name if name is None else clean_name(name)
    details["after"] = person.name
    if aliases is not None:
        details["aliases_before"] = person.aliases
        person.aliases = details["aliases_after"] = _clean_aliases(aliases, person.name)
    try:
        with transaction.atomic():
            person.save(update_fields=["name", "aliases"])
            LabelEvent.objects.create(owner=owner, verb=LabelEvent.Verb.RENAME, details=details)
    except IntegrityError:
        taken = f"There is a person called {person.name} already."
        raise ValidationError({"name": taken}) from None
    return person


def _clean_aliases(aliases: Iterable[str], name: str) -> list[str]:
    """Return aliases as they are stored, each once, without the name itself."""
    try:
        clean = {each.casefold(): each for each in map(clean_name, aliases)}
    except ValidationError as error:
        raise ValidationError({"aliases": error.messages}) from None
    clean.pop(name.casefold(), None)
    return list(clean.values())


def delete_person(*, owner: User, person: Person) -> None:
    """Delete a person; its faces stay and lose the label."""
    with transaction.atomic():
        lock_owner(owner)
        faces = Face.objects.select_for_update().filter(person=person)
        LabelEvent.objects.create(
            owner=owner,
            verb=LabelEvent.Verb.DELETE_PERSON,
            details={
                "person": person.pk,
                "name": person.name,
                "aliases": person.aliases,
                "faces": list(faces.values_list("pk", flat=True)),
                "rejected": list(person.rejections.values_list("face_id", flat=True)),
            },
        )
        faces.update(person=None, labelled_at=None)
        withdraw_guesses(person)
        person.delete()


def withdraw_guesses(person: Person, faces: Iterable[Face] | None = None) -> None:
    """Let no guess name this person any more, for these faces or for all."""
    guesses = Guess.objects.all() if faces is None else Guess.objects.filter(face__in=list(faces))
    guesses.filter(class_person=person).update(class_person=None, class_probability=None)
    guesses.filter(cluster_person=person).update(cluster_person=None, cluster_probability=None)
    guesses.filter(runner_up=person).update(runner_up=None, runner_up_probability=None)


def clean_name(name: str) -> str:
    """Return a name as it is stored: composed characters, single spaces; refuse an empty one."""
    clean = " ".join(unicodedata.normalize("NFC", name).split())
    if not clean:
        raise ValidationError({"name": "Type a name."})
    if len(clean) > LONGEST_NAME:
        raise ValidationError({"name": "This name is too long."})
    if any(unicodedata.category(character) == "Cc" for character in clean):
        raise ValidationError({"name": "A name has letters only, no control characters."})
    return clean
