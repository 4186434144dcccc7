"""What pages and the API ask about faces: the tabs, in one of which every face stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    Expression,
    F,
    FilteredRelation,
    FloatField,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextChoices,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from faces.access import dismissals_for, faces_for, faces_of_people, guesses_of_people, people_for
from faces.models import Dismissal, Face, Guess, Person, Tally, Training
from faces.queries.mentions import label_is_imported
from faces.recognition.likelihood import HARDLY_A_FACE
from photos.access import Who, World, world_of
from photos.models import Library, Photo, moment_taken


class Tab(TextChoices):
    """Where faces stand: under each method every face is in one of these.

    By classification a face is inferred if a known person is guessed, else unknown if clustering
    put it with others; by cluster alone what clustering says counts. What is hardly a face at all
    is doubtful, whoever it is like. A label of an unknown person keeps the face among the unknown,
    and those of strangers that the user does not want to see are hidden.
    """

    LABELLED = "labelled", _("Labelled")
    INFERRED = "inferred", _("Inferred")
    UNKNOWN = "unknown", _("Unknown")
    UNASSIGNED = "unassigned", _("Unassigned")
    DOUBTFUL = "doubtful", _("No faces?")
    HIDDEN = "hidden", _("Hidden strangers")


# The tab of what is no face any more.
DISMISSED = "dismissed"

# In these every face is somebody, or is thought to be.
OF_SOMEBODY = (Tab.LABELLED, Tab.INFERRED, Tab.UNKNOWN, Tab.HIDDEN)


class Method(TextChoices):
    """The ways in which the machine forms its opinion.

    The runner-up is the likeliest person but for the one that classification guesses: of most faces
    without a guess, whom it would be if it were anybody known.
    """

    CLUSTER = "cluster", _("Cluster")
    CLASSIFICATION = "classification", _("Classification")
    RUNNER_UP = "runner-up", _("Second guess")


class Sort(TextChoices):
    """In which order faces come."""

    PERSON = "person", _("By person, the one with most faces first")
    PROBABILITY = "probability", _("Most certain first")
    DOUBT = "doubt", _("Least certain first")
    DATE = "date", _("Newest photo first")
    SIZE = "size", _("Largest first")
    QUALITY = "quality", _("Best picture first")


# Where a guess keeps whom a method takes the face for, and how probable that is.
COLUMNS = {
    Method.CLUSTER: ("cluster_person", "cluster_probability"),
    Method.CLASSIFICATION: ("class_person", "class_probability"),
    Method.RUNNER_UP: ("runner_up", "runner_up_probability"),
}


@dataclass(frozen=True)
class FaceFilter:
    """Which faces a page shows, and so which ones an action on the whole page means."""

    tab: str | None = None
    method: str = Method.CLASSIFICATION
    person: int | None = None
    min_probability: float | None = None
    photo: int | None = None
    library: int | None = None
    taken_from: date | None = None  # both days are within
    taken_to: date | None = None
    group: int | None = None  # whose people the faces are, or are thought to be, of


@dataclass(frozen=True)
class Group:
    """A person and how many faces of a filter are thought to be of this person."""

    person: Person
    count: int


def current_training(who: Who) -> Training | None:
    """Return the training whose guesses stand in a world, if there is one."""
    owner = world_of(who).owner_id
    return Training.objects.defer("clusters").filter(owner_id=owner, is_current=True).first()


def matching_faces(
    who: Who, wanted: FaceFilter, among: Sequence[int] | None = None
) -> QuerySet[Face]:
    """Return the faces of a world that a filter means, of these people alone where they are given.

    Each carries ``subject_id`` and ``probability``: who it is (with 1), or who it is thought to
    be by the filter's method; nobody where that is a person whom only the owner sees.
    """
    world = world_of(who)
    faces = _in_tab_with_subject(world, wanted)
    if wanted.person is not None:
        among = [wanted.person] if among is None or wanted.person in among else []
    if among is not None:
        faces = _of_people(world, wanted, faces, among)
    if wanted.group is not None:
        # Of one's own: somebody else's people are in no group of the user's.
        people = people_for(world).filter(groups=wanted.group, groups__owner_id=world.user.pk)
        faces = faces.filter(subject_id__in=people.values("pk"))  # type: ignore[misc]
    if wanted.min_probability is not None:
        faces = faces.filter(probability__gte=wanted.min_probability)  # type: ignore[misc]
    return faces


def _in_tab_with_subject(world: World, wanted: FaceFilter) -> QuerySet[Face]:
    """Return the faces of a filter's tab, each with its subject."""
    faces, said_by = _with_opinion(world, wanted), _method(world, wanted)
    if wanted.tab == Tab.UNASSIGNED and world.is_own:
        no_number, none = Value(None, FloatField()), Value(None, BigIntegerField())
        faces = faces.filter(_of_nobody(world, said_by))
        return faces.annotate(subject_id=none, probability=no_number)
    if wanted.tab is not None:
        faces = faces.filter(_in_tab(world, wanted.tab, said_by))
    # An unknown person is made by clustering; no classification knows of it.
    of_unknown = wanted.tab in (Tab.UNKNOWN, Tab.HIDDEN)
    whom, probability = COLUMNS[Method.CLUSTER if of_unknown else said_by]
    guessed, likely = F(f"opinion__{whom}_id"), F(f"opinion__{probability}")
    if not world.is_own:
        whose = Case(
            When(person__is_hidden=False, then=F("person_id")),
            When(Q(person=None, **{f"opinion__{whom}__is_hidden": False}), then=guessed),
            output_field=BigIntegerField(),
        )
        return faces.annotate(subject_id=whose, probability=_sureness(likely))
    if wanted.tab == Tab.INFERRED:
        # None of these has a label; said so plainly, the index of the guesses finds them.
        return faces.annotate(subject_id=guessed, probability=likely)
    if wanted.tab == Tab.LABELLED:
        # Said so plainly again, the index of the labels does, and no guess is looked at.
        sure = Value(1.0, FloatField())
        return faces.annotate(subject_id=F("person_id"), probability=sure)
    return faces.annotate(subject_id=Coalesce("person_id", guessed), probability=_sureness(likely))


def _of_people(
    world: World, wanted: FaceFilter, faces: QuerySet[Face], people: Sequence[int]
) -> QuerySet[Face]:
    """Leave out faces of which the subject is none of these people."""
    if world.is_own and wanted.tab in (Tab.UNKNOWN, Tab.HIDDEN):
        # Either a label or a guess says who it is: found apart, each by its index.
        labelled = Face.objects.filter(person__in=people).values("pk")
        guessed = guesses_of_people(world).filter(cluster_person__in=people).values("face")
        faces = faces.filter(pk__in=labelled.union(guessed))
    return faces.filter(subject_id__in=people)  # type: ignore[misc]


def _method(world: World, wanted: FaceFilter) -> Method:
    """Return whose guesses count: second guesses, of people who may be nowhere else, are no one
    else's to see."""
    method = Method(wanted.method)
    return Method.CLASSIFICATION if method == Method.RUNNER_UP and not world.is_own else method


def _sureness(likely: F) -> Case:
    """Return how probable it is that a face is of its subject: a label is certain."""
    return Case(
        When(person__isnull=False, then=Value(1.0)), default=likely, output_field=FloatField()
    )


def still_labelled(faces: QuerySet[Face], labels: Mapping[int, int | None]) -> QuerySet[Face]:
    """Leave out faces whose label is not the person that ``labels`` say, by the face's id."""
    by_person: dict[int | None, list[int]] = {}
    for face, person in labels.items():
        by_person.setdefault(person, []).append(face)
    wanted = ~Q(pk__in=list(labels))
    for person, ids in by_person.items():
        said = Q(person__isnull=True) if person is None else Q(person=person)
        wanted |= Q(pk__in=ids) & said
    return faces.filter(wanted)


def tab_counts(who: Who, wanted: FaceFilter) -> dict[str, int]:
    """Return how many faces each tab has, for the filter's library and photo; and dismissals."""
    world = world_of(who)
    method = _method(world, wanted)
    if _is_tallied(world, replace(wanted, tab=None)):
        lines = Tally.objects.filter(owner_id=world.owner_id)
        counts: dict[str, int] = lines.aggregate(
            **{
                tab: Coalesce(Sum("faces", filter=_said(tab, method, OF_LINES)), 0)
                for tab in Tab.values
            }
        )
    else:
        counts = _with_opinion(world, wanted).aggregate(
            **{tab: Count("id", filter=_in_tab(world, tab, method)) for tab in Tab.values}
        )
    return counts | {DISMISSED: _dismissals(world)}


def _dismissals(world: World) -> int:
    """Return how many dismissals there are in a world.

    Of one's own their photos are looked up one by one: they are few beside all photos, which would
    be joined otherwise.
    """
    if not world.is_own:
        return dismissals_for(world).count()
    own = Library.objects.filter(owner_id=world.owner_id).values_list("pk", flat=True)
    library = Photo.objects.order_by().filter(pk=OuterRef("photo")).values("library")
    return Dismissal.objects.alias(library=Subquery(library)).filter(library__in=list(own)).count()


def _is_tallied(world: World, wanted: FaceFilter) -> bool:
    """Return whether the faces of a filter have been counted along: it leaves out no photos."""
    usual = FaceFilter(tab=wanted.tab, method=wanted.method, person=wanted.person)
    return world.is_own and wanted == usual and wanted.method != Method.RUNNER_UP


def ordered_faces(
    faces: QuerySet[Face],
    sort: str,
    *,
    grouped: bool = False,
    people: Sequence[int] | None = None,
    sizes: Expression | None = None,
) -> tuple[QuerySet[Face], list[str]]:
    """Return faces with the columns that order them, all descending, and the columns' names.

    ``grouped`` keeps each person's together, the one with most faces first, and sorts inside;
    ``people`` does so for these persons only, in their order. ``sizes``, where that is known, says
    how many faces the person of a face has. The columns are unique together, so that a page can
    begin behind any row.
    """
    person = Coalesce(F("subject_id"), Value(0), output_field=BigIntegerField())
    columns: dict[str, Expression] = {}
    if people is not None:
        faces = faces.filter(subject_id__in=people)  # type: ignore[misc]
        place = Func(
            Value(list(people), ArrayField(BigIntegerField())),
            person,
            function="array_position",
            output_field=IntegerField(),
        )
        columns["order_group"] = -place
    elif grouped or sort == Sort.PERSON:
        columns["order_group"] = sizes or Window(Count("id"), partition_by=[person])
        columns["order_person"] = person
    columns["order_sort"] = _sort_column(sort)
    names = [*columns, "id"]
    return faces.annotate(**columns).order_by(*(f"-{name}" for name in names)), names


def _sort_column(sort: str) -> Expression:
    """Return what a sort orders by, descending; what has no such number comes last."""
    probability = Coalesce(F("probability"), Value(0.0), output_field=FloatField())
    return {
        Sort.PERSON: probability,
        Sort.PROBABILITY: probability,
        Sort.DOUBT: -Coalesce(F("probability"), Value(1.0), output_field=FloatField()),
        Sort.DATE: moment_taken("photo__taken_at"),
        Sort.SIZE: Cast("size_px", FloatField()),
        Sort.QUALITY: Cast("quality", FloatField()),
    }[Sort(sort)]


def with_guesses(who: Who, faces: QuerySet[Face]) -> QuerySet[Face]:
    """Load what a list of faces shows: photo, person, and the current guess in ``standing``."""
    world = world_of(who)
    standing = Guess.objects.filter(training__owner_id=world.owner_id, training__is_current=True)
    faces = faces.annotate(imported=label_is_imported()).select_related("photo")
    if world.is_own:
        standing = standing.select_related("cluster_person", "class_person", "runner_up")
        shown = faces.select_related("person")
    else:
        # Who is not there for the user, is nobody.
        seen = people_for(world)
        standing = standing.filter(face__person=None).prefetch_related(
            Prefetch("cluster_person", seen),
            Prefetch("class_person", seen),
            Prefetch("runner_up", Person.objects.none()),
        )
        shown = faces.prefetch_related(Prefetch("person", seen))
    return shown.prefetch_related(Prefetch("guesses", queryset=standing, to_attr="standing"))


def face_groups(who: Who, wanted: FaceFilter) -> list[Group]:
    """Return the persons of a filter with their number of faces, most faces first."""
    counts = dict(counted_groups(who, wanted))
    people = people_for(who).in_bulk(counts)
    return [Group(people[pk], count) for pk, count in counts.items() if pk in people]


def counted_groups(who: Who, wanted: FaceFilter) -> list[tuple[int, int]]:
    """Return (person, number of faces) of a filter's persons, most faces first."""
    world = world_of(who)
    if wanted.tab in OF_SOMEBODY and _is_tallied(world, wanted):
        return _groups_tallied(world, wanted)
    return list(
        matching_faces(who, wanted)
        .exclude(subject_id=None)  # type: ignore[misc]
        .order_by()
        .values_list("subject_id")
        .annotate(faces=Count("id"))
        .order_by("-faces", "-subject_id")
    )


def _groups_tallied(world: World, wanted: FaceFilter) -> list[tuple[int, int]]:
    """Return the same for a tab whose faces are somebody's, as they have been counted along."""
    said_by = Method(wanted.method)
    guessed, _ = COLUMNS[Method.CLUSTER if wanted.tab in (Tab.UNKNOWN, Tab.HIDDEN) else said_by]
    lines = Tally.objects.filter(
        _said(str(wanted.tab), said_by, OF_LINES), owner_id=world.owner_id
    ).annotate(subject_id=Coalesce("person_id", f"{guessed}_id"))
    if wanted.person is not None:
        lines = lines.filter(subject_id=wanted.person)
    counted = lines.values_list("subject_id").annotate(number=Sum("faces"))
    return list(counted.filter(number__gt=0).order_by("-number", "-subject_id"))


def _with_opinion(world: World, wanted: FaceFilter) -> QuerySet[Face]:
    """Return the faces of the filter's photo and library, with the standing guess, ``opinion``."""
    # Who has a label or a guess of the owner's is in the owner's photos: they need not be asked.
    by_person = world.is_own and wanted.tab in (Tab.LABELLED, Tab.INFERRED)
    faces = faces_of_people(world) if by_person else faces_for(world)
    if wanted.tab == Tab.LABELLED:
        faces = faces.filter(person__in=people_for(world).filter(name__gt=""))
    if wanted.photo is not None:
        faces = faces.filter(photo__in=[wanted.photo, *_originals(pk=wanted.photo)])
    if wanted.library is not None:
        copied = _originals(library=wanted.library)
        faces = faces.filter(Q(photo__library=wanted.library) | Q(photo__in=copied))
    if wanted.taken_from is not None:
        faces = faces.filter(photo__taken_at__gte=_moment(wanted.taken_from, time.min))
    if wanted.taken_to is not None:
        faces = faces.filter(photo__taken_at__lte=_moment(wanted.taken_to, time.max))
    training = current_training(world)
    return faces.annotate(
        opinion=FilteredRelation(
            "guesses", condition=Q(guesses__training=training.pk if training else 0)
        )
    )


def _originals(**copies: int) -> QuerySet[Photo, Any]:
    """Return the ids of the photos of which these are copies: they have the faces of both."""
    return Photo.objects.filter(copy_of__isnull=False, **copies).values_list("copy_of", flat=True)


def _moment(day: date, at: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, at))


def _in_tab(world: World, tab: str, method: Method) -> Q:
    """Return the condition of standing in a tab; in somebody else's world, of nobody hidden."""
    said = _said(tab, method, OF_FACES)
    if world.is_own:
        return said
    if tab == Tab.HIDDEN:
        return Q(pk__in=())
    for whom in (
        "person",
        *(f"opinion__{column}" for column in ("cluster_person", "class_person")),
    ):
        said &= Q(**{f"{whom}__isnull": True}) | Q(**{f"{whom}__is_hidden": False})
    return said


def _of_nobody(world: World, method: Method) -> Q:
    """Return the condition of a face of one's own that no guess takes for anybody.

    As what is not there: of a join PostgreSQL cannot know how few rows it would leave.
    """
    training = current_training(world)
    guesses = Guess.objects.filter(training=training.pk if training else 0, face=OuterRef("pk"))
    who, _ = COLUMNS[method]
    somebody = Q(**{f"{who}__isnull": False})
    if method != Method.CLUSTER:
        somebody |= Q(cluster_person__name="")
    open_question = Q(person__isnull=True, likelihood__gte=HARDLY_A_FACE)
    return open_question & ~Q(Exists(guesses.filter(somebody)))


@dataclass(frozen=True)
class Said:
    """Where rows keep what is thought of faces, and whether they are faces at all."""

    opinion: str  # before the columns of a guess
    doubtful: Q
    likely: Q


OF_FACES = Said("opinion__", Q(likelihood__lt=HARDLY_A_FACE), Q(likelihood__gte=HARDLY_A_FACE))
OF_LINES = Said("", Q(is_doubtful=True), Q(is_doubtful=False))


def _said(tab: str, method: Method, of: Said) -> Q:
    """Return the condition of standing in a tab, on faces or on the lines of their tally."""
    doubtful = Q(person__isnull=True) & of.doubtful
    open_question = Q(person__isnull=True) & of.likely
    # What clustering alone says is told by the other branch.
    who, _ = COLUMNS[method]
    nobody_known = Q(**{f"{of.opinion}{who}__isnull": True})
    cluster = f"{of.opinion}cluster_person__"
    unclustered = Q(**{f"{cluster}isnull": True})
    known_by_cluster = Q(**{f"{cluster}name__gt": ""})
    clustered = Q(**{f"{cluster}name": "", f"{cluster}is_hidden": False})
    hidden = Q(**{f"{cluster}name": "", f"{cluster}is_hidden": True})
    if method == Method.CLUSTER:
        guessed = {
            Tab.INFERRED: known_by_cluster,
            Tab.UNKNOWN: clustered,
            Tab.HIDDEN: hidden,
            Tab.UNASSIGNED: unclustered,
        }
    else:
        guessed = {
            Tab.INFERRED: Q(**{f"{of.opinion}{who}__isnull": False}),
            Tab.UNKNOWN: nobody_known & clustered,
            Tab.HIDDEN: nobody_known & hidden,
            Tab.UNASSIGNED: nobody_known & (unclustered | known_by_cluster),
        }
    labelled = {
        Tab.LABELLED: Q(person__name__gt=""),
        Tab.UNKNOWN: Q(person__name="", person__is_hidden=False),
        Tab.HIDDEN: Q(person__name="", person__is_hidden=True),
        Tab.DOUBTFUL: doubtful,
    }
    which = Tab(tab)
    said = labelled.get(which, Q())
    return said | open_question & guessed[which] if which in guessed else said
