"""Taking over names from files and other programs: noted in a scan, then made labels.

A mention is taken once. What people say here counts more: a label of theirs stays, and one that
they have taken away does not come back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from faces.actions.finding import by_photo
from faces.actions.labelling import locked_faces, write_labels
from faces.actions.locking import lock_owner
from faces.actions.opinions import withdraw_guesses
from faces.actions.people import LONGEST_NAME, clean_name, person_named
from faces.interchange.boxes import overlap
from faces.interchange.regions import ONE_FACE, NamesInFile, Pixels, read_names
from faces.models import IMPORTED, Face, LabelEvent, Mention, Person, Rejection
from faces.queries.forgotten import forgotten_among
from faces.queries.history import people_of_before
from faces.queries.mentions import label_is_imported
from faces.recognition.geometry import Box, match_faces
from faces.recognition.likelihood import HARDLY_A_FACE
from faces.vision.engines import FoundFace
from photos.imaging.metadata import read_metadata
from photos.models import Photo

# Photos whose names are taken in one transaction, as one event.
PHOTOS_AT_ONCE = 500
# Names that are worth an event of their own in the middle of a scan.
MANY = 200


def names_in_file(photo: Photo) -> NamesInFile:
    """Return who is in a photo by its file and what is beside it, if that is to be read."""
    if not photo.library.reads_names:
        return NamesInFile()
    try:
        read = read_metadata(photo.file)
    except Exception:  # decoders raise whatever they like; what is wrong with the file is told
        return NamesInFile()
    return read_names(read.packets, Pixels(read.size, read.orientation))


def marked_boxes(photo: Photo, names: NamesInFile) -> list[Box]:
    """Return where faces must be, by what is read now or waits, and none is known yet."""
    known = list(Mention.objects.filter(photo=photo))
    fresh = [
        each for each in _mentions(photo, names, Mention.Source.FILE) if not _is_known(each, known)
    ]
    marked: list[Box] = []
    for mention in [*fresh, *(each for each in known if each.taken_at is None)]:
        box = mention.box
        if box and all(overlap(box, each) < ONE_FACE for each in marked):
            marked.append(box)
    there = match_faces(marked, [face.box for face in Face.objects.filter(photo=photo)])
    return [box for index, box in enumerate(marked) if index not in {old for old, _ in there}]


def as_marked(face: FoundFace) -> FoundFace:
    """Return a face that no detector has found, as one that somebody has marked elsewhere."""
    return replace(face, detector=IMPORTED, likelihood=1.0)


def note_names(
    *, photo: Photo, names: NamesInFile, source: Mention.Source, copy: Photo | None = None
) -> list[Mention]:
    """Remember who is in a photo, as something else says; return what was not known yet.

    Where a ``copy`` says so, what Kith itself has written there is known.
    """
    known = list(Mention.objects.filter(photo__in=[photo, copy] if copy else [photo]))
    fresh = [
        mention for mention in _mentions(photo, names, source) if not _is_known(mention, known)
    ]
    return Mention.objects.bulk_create(fresh)


def _mentions(photo: Photo, names: NamesInFile, source: Mention.Source) -> list[Mention]:
    said: list[tuple[str, Box | None]] = [(each.name, each.box) for each in names.regions]
    said += [(name, None) for name in names.names]
    forgotten = forgotten_among(photo.library.owner_id, {name for name, _ in said})
    return [
        Mention(
            photo=photo,
            source=source,
            name=name[:LONGEST_NAME],
            box_corners=list(box.corners) if box else None,
        )
        for name, box in said
        if name not in forgotten
    ]


def _is_known(mention: Mention, known: Iterable[Mention]) -> bool:
    return any(is_same_mention(mention, each) for each in known)


def is_same_mention(one: Mention, other: Mention) -> bool:
    """Whether two mentions say the same: programs move a box a little when they write it anew."""
    if one.name.casefold() != other.name.casefold():
        return False
    if one.box is None or other.box is None:
        return one.box is other.box
    return overlap(one.box, other.box) >= ONE_FACE


@dataclass
class Taken:
    """What came of mentions."""

    labelled: int = 0
    left: int = 0  # a person has said otherwise, or there is no such face
    hints: int = 0  # names whose face is not known

    def __add__(self, other: "Taken") -> "Taken":
        return Taken(
            self.labelled + other.labelled, self.left + other.left, self.hints + other.hints
        )


def take_mentions(*, owner: User, least: int = 1) -> Taken:
    """Make labels of the owner's mentions that wait, unless fewer than ``least`` do.

    Those of photos that are still to be scanned wait on: their faces may not be there yet.
    """
    taken = Taken()
    if waiting_mentions(owner)[:least].count() < least:
        return taken
    while (some := _take_some(owner)) is not None:
        taken += some
    return taken


def take_some_mentions(*, owner: User) -> None:
    """Take what waits in the middle of a scan, in as few transactions and events as make sense."""
    take_mentions(owner=owner, least=MANY)


def waiting_mentions(owner: User) -> QuerySet[Mention]:
    """Return the mentions that can be taken now."""
    return Mention.objects.filter(
        taken_at=None, photo__library__owner=owner, photo__state=Photo.State.SCANNED
    )


def _take_some(owner: User) -> Taken | None:
    """Take the mentions of the next few photos; None if there are none."""
    with transaction.atomic():
        lock_owner(owner)
        waiting = waiting_mentions(owner).order_by("photo").values_list("photo", flat=True)
        photos = list(waiting.distinct()[:PHOTOS_AT_ONCE])
        if not photos:
            return None
        mentions = list(
            Mention.objects.filter(photo__in=photos, taken_at=None)
            .order_by("pk")
            .select_for_update(of=("self",))
        )
        mentions = _without_forgotten(owner, mentions)
        faces = by_photo(locked_faces(Face.objects.filter(photo__in=photos)))
        for photo, some in by_photo(mentions).items():
            _find_faces(some, faces.get(photo, []))
        return _label(owner, mentions)


def _without_forgotten(owner: User, mentions: list[Mention]) -> list[Mention]:
    """Delete what a scan has noted of people while they were forgotten; return the others."""
    forgotten = forgotten_among(owner.pk, {each.name for each in mentions})
    gone = [each.pk for each in mentions if each.name in forgotten]
    Mention.objects.filter(pk__in=gone).delete()
    return [each for each in mentions if each.name not in forgotten]


def _find_faces(mentions: Sequence[Mention], faces: Sequence[Face]) -> None:
    """Find out which of a photo's faces each mention is about, as far as it can be told."""
    boxed = [(each, box) for each in mentions if (box := each.box) is not None]
    pairs = match_faces([box for _, box in boxed], [face.box for face in faces])
    for index, face in pairs:
        boxed[index][0].face = faces[face]
    likely = [face for face in faces if face.likelihood >= HARDLY_A_FACE]
    if len(mentions) == 1 and not boxed and len(likely) == 1:
        mentions[0].face = likely[0]


def _label(owner: User, mentions: list[Mention]) -> Taken:
    people = _People(owner)
    rejected = set(
        Rejection.objects.filter(
            face__in=[each.face_id for each in mentions if each.face_id]
        ).values_list("face_id", "person_id")
    )
    imported = _imported(mentions)
    labels: dict[Face, int] = {}
    taken = Taken()
    for mention in mentions:
        face, mention.taken_at = mention.face, timezone.now()
        is_lost = face is None and mention.box_corners is not None
        person = None if is_lost else people.named(mention.name)
        mention.person = person
        if person is None:
            taken.left += 1
        elif face is None:
            taken.hints += 1
        elif (face.person_id and face.pk not in imported) or (face.pk, person.pk) in rejected:
            taken.left += 1
        else:
            labels[face] = person.pk
    made = sorted(people.made)
    outcome = write_labels(owner, labels, LabelEvent.Verb.IMPORT, made=made)
    taken.labelled = len(outcome.changed)
    Mention.objects.bulk_update(mentions, ["face", "person", "taken_at"])
    # Of the same moment as the label: that is how it is told to be an imported one.
    Mention.objects.filter(pk__in=[each.pk for each in mentions], face__in=outcome.changed).update(
        taken_at=Subquery(Face.objects.filter(pk=OuterRef("face")).values("labelled_at")[:1])
    )
    return taken


def _imported(mentions: Iterable[Mention]) -> set[int]:
    """Return the faces whose label was taken over from elsewhere, and is nobody's word here."""
    faces = Face.objects.filter(pk__in=[each.face_id for each in mentions if each.face_id])
    return set(faces.filter(label_is_imported()).values_list("pk", flat=True))


class _People:
    """An owner's people by name or, where that is of one person only, by another name."""

    def __init__(self, owner: User) -> None:
        self.owner = owner
        self.known: dict[str, Person | None] = {}
        self.aliases: dict[str, list[Person]] = {}
        named = Person.objects.filter(owner=owner).exclude(name="")
        for person in named.exclude(aliases=[]):
            for alias in person.aliases:
                self.aliases.setdefault(alias.casefold(), []).append(person)
        self.names = {person.name.casefold() for person in named.only("name")}
        self.there = set(named.values_list("pk", flat=True))
        self.made: set[int] = set()

    def named(self, name: str) -> Person | None:
        """Return the person, made if need be; None for what is no name."""
        if name not in self.known:  # spelt as it is: Strauß is nobody's other way to write Strauss
            self.known[name] = self._found(name)
        return self.known[name]

    def _found(self, name: str) -> Person | None:
        try:
            clean = clean_name(name)
        except ValidationError:
            return None
        others = self.aliases.get(clean.casefold(), [])
        if clean.casefold() not in self.names and len(others) == 1:
            return others[0]
        person = person_named(owner=self.owner, name=clean)
        if person.pk not in self.there:
            self.made.add(person.pk)
        return person


def forget_made(*, owner: User, made: Iterable[int]) -> None:
    """Delete the people that an import made, which is undone, if nothing else was said of them."""
    said = people_of_before(owner)
    people = Person.objects.filter(owner=owner, pk__in=set(made) - said, is_hidden=False)
    people = people.filter(aliases=[], birth_date=None, cover=None, is_favourite=False)
    for person in people:
        renamed = not person.mentions.filter(name__iexact=person.name).exists()
        spoken_of = person.faces.exists() or person.rejections.exists() or person.groups.exists()
        if not renamed and not spoken_of:
            withdraw_guesses(person)
            person.delete()
