"""Merging unknown persons without being asked, for users who have said from which probability."""

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from faces.actions.labelling import remember
from faces.actions.locking import lock_owner
from faces.models import Face, Guess, LabelEvent, Preferences, Question, Training

# Below this too many merges would be wrong for nobody to be asked.
LEAST_MERGE_FROM = 0.95


def choose_merging(*, owner: User, merge_from: float | None) -> Preferences:
    """Say from which probability (0-1) Train merges unknown persons by itself, None for never."""
    if merge_from is not None and not LEAST_MERGE_FROM <= merge_from <= 1:
        raise ValidationError({"merge_from": f"Choose {LEAST_MERGE_FROM:.2f} to 1, or nothing."})
    preferences, _ = Preferences.objects.update_or_create(
        owner=owner, defaults={"merge_from": merge_from}
    )
    return preferences


def merge_alike(*, training: Training) -> int:
    """Merge the unknown persons who are surely one, as the owner has asked; return how many.

    It is done to the guesses of the training: only people write labels, and whoever has one, or is
    hidden, is left alone. An undone merge is a rejection, and so is not done again.
    """
    owner = training.owner
    chosen = Preferences.objects.filter(owner=owner).first()
    if chosen is None or chosen.merge_from is None:
        return 0
    with transaction.atomic():
        lock_owner(owner)
        if not Training.objects.filter(pk=training.pk, is_current=True).exists():
            return 0
        sure = Question.objects.filter(
            Q(one__name="", other__name="", one__is_hidden=False, other__is_hidden=False),
            owner=owner,
            answer="",
            probability__gte=chosen.merge_from,
        )
        sizes = _sizes(training, sure)
        touched: set[int] = set()
        merged = 0
        for question in sure.order_by("-probability", "pk"):
            one, other = question.one_id, question.other_id
            # What the probability was told of is no more after a merge; the next Train goes on.
            if one not in sizes or other not in sizes or {one, other} & touched:
                continue
            kept, joined = (one, other) if sizes[one] >= sizes[other] else (other, one)
            _join(training, question, kept=kept, joined=joined)
            touched |= {kept, joined}
            merged += 1
        return merged


def _sizes(training: Training, questions: QuerySet[Question]) -> dict[int, int]:
    """Return how many faces those have who are asked about and of whom nobody has said anything."""
    asked = {pk for pair in questions.values_list("one", "other") for pk in pair}
    said = set(Face.objects.filter(person__in=asked).values_list("person", flat=True))
    counted = Guess.objects.filter(training=training, cluster_person__in=asked - said)
    return dict(counted.values_list("cluster_person").annotate(Count("pk")))


def _join(training: Training, question: Question, *, kept: int, joined: int) -> None:
    guesses = Guess.objects.filter(training=training, cluster_person=joined, face__person=None)
    faces = sorted(guesses.values_list("face", flat=True))
    guesses.update(cluster_person=kept)
    before = LabelEvent.objects.filter(
        owner=training.owner_id,
        details__by_itself=True,
        details__person=kept,
        details__faces__contains=faces,
        undone_by=None,
    ).first()
    # Each Train finds the clusters anew; what stands in the history already is not said again.
    event = before or remember(
        training.owner,
        LabelEvent.Verb.MERGE,
        by_itself=True,
        person=kept,
        joined=joined,
        faces=faces,
        probability=question.probability,
    )
    question.answer, question.event = Question.Answer.SAME, event
    question.answered_at = timezone.now()
    question.save(update_fields=["answer", "event", "answered_at"])
