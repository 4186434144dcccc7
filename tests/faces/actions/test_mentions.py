"""Names from files become labels once, and never against what a person says here."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from PIL import Image

from faces.actions.grouping import make_group
from faces.actions.labelling import label_faces, reject_person, unassign_faces
from faces.actions.mentions import note_names, take_mentions
from faces.actions.people import change_person
from faces.actions.undoing import undo_event
from faces.interchange.files import write_sidecar
from faces.interchange.regions import NamesInFile, Pixels, Region
from faces.interchange.writing import EMPTY, write_names
from faces.models import IMPORTED, Face, LabelEvent, Mention, Person
from faces.queries.likely import likely_people
from faces.queries.mentions import label_is_imported
from faces.recognition.geometry import Box
from photos.actions.scanning import scan_photo
from photos.imaging.hashing import file_digest
from photos.jobs import start_rescan, start_scan
from photos.models import Library, Photo
from project.jobs.running import execute
from tests.factories import make_face, make_library, make_person, make_photo, make_user
from tests.files import inside

pytestmark = pytest.mark.django_db
HERE, THERE = Box(0.1, 0.1, 0.2, 0.3), Box(0.6, 0.1, 0.2, 0.3)
FORMATS = Path("photos/formats")


def told(*regions: Region, names: tuple[str, ...] = ()) -> NamesInFile:
    return NamesInFile(regions, names)


def note(photo: Photo, *regions: Region, names: tuple[str, ...] = ()) -> None:
    note_names(photo=photo, names=told(*regions, names=names), source=Mention.Source.FILE)


def imported() -> dict[int, str]:
    """Return the faces whose label is marked as imported, and the names."""
    faces = Face.objects.filter(label_is_imported()).select_related("person")
    return {face.pk: str(face.person) for face in faces}


def test_a_region_names_the_face_that_it_overlaps() -> None:
    photo = make_photo()
    near, far = make_face(photo, box=HERE), make_face(photo, box=THERE)
    note(photo, Region("Ann", Box(0.12, 0.1, 0.2, 0.3)))
    taken = take_mentions(owner=make_user())
    assert (taken.labelled, taken.left, taken.hints) == (1, 0, 0)
    near.refresh_from_db()
    far.refresh_from_db()
    assert str(near.person) == "Ann"
    assert far.person is None
    assert imported() == {near.pk: "Ann"}


def test_a_looser_box_around_the_face_is_enough() -> None:
    face = make_face(box=Box(0.3, 0.3, 0.1, 0.15))
    note(face.photo, Region("Ann", Box(0.22, 0.2, 0.26, 0.34)))
    assert take_mentions(owner=make_user()).labelled == 1


def test_names_that_were_taken_are_not_taken_again() -> None:
    face = make_face(box=HERE)
    for _ in range(2):
        note(face.photo, Region("Ann", HERE))
        take_mentions(owner=make_user())
    assert Mention.objects.count() == LabelEvent.objects.count() == Person.objects.count() == 1


def test_a_label_that_a_person_gave_stays() -> None:
    face = make_face(box=HERE, person=make_person("Ben"))
    note(face.photo, Region("Ann", HERE))
    assert take_mentions(owner=make_user()).left == 1
    face.refresh_from_db()
    assert str(face.person) == "Ben"
    assert imported() == {}


def test_a_label_taken_away_does_not_come_back() -> None:
    owner, face = make_user(), make_face(box=HERE)
    note(face.photo, Region("Ann", HERE))
    take_mentions(owner=owner)
    unassign_faces(owner=owner, faces=Face.objects.all())
    note(face.photo, Region("ANN", Box(0.11, 0.1, 0.2, 0.3)))
    take_mentions(owner=owner)
    face.refresh_from_db()
    assert face.person is None


def test_a_rejected_person_does_not_come_by_import() -> None:
    owner, face, ann = make_user(), make_face(box=HERE), make_person("Ann")
    reject_person(owner=owner, faces=Face.objects.all(), person=ann)
    note(face.photo, Region("Ann", HERE))
    assert take_mentions(owner=owner).left == 1
    face.refresh_from_db()
    assert face.person is None


def test_another_name_in_the_file_replaces_an_imported_label_only() -> None:
    owner, face = make_user(), make_face(box=HERE)
    note(face.photo, Region("Ann", HERE))
    take_mentions(owner=owner)
    note(face.photo, Region("Anna", HERE))
    take_mentions(owner=owner)
    assert imported() == {face.pk: "Anna"}
    label_faces(owner=owner, faces=Face.objects.all(), name="Cleo")
    note(face.photo, Region("Dora", HERE))
    take_mentions(owner=owner)
    face.refresh_from_db()
    assert str(face.person) == "Cleo"
    assert imported() == {}


def test_a_label_that_was_said_here_again_is_no_longer_an_imported_one() -> None:
    owner, face = make_user(), make_face(box=HERE)
    note(face.photo, Region("Ann", HERE))
    take_mentions(owner=owner)
    for name in ("Ben", "Ann"):
        label_faces(owner=owner, faces=Face.objects.all(), name=name)
    assert imported() == {}
    note(face.photo, Region("Dora", HERE))
    take_mentions(owner=owner)
    face.refresh_from_db()
    assert str(face.person) == "Ann"


def test_an_import_is_one_event_and_can_be_undone_for_good() -> None:
    owner, photo = make_user(), make_photo()
    make_face(photo, box=HERE), make_face(photo, box=THERE)
    note(photo, Region("Ann", HERE), Region("Ben", THERE))
    take_mentions(owner=owner)
    event = LabelEvent.objects.get()
    assert event.verb == LabelEvent.Verb.IMPORT
    undo_event(owner=owner, event=event)
    assert not Face.objects.exclude(person=None).exists()
    note(photo, Region("Ann", HERE), Region("Ben", THERE))
    take_mentions(owner=owner)
    assert not Face.objects.exclude(person=None).exists()


def test_undoing_an_import_takes_those_away_of_whom_nothing_else_was_said() -> None:
    photo = make_photo()
    make_face(photo, box=HERE), make_face(photo, box=THERE)
    make_person("Ben")
    note(photo, Region("Ann", HERE), Region("Ben", THERE))
    take_mentions(owner=make_user())
    event = LabelEvent.objects.get(verb=LabelEvent.Verb.IMPORT)
    undo_event(owner=make_user(), event=event)
    assert [person.name for person in Person.objects.all()] == ["Ben"]
    assert not Face.objects.exclude(person=None).exists()


@pytest.mark.parametrize("said", ["favourite", "renamed", "labelled", "rejected", "grouped"])
def test_who_came_by_an_import_stays_if_something_was_said_of_them(said: str) -> None:
    photo, owner = make_photo(), make_user()
    make_face(photo, box=HERE)
    note(photo, Region("Ann", HERE))
    take_mentions(owner=owner)
    event, ann = LabelEvent.objects.get(), Person.objects.get()
    other = Face.objects.filter(pk=make_face(make_photo()).pk)
    if said == "favourite":
        change_person(owner=owner, person=ann, is_favourite=True)
    elif said == "renamed":
        change_person(owner=owner, person=ann, name="Anna")
    elif said == "labelled":
        label_faces(owner=owner, faces=other, person=ann)
    elif said == "rejected":
        reject_person(owner=owner, faces=other, person=ann)
    else:
        make_group(owner=owner, name="Family", people=[ann])
    undo_event(owner=owner, event=event)
    assert Person.objects.filter(pk=ann.pk).exists()


def test_the_name_of_a_face_that_is_somebody_unknown_is_offered_for_all_of_them() -> None:
    photo, owner = make_photo(), make_user()
    stranger = make_person("")
    face, other = make_face(photo, box=HERE, person=stranger), make_face(person=stranger)
    note(photo, Region("Ann", HERE))
    take_mentions(owner=owner)
    face.refresh_from_db()
    assert face.person == stranger
    for each in (face, other):
        assert [one.person.name for one in likely_people(owner, [each.pk])] == ["Ann"]
    assert likely_people(owner, [make_face().pk]) == []


def test_a_name_without_a_box_names_the_only_face() -> None:
    owner, face = make_user(), make_face()
    note(face.photo, names=("Ann",))
    assert take_mentions(owner=owner).labelled == 1
    two = make_photo()
    make_face(two, box=HERE), make_face(two, box=THERE)
    note(two, names=("Ben",))
    assert take_mentions(owner=owner).hints == 1
    alone = make_face()
    note(alone.photo, names=("Cleo", "Dora"))
    assert take_mentions(owner=owner).hints == 2
    assert imported() == {face.pk: "Ann"}


def test_case_accents_and_other_names_find_the_same_person() -> None:
    owner, photo = make_user(), make_photo()
    first, second = make_face(photo, box=HERE), make_face(photo, box=THERE)
    known, robert = make_person("Zoë Ang"), make_person("Robert")
    robert.aliases = ["Bob"]
    robert.save()
    note(photo, Region("ZOE\u0308 ang", HERE), Region("bob", THERE))
    take_mentions(owner=owner)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.person, second.person) == (known, robert)
    assert Person.objects.count() == 2


def test_what_is_no_name_is_left() -> None:
    face = make_face(box=HERE)
    note(face.photo, Region("\u200b\x07" * 3, HERE))
    assert take_mentions(owner=make_user()).labelled == 0


def test_photos_that_are_still_to_be_scanned_wait() -> None:
    face = make_face(make_photo(state=Photo.State.PENDING), box=HERE)
    note(face.photo, Region("Ann", HERE))
    assert take_mentions(owner=make_user()).labelled == 0
    Photo.objects.update(state=Photo.State.SCANNED)
    assert take_mentions(owner=make_user()).labelled == 1


def test_the_names_of_others_are_not_touched() -> None:
    face = make_face(make_photo(make_library(make_user("bob"))), box=HERE)
    note(face.photo, Region("Ann", HERE))
    assert take_mentions(owner=make_user()).labelled == 0
    assert take_mentions(owner=make_user("bob")).labelled == 1
    assert Person.objects.get().owner == make_user("bob")


@pytest.fixture
def curie(shared: Path, tmp_path: Path) -> Iterator[Library]:
    """A library of one photo with the regions of two people, turned by 90°."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    name = "immich_test_assets__metadata__faces__portrait-orientation-6.jpg"
    shutil.copy(shared / FORMATS / name, folder / "curie.jpg")
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield make_library(path=folder)


def scan(library: Library, *, again: bool = False) -> None:
    start = start_rescan if again else start_scan
    job = start(library=library, requested_by=library.owner)
    execute(job.pk)
    job.refresh_from_db()
    assert (job.error, job.failed) == ("", 0)


@pytest.mark.django_db(transaction=True)
def test_a_scan_takes_the_names_that_are_in_the_file(curie: Library) -> None:
    scan(curie)
    faces = Face.objects.exclude(person=None)
    left = {str(face.person): face.left for face in faces}
    assert set(left) == {"Marie Curie", "Pierre Curie"}
    assert left["Marie Curie"] < 0.5 < left["Pierre Curie"]
    assert all(face.embeddings.exists() for face in faces)
    before = list(faces.order_by("pk").values("pk", "person", "labelled_at"))
    scan(curie, again=True)
    assert list(faces.order_by("pk").values("pk", "person", "labelled_at")) == before
    assert LabelEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_library_whose_names_are_not_to_be_read_gets_none(curie: Library) -> None:
    Library.objects.update(reads_names=False)
    scan(curie)
    assert not Mention.objects.exists()
    assert not Person.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_region_without_a_detected_face_becomes_a_face(curie: Library) -> None:
    nowhere = Region("Radium", Box(0.02, 0.6, 0.1, 0.12))
    sidecar = Path(curie.path) / "curie.jpg.xmp"
    write_sidecar(inside(sidecar), write_names(EMPTY, [nowhere], [], Pixels((700, 840), 6)))
    scan(curie)
    face = Face.objects.get(person__name="Radium")
    assert face.detector == IMPORTED
    assert face.box.corners == pytest.approx(nowhere.box.corners, abs=1e-5)
    assert face.embeddings.count() == 1
    unassign_faces(owner=curie.owner, faces=Face.objects.filter(pk=face.pk))
    scan(curie, again=True)
    face.refresh_from_db()
    assert face.person is None


@pytest.mark.django_db(transaction=True)
def test_an_xmp_file_that_comes_or_changes_is_read_without_a_rescan(curie: Library) -> None:
    scan(curie)
    photo = Photo.objects.get()
    box = Face.objects.get(person__name="Marie Curie").box
    sidecar = Path(curie.path) / "curie.xmp"
    write_sidecar(
        inside(sidecar), write_names(EMPTY, [Region("Maria", box)], [], Pixels((700, 840), 6))
    )
    scan(curie)
    photo.refresh_from_db()
    assert photo.sidecars_ns == sidecar.stat().st_mtime_ns
    assert Face.objects.get(person__name="Maria").box == box
    assert not Face.objects.filter(person__name="Marie Curie").exists()
    scanned = photo.scanned_at
    scan(curie)
    photo.refresh_from_db()
    assert photo.scanned_at == scanned


def test_two_names_that_the_database_tells_apart_are_two_people() -> None:
    for name in ("Strauß", "Strauss"):
        photo = make_face(box=Box(0.1, 0.1, 0.2, 0.3)).photo
        region = Region(name, Box(0.1, 0.1, 0.2, 0.3))
        note_names(photo=photo, names=NamesInFile((region,)), source=Mention.Source.FILE)
    take_mentions(owner=make_user())
    assert {str(face.person) for face in Face.objects.all()} == {"Strauß", "Strauss"}


@pytest.mark.parametrize("found", [True, False])
def test_names_beside_a_copy_are_the_originals(tmp_path: Path, found: bool) -> None:
    for name in ("a.jpg", "b.jpg"):
        Image.new("RGB", (60, 40), "red").save(tmp_path / name)
    original = make_photo(
        make_library(path=tmp_path), path="a.jpg", digest=file_digest(tmp_path / "a.jpg")
    )
    if found:
        make_face(original, box=HERE)
    packet = write_names(EMPTY, [Region("Ann", HERE)], [], Pixels((60, 40), 1))
    write_sidecar(inside(tmp_path / "b.jpg.xmp"), packet)
    copy = make_photo(original.library, path="b.jpg", state=Photo.State.PENDING, scanned_at=None)
    for _ in range(2):
        scan_photo(copy, seconds=60, and_then=lambda problem: None)
    take_mentions(owner=make_user())
    original.refresh_from_db()
    copy.refresh_from_db()
    assert copy.copy_of == original
    assert [str(face.person) for face in Face.objects.all()] == (["Ann"] if found else [])
    # Where there is no such face yet, a scan of the original finds one at the box.
    assert original.state == (Photo.State.SCANNED if found else Photo.State.PENDING)
    assert Mention.objects.count() == 1
