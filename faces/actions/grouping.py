"""Groups of people: made, named, filled and deleted; they say nothing about faces."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from faces.actions.people import clean_name
from faces.models import PeopleGroup, Person


def make_group(*, owner: User, name: str, people: Iterable[Person] = ()) -> PeopleGroup:
    """Make a group of people who have names; ValidationError where one has that name already."""
    with transaction.atomic():
        group = _saved(PeopleGroup(owner=owner, name=clean_name(name)))
        group.people.set(_named(people))
        return group


def change_group(
    *,
    group: PeopleGroup,
    name: str | None = None,
    people: Iterable[Person] | None = None,
    add: Iterable[Person] = (),
    remove: Iterable[Person] = (),
) -> PeopleGroup:
    """Give a group another name or other people, or some more, or fewer."""
    with transaction.atomic():
        if name is not None:
            group.name = clean_name(name)
            _saved(group)
        if people is not None:
            group.people.set(_named(people))
        group.people.add(*_named(add))
        group.people.remove(*remove)
        return group


def delete_group(*, group: PeopleGroup) -> None:
    """Delete a group; its people stay."""
    group.delete()


def groups_of(person: Person) -> list[int]:
    """Return the ids of the groups that a person is in, as an event keeps them."""
    return list(person.groups.order_by("pk").values_list("pk", flat=True))


def put_into_groups(person: Person, groups: Iterable[int]) -> None:
    """Put a person into those of the owner's groups, by their ids, that are still there."""
    own = PeopleGroup.objects.filter(owner=person.owner_id, pk__in=list(groups))
    person.groups.add(*own)


def _saved(group: PeopleGroup) -> PeopleGroup:
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError:
        taken = f"There is a group called {group.name} already."
        raise ValidationError({"name": taken}) from None
    return group


def _named(people: Iterable[Person]) -> list[Person]:
    rows = list(people)
    if not all(person.name for person in rows):
        raise ValidationError({"people": "Give this unknown person a name first."})
    return rows
