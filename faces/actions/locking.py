"""Who goes first when a user speaks while a training writes."""

from collections.abc import Collection

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError

from faces.models import Person
from photos.access import World, labelled_libraries
from photos.models import Photo


def lock_owner(owner: User) -> None:
    """Hold the owner's row until the transaction ends.

    What people say of an owner's faces and what a training writes come one after the other, so
    that no guess can contradict a word that was said while it was computed.
    """
    User.objects.select_for_update(no_key=True).get(pk=owner.pk)


def check_still_there(*people: Person) -> None:
    """Refuse to speak of somebody who has gone since the row was loaded.

    Call it once the owner is held: until then Train, or another tab, may have deleted anybody.
    """
    wanted = {person.pk for person in people}
    if Person.objects.filter(pk__in=wanted).count() < len(wanted):
        raise ValidationError("This person is no longer there.")


def check_may_speak(owner: User, actor: User | None, photos: Collection[int]) -> None:
    """Refuse a labeller with whom one of these photos is not shared to be labelled any more.

    Call it once the owner is held: until then the owner may have ended the share.
    """
    if actor is None:
        return
    shared = Photo.objects.filter(
        pk__in=photos, library__in=labelled_libraries(World(actor, owner))
    )
    if shared.count() < len(set(photos)):
        raise PermissionDenied("These photos are not shared with you to be labelled.")
