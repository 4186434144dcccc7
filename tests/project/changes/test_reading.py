"""A copy that follows the log is what the server has, whatever is done and however."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from faces.actions.copying import copy_faces
from faces.actions.deleting import delete_person
from faces.actions.engines import standing_engine
from faces.actions.hiding import hide_person
from faces.actions.labelling import (
    confirm_guesses,
    dismiss_faces,
    label_faces,
    reject_person,
    unassign_faces,
)
from faces.actions.merging import merge_people, split_person
from faces.actions.people import change_person
from faces.actions.placing import place_new_faces
from faces.actions.training import TrainingParameters, train
from faces.actions.undoing import undo_event
from faces.arrays import save_likelihoods
from faces.models import Face, Guess, LabelEvent, Person, Training
from photos.models import Library, Photo
from project.changes.models import Change
from tests.embeddings import made_up_people
from tests.faces.actions.test_engines import BELOW, RIGHT, prepared, switch
from tests.factories import (
    MODEL,
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_user,
)
from tests.project.changes.copying import Copy, on_server

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass
class World:
    """What there is when a change comes."""

    owner: User
    ann: Person
    bob: Person
    stranger: Person
    labelled: Face
    guessed: Face
    library: Library

    @property
    def faces(self) -> Any:
        return Face.objects.order_by("pk")


@pytest.fixture
def world() -> World:
    library, ann, bob, stranger = (
        make_library(), make_person("Ann"), make_person("Bob"), make_person("")
    )  # fmt: skip
    vectors, _ = made_up_people([3, 3])
    faces = [make_face(make_photo(library), vector=vector) for vector in vectors]
    faces[0].person = ann
    faces[0].save()
    make_guess(faces[1], classified=ann, cluster=stranger)
    make_guess(faces[2], classified=bob)
    make_face(make_photo(make_library()))
    return World(make_user(), ann, bob, stranger, faces[0], faces[1], library)


def run_train(world: World) -> None:
    train(owner=world.owner, parameters=TrainingParameters(MODEL), report=lambda *_: None)


def undo_last(world: World) -> None:
    undo_event(owner=world.owner, event=LabelEvent.objects.latest("id"))


def dismiss(world: World) -> None:
    dismiss_faces(owner=world.owner, faces=Face.objects.filter(pk=world.guessed.pk))


def bring_back(world: World) -> None:
    dismiss(world)
    undo_last(world)


def merge(world: World) -> None:
    merge_people(owner=world.owner, people=[world.bob, world.stranger], into=world.ann)


def unmerge(world: World) -> None:
    merge(world)
    undo_last(world)


def place(world: World) -> None:
    make_face(make_photo(world.library), vector=made_up_people([3, 3])[0][0])
    place_new_faces(owner=world.owner, report=lambda *_: None)


def write_raw(world: World) -> None:
    with connection.cursor() as cursor:
        with cursor.copy("COPY faces_person (owner_id, name, aliases, is_hidden, is_favourite,"
                         " created_at) FROM STDIN") as copy:  # fmt: skip
            for number in range(50):
                copy.write_row([world.owner.pk, f"Row {number}", "[]", False, False, "now"])
        cursor.execute("UPDATE faces_face SET quality = quality / 2")
        cursor.execute("DELETE FROM faces_guess WHERE face_id = %s", [world.guessed.pk])


def move_to_other_library(world: World) -> None:
    Photo.objects.filter(faces=world.labelled).update(library=make_library())


CHANGES: list[Callable[[World], Any]] = [
    lambda world: make_photo(world.library),
    lambda world: make_face(make_photo(world.library)),
    lambda world: Photo.objects.update(state=Photo.State.FAILED, problem="torn"),
    lambda world: Photo.objects.first().delete(),  # type: ignore[union-attr]
    lambda world: world.library.delete(),
    lambda world: label_faces(owner=world.owner, faces=world.faces, person=world.bob),
    lambda world: label_faces(owner=world.owner, faces=world.faces, name="Somebody new"),
    lambda world: confirm_guesses(
        owner=world.owner, faces=world.faces, method="classification"
    ),
    lambda world: unassign_faces(owner=world.owner, faces=world.faces),
    lambda world: reject_person(owner=world.owner, faces=world.faces, person=world.ann),
    lambda world: split_person(
        owner=world.owner, faces=Face.objects.filter(pk=world.labelled.pk), person=world.ann
    ),
    lambda world: change_person(owner=world.owner, person=world.ann, name="Anna"),
    lambda world: change_person(owner=world.owner, person=world.ann, cover=world.labelled),
    lambda world: hide_person(owner=world.owner, person=world.stranger),
    lambda world: delete_person(owner=world.owner, person=world.ann),
    lambda world: copy_faces(
        photo=make_photo(world.library), original=world.guessed.photo
    ),
    lambda world: make_guess(make_face(make_photo(world.library)), classified=world.bob),
    lambda world: Training.objects.all().delete(),
    lambda world: Training.objects.update(is_current=False),
    dismiss, bring_back, merge, unmerge, run_train, place, write_raw, move_to_other_library,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=range(len(CHANGES)))
def test_a_copy_follows(world: World, change: Callable[[World], Any]) -> None:
    copy = Copy(world.owner, limit=3)  # so that there are pages
    copy.follow()
    assert copy.rows == on_server(world.owner)
    before = dict(copy.rows)
    change(world)
    entries = copy.follow()
    assert copy.rows == on_server(world.owner)
    assert copy.rows != before
    assert entries
    assert copy.follow() == []


def test_a_copy_follows_a_change_of_the_engine_and_back(world: World) -> None:
    copy = Copy(world.owner)
    copy.follow()
    choice = prepared(RIGHT, BELOW)
    former = standing_engine()
    switch(choice)
    copy.follow()
    assert copy.rows == on_server(world.owner)
    assert "dlib-cnn" in {row.get("detector") for row in copy.rows.values()}
    switch(former, back=True)
    copy.follow()
    assert copy.rows == on_server(world.owner)


def test_a_copy_begins_with_all_that_is_there(world: World) -> None:
    copy = Copy(world.owner, limit=1)
    copy.follow()
    assert copy.rows == on_server(world.owner)
    assert {kind for kind, _ in copy.rows} == {"person", "photo", "face", "guess"}


def test_what_changes_while_a_copy_begins_comes_afterwards(world: World) -> None:
    copy = Copy(world.owner, limit=2)
    for number in range(20):
        copy.page()
        face = make_face(make_photo(world.library))
        label_faces(owner=world.owner, faces=Face.objects.filter(pk=face.pk), person=world.ann)
        if number == 5:
            run_train(world)
        if number == 8:
            dismiss(world)
    copy.follow()
    assert copy.rows == on_server(world.owner)


def test_other_guesses_are_told_at_once_and_listed_once(world: World) -> None:
    copy = Copy(world.owner)
    copy.follow()
    run_train(world)
    entries = copy.follow()
    assert [each["change"] for each in entries].count("replaced") == 1
    guesses = [each["id"] for each in entries if each["kind"] == "guess" and each["id"]]
    assert len(guesses) == len(set(guesses)) == Guess.objects.count()
    assert not Change.objects.filter(kind="guess", what="created", object_id__in=guesses).exclude(
        object_id__in=[world.guessed.pk, world.guessed.pk + 1]
    )


def test_an_object_that_changed_often_comes_once(world: World) -> None:
    copy = Copy(world.owner)
    copy.follow()
    for name in "Anna", "Anne", "Annie":
        change_person(owner=world.owner, person=world.ann, name=name)
    (entry,) = copy.follow()
    assert entry["change"] == "updated"
    assert entry["data"]["name"] == "Annie"


def test_what_only_workers_see_is_no_change(world: World) -> None:
    last = Change.objects.count()
    Photo.objects.update(claimed_by=7, attempts=1, digest="x")
    Face.objects.update(oddness=0.5, landmarks=[[0, 0]])
    world.ann.save()
    save_likelihoods(*_likelihoods(world))
    assert Change.objects.count() == last


def _likelihoods(world: World) -> Any:
    faces = np.array(Face.objects.values_list("pk", flat=True))
    return faces, np.full(len(faces), 1.0)


def test_a_change_that_was_rolled_back_is_none(world: World) -> None:
    last = Change.objects.count()
    with transaction.atomic():
        change_person(owner=world.owner, person=world.ann, name="Anna")
        transaction.set_rollback(True)
    assert Change.objects.count() == last


def test_a_user_who_goes_takes_all_along(world: World) -> None:
    world.owner.delete()
    copy = Copy(make_user("bob"))
    copy.follow()
    assert copy.rows == {}


def test_nobody_hears_of_what_is_another_users(world: World) -> None:
    charlie = Copy(make_user("charlie"))
    charlie.follow()
    merge(world)
    assert charlie.follow() == []
    assert charlie.rows == {}


def test_a_page_of_many_takes_as_many_queries_as_one_of_few(world: World) -> None:
    copy = Copy(world.owner)
    copy.follow()

    def queries(changes: int) -> int:
        for _ in range(changes):
            make_guess(make_face(make_photo(world.library), person=make_person("")))
        with CaptureQueriesContext(connection) as seen:
            copy.page()
        return len(seen)

    assert queries(1) == queries(20)
