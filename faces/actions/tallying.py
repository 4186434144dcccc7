"""Counting faces anew, where triggers have counted them along.

A scan does not wait for its owner: where it changes a face while the guess of that face goes, each
counts without the other. That is rare, and lasts until the next Train or night.
"""

from django.contrib.auth.models import User
from django.db import connection

from faces.models import Tally


def tally_anew(*, owner: User) -> None:
    """Count an owner's faces; what others are writing meanwhile is added when they have done."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT faces_tally_anew(%s)", [owner.pk])


def drop_tally(*, owner: User) -> None:
    """Forget the lines of somebody who is gone: they come to nothing."""
    Tally.objects.filter(owner=owner).delete()
