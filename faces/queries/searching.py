"""Which photos show whom: the search for photos by the people in them."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce

from faces.access import people_for, unknown_people
from faces.models import Face, Guess
from faces.queries import current_training
from faces.recognition.likelihood import HARDLY_A_FACE
from photos.access import Who, World, photos_for, world_of
from photos.models import Photo
from photos.queries import PhotoFilter, matching_photos, shown_photos

# What hardly is a face counts as one only if somebody has said whose.
REAL = Q(person__isnull=False) | Q(likelihood__gte=HARDLY_A_FACE)


@dataclass(frozen=True)
class PhotoSearch:
    """Whom photos show and do not show; everything that is said must hold."""

    all: tuple[int, ...] = ()  # ids of people
    any: tuple[int, ...] = ()
    none: tuple[int, ...] = ()
    only: bool = False  # no face but of those in ``all`` and ``any``
    faces_min: int | None = None
    faces_max: int | None = None
    unnamed: bool | None = None  # whether there is a face without a name
    guesses: bool = False  # whether a guess counts as a label does
    min_probability: float = 0.0  # of a guess that counts
    photos: PhotoFilter = field(default_factory=PhotoFilter)

    @property
    def asks_for_faces(self) -> bool:
        """Whether anything is asked of the faces, and not only of the photos."""
        numbers = (self.faces_min, self.faces_max, self.unnamed)
        return bool(self.all or self.any or self.none or self.only) or numbers != (None,) * 3


def photos_found(who: Who, wanted: PhotoSearch) -> QuerySet[Photo]:
    """Return the photos of a world that a search means, each once."""
    world = world_of(who)
    photos = shown_photos(matching_photos(photos_for(world), wanted.photos))
    if wanted.asks_for_faces:
        photos = photos.filter(library__finds_faces=True)
    if not world.is_own:
        seen = _without_unseen(world, wanted)
        if seen is None:
            return photos.none()
        wanted = seen
    opinion = _Opinion(world, wanted)
    photos = photos.filter(opinion.fits(wanted))
    faces = Face.objects.filter(REAL, photo=OuterRef("pk")).order_by()
    if wanted.only:
        photos = photos.exclude(
            Exists(faces.exclude(opinion.is_one_of({*wanted.all, *wanted.any})))
        )
    if wanted.unnamed is not None:
        there = Exists(faces.exclude(opinion.has_name()))
        photos = photos.filter(there if wanted.unnamed else ~there)
    return _with_so_many(photos, faces, wanted)


def _without_unseen(world: World, wanted: PhotoSearch) -> PhotoSearch | None:
    """Leave out of a search those who are not there for the user; None if it finds nothing so."""
    asked = {*wanted.all, *wanted.any, *wanted.none}
    seen = set(people_for(world).filter(pk__in=asked).values_list("pk", flat=True))
    some = tuple(pk for pk in wanted.any if pk in seen)
    if not seen.issuperset(wanted.all) or (wanted.any and not some):
        return None
    return replace(wanted, any=some, none=tuple(pk for pk in wanted.none if pk in seen))


def _with_so_many(
    photos: QuerySet[Photo], faces: QuerySet[Face], wanted: PhotoSearch
) -> QuerySet[Photo]:
    if wanted.faces_min is None and wanted.faces_max is None:
        return photos
    count = faces.values("photo").values(count=Count("photo"))
    photos = photos.annotate(face_count=Coalesce(Subquery(count, IntegerField()), 0))
    if wanted.faces_min is not None:
        photos = photos.filter(face_count__gte=wanted.faces_min)
    if wanted.faces_max is not None:
        photos = photos.filter(face_count__lte=wanted.faces_max)
    return photos


def _is_any_of(found: QuerySet[Any]) -> Func:
    """Return the condition of a row that its id is in an array of these."""
    return Func(
        F("pk"),
        ArraySubquery(found),
        template="(%(expressions)s))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )


class _Opinion:
    """Who faces are in the eyes of a search: by label, or also by guess."""

    def __init__(self, world: World, wanted: PhotoSearch) -> None:
        self._unknown = unknown_people(world)
        training = current_training(world) if wanted.guesses else None
        self._guesses = None
        if training is not None:
            likely = Q(class_probability__gte=wanted.min_probability) | Q(
                class_person=None, cluster_probability__gte=wanted.min_probability
            )
            self._guesses = Guess.objects.filter(
                likely,
                training=training.pk,
                face__person=None,
                face__likelihood__gte=HARDLY_A_FACE,
            )

    def fits(self, wanted: PhotoSearch) -> Q | Func:
        """Return the condition of a photo that shows whom it is to show, and nobody it is not to.

        Sets of ids are met from the index of labels alone, before any photo is read; as an array,
        lest PostgreSQL, which cannot know how few are left, reads all photos there are.
        """
        shown = [self._photos_of((person,)) for person in wanted.all]
        if wanted.any:
            shown.append(self._photos_of(wanted.any))
        if not shown:
            return ~Q(pk__in=self._photos_of(wanted.none)) if wanted.none else Q()
        found = shown[0].intersection(*shown[1:]) if shown[1:] else shown[0]
        if wanted.none:
            found = found.difference(self._photos_of(wanted.none))
        return _is_any_of(found)

    def _photos_of(self, people: tuple[int, ...]) -> QuerySet[Any]:
        """Return the ids of the photos that somebody of these is in."""
        photos: QuerySet[Any] = Face.objects.filter(person__in=people).order_by().values("photo")
        if self._guesses is not None:
            guessed = self._guesses.filter(_guessed(people)).order_by()
            photos = photos.union(guessed.values("face__photo"))
        return photos

    def is_one_of(self, people: set[int]) -> Q:
        """Return the condition of a face that it is one of these."""
        return Q(person__in=people) | self._has_guess(_guessed(tuple(people)))

    def has_name(self) -> Q:
        """Return the condition of a face that it is somebody who has a name."""
        named = Q(class_person__isnull=False) | Q(cluster_person__name__gt="")
        # Few have a label and no name: to look each up among them needs no row of a person.
        unknown = self._unknown.values("pk")
        has_label = Q(person__isnull=False) & ~Q(person__in=unknown)
        return has_label | self._has_guess(named)

    def _has_guess(self, which: Q) -> Q:
        if self._guesses is None:
            return Q(pk__in=())
        return Q(Exists(self._guesses.filter(which, face=OuterRef("pk"))))


def _guessed(people: tuple[int, ...]) -> Q:
    """Return the condition of a guess: by classification, or where that knows nobody by cluster."""
    return Q(class_person__in=people) | Q(class_person=None, cluster_person__in=people)
