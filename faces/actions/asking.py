"""Questions whether two persons are one and the same, and what becomes of their answers."""

from collections.abc import Callable
from dataclasses import replace

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from faces.actions.labelling import Outcome, reject_person
from faces.actions.locking import lock_owner
from faces.actions.merging import merge_people
from faces.actions.training import parameters_of
from faces.arrays import load_answers, load_faces, load_groups, load_rejections, poor_faces
from faces.models import Person, Question, Training
from faces.queries.people import faces_of_unknown
from faces.recognition.merging import (
    NOBODY,
    SHIPPED,
    candidate_pairs,
    learned,
    questions,
)

# Who opens the page wants to be asked; the most useful come first, and one can stop at any time.
ASKED_FROM = 0.5
MOST_QUESTIONS = 500  # kept of one Train; nobody answers more before the next
CHANGED_SINCE = "These people have changed since: go on to the next question."


def ask(*, training: Training, keep_going: Callable[[], None]) -> int:
    """Find what is best asked about the persons of a training; return how many questions stand.

    They replace those that nobody has answered. ``keep_going`` is called every second or so and
    may raise, which leaves the questions as they were.
    """
    owner = training.owner
    faces = load_faces(owner.pk, training.embedding_model)
    groups = load_groups(owner.pk, faces, nobody=NOBODY)
    named = set(Person.objects.filter(owner=owner).exclude(name="").values_list("pk", flat=True))
    features, same = load_answers(owner.pk)
    asked = Question.objects.filter(owner=owner).exclude(answer="")
    apart = [
        *((int(groups[row]), person) for row, person in load_rejections(owner.pk, faces)),
        *asked.exclude(one=None).exclude(other=None).values_list("one", "other"),
    ]
    found = questions(
        candidate_pairs(
            faces.embeddings,
            faces.photos,
            groups,
            model=training.embedding_model,
            poor=poor_faces(faces, parameters_of(training).min_quality),
            keep_going=keep_going,
        ),
        named=named,
        different=apart,
        merging=learned(features, same) if len(same) else SHIPPED,
        asked_from=ASKED_FROM,
    )
    rows = [
        Question(
            owner=owner,
            one_id=one,
            other_id=other,
            probability=probability,
            settles=settles,
            features=features,
        )
        for (one, other), probability, settles, features in zip(
            found.pairs.tolist(),
            found.probabilities.tolist(),
            found.settled.tolist(),
            found.features.tolist(),
            strict=True,
        )
        if not {one, other} <= named  # they have two names
    ][:MOST_QUESTIONS]
    with transaction.atomic():
        lock_owner(owner)
        if not Training.objects.filter(pk=training.pk, is_current=True).exists():
            return 0
        # Also what was answered while this was found out.
        told = {frozenset(pair) for pair in asked.values_list("one", "other")}
        Question.objects.filter(owner=owner, answer="").delete()
        there = set(Person.objects.filter(owner=owner).values_list("pk", flat=True))
        return len(
            Question.objects.bulk_create(
                row
                for row in rows
                if {row.one_id, row.other_id} <= there and _pair(row) not in told
            )
        )


def answer_question(*, owner: User, question: Question, answer: str) -> Outcome:
    """Do what an answer says: merge or name the unknown person, or rule the other out for it.

    It is remembered with the question, and both are forgotten where the event is undone.
    """
    with transaction.atomic():
        lock_owner(owner)
        there = Question.objects.filter(pk=question.pk).first()
        if there is None:  # Train has asked anew
            raise ValidationError(CHANGED_SINCE)
        question = there
        one, other = question.one, question.other
        # Whoever was not sure may be by now.
        if question.answer not in ("", Question.Answer.UNSURE):
            raise ValidationError("This question has been answered already.")
        if one is None or other is None or (one.name and other.name):
            raise ValidationError(CHANGED_SINCE)
        kept, joined = _kept_and_joined(owner, one, other)
        outcome = Outcome(person=kept)
        if answer == Question.Answer.SAME:
            outcome = merge_people(owner=owner, people=[joined], into=kept)
            _ask_of(kept, instead_of=joined, but=question)
        elif answer == Question.Answer.DIFFERENT:
            faces = faces_of_unknown(owner, [joined])
            outcome = reject_person(owner=owner, faces=faces, person=kept)
        question.answer, question.event = answer, outcome.event
        question.answered_at = timezone.now()
        question.save(update_fields=["answer", "event", "answered_at"])
        return replace(outcome, person=kept)


def _kept_and_joined(owner: User, one: Person, other: Person) -> tuple[Person, Person]:
    """Return whom the other becomes part of: who has a name, else who has more faces."""
    if one.name or other.name:
        return (one, other) if one.name else (other, one)
    more = faces_of_unknown(owner, [one]).count() >= faces_of_unknown(owner, [other]).count()
    return (one, other) if more else (other, one)


def _ask_of(person: Person, *, instead_of: Person, but: Question) -> None:
    """Ask what was to be asked of somebody of the person who has taken this one in."""
    told = {_pair(each) for each in _about(person)}
    for question in _about(instead_of).filter(answer="").exclude(pk=but.pk):
        if question.one == instead_of:
            question.one = person
        else:
            question.other = person
        one, other = question.one, question.other
        pointless = one is None or other is None or one == other or (one.name and other.name)
        if pointless or _pair(question) in told:
            question.delete()
        else:
            question.save(update_fields=["one", "other"])


def _about(person: Person) -> QuerySet[Question]:
    return Question.objects.filter(Q(one=person) | Q(other=person)).select_related("one", "other")


def _pair(question: Question) -> frozenset[int | None]:
    return frozenset((question.one_id, question.other_id))
