"""Making, finding and revoking tokens.

A secret is 256 random bits, so that its plain SHA-256 cannot be turned back by trying: slow hashes
are for what people think up. It is looked for by that hash, whose value nobody can choose, so that
the time of a comparison tells nothing of the secret.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from project.accounts.models import DeviceToken
from project.scopes import Scope

BEGINNING = "kith_"
SHOWN = len(BEGINNING) + 6
MOST = 100  # standing tokens of one user
USE_IS_NOTED = timedelta(minutes=1)


def make_token(
    *,
    user: User,
    name: str,
    scopes: Iterable[Scope | str],
    expires_at: datetime,
    made_with: DeviceToken | None = None,
) -> tuple[DeviceToken, str]:
    """Make a token; return it with its secret, which is told only this once.

    One that is ``made_with`` another may do no more than that one, and ends no later.
    """
    wanted = [scope for scope in Scope.values if scope in set(scopes)]
    if made_with is not None:
        expires_at = min(expires_at, made_with.expires_at)
        if not set(wanted) <= set(made_with.scopes):
            raise ValidationError({"scopes": _("A token gives no more than it has itself.")})
    if DeviceToken.standing.filter(user=user).count() >= MOST:
        raise ValidationError(_("There are too many devices: revoke some first."))
    secret = BEGINNING + secrets.token_urlsafe(32)
    token = DeviceToken.objects.create(
        user=user,
        name=name,
        scopes=wanted,
        expires_at=expires_at,
        made_with=made_with,
        prefix=secret[:SHOWN],
        digest=digest_of(secret),
    )
    return token, secret


def find_token(secret: str) -> DeviceToken | None:
    """Return the standing token of a secret, and note its use; None if there is none."""
    tokens = DeviceToken.standing.select_related("user")
    token = tokens.filter(digest=digest_of(secret)).first()
    if token is not None:
        _note_use(token)
    return token


def revoke_token(*, token: DeviceToken) -> None:
    """End a token, and those that were made with it."""
    with transaction.atomic():
        ending = [token.pk]
        while ending:
            DeviceToken.objects.filter(pk__in=ending, revoked_at=None).update(
                revoked_at=timezone.now()
            )
            made = DeviceToken.objects.filter(made_with__in=ending)
            ending = list(made.values_list("pk", flat=True))


def digest_of(secret: str) -> str:
    """Return what is kept of a secret."""
    return sha256(secret.encode()).hexdigest()


def _note_use(token: DeviceToken) -> None:
    """Write down that it was used, at most once a minute: it is in every request's way."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at > USE_IS_NOTED:
        DeviceToken.objects.filter(pk=token.pk).update(last_used_at=now)
