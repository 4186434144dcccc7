"""Who may see which jobs: who asked for them."""

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from project.jobs.models import Job


def jobs_for(user: User | AnonymousUser) -> QuerySet[Job]:
    """Return the jobs this user may see."""
    return Job.objects.filter(requested_by_id=user.pk)


def installation_owner() -> User | None:
    """Return whom jobs of the whole installation belong to; None before there is anybody."""
    return User.objects.filter(is_staff=True).order_by("pk").first()
