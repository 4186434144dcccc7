"""Who goes first when a user speaks while a training writes."""

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from faces.models import Person


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
