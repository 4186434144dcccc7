"""Whose data a command works on."""

from django.contrib.auth.models import User
from django.core.management.base import CommandError


def only_user(name: str | None) -> User:
    """Return the user of this name or, without a name, the only one who has a library."""
    if name is not None:
        named = User.objects.filter(username=name).first()
        if named is None:
            raise CommandError(f"There is no user {name!r}.")
        return named
    users = list(User.objects.filter(libraries__isnull=False).distinct().order_by("username"))
    if len(users) != 1:
        names = ", ".join(each.get_username() for each in users) or "none"
        raise CommandError(f"Say whose with --user; who has a library: {names}.")
    return users[0]
