"""Searches that a user keeps under a name."""

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Lower

from faces.actions.locking import lock_owner
from faces.models import SavedSearch


@transaction.atomic
def save_search(*, owner: User, name: str, query: dict[str, Any]) -> SavedSearch:
    """Keep a search; one of the same name is searched for this from now on."""
    lock_owner(owner)
    search = _named(owner, name).first()
    search = search or SavedSearch(owner=owner)
    search.name, search.query = name, query
    search.save()
    return search


@transaction.atomic
def change_search(
    *, search: SavedSearch, name: str | None = None, query: dict[str, Any] | None = None
) -> SavedSearch:
    """Give a search another name, or let it search for something else."""
    lock_owner(search.owner)
    if name is not None:
        if _named(search.owner, name).exclude(pk=search.pk).exists():
            raise ValidationError({"name": "Another search has this name."})
        search.name = name
    if query is not None:
        search.query = query
    search.save()
    return search


def _named(owner: User, name: str) -> QuerySet[SavedSearch]:
    """Return the search of this name, as the constraint compares: see ``person_named``."""
    searches = SavedSearch.objects.filter(owner=owner)
    return searches.alias(lower=Lower("name")).filter(lower=Lower(Value(name)))
