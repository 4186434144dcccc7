"""Whose faces are to be trained anew without anybody pressing Train."""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from faces.models import LabelEvent
from faces.queries.standing import training_standing
from project.jobs.models import Job

# Who is still labelling goes on, and is not to find other guesses in the middle of it.
QUIET = timedelta(minutes=5)
# A Train that failed, or that somebody cancelled, is not begun again at once.
PATIENCE = timedelta(hours=1)
SCANS = (Job.Kind.SCAN, Job.Kind.RESCAN)


def owners_to_train(least: int) -> list[User]:
    """Return who has ``least`` new labels and faces since Train, and is doing nothing now."""
    return [owner for owner in _idle_owners() if _news(owner) >= least]


def _idle_owners() -> QuerySet[User]:
    now = timezone.now()
    said = LabelEvent.objects.filter(owner=OuterRef("pk"), created_at__gt=now - QUIET)
    jobs = Job.objects.filter(requested_by=OuterRef("pk"))
    scanned = jobs.filter(kind__in=SCANS, state__in=Job.DUE)
    ended_early = Q(ended_at__gt=now - PATIENCE) & ~Q(state=Job.State.DONE)
    trained = jobs.filter(Q(state__in=Job.ACTIVE) | ended_early, kind=Job.Kind.TRAIN)
    owners = User.objects.filter(is_active=True, libraries__isnull=False).distinct()
    return owners.exclude(Exists(said)).exclude(Exists(scanned)).exclude(Exists(trained))


def _news(owner: User) -> int:
    standing = training_standing(owner)
    return standing.labels_since + standing.faces_since
