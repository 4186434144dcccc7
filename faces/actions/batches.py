"""What is said of many people at once: who cannot be changed keeps nobody else from it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from faces.access import people_for
from faces.actions.deleting import Left, delete_person
from faces.actions.hiding import hide_person, show_person
from faces.actions.labelling import Outcome
from faces.actions.locking import lock_owner
from faces.actions.people import change_person
from faces.models import Person
from faces.queries.history import latest_event


@dataclass(frozen=True)
class PeopleOutcome:
    """What an action did: ids of changed people, and (id, reason) of those left as they were."""

    changed: list[int] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    events: list[int] = field(default_factory=list)  # ids, as they were done; each can be undone


def change_people(
    *,
    owner: User,
    people: Iterable[int],
    is_favourite: bool | None = None,
    is_hidden: bool | None = None,
) -> PeopleOutcome:
    """Say of people, by their ids, what is not None; an event for each person and each of both."""

    def change(person: Person) -> list[int]:
        events = []
        if is_favourite not in (None, person.is_favourite):
            change_person(owner=owner, person=person, is_favourite=is_favourite)
            events.append(latest_event(owner).pk)
        if is_hidden not in (None, person.is_hidden):
            hide_or_show = hide_person if is_hidden else show_person
            events += _event_of(hide_or_show(owner=owner, person=person))
        return events

    return _each(owner, people, change)


def delete_people(
    *, owner: User, people: Iterable[int], left: str = Left.UNLABELLED
) -> PeopleOutcome:
    """Delete people by their ids, an event for each; ``left`` says what becomes of the faces."""
    return _each(
        owner,
        people,
        lambda person: _event_of(delete_person(owner=owner, person=person, left=left)),
    )


def _each(owner: User, people: Iterable[int], act: Callable[[Person], list[int]]) -> PeopleOutcome:
    """Act on each person, who is changed as a whole or not at all; ``act`` returns the events."""
    outcome = PeopleOutcome()
    with transaction.atomic():
        lock_owner(owner)
        wanted = list(dict.fromkeys(people))
        own = people_for(owner).in_bulk(wanted)
        for pk in wanted:
            if pk not in own:
                outcome.skipped.append((pk, "There is no such person."))
                continue
            try:
                with transaction.atomic():
                    events = act(own[pk])
            except ValidationError as error:
                outcome.skipped.append((pk, " ".join(error.messages)))
                continue
            if events:
                outcome.changed.append(pk)
                outcome.events.extend(events)
            else:
                outcome.skipped.append((pk, "There is nothing to change."))
    return outcome


def _event_of(outcome: Outcome) -> list[int]:
    return [outcome.event.pk] if outcome.event else []
