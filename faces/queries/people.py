"""People as lists and cards show them: their faces counted and chosen; merges, foreseen."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BigIntegerField,
    Case,
    DateTimeField,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Greatest, Least, Upper

from faces.access import faces_for, faces_of_people, guesses_of_people, people_for
from faces.models import Face, Guess, Person, Tally
from faces.recognition.likelihood import HARDLY_A_FACE
from photos.access import AnyUser, Who, World, world_of

BEST = 6  # faces on the card of an unknown person
# The lines of the tally whose faces a guess shows under an unknown person.
GUESSED_UNKNOWN = Q(person=None, class_person=None, is_doubtful=False)
# What is left of an accent when a letter is decomposed.
COMBINING_MARKS = "[\u0300-\u036f]"


def people_found(
    who: Who,
    *,
    kind: str | None = None,
    text: str = "",
    hidden: bool | None = None,
    group: int | None = None,
) -> QuerySet[Person]:
    """Return people with ``face_count`` and ``face_shown``, the one that stands for the person.

    ``kind`` is ``named`` or ``unknown``, of which those without faces are left out; ``text`` is
    looked for in names and aliases, whatever its case and accents, of somebody else's people in
    names alone; ``group`` is one whose people they are. An unknown person's faces are those of the
    Unknown tab.
    """
    world = world_of(who)
    people = people_for(world)
    if kind == "named":
        people = people.exclude(name="")
    elif kind == "unknown":
        people = people.filter(name="")
    if hidden is not None:
        people = people.filter(is_hidden=hidden)
    if group is not None:
        people = people.filter(groups=group, groups__owner_id=world.user.pk)
    if text:
        people = _called(world, people, text)
    labelled = faces_of_people(world).filter(person=OuterRef("pk")).order_by("-quality", "id")
    guessed = guesses_of_unknown(world, OuterRef("pk")).order_by("-face__quality", "face_id")
    people = people.annotate(
        face_count=_face_count(world),
        face_shown=Coalesce(
            cover_shown(world),
            Subquery(labelled.values("id")[:1]),
            Subquery(guessed.values("face_id")[:1]),
            output_field=BigIntegerField(),
        ),
    )
    if kind == "unknown" and world.is_own:
        return people.filter(_is_tallied(world))
    if kind == "unknown":
        # Whether there is any is found out sooner than how many.
        first = [Subquery(rows.order_by().values("pk")[:1]) for rows in (labelled, guessed)]
        people = people.alias(any_face=Coalesce(*first)).filter(any_face__isnull=False)
    return people


def _called(world: World, people: QuerySet[Person], text: str) -> QuerySet[Person]:
    """Return those of people whose name, or an alias of one's own people, contains a text."""
    wanted = folded(Value(text))
    found = Q(folded__contains=wanted)
    people = people.annotate(folded=folded(F("name")))
    if world.is_own:
        people = people.annotate(folded_aliases=folded(_lines(F("aliases"))))
        found |= Q(folded_aliases__contains=wanted)
    return people.filter(found)


def _face_count(world: World) -> Any:
    """Return how many faces a person has; of one's own it has been counted along.

    Labels and guesses apart: joined, the ones would be multiplied by the others.
    """
    if world.is_own:
        lines = Tally.objects.filter(owner_id=world.owner_id).order_by()
        labelled = _added_up(lines.filter(person=OuterRef("pk")))
        guessed = _added_up(lines.filter(GUESSED_UNKNOWN, cluster_person=OuterRef("pk")))
    else:
        labelled = _number(faces_of_people(world).filter(person=OuterRef("pk")))
        guessed = _number(guesses_of_unknown(world, OuterRef("pk")))
    unknown = Case(When(name="", then=Coalesce(guessed, 0)), default=0)
    return Coalesce(labelled, 0) + unknown


def _is_tallied(world: World) -> Q:
    """Return the condition that an unknown person of one's own has faces, as they are counted.

    All who have any are added up at once: asked person by person, that takes longer.
    """
    lines = Tally.objects.filter(owner_id=world.owner_id).order_by()
    labelled, guessed = lines, lines.filter(GUESSED_UNKNOWN)
    some = Q()
    for whom, of in (("person", labelled), ("cluster_person", guessed)):
        counted = of.exclude(**{whom: None}).values(whom).alias(number=Sum("faces"))
        some |= Q(pk__in=counted.filter(number__gt=0).values(whom))
    return some


def _added_up(lines: QuerySet[Tally]) -> Subquery:
    """Return how many faces lines come to, for use in another query."""
    added = Cast(Func(F("faces"), function="SUM"), BigIntegerField())
    return Subquery(lines.values(number=added), output_field=BigIntegerField())


def cover_shown(world: World) -> F | Subquery:
    """Return the face that somebody has chosen to stand for a person, if it is in the world."""
    if world.is_own:
        return F("cover_id")
    return Subquery(faces_for(world).filter(pk=OuterRef("cover_id")).values("pk")[:1])


def as_cards(who: Who, people: QuerySet[Person]) -> QuerySet[Person]:
    """Add what the card of an unknown person shows: ``best_ids`` of faces and the dates of photos.

    Those are ``first_taken`` and ``last_taken``.
    """
    world = world_of(who)
    labelled = faces_of_people(world).filter(person=OuterRef("pk")).order_by()
    guessed = guesses_of_unknown(world, OuterRef("pk")).order_by()
    taken, taken_of_guess = "photo__taken_at", "face__photo__taken_at"
    return people.annotate(
        best_labelled=ArraySubquery(labelled.order_by("-quality", "id").values("id")[:BEST]),
        best_guessed=ArraySubquery(
            guessed.order_by("-face__quality", "face_id").values("face_id")[:BEST]
        ),
        first_taken=Least(
            _extreme(labelled, "MIN", taken), _extreme(guessed, "MIN", taken_of_guess)
        ),
        last_taken=Greatest(
            _extreme(labelled, "MAX", taken), _extreme(guessed, "MAX", taken_of_guess)
        ),
    )


@dataclass(frozen=True)
class MergePreview:
    """What a merge would do."""

    faces: int  # that would be the person's
    aliases: list[str]  # that the person would have
    together: list[int]  # ids of photos that show more than one of them


def merge_preview(user: AnyUser, people: list[Person], into: Person) -> MergePreview:
    """Return what merging people into another would do."""
    everybody = {person.pk: person for person in (*people, into)}.values()
    named = [person for person in everybody if person.name]
    unknown = faces_of_unknown(user, [person for person in everybody if not person.name])
    labels = Face.objects.filter(person__in=named)
    guesses = Guess.objects.filter(face__in=unknown, face__person=None, training__is_current=True)
    whose = [
        *labels.values_list("photo", "person"),
        *unknown.exclude(person=None).values_list("photo", "person"),
        *guesses.values_list("face__photo", "cluster_person"),
    ]
    shown: dict[int, set[int]] = {}
    for photo, person in whose:
        shown.setdefault(photo, set()).add(person)
    names = [name for each in named if each != into for name in (each.name, *each.aliases)]
    return MergePreview(
        faces=len(whose),
        aliases=list(dict.fromkeys([*into.aliases, *names])),
        together=sorted(photo for photo, who in shown.items() if len(who) > 1),
    )


def best_ids(person: Person) -> list[int]:
    """Return the faces on a person's card, best first; none for somebody who is shown without."""
    labelled, guessed = getattr(person, "best_labelled", []), getattr(person, "best_guessed", [])
    return [*labelled, *guessed][:BEST]


def faces_on_cards(people: Iterable[Person]) -> dict[int, Face]:
    """Return the faces that stand for people, by their ids."""
    rows = list(people)
    covers = {getattr(person, "face_shown", None) for person in rows} - {None}
    return Face.objects.in_bulk(covers.union(*(best_ids(person) for person in rows)))


def _extreme(rows: QuerySet[Face] | QuerySet[Guess], function: str, column: str) -> Subquery:
    found = rows.values(found=Func(F(column), function=function))
    return Subquery(found, output_field=DateTimeField())


def guesses_of_unknown(who: Who, person: Any) -> QuerySet[Guess]:
    """Return the standing guesses that show a face under an unknown person, or one of several."""
    several = isinstance(person, list)
    return guesses_of_people(who).filter(
        cluster_person__name="",
        class_person=None,
        face__person=None,
        face__likelihood__gte=HARDLY_A_FACE,
        **{"cluster_person__in" if several else "cluster_person": person},
    )


def faces_of_unknown(user: AnyUser, people: Iterable[Person]) -> QuerySet[Face]:
    """Return the faces of unknown persons, as the tab shows them: by label, else by cluster."""
    ids = [person.pk for person in people]
    labelled = Face.objects.filter(person__in=ids, person__name="")
    shown = labelled.values("pk").union(guesses_of_unknown(user, ids).values("face_id"))
    return faces_for(user).filter(pk__in=shown)


def _number(rows: QuerySet[Face] | QuerySet[Guess]) -> Subquery:
    """Return how many rows there are, for use in another query."""
    counted = rows.order_by().values(number=Func(F("pk"), function="COUNT"))
    return Subquery(counted, output_field=BigIntegerField())


def _lines(texts: F) -> Func:
    """Return a JSON list of texts as lines."""
    each = "SELECT string_agg(each, chr(10)) FROM jsonb_array_elements_text(%(expressions)s) each"
    return Func(texts, template=f"({each})", output_field=TextField())


def folded(text: F | Value | Func) -> Func:
    """Return the text without case and accents, as names are compared when searched.

    In capitals, so that a Greek final sigma is like any other.
    """
    decomposed = Func(text, template="normalize(%(expressions)s, NFD)")
    bare = Func(
        decomposed, Value(COMBINING_MARKS), Value(""), Value("g"), function="regexp_replace"
    )
    return Upper(bare, output_field=TextField())
