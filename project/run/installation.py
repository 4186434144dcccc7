"""What an installation needs in its database: tables, a first user, a library."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.db.utils import OperationalError
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from photos.models import Library
from project.run.checks import RunError

FIRST_NAME = "admin"
LOCK = 0x6B697468  # "kith", for nothing else


def check_servers() -> None:
    """Reach the database and the queue; one of them may be an outside server."""
    try:
        connection.ensure_connection()
    except (OperationalError, ImproperlyConfigured) as error:
        raise RunError(f"DATABASE_URL: {_first_line(error)}") from None
    try:
        with redis.from_url(settings.REDIS_URL, socket_connect_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise RunError(f"REDIS_URL: {_first_line(error)}") from None


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let hosts that start together make tables and the first user one after another."""
    with connection.cursor() as cursor:
        # Of this connection, and so let go of however it ends.
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def migrate() -> None:
    """Bring the tables up to date."""
    call_command("migrate", verbosity=0, interactive=False)


def first_user(password: str | None = None) -> User:
    """Return the user who owns this installation; make it at the first start.

    The password, for unattended starts, is that of a user who has none yet.
    """
    user = User.objects.order_by("-is_superuser", "pk").first()
    if user is None:
        user = User.objects.create_superuser(FIRST_NAME, password=None)
    if password and not user.has_usable_password():
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


def how_to_sign_in(user: User, url: str) -> str:
    """Return a line with the sign-in page, or with a link that lets the user choose a password."""
    if user.has_usable_password():
        return f"Sign in as {user.get_username()} at {url}"
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    token = default_token_generator.make_token(user)
    welcome = reverse("welcome", args=[uid, token]).lstrip("/")
    return f"Choose your password, once, at {url}{welcome}"


def library_of(user: User, folder: Path) -> Library:
    """Return the user's library of this folder."""
    library, _ = Library.objects.get_or_create(
        owner=user, path=str(folder), defaults={"name": folder.name or str(folder)}
    )
    return library


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
