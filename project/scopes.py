"""What a token may do: look, say whose faces they are, or all else."""

from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import SAFE_METHODS, IsAuthenticated
from rest_framework.request import Request


class Scope(TextChoices):
    """What a token may be allowed to do."""

    READ = "read", _("Look")
    LABEL = "label", _("Say who is who")
    MANAGE = "manage", _("Change everything else")


class InScope(IsAuthenticated):
    """Somebody is signed in, and a token's scopes have what is asked for; closed by default.

    Looking needs ``read``. A change needs ``label`` where the view lists its action in
    ``label_actions``, and ``manage`` anywhere else. A session may do all that its user may.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return whether the request is within its scopes."""
        if not super().has_permission(request, view):
            return False
        return request.auth is None or needed(request, view) in getattr(request.auth, "scopes", ())


def needed(request: Request, view: Any) -> Scope:
    """Return the scope that a request needs."""
    if request.method in SAFE_METHODS:
        return Scope.READ
    action = getattr(view, "action", None)
    return Scope.LABEL if action in getattr(view, "label_actions", ()) else Scope.MANAGE
