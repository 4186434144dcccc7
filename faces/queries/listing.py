"""The page of all people: in which order they come, and the groups that they are in."""

from django.db.models import (
    Case,
    Count,
    F,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextChoices,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from faces.access import faces_of_people, groups_for
from faces.models import Face, PeopleGroup, Person
from faces.queries.pages import looked_up_in
from faces.queries.people import folded
from photos.access import Who, World, world_of
from photos.models import NEVER, Library, moment_taken

NEWEST = 10_000  # labelled faces in the newest photos, in which most people are seen


class PeopleSort(TextChoices):
    """In which order people come."""

    NAME = "name", _("By name")
    COUNT = "count", _("Most faces first")
    RECENT = "recent", _("Seen last first")


def ordered_people(
    who: Who, people: QuerySet[Person], sort: str | None
) -> tuple[QuerySet[Person], list[str]]:
    """Return people as ``people_found`` does in order, and the columns that make it.

    With a sort the favourites come first; without one, those with most faces. A column with a plus
    is text and ascends, the others descend; they are unique together, so that a page can begin
    behind any row.
    """
    if sort is None:
        columns = ["face_count", "id"]
    else:
        favourite = Case(When(is_favourite=True, then=1), default=0, output_field=IntegerField())
        people = people.annotate(order_favourite=favourite)
        columns = ["order_favourite", *_columns_of(sort), "id"]
    if sort == PeopleSort.NAME:
        people = people.annotate(order_name=folded(F("name")))
    elif sort == PeopleSort.RECENT:
        people = people.annotate(order_seen=_last_seen(who))
    order = [name[1:] if name.startswith("+") else f"-{name}" for name in columns]
    return people.order_by(*order), columns


def _columns_of(sort: str) -> list[str]:
    return {
        PeopleSort.NAME: ["+order_name"],
        PeopleSort.COUNT: ["face_count"],
        PeopleSort.RECENT: ["order_seen"],
    }[PeopleSort(sort)]


def _last_seen(who: Who) -> Coalesce:
    """Return when the last photo of somebody labelled was taken, in seconds since 1970.

    Of one's own people most are in the newest photos, which are read before; for the others all
    of their photos are looked up, and they have few.
    """
    faces = faces_of_people(who).filter(person=OuterRef("pk")).order_by()
    last = faces.values(last=Func(moment_taken("photo__taken_at"), function="MAX"))
    looked_up = Subquery(last, output_field=FloatField())
    return Coalesce(*_seen_in_newest(world_of(who)), looked_up, Value(NEVER))


def _seen_in_newest(world: World) -> list[Func]:
    """Return the same as an expression that knows who is in the newest photos; none of others."""
    if not world.is_own:
        return []
    taken = moment_taken("photo__taken_at")
    libraries = Library.objects.filter(owner_id=world.owner_id).values_list("pk", flat=True)
    labelled = Face.objects.filter(person__isnull=False, photo__library__in=list(libraries))
    newest = labelled.order_by(taken.desc()).values_list("person", taken)[:NEWEST]
    seen: dict[int, float] = {}
    for person, moment in newest:
        seen.setdefault(person, moment)
    return [looked_up_in(seen, F("pk"), FloatField())]


def groups_shown(who: Who) -> QuerySet[PeopleGroup]:
    """Return the groups of people, by name, each with ``size``: of its people who have names."""
    named = Count("people", filter=Q(people__name__gt=""))
    groups = groups_for(who).annotate(size=named, order_name=folded(F("name")))
    return groups.order_by("order_name", "-id")
