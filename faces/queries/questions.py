"""What may be asked of a user: whether two people are one; and what the user has chosen."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet

from faces.access import questions_for
from faces.models import Face, Person, Preferences, Question
from faces.queries.people import as_cards, guesses_of_unknown, people_found
from photos.access import AnyUser


def preferences_of(user: AnyUser) -> Preferences:
    """Return what a user has chosen; what nobody has chosen is not stored."""
    return Preferences.objects.filter(owner_id=user.pk).first() or Preferences()


def open_questions(user: AnyUser) -> QuerySet[Question]:
    """Return what can be asked: about two persons with faces, in sight and not both named."""
    about = (
        questions_for(user)
        .filter(_has_faces(user, "one"), _has_faces(user, "other"), answer="")
        .exclude(Q(one__is_hidden=True) | Q(other__is_hidden=True))
    )
    return about.exclude(one__name__gt="", other__name__gt="").order_by("-settles", "-id")


def _has_faces(user: AnyUser, person: str) -> Q:
    """Return the condition that a column's person has faces, as ``people_found`` counts them."""
    labelled = Face.objects.filter(person=OuterRef(person))
    return Q(Exists(labelled)) | Q(Exists(guesses_of_unknown(user, OuterRef(person))))


def people_asked_about(user: AnyUser, questions: Iterable[Question]) -> list[Person]:
    """Return the people of questions as cards, without those who have no faces any more."""
    ids = {pk for question in questions for pk in (question.one_id, question.other_id) if pk}
    people = people_found(user).filter(pk__in=ids).order_by("pk")
    return [person for person in as_cards(user, people) if person.face_count]  # type: ignore[attr-defined]
