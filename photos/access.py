"""Who may see which photos: the owner of the library, and nobody else."""

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from photos.models import Library, Photo


def libraries_for(user: User | AnonymousUser) -> QuerySet[Library]:
    """Return the libraries this user may see."""
    return Library.objects.filter(owner_id=user.pk)


def photos_for(user: User | AnonymousUser) -> QuerySet[Photo]:
    """Return the photos this user may see."""
    return Photo.objects.filter(library__owner_id=user.pk)
