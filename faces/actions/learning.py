"""What users do anyway answers questions: so merging learns from it, and nobody is asked again."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from faces.models import LabelEvent, Person, Question


def note_answers(
    event: LabelEvent, *, people: Iterable[Person], of: Person, answer: Question.Answer
) -> None:
    """Answer the open questions whether these people are somebody else, as an event has done.

    They are open again once the event is undone.
    """
    others = [person.pk for person in people]
    about = Q(one__in=others, other=of) | Q(one=of, other__in=others)
    Question.objects.filter(about, owner=event.owner_id, answer="").update(
        answer=answer, event=event, answered_at=timezone.now()
    )


def asked_beside(person: Person) -> set[int]:
    """Return the ids of those of whom it is open whether they are this person."""
    asked = Question.objects.filter(Q(one=person) | Q(other=person), answer="")
    return {pk for pair in asked.values_list("one", "other") for pk in pair if pk} - {person.pk}
