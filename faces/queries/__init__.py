"""What pages and the API ask about faces and people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateTimeField,
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
    TextChoices,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce, Greatest, Least, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from faces.access import (
    dismissals_for,
    evaluations_for,
    events_for,
    faces_for,
    faces_of_people,
    guesses_of_people,
    people_for,
    questions_for,
)
from faces.models import (
    EngineChoice,
    Evaluation,
    Face,
    Guess,
    LabelEvent,
    Mention,
    Person,
    Preferences,
    Question,
    Rejection,
    Training,
)
from faces.recognition.likelihood import HARDLY_A_FACE
from faces.vision.catalogue import DEFAULT_ENGINE, ENGINES, recommended_engine
from photos.access import AnyUser, Who, World, world_of
from photos.models import Library, Photo, moment_taken

BEST = 6  # faces on the card of an unknown person

# What is left of an accent when a letter is decomposed.
COMBINING_MARKS = "[\u0300-\u036f]"


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


def matching_faces(who: Who, wanted: FaceFilter) -> QuerySet[Face]:
    """Return the faces of a world that a filter means.

    Each carries ``subject_id`` and ``probability``: who it is (with 1), or who it is thought to
    be by the filter's method; nobody where that is a person whom only the owner sees.
    """
    world = world_of(who)
    faces = _in_tab_with_subject(world, wanted)
    if wanted.person is not None:
        faces = faces.filter(subject_id=wanted.person)  # type: ignore[misc]
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
    faces, method = _with_opinion(world, wanted), _method(world, wanted)
    counts: dict[str, int] = faces.aggregate(
        **{tab: Count("id", filter=_in_tab(world, tab, method)) for tab in Tab.values}
    )
    return counts | {DISMISSED: dismissals_for(world).count()}


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
    return list(
        matching_faces(who, wanted)
        .exclude(subject_id=None)  # type: ignore[misc]
        .order_by()
        .values_list("subject_id")
        .annotate(faces=Count("id"))
        .order_by("-faces", "-subject_id")
    )


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
        wanted = folded(Value(text))
        found = Q(folded__contains=wanted)
        people = people.annotate(folded=folded(F("name")))
        if world.is_own:
            people = people.annotate(folded_aliases=folded(_lines(F("aliases"))))
            found |= Q(folded_aliases__contains=wanted)
        people = people.filter(found)
    labelled = faces_of_people(world).filter(person=OuterRef("pk")).order_by("-quality", "id")
    guessed = _guesses_of_unknown(world, OuterRef("pk")).order_by("-face__quality", "face_id")
    people = people.annotate(
        # Counted apart: joined, the faces would be multiplied by the guesses.
        face_count=Coalesce(_number(labelled), 0)
        + Case(When(name="", then=Coalesce(_number(guessed), 0)), default=0),
        face_shown=Coalesce(
            cover_shown(world),
            Subquery(labelled.values("id")[:1]),
            Subquery(guessed.values("face_id")[:1]),
            output_field=BigIntegerField(),
        ),
    )
    if kind == "unknown":
        # Whether there is any is found out sooner than how many.
        first = [Subquery(rows.order_by().values("pk")[:1]) for rows in (labelled, guessed)]
        people = people.alias(any_face=Coalesce(*first)).filter(any_face__isnull=False)
    return people


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
    guessed = _guesses_of_unknown(world, OuterRef("pk")).order_by()
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


def preferences_of(user: AnyUser) -> Preferences:
    """Return what a user has chosen; what nobody has chosen is not stored."""
    return Preferences.objects.filter(owner_id=user.pk).first() or Preferences()


def open_questions(user: AnyUser) -> QuerySet[Question]:
    """Return what can be asked: about two persons with faces, in sight and not both named."""
    about = (
        questions_for(user)
        .filter(_has_faces(user, "one"), _has_faces(user, "other"), answer="")
        .exclude(Q(one__is_hidden=True) | Q(other__is_hidden=True))
    )
    return about.exclude(one__name__gt="", other__name__gt="").order_by("-settles", "-id")


def _has_faces(user: AnyUser, person: str) -> Q:
    """Return the condition that a column's person has faces, as ``people_found`` counts them."""
    labelled = Face.objects.filter(person=OuterRef(person))
    return Q(Exists(labelled)) | Q(Exists(_guesses_of_unknown(user, OuterRef(person))))


def people_asked_about(user: AnyUser, questions: Iterable[Question]) -> list[Person]:
    """Return the people of questions as cards, without those who have no faces any more."""
    ids = {pk for question in questions for pk in (question.one_id, question.other_id) if pk}
    people = people_found(user).filter(pk__in=ids).order_by("pk")
    return [person for person in as_cards(user, people) if person.face_count]  # type: ignore[attr-defined]


def _guesses_of_unknown(who: Who, person: Any) -> QuerySet[Guess]:
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
    shown = labelled.values("pk").union(_guesses_of_unknown(user, ids).values("face_id"))
    return faces_for(user).filter(pk__in=shown)


def photos_to_write(library: Library) -> QuerySet[Photo]:
    """Return the photos whose faces have names, and those into which Kith wrote some before.

    No videos: nobody looks for regions there.
    """
    named = Face.objects.filter(photo=OuterRef("original"), person__isnull=False)
    written = Mention.objects.filter(photo=OuterRef("pk"), source=Mention.Source.WRITTEN)
    photos = Photo.objects.filter(library=library, missing_since=None, duration=None)
    return (
        photos.alias(original=Coalesce("copy_of", "pk"))
        .filter(Exists(named.exclude(person__name="")) | Exists(written))
        .select_related("library")
        .order_by("pk")
    )


def label_is_imported() -> Exists:
    """Return the condition on a face that its label is as a file or another program says it.

    It is one as long as it is of that person and that moment: who labels anew says it in person.
    """
    taken = Mention.objects.filter(
        face=OuterRef("pk"), person=OuterRef("person"), taken_at=OuterRef("labelled_at")
    ).exclude(source=Mention.Source.WRITTEN)
    return Exists(taken)


MOST_LIKELY = 8


@dataclass(frozen=True)
class LikelyPerson:
    """A person and how probable it is, over some faces, that they are of this person."""

    person: Person  # as people_found returns it
    probability: float


def likely_people(who: Who, faces: Iterable[int]) -> list[LikelyPerson]:
    """Return the named people that faces may be by guesses and by what files say, likeliest first.

    The probability is the mean over the faces. A face counts 0 for a person whom it is not thought
    to be, whom the user has rejected for it, or whom it is labelled as: that is said already. Of
    somebody else's faces neither second guesses count nor what is thought of labelled ones.
    """
    world = world_of(who)
    asked = faces_for(world).filter(pk__in=set(faces))
    labels = dict(asked.values_list("pk", "person_id"))
    if not labels:
        return []
    ruled_out = set(Rejection.objects.filter(face__in=labels).values_list("face_id", "person_id"))
    ruled_out |= {(face, person) for face, person in labels.items() if person}
    opinions = _hints(world, asked)
    guesses = guesses_of_people(world).filter(face__in=labels)
    for guess in guesses if world.is_own else guesses.filter(face__person=None):
        hinted = opinions.setdefault(guess.face_id, {})
        for person, probability in _opinions(guess, second=world.is_own).items():
            hinted[person] = max(hinted.get(person, 0.0), probability)
    sums: dict[int, float] = {}
    for face, people_of_face in opinions.items():
        for person, probability in people_of_face.items():
            if (face, person) not in ruled_out:
                sums[person] = sums.get(person, 0.0) + probability
    people = people_found(world, kind="named").in_bulk(sums)
    likely = [
        LikelyPerson(people[pk], total / len(labels)) for pk, total in sums.items() if pk in people
    ]
    return sorted(likely, key=lambda each: (-each.probability, each.person.pk))[:MOST_LIKELY]


def _hints(world: World, faces: QuerySet[Face]) -> dict[int, dict[int, float]]:
    """Return {face: {person: probability}} of people who are in the photo, as something else says.

    Nobody knows where: each of those who have no label there is as probable as the others, and as
    that it is none of them. So is who a face of the same unknown person is by something else.
    """
    labelled = Face.objects.filter(photo=OuterRef("photo"), person=OuterRef("person"))
    mentions = Mention.objects.filter(
        photo__faces__in=faces, box_corners__isnull=True, face=None, person__isnull=False
    )
    unknown = faces.filter(person__name="")
    by_photo: dict[int, set[int]] = {}
    for photo, person in mentions.exclude(Exists(labelled)).values_list("photo", "person"):
        by_photo.setdefault(photo, set()).add(person)
    by_unknown: dict[int, set[int]] = {}
    named = Mention.objects.filter(face__person__in=unknown.values("person"), person__name__gt="")
    if not world.is_own:
        named = named.filter(face__in=faces_for(world))
    for label, person in named.values_list("face__person", "person"):
        by_unknown.setdefault(label, set()).add(person)
    if not by_photo and not by_unknown:
        return {}
    return {
        face: dict.fromkeys(hinted, 1 / (len(hinted) + 1))
        for face, photo, label in faces.values_list("pk", "photo", "person")
        if (hinted := by_photo.get(photo, set()) | by_unknown.get(label, set()))
    }


def _opinions(guess: Guess, *, second: bool) -> dict[int, float]:
    """Return whom a guess takes the face for, and how probably; with ``second`` the next, too."""
    opinions = {guess.runner_up_id: guess.runner_up_probability} if second else {}
    opinions[guess.class_person_id] = guess.class_probability
    if guess.class_person_id is None:
        opinions[guess.cluster_person_id] = guess.cluster_probability
    return {
        person: probability or 0.0 for person, probability in opinions.items() if person is not None
    }


@dataclass(frozen=True)
class TrainingStanding:
    """How stale the guesses are, and how long it takes to make them anew."""

    training: Training | None
    labels_since: int  # faces labelled or rejected since it began
    faces_since: int  # faces found since it began
    usual_seconds: float | None  # that the next one will take, by this one and the faces there are


def training_standing(user: AnyUser) -> TrainingStanding:
    """Return what was said and found since the standing training began, all of it if none stands.

    What was undone counts no more.
    """
    training = current_training(user)
    since = training.started_at if training else datetime.min.replace(tzinfo=UTC)
    # All in one pass over the faces; those rejected are few beside them.
    faces = faces_for(user).aggregate(
        all=Count("pk"),
        labelled=Count("pk", filter=Q(labelled_at__gte=since)),
        found=Count("pk", filter=Q(found_at__gte=since)),
    )
    rejected = (
        Rejection.objects.filter(person__owner_id=user.pk, created_at__gte=since)
        .exclude(face__labelled_at__gte=since)
        .aggregate(faces=Count("face", distinct=True))
    )
    seconds = None
    if training and training.finished_at and training.metrics.get("faces"):
        per_face = (training.finished_at - since).total_seconds() / training.metrics["faces"]
        seconds = per_face * faces["all"]
    return TrainingStanding(
        training, faces["labelled"] + rejected["faces"], faces["found"], seconds
    )


def latest_evaluation(user: AnyUser) -> Evaluation | None:
    """Return the evaluation that was made last, if there is one."""
    return evaluations_for(user).order_by("-id").first()


@dataclass(frozen=True)
class SuspiciousLabel:
    """A label that looks wrong beside the other labels of its person."""

    face: Face
    probability: float  # that it is wrong
    looks_like: Person | None  # None for nobody who has labels

    @property
    def percent(self) -> int:
        """The probability, rounded down so that only certainty reads 100."""
        return int(self.probability * 100)


def suspicious_labels(user: AnyUser, evaluation: Evaluation) -> list[SuspiciousLabel]:
    """Return the labels that looked wrong and still stand, the most suspicious first."""
    found = evaluation.report["suspicious"]
    faces = faces_for(user).select_related("photo", "person")
    still = faces.in_bulk([each["face"] for each in found])
    people = people_for(user).in_bulk([each["looks_like"] for each in found])
    return [
        SuspiciousLabel(face, each["probability"], people.get(each["looks_like"]))
        for each in found
        if (face := still.get(each["face"])) and face.person_id == each["person"]
    ]


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


class Contradiction(TextChoices):
    """How labels can contradict one another, or a rejection."""

    TWICE_IN_PHOTO = "twice-in-photo", _("Twice in one photo")
    REJECTED = "rejected", _("Rejected, and labelled all the same")


@dataclass(frozen=True)
class Conflict:
    """Labels of one person in one photo that contradict what else was said; they stand."""

    kind: Contradiction
    person: Person
    faces: list[Face]


def label_conflicts(user: AnyUser) -> list[Conflict]:
    """Return where somebody is labelled twice in a photo, or is a person that the face is not."""
    return conflicts_of(user, list(conflicting_faces(user)))


def conflicting_faces(user: AnyUser) -> QuerySet[Face]:
    """Return the faces that conflicts begin with: ``is_twice`` (1 or 0), ``is_refused`` or both.

    In the order of ``is_twice`` and ``id``, both descending. Of a person who is there twice it is
    the first face.
    """
    others = Face.objects.filter(photo=OuterRef("photo"), person=OuterRef("person"))
    # At another moment of a video it may well be the same person.
    beside = others.filter(Q(time_offset=None) | Q(time_offset=OuterRef("time_offset")))
    no_video = Value(-1.0)
    at_once = others.alias(moment=Coalesce("time_offset", no_video)).filter(
        moment=Coalesce(OuterRef("time_offset"), no_video)
    )
    twice = Exists(beside.exclude(pk=OuterRef("pk"))) & ~Exists(
        at_once.filter(pk__lt=OuterRef("pk"))
    )
    refused = Rejection.objects.filter(face=OuterRef("pk"), person=OuterRef("person"))
    faces = faces_for(user).exclude(person=None).select_related("photo", "person")
    return (
        faces.annotate(
            is_twice=Case(When(twice, then=1), default=0, output_field=IntegerField()),
            is_refused=Exists(refused),
        )
        .filter(Q(is_twice=1) | Q(is_refused=True))
        .order_by("-is_twice", "-id")
    )


def conflicts_of(user: AnyUser, first: Sequence[Face]) -> list[Conflict]:
    """Return the conflicts that begin with these of the conflicting faces, in their order."""
    twice = [face for face in first if face.is_twice]  # type: ignore[attr-defined]
    faces = faces_for(user).filter(
        photo__in=[face.photo_id for face in twice], person__in=[face.person_id for face in twice]
    )
    together: dict[Any, list[Face]] = {}
    for face in faces.select_related("photo", "person").order_by("id"):
        together.setdefault((face.photo_id, face.time_offset, face.person_id), []).append(face)
    found = []
    for face in first:
        if not face.person:
            continue
        key = (face.photo_id, face.time_offset, face.person_id)
        # Somebody may have said otherwise since the face was read.
        if face.is_twice and key in together:  # type: ignore[attr-defined]
            found.append(Conflict(Contradiction.TWICE_IN_PHOTO, face.person, together[key]))
        if face.is_refused:  # type: ignore[attr-defined]
            found.append(Conflict(Contradiction.REJECTED, face.person, [face]))
    return found


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


def _with_opinion(world: World, wanted: FaceFilter) -> QuerySet[Face]:
    """Return the faces of the filter's photo and library, with the standing guess, ``opinion``."""
    # Who has a label or a guess of the owner's is in the owner's photos: they need not be asked.
    by_person = world.is_own and wanted.tab in (Tab.LABELLED, Tab.INFERRED)
    faces = faces_of_people(world) if by_person else faces_for(world)
    if wanted.tab == Tab.LABELLED:
        faces = faces.filter(person__in=people_for(world).filter(name__gt=""))
    if wanted.photo is not None:
        faces = faces.filter(Q(photo=wanted.photo) | Q(photo__in=_originals(pk=wanted.photo)))
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
    said = _said(tab, method)
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


def _said(tab: str, method: Method) -> Q:
    doubtful = Q(person__isnull=True, likelihood__lt=HARDLY_A_FACE)
    open_question = Q(person__isnull=True, likelihood__gte=HARDLY_A_FACE)
    # What clustering alone says is told by the other branch.
    who, _ = COLUMNS[method]
    nobody_known = Q(**{f"opinion__{who}__isnull": True})
    unclustered = Q(opinion__cluster_person__isnull=True)
    known_by_cluster = Q(opinion__cluster_person__name__gt="")
    clustered = Q(opinion__cluster_person__name="", opinion__cluster_person__is_hidden=False)
    hidden = Q(opinion__cluster_person__name="", opinion__cluster_person__is_hidden=True)
    if method == Method.CLUSTER:
        guessed = {
            Tab.INFERRED: known_by_cluster,
            Tab.UNKNOWN: clustered,
            Tab.HIDDEN: hidden,
            Tab.UNASSIGNED: unclustered,
        }
    else:
        guessed = {
            Tab.INFERRED: Q(**{f"opinion__{who}__isnull": False}),
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


@dataclass(frozen=True)
class EngineShown:
    """An engine as a page shows it."""

    name: str
    what: str
    state: str  # of its EngineChoice, or "available"
    licences: list[str]
    commercial: bool  # may be used for everything
    download_bytes: int  # that are still to be fetched
    downloadable: bool  # what is missing is published somewhere
    recommended: bool
    take_when_ready: bool
    report: dict[str, int]  # of the dry run; empty before it


def engines_shown(weights: Path) -> list[EngineShown]:
    """Return the engines that there are; ``weights`` is the folder where theirs are installed."""
    choices = {choice.name: choice for choice in EngineChoice.objects.all()}
    in_force = engine_in_force()
    shown = []
    for kind in ENGINES.values():
        choice = choices.get(kind.name)
        state = choice.state if choice else "available"
        shown.append(
            EngineShown(
                name=kind.name,
                what=kind.what,
                state=EngineChoice.State.IN_FORCE if kind.name == in_force else state,
                licences=sorted({each.licence for each in kind.weights}),
                commercial=kind.commercial,
                download_bytes=sum(each.size for each in kind.missing(weights)),
                downloadable=all(each.sources for each in kind.missing(weights)),
                recommended=kind == recommended_engine(),
                take_when_ready=bool(choice and choice.take_when_ready),
                report=choice.report if choice else {},
            )
        )
    return shown


def engine_in_force() -> str:
    """Return the name of the engine that finds the faces which are shown."""
    chosen = EngineChoice.objects.filter(state=EngineChoice.State.IN_FORCE).first()
    return chosen.name if chosen else DEFAULT_ENGINE
