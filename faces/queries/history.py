"""What was said, as the history tells it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import BigIntegerField, F, Func, QuerySet
from django.db.models.functions import Cast

from faces.access import events_for, people_for
from faces.models import LabelEvent
from photos.access import AnyUser, Who


@dataclass(frozen=True)
class EventShown:
    """Something that a person said, as the history tells it."""

    event: LabelEvent
    faces: int  # how many it was about
    names: list[str]  # of the people it was about, as they are called now


def label_events(who: Who) -> QuerySet[LabelEvent]:
    """Return what was said in a world, newest first, with ``undone_by`` and ``actor``."""
    return events_for(who).select_related("undone_by", "actor").order_by("-id")


# In an event's details: people who come back when it is undone.
OF_BEFORE = ("$.faces[*].before", "$.faces[*].person", "$.rejections[*].person")


def people_of_before(user: AnyUser) -> set[int]:
    """Return the ids of people who were labels or rejections until something else was said."""
    said = events_for(user).filter(undone_by=None)
    found: set[int] = set()
    for path in OF_BEFORE:
        who = Func(F("details"), template=f"jsonb_path_query(%(expressions)s, '{path} ? (@ > 0)')")
        found.update(
            said.values_list(Cast(who, BigIntegerField()), flat=True).order_by().distinct()
        )
    return found


def latest_event(user: AnyUser) -> LabelEvent:
    """Return what a user, who has said something, has said last."""
    return events_for(user).order_by("-id")[0]


def events_shown(who: Who, events: Iterable[LabelEvent]) -> list[EventShown]:
    """Return events as the history tells them; one query for all their people."""
    rows = list(events)
    people = people_for(who).in_bulk({pk for event in rows for pk in _people_of(event)})
    return [
        EventShown(
            event=event,
            faces=len(event.details.get("faces", event.details.get("changed", []))),
            names=[people[pk].display_name for pk in _people_of(event) if pk in people]
            or [name for name in [event.details.get("name")] if name],
        )
        for event in rows
    ]


def _people_of(event: LabelEvent) -> list[int]:
    """Return the ids of the people an event is about: whom faces became, else whom they were."""
    details = event.details
    if "person" in details:
        return [details["person"]]
    faces = [each for each in details.get("faces", []) if isinstance(each, dict)]
    named = (each.get("after") or each.get("before") or each.get("person") for each in faces)
    return sorted({pk for pk in named if pk})
