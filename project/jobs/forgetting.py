"""Taking names of people out of what jobs have told."""

import re
from collections.abc import Collection

from django.contrib.auth.models import User
from django.db.models import Model, Q, QuerySet

from project.jobs.models import Job, JobEvent, JobItem

BLOT = "…"


def blot_out(names: Collection[str], *, of: User) -> None:
    """Take names out of the texts of a user's jobs; the paths of files stay as they are."""
    if not names:
        return
    words = re.compile("|".join(rf"(?<!\w){re.escape(each)}(?!\w)" for each in names), re.I)
    _blot(Job.objects.filter(requested_by=of), ("stage", "error"), names, words)
    _blot(JobItem.objects.filter(job__requested_by=of), ("reason",), names, words)
    _blot(JobEvent.objects.filter(job__requested_by=of), ("detail",), names, words)


def _blot(
    rows: QuerySet[Model], columns: Collection[str], names: Collection[str], words: re.Pattern[str]
) -> None:
    told = Q(pk__in=[])
    for column in columns:
        for name in names:
            told |= Q(**{f"{column}__icontains": name})
    for row in rows.filter(told):
        for column in columns:
            setattr(row, column, words.sub(BLOT, getattr(row, column)))
        row.save(update_fields=columns)
