"""Bringing the machine's opinions in line with what people say, and back when it is undone."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet

from faces.models import Face, Guess, Person

# Each opinion of a guess has a probability of its own.
OPINIONS = ("cluster", "class", "runner_up")
RESTORED = ("guess", "face", "person", "probability")


def withdraw_guesses(person: Person, faces: Iterable[Face] | None = None) -> list[dict[str, Any]]:
    """Let no guess name this person any more, for these faces or for all; return what went.

    An event that keeps it can give it back, as long as no Train came between.
    """
    guesses = Guess.objects.all() if faces is None else Guess.objects.filter(face__in=list(faces))
    return [row for opinion in OPINIONS for row in _withdraw(guesses, opinion, person)]


def drop_opinions(person: Person) -> None:
    """Let no guess name this person any more, and keep nothing of it."""
    for opinion in OPINIONS:
        whom, probability = _columns(opinion)
        Guess.objects.filter(**{whom: person}).update(**{whom: None, probability: None})


def withdraw_impossible(person: Person) -> list[dict[str, Any]]:
    """Let nobody be guessed in a photo that was taken before the birth; return what went."""
    if person.birth_date is None:
        return []
    # In UTC, as Train compares them.
    birth = datetime.combine(person.birth_date, time.min, UTC)
    early = Guess.objects.filter(face__photo__taken_at__lt=birth)
    return [row for opinion in OPINIONS for row in _withdraw(early, opinion, person)]


def _withdraw(guesses: QuerySet[Guess], opinion: str, person: Person) -> list[dict[str, Any]]:
    whom, probability = _columns(opinion)
    of_person = guesses.filter(**{whom: person})
    withdrawn = [
        {"guess": pk, "face": face, "opinion": opinion, "person": person.pk, "probability": sure}
        for pk, face, sure in of_person.values_list("pk", "face_id", probability)
    ]
    of_person.update(**{whom: None, probability: None})
    return withdrawn


def give_back_guesses(owner: User, withdrawn: Iterable[Mapping[str, Any]]) -> None:
    """Let the machine think again what it thought before, where it thinks nothing by now.

    An event that was imported names guesses of another installation: of such a number there may be
    a guess here, too, of another face, or of another owner.
    """
    rows = list(withdrawn)
    people = Person.objects.filter(owner=owner, pk__in={each["person"] for each in rows})
    there = set(people.values_list("pk", flat=True))
    for opinion in OPINIONS:
        whom, probability = _columns(opinion)
        own = [each for each in rows if each["opinion"] == opinion and each["person"] in there]
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE faces_guess g SET {whom}_id = d.person, {probability} = d.probability"
                " FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::float8[])"
                " AS d (guess, face, person, probability), faces_training t"
                " WHERE g.id = d.guess AND g.face_id = d.face"
                f" AND t.id = g.training_id AND t.owner_id = %s AND g.{whom}_id IS NULL",
                [*([each[column] for each in own] for column in RESTORED), owner.pk],
            )


def hand_over_guesses(person: Person, into: Person) -> dict[str, list[int]]:
    """Let guesses of a person be of another; return {opinion: ids of the guesses}."""
    handed = {}
    for opinion in OPINIONS:
        whom, _ = _columns(opinion)
        guesses = Guess.objects.filter(**{whom: person})
        handed[opinion] = list(guesses.values_list("pk", flat=True))
        guesses.update(**{whom: into})
    return handed


def withdraw_runners_up(person: Person) -> list[dict[str, Any]]:
    """Let nobody be runner-up to the same person; return what went."""
    return _withdraw(Guess.objects.filter(class_person=person), "runner_up", person)


def hand_back_guesses(person: Person, handed: Mapping[str, list[int]], into: Person) -> None:
    """Undo ``hand_over_guesses``, as long as no Train came between."""
    for opinion, guesses in handed.items():
        whom, _ = _columns(opinion)
        Guess.objects.filter(pk__in=guesses, **{whom: into}).update(**{whom: person})


def _columns(opinion: str) -> tuple[str, str]:
    """Return the columns of whom a guess names, and how probably."""
    whom = opinion if opinion == "runner_up" else f"{opinion}_person"
    return whom, f"{opinion}_probability"
