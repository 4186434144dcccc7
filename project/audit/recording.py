"""Writing and clearing the audit log."""

from datetime import timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request

from project.addresses import client_address
from project.audit.asking import request_now, who_is_asking
from project.audit.models import AuditEntry, Verb

__all__ = ["Verb", "forget_old_entries", "record", "record_here"]


def record(
    *,
    actor: User | AnonymousUser | None,
    verb: Verb,
    subject: str = "",
    request: HttpRequest | Request | None = None,
) -> None:
    """Write one entry: who did what, to what (ids only, such as "person 12"), from where."""
    asked = request._request if isinstance(request, Request) else request
    user = actor if isinstance(actor, User) else None
    AuditEntry.objects.create(
        actor=user,
        actor_name=user.get_username() if user else "",
        verb=verb,
        subject=_shortened(subject),
        address=client_address(asked) if asked else None,
        agent=_shortened(asked.headers.get("User-Agent", "")) if asked else "",
    )


def record_here(verb: Verb, subject: str, *, by: User | None = None) -> None:
    """Record what the request at hand does, for signals; a job or a command is nobody's.

    ``by`` is who acts where nobody has signed in yet.
    """
    request = request_now()
    actor = who_is_asking() or (by if request else None)
    record(actor=actor, verb=verb, subject=subject, request=request)


def forget_old_entries(*, days: int) -> None:
    """Delete entries that are older than so many days."""
    AuditEntry.objects.filter(at__lt=timezone.now() - timedelta(days=days)).delete()


def _shortened(text: str) -> str:
    # PostgreSQL takes no zeros.
    return text.replace("\0", "")[:200]
