"""What triggers count along is what counting anew would find, whatever was said in between."""

from collections import Counter
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import QuerySet
from hypothesis import given, settings
from hypothesis import strategies as st

from faces.models import Face, Guess, Person, Tally, Training
from faces.recognition.likelihood import HARDLY_A_FACE
from photos.models import Library
from photos.signals import night_scanned
from tests.factories import make_face, make_library, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db

Line = tuple[object, ...]  # label, cluster, class, and whether it is doubtful


def lines(owner: User) -> Counter[Line]:
    """Return how many faces of each kind there are, as the lines come to."""
    found: Counter[Line] = Counter()
    for line in Tally.objects.filter(owner=owner):
        kind = (line.person_id, line.cluster_person_id, line.class_person_id, line.is_doubtful)
        found[kind] += line.faces
    return Counter({kind: faces for kind, faces in found.items() if faces})


def counted(owner: User) -> Counter[Line]:
    """Return the same by looking at every face."""
    found: Counter[Line] = Counter()
    for face in faces_of(owner):
        guess = Guess.objects.filter(face=face, training__is_current=True).first()
        opinion = (guess.cluster_person_id, guess.class_person_id) if guess else (None, None)
        doubtful = face.person_id is None and face.likelihood < HARDLY_A_FACE
        found[(face.person_id, *opinion, doubtful)] += 1
    return found


def faces_of(owner: User) -> QuerySet[Face]:
    return Face.objects.filter(photo__library__owner=owner).order_by("pk")


def find(face: Face, person: Person) -> None:
    make_face(photo=face.photo)


def guess(face: Face, person: Person) -> None:
    standing = Training.objects.filter(owner=person.owner, is_current=True).first()
    if standing:
        thought = {"class_person": person}
        Guess.objects.update_or_create(training=standing, face=face, defaults=thought)


def label(face: Face, person: Person) -> None:
    faces_of(person.owner).filter(pk__gte=face.pk).update(person=person)


def unlabel(face: Face, person: Person) -> None:
    faces_of(person.owner).filter(pk__lte=face.pk).update(person=None)


def doubt(face: Face, person: Person) -> None:
    faces_of(person.owner).filter(pk=face.pk).update(likelihood=0.3)


def think_nothing(face: Face, person: Person) -> None:
    Guess.objects.filter(face=face).delete()


def drop(face: Face, person: Person) -> None:
    if faces_of(person.owner).count() > 1:
        face.delete()


def train(face: Face, person: Person) -> None:
    Training.objects.filter(owner=person.owner).update(is_current=False)
    fresh = Training.objects.create(owner=person.owner, embedding_model="m")
    Guess.objects.bulk_create(
        Guess(training=fresh, face=each, cluster_person=person) for each in faces_of(person.owner)
    )
    Training.objects.filter(pk=fresh.pk).update(is_current=True)


def stop(face: Face, person: Person) -> None:
    Training.objects.filter(owner=person.owner, is_current=True).delete()


def fold(face: Face, person: Person) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT faces_tally_fold(%s)", [person.owner_id])


STEPS = (find, guess, label, unlabel, doubt, think_nothing, drop, train, stop, fold)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 5)), max_size=25))
def test_lines_come_to_what_there_is_after_whatever_was_done(
    steps: list[tuple[Callable[[Face, Person], None], int]],
) -> None:
    with transaction.atomic():
        owner = make_user("counted")
        people = [make_person(f"Nr {number}", owner=owner) for number in range(3)]
        make_face(photo=make_photo(library=make_library(owner=owner)))
        for step, number in steps:
            faces = list(faces_of(owner))
            step(faces[number % len(faces)], people[number % 3])
        assert lines(owner) == counted(owner)
        fold(faces_of(owner)[0], people[0])
        assert lines(owner) == counted(owner)
        assert len(counted(owner)) == Tally.objects.filter(owner=owner).count()
        transaction.set_rollback(True)


def test_a_person_who_is_deleted_leaves_the_faces_counted_as_nobodys() -> None:
    person = make_person()
    face = make_face(person=person)
    person.delete()
    assert lines(face.photo.library.owner) == {(None, None, None, False): 1}


def test_a_library_that_is_deleted_leaves_nothing_that_counts() -> None:
    owner = make_user()
    library = make_library(owner=owner)
    make_face(photo=make_photo(library=library), person=make_person())
    library.delete()
    assert not lines(owner)


def test_of_a_user_who_is_deleted_no_line_is_left() -> None:
    owner = make_user()
    person = make_person()
    face = make_face(photo=make_photo(library=make_library(owner=owner)), person=person)
    train(face, person)
    owner.delete()
    assert not Tally.objects.exists()


def test_what_was_counted_wrong_is_right_after_a_night() -> None:
    library, other = make_library(), make_library(owner=make_user("charlie"))
    for each in (library, other):
        make_face(photo=make_photo(library=each))
        Tally.objects.create(owner=each.owner, is_doubtful=True, faces=-1)
    night_scanned.send(sender=Library, library=library)
    assert lines(library.owner) == counted(library.owner)
    assert lines(other.owner) != counted(other.owner)
