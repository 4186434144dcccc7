"""How stale the guesses are, and which labels look wrong."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from faces.access import evaluations_for, faces_for, people_for
from faces.models import Evaluation, Face, Person, Rejection, Tally, Training
from faces.queries import current_training
from photos.access import AnyUser


@dataclass(frozen=True)
class TrainingStanding:
    """How stale the guesses are, and how long it takes to make them anew."""

    training: Training | None
    labels_since: int  # faces labelled or rejected since it began
    faces_since: int  # faces found since it began
    usual_seconds: float | None  # that the next one will take, by this one and the faces there are


def training_standing(user: AnyUser) -> TrainingStanding:
    """Return what was said and found since the standing training began, all of it if none stands.

    What was undone counts no more.
    """
    training = current_training(user)
    since = training.started_at if training else datetime.min.replace(tzinfo=UTC)
    tallied = Tally.objects.filter(owner_id=user.pk).aggregate(
        all=Coalesce(Sum("faces"), 0),
        labelled=Coalesce(Sum("faces", filter=Q(person__isnull=False)), 0),
    )
    if training is None:
        labelled, found = tallied["labelled"], tallied["all"]
    else:
        labelled = faces_for(user).filter(labelled_at__gte=since).count()
        found = faces_for(user).filter(found_at__gte=since).count()
    rejected = (
        Rejection.objects.filter(person__owner_id=user.pk, created_at__gte=since)
        # Said so, those that were labelled since are looked up, instead of every rejected face.
        .exclude(Exists(Face.objects.filter(pk=OuterRef("face"), labelled_at__gte=since)))
        .aggregate(faces=Count("face", distinct=True))
    )
    seconds = None
    if training and training.finished_at and training.metrics.get("faces"):
        per_face = (training.finished_at - since).total_seconds() / training.metrics["faces"]
        seconds = per_face * tallied["all"]
    return TrainingStanding(training, labelled + rejected["faces"], found, seconds)


def latest_evaluation(user: AnyUser) -> Evaluation | None:
    """Return the evaluation that was made last, if there is one."""
    return evaluations_for(user).order_by("-id").first()


@dataclass(frozen=True)
class SuspiciousLabel:
    """A label that looks wrong beside the other labels of its person."""

    face: Face
    probability: float  # that it is wrong
    looks_like: Person | None  # None for nobody who has labels

    @property
    def percent(self) -> int:
        """The probability, rounded down so that only certainty reads 100."""
        return int(self.probability * 100)


def suspicious_labels(user: AnyUser, evaluation: Evaluation) -> list[SuspiciousLabel]:
    """Return the labels that looked wrong and still stand, the most suspicious first."""
    found = evaluation.report["suspicious"]
    faces = faces_for(user).select_related("photo", "person")
    still = faces.in_bulk([each["face"] for each in found])
    people = people_for(user).in_bulk([each["looks_like"] for each in found])
    return [
        SuspiciousLabel(face, each["probability"], people.get(each["looks_like"]))
        for each in found
        if (face := still.get(each["face"])) and face.person_id == each["person"]
    ]
