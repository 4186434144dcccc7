"""Sharing a library with other users, and taking that back."""

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from photos.models import Library, Share


def share_library(*, library: Library, username: str, role: str) -> Share:
    """Let another user look into a library, or also label; whom it is shared with gets the role.

    ValidationError where there is no such user, or it is the owner.
    """
    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        raise ValidationError({"user": "There is no user of this name."})
    if user.pk == library.owner_id:
        raise ValidationError({"user": "This library is your own."})
    with transaction.atomic():
        _hold_owner(library)
        share, _ = Share.objects.update_or_create(
            library=library, user=user, defaults={"role": role}
        )
    return share


def change_share(*, share: Share, role: str) -> Share:
    """Give whom a library is shared with another role."""
    with transaction.atomic():
        _hold_owner(share.library)
        Share.objects.filter(pk=share.pk).update(role=role)
        share.role = role
    return share


def end_share(*, share: Share) -> None:
    """Share a library no more; what was said stays, the next request sees nothing."""
    with transaction.atomic():
        _hold_owner(share.library)
        share.delete()


def _hold_owner(library: Library) -> None:
    """Come before or after what a labeller says, which holds the owner too, and never between."""
    User.objects.select_for_update(no_key=True).get(pk=library.owner_id)
