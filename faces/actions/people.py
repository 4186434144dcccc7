"""What changes people."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone

from faces.actions.locking import check_still_there, lock_owner
from faces.actions.opinions import withdraw_impossible
from faces.models import Face, LabelEvent, Person

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


def lowered(names: Collection[str]) -> dict[str, str]:
    """Return each name in lower case as PostgreSQL, and so the constraint, has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT each, lower(each) FROM unnest(%s::text[]) each", [list(names)])
        return dict(cursor.fetchall())


def change_person(*, owner: User, person: Person, **changes: object) -> Person:
    """Change what is said of a named person; what is not among the ``changes`` stays.

    They are a ``name``, ``aliases`` (names), a ``birth_date``, whether it ``is_favourite``, and
    ``cover``, one of its faces, None for the best.
    """
    with transaction.atomic():
        lock_owner(owner)
        check_still_there(person)
        person = Person.objects.select_for_update().get(pk=person.pk)
        if not person.name:
            raise ValidationError({"name": "Give this unknown person a name first."})
        before = facts_of(person)
        for fact, value in changes.items():
            setattr(person, fact, value)
        person.name = clean_name(person.name)
        person.aliases = clean_aliases(person.aliases, person.name)
        _check_cover(person)
        _check_birth_date(person)
        save_facts(person)
        after = facts_of(person)
        changed = [fact for fact in after if after[fact] != before[fact]]
        details: dict[str, Any] = {
            "person": person.pk,
            "name": person.name,
            "before": {fact: before[fact] for fact in changed},
            "after": {fact: after[fact] for fact in changed},
        }
        if "birth_date" in changed:
            details["guesses"] = withdraw_impossible(person)
        LabelEvent.objects.create(owner=owner, verb=LabelEvent.Verb.CHANGE_PERSON, details=details)
    return person


def facts_of(person: Person) -> dict[str, Any]:
    """Return what people have said of a person, as an event keeps it."""
    return {
        "name": person.name,
        "aliases": person.aliases,
        "birth_date": person.birth_date.isoformat() if person.birth_date else None,
        "is_favourite": person.is_favourite,
        "is_hidden": person.is_hidden,
        "cover": person.cover_id,
    }


def put_facts(person: Person, facts: Mapping[str, Any]) -> None:
    """Give a person the facts that an event has kept; a cover that is gone is left out.

    The event may have been imported: nothing else is taken from it, and no face of anybody else's.
    """
    own = Face.objects.filter(photo__library__owner=person.owner_id)
    for fact in facts_of(person).keys() & facts.keys():
        value = facts[fact]
        if fact == "birth_date":
            person.birth_date = date.fromisoformat(value) if value else None
        elif fact == "cover":
            person.cover = own.filter(pk=value).first()
        else:
            setattr(person, fact, value)


def save_facts(person: Person, *, force_insert: bool = False) -> None:
    """Write a person's row; ValidationError for a name that somebody else of the owner has."""
    try:
        with transaction.atomic():
            person.save(force_insert=force_insert)
    except IntegrityError:
        taken = f"There is a person called {person.name} already."
        raise ValidationError({"name": taken}) from None


def _check_cover(person: Person) -> None:
    if person.cover is not None and person.cover.person_id != person.pk:
        raise ValidationError({"cover": "Choose one of this person's own faces."})


def _check_birth_date(person: Person) -> None:
    if person.birth_date is not None and person.birth_date > timezone.localdate():
        raise ValidationError({"birth_date": "Nobody is born in the future."})


def clean_aliases(aliases: Iterable[str], name: str) -> list[str]:
    """Return aliases as they are stored, each once, without the name itself."""
    try:
        clean = {each.casefold(): each for each in map(clean_name, aliases)}
    except ValidationError as error:
        raise ValidationError({"aliases": error.messages}) from None
    clean.pop(name.casefold(), None)
    return list(clean.values())


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
