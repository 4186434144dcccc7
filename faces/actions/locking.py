"""Who goes first when a user speaks while a training writes."""

from django.contrib.auth.models import User


def lock_owner(owner: User) -> None:
    """Hold the owner's row until the transaction ends.

    What people say of an owner's faces and what a training writes come one after the other, so
    that no guess can contradict a word that was said while it was computed.
    """
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)
