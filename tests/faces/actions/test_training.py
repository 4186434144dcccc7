"""Train: labels are read, guesses are replaced at once or not at all, ids and words last."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from django.db import connection

from faces.actions import training as training_module
from faces.actions.hiding import hide_person
from faces.actions.labelling import (
    dismiss_faces,
    label_faces,
    name_unknown_person,
    reject_person,
)
from faces.actions.merging import merge_people, split_person
from faces.actions.training import TrainingParameters, train
from faces.actions.undoing import undo_event
from faces.arrays import unpack_clusters
from faces.models import Embedding, Face, Guess, LabelEvent, Person, Rejection, Training
from faces.queries import FaceFilter, Tab, matching_faces
from photos.models import Photo
from tests.embeddings import made_up_people
from tests.faces.actions.conftest import Meanwhile
from tests.factories import (
    MODEL,
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_user,
)

pytestmark = pytest.mark.django_db

PARAMETERS = TrainingParameters(MODEL)


def no_report(stage: str, done: int, total: int) -> None:
    pass


def run(report: Callable[[str, int, int], None] = no_report, **changes: Any) -> Training:
    return train(owner=make_user(), parameters=replace(PARAMETERS, **changes), report=report)


def people_in_photos(*sizes: int, seed: int = 0) -> list[list[Face]]:
    """Make a photo for each face of each person; return the faces by person."""
    vectors, people = made_up_people(sizes, seed=seed)
    faces: list[list[Face]] = [[] for _ in sizes]
    for vector, person in zip(vectors, people, strict=True):
        faces[person].append(make_face(vector=vector))
    return faces


def label(faces: list[Face], person: Person) -> None:
    ids = [face.pk for face in faces]
    label_faces(owner=make_user(), faces=Face.objects.filter(pk__in=ids), person=person)


def guesses() -> dict[int, tuple[int | None, int | None]]:
    """{face: (cluster person, class person)} of the guesses that stand."""
    rows = Guess.objects.filter(training__is_current=True)
    return {
        face: (a, b) for face, a, b in rows.values_list("face", "cluster_person", "class_person")
    }


def clusters_of(faces: list[Face]) -> set[int | None]:
    return {guesses().get(face.pk, (None, None))[0] for face in faces}


def labels() -> list[tuple[Any, ...]]:
    return list(Face.objects.order_by("id").values_list("id", "person", "labelled_at"))


def test_faces_are_grouped_and_classified_side_by_side() -> None:
    anns, strangers, loner = people_in_photos(5, 4, 1)
    ann = make_person()
    label(anns[:2], ann)
    training = run()
    assert training.is_current
    unknown = Person.objects.get(name="")
    stand = guesses()
    for face in anns[2:]:
        assert stand[face.pk] == (ann.pk, ann.pk)
    for face in strangers:
        assert stand[face.pk] == (unknown.pk, None)
    assert loner[0].pk not in stand
    for guess in Guess.objects.all():
        assert (guess.cluster_probability is None) == (guess.cluster_person is None)
        assert (guess.class_probability is None) == (guess.class_person is None)


def test_the_training_remembers_what_went_in_what_came_out_and_how_long_it_took() -> None:
    anns, _, _ = people_in_photos(5, 4, 1)
    label(anns[:2], make_person())
    Face.objects.filter(pk=anns[4].pk).update(likelihood=0.1)  # it is in a tab of its own
    began = []

    def report(stage: str, done: int, total: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT clock_timestamp()")
            began.append(cursor.fetchone()[0])

    training = Training.objects.get(pk=run(report, classifier="svm").pk)
    assert training.embedding_model == MODEL
    assert training.parameters == {
        "embedding_model": MODEL,
        "classifier": "svm",
        "min_probability": 0.5,
        "min_cluster_size": 2,
        "tolerance": 0.0,
        "min_quality": 0.1,
        "cluster_core": 0.0,
    }
    seconds = training.metrics.pop("seconds")
    assert 0 < seconds < 60
    assert training.metrics == {
        "faces": 10,
        "labelled": 2,
        "inferred": 2,
        "unknown_persons": 1,
        "new_guesses": 2,
        "changed_guesses": 0,
        "unknown_persons_new": 1,
        "unknown_persons_gone": 0,
    }
    assert training.started_at <= began[0] < training.finished_at


def test_a_training_says_what_is_another_than_before() -> None:
    anns, bobs, _ = people_in_photos(6, 4, 1)
    label(anns[:2], make_person())
    run()
    label(bobs, make_person("Bob"))
    Guess.objects.filter(face=anns[2]).update(class_person=Person.objects.get(name="Bob"))
    Guess.objects.filter(face=anns[3]).update(class_person=None)
    metrics = run().metrics
    assert (metrics["new_guesses"], metrics["changed_guesses"]) == (1, 1)
    assert (metrics["unknown_persons_new"], metrics["unknown_persons_gone"]) == (0, 1)


def test_labels_are_never_changed() -> None:
    anns, bobs, _ = people_in_photos(5, 4, 2)
    # Even where the machine would think otherwise.
    label([*anns[:3], bobs[0]], make_person())
    label(bobs[1:2], make_person("Bob"))
    before = labels()
    for classifier in ("knn", "svm"):
        run(classifier=classifier)
        assert labels() == before


def unknown_of(faces: list[Face]) -> Person:
    (person,) = Person.objects.filter(cluster_guesses__face__in=faces, name="").distinct()
    return person


def tab_of(faces: list[Face]) -> set[tuple[str, int]]:
    """Return (tab, person) of the tabs that show these faces."""
    ids = [face.pk for face in faces]
    found = set()
    for tab in Tab.values:
        shown = matching_faces(make_user(), FaceFilter(tab=tab)).filter(pk__in=ids)
        found |= {(tab, face.subject_id) for face in shown}  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("sizes", [(4, 5), (5, 4)])
def test_merged_unknown_persons_stay_one_through_trainings(sizes: tuple[int, int]) -> None:
    first, second = people_in_photos(*sizes)
    run()
    one, other = unknown_of(first), unknown_of(second)
    merge_people(owner=make_user(), people=[one], into=other)
    for _ in range(3):
        run()
        assert tab_of([*first, *second]) == {(Tab.UNKNOWN, other.pk)}
    assert not Person.objects.filter(pk=one.pk).exists()


def test_split_faces_stay_somebody_else_through_trainings() -> None:
    (faces,) = people_in_photos(8)
    run()
    person = unknown_of(faces)
    split = Face.objects.filter(pk__in=[face.pk for face in faces[:3]])
    somebody = split_person(owner=make_user(), faces=split, person=person).person
    assert somebody is not None
    for _ in range(2):
        run()
        assert tab_of(faces[:3]) == {(Tab.UNKNOWN, somebody.pk)}
        assert tab_of(faces[3:]) == {(Tab.UNKNOWN, person.pk)}


def test_a_hidden_stranger_stays_hidden_through_trainings_with_new_faces_too() -> None:
    vectors, people = made_up_people([9, 5], seed=3)
    strangers = [make_face(vector=vector) for vector in vectors[people == 0][:5]]
    others = [make_face(vector=vector) for vector in vectors[people == 1]]
    run()
    hidden = unknown_of(strangers)
    hide_person(owner=make_user(), person=hidden)
    strangers += [make_face(vector=vector) for vector in vectors[people == 0][5:]]
    for _ in range(2):
        run()
        assert tab_of(strangers) == {(Tab.HIDDEN, hidden.pk)}
        assert {tab for tab, _ in tab_of(others)} == {Tab.UNKNOWN}


def test_a_photo_taken_before_a_birth_does_not_show_the_person() -> None:
    (anns,) = people_in_photos(6)
    ann = make_person()
    label(anns[:3], ann)
    Person.objects.update(birth_date=date(2010, 1, 1))
    Photo.objects.filter(faces=anns[3]).update(taken_at=datetime(2009, 12, 31, tzinfo=UTC))
    Photo.objects.filter(faces=anns[4]).update(taken_at=datetime(2010, 1, 2, tzinfo=UTC))
    run()
    assert not Guess.objects.filter(face=anns[3]).exists()
    assert [Guess.objects.get(face=face).class_person for face in anns[4:]] == [ann, ann]


def test_an_unknown_person_with_labels_is_nobody_to_classification() -> None:
    anns, strangers = people_in_photos(6, 6)
    label(anns[:3], make_person())
    run()
    hide_person(owner=make_user(), person=unknown_of(strangers))
    run()
    named = set(Guess.objects.values_list("class_person__name", flat=True))
    assert named == {"Ann", None}


def test_somebody_unknown_by_a_label_takes_nobodys_place_in_a_photo() -> None:
    vectors, people = made_up_people([8], seed=0)
    anns, shared = [make_face(vector=vector) for vector in vectors[:6]], make_photo()
    stranger, guessed = (make_face(shared, vector=vector) for vector in vectors[6:])
    label(anns, make_person())
    run()
    likelier = Guess.objects.filter(class_person__name="Ann", face__in=[stranger, guessed]).get()
    if likelier.face_id != stranger.pk:
        stranger, guessed = guessed, stranger
    Face.objects.filter(pk=stranger.pk).update(person=make_person(""))
    run()
    assert guesses()[guessed.pk][1] == likelier.class_person_id


@pytest.mark.parametrize("said", ["merge", "dismiss", "contradict"])
def test_who_is_unknown_can_come_back_by_an_undo_after_a_training(said: str) -> None:
    owner = make_user()
    first, second = people_in_photos(5, 5)
    run()
    somebody = split_person(
        owner=owner, faces=Face.objects.filter(pk=first[0].pk), person=unknown_of(first)
    ).person
    assert somebody is not None
    split = Face.objects.filter(pk=first[0].pk)
    if said == "merge":
        merge_people(owner=owner, people=[somebody], into=unknown_of(second))
    elif said == "dismiss":
        dismiss_faces(owner=owner, faces=split)
    else:
        label_faces(owner=owner, faces=split, name="Ann")
    event = LabelEvent.objects.first()
    assert event is not None
    run()
    undo_event(owner=owner, event=event)
    assert Face.objects.get(pk=first[0].pk).person == somebody


def test_unknown_persons_keep_their_ids() -> None:
    first, second = people_in_photos(4, 5)
    run()
    before = [clusters_of(first), clusters_of(second)]
    assert [len(each) for each in before] == [1, 1]
    vectors, _ = made_up_people([6, 0, 5], seed=9)
    for vector in vectors:  # two more people arrive
        make_face(vector=vector)
    run()
    assert [clusters_of(first), clusters_of(second)] == before
    assert Person.objects.filter(name="").count() == 4


def test_an_unknown_person_without_faces_goes_unless_somebody_has_spoken_of_it() -> None:
    first, second = people_in_photos(4, 4)
    run()
    (spoken_of,), (forgotten,) = clusters_of(first), clusters_of(second)
    assert spoken_of is not None
    reject_person(
        owner=make_user(),
        faces=Face.objects.filter(pk=first[0].pk),
        person=Person.objects.get(pk=spoken_of),
    )
    Embedding.objects.all().delete()
    run()
    assert [person.pk for person in Person.objects.filter(name="")] == [spoken_of]
    assert spoken_of != forgotten


def test_named_people_stay_though_nobody_looks_like_them() -> None:
    ann = make_person()
    run()
    assert list(Person.objects.all()) == [ann]


def test_only_one_training_is_current_and_only_its_guesses_are_kept() -> None:
    people_in_photos(4)
    first, second = run(), run()
    assert [training.is_current for training in Training.objects.order_by("id")] == [False, True]
    assert set(Guess.objects.values_list("training", flat=True)) == {second.pk}
    assert first.pk != second.pk


@pytest.mark.parametrize("stage", range(5))
def test_a_training_that_is_cancelled_at_any_stage_leaves_everything_as_it_was(
    stage: int,
) -> None:
    anns, _ = people_in_photos(4, 4)
    run()
    before = guesses(), labels(), list(Person.objects.values()), list(Training.objects.values())
    label(anns[:2], make_person())
    before = guesses(), labels(), list(Person.objects.values()), list(Training.objects.values())

    class Cancelled(Exception):
        pass

    def report(name: str, done: int, total: int) -> None:
        if done == stage:
            raise Cancelled

    with pytest.raises(Cancelled):
        run(report)
    after = guesses(), labels(), list(Person.objects.values()), list(Training.objects.values())
    assert after == before


def test_a_training_that_fails_leaves_the_old_guesses() -> None:
    people_in_photos(4)
    run()
    before = guesses()
    make_face(vector=np.zeros(128))
    with pytest.raises(ValueError, match="Row 4 is zero"):
        run()
    assert guesses() == before != {}


def test_a_rejection_made_while_training_runs_is_respected() -> None:
    (anns,) = people_in_photos(6)
    ann = make_person()
    label(anns[:2], ann)

    def report(stage: str, done: int, total: int) -> None:
        if done == 3:  # all is computed, nothing is written
            face = Face.objects.filter(pk=anns[2].pk)
            reject_person(owner=make_user(), faces=face, person=ann)

    run(report)
    assert guesses().get(anns[2].pk, (None, None)) == (None, None)
    assert guesses()[anns[3].pk] == (ann.pk, ann.pk)


def test_a_face_dismissed_and_a_person_deleted_while_training_runs_have_no_guess() -> None:
    anns, bobs = people_in_photos(5, 5)
    ann, bob = make_person(), make_person("Bob")
    label(anns[:2], ann)
    label(bobs[:2], bob)

    def report(stage: str, done: int, total: int) -> None:
        if done == 3:
            Face.objects.filter(pk=anns[4].pk).delete()
            Person.objects.filter(pk=bob.pk).delete()

    run(report)
    assert anns[4].pk not in guesses()
    assert clusters_of(bobs) == {None}
    assert guesses()[anns[3].pk] == (ann.pk, ann.pk)


def test_a_label_given_while_training_runs_stays() -> None:
    (anns,) = people_in_photos(6)
    ann, bob = make_person(), make_person("Bob")
    label(anns[:2], ann)
    run(lambda stage, done, total: label(anns[2:3], bob) if done == 3 else None)
    assert Face.objects.get(pk=anns[2].pk).person == bob


def test_a_rejected_person_is_not_proposed_by_the_next_training() -> None:
    (anns,) = people_in_photos(6)
    ann = make_person()
    label(anns[:2], ann)
    run()
    reject_person(owner=make_user(), faces=Face.objects.filter(pk=anns[5].pk), person=ann)
    for classifier in ("knn", "svm"):
        run(classifier=classifier, min_probability=0.0)
        assert ann.pk not in guesses().get(anns[5].pk, ())


def test_a_face_that_was_not_the_unknown_person_is_not_proposed_when_it_has_a_name() -> None:
    (faces,) = people_in_photos(6)
    run()
    unknown = Person.objects.get(name="")
    reject_person(owner=make_user(), faces=Face.objects.filter(pk=faces[5].pk), person=unknown)
    ann = name_unknown_person(owner=make_user(), person=unknown, name="Ann")
    run(min_probability=0.0)
    assert ann.pk not in guesses().get(faces[5].pk, ())


def test_nobody_is_guessed_twice_in_a_photo_though_several_clusters_are_one_person() -> None:
    young, old = people_in_photos(4, 4)  # one person who has changed much
    ann = make_person()
    label([*young[:2], *old[:2]], ann)
    together = make_photo()
    Face.objects.filter(pk__in=[young[3].pk, old[3].pk]).update(photo=together)
    Face.objects.filter(pk=young[2].pk).update(photo=old[0].photo)  # where Ann is labelled
    run()
    stand = guesses()
    for opinion in range(2):  # by cluster, by class
        thought = [stand.get(face.pk, (None, None))[opinion] for face in (young[3], old[3])]
        assert thought.count(ann.pk) == 1
    assert ann.pk not in stand.get(young[2].pk, ())


def test_other_owners_are_left_alone() -> None:
    charlie = make_user("charlie")
    vectors, _ = made_up_people([4])
    theirs = [make_face(make_photo(make_library(charlie)), vector=vector) for vector in vectors]
    train(owner=charlie, parameters=PARAMETERS, report=no_report)
    before = guesses()
    people_in_photos(4)
    run()
    after = guesses()
    assert {face.pk: after[face.pk] for face in theirs} == before
    assert Training.objects.filter(is_current=True).count() == 2
    owners = Guess.objects.values_list("cluster_person__owner", "face__photo__library__owner")
    assert all(person == photo for person, photo in owners)


@pytest.mark.parametrize(("count", "unknown"), [(0, 0), (1, 0), (2, 1)])
def test_a_library_with_few_faces_can_be_trained(count: int, unknown: int) -> None:
    people_in_photos(count)
    training = run()
    assert training.metrics["faces"] == count
    assert training.metrics["unknown_persons"] == unknown


def test_stages_are_told_in_order() -> None:
    told: list[tuple[int, int]] = []
    run(lambda stage, done, total: told.append((done, total)))
    assert list(dict.fromkeys(told)) == [(done, 4) for done in range(5)]


@pytest.mark.django_db(transaction=True)
def test_a_rejection_waits_for_a_training_that_writes_and_then_withdraws_its_guess(
    meanwhile: Meanwhile,
) -> None:
    (anns,) = people_in_photos(5)
    ann = make_person()
    label(anns[:2], ann)
    meanwhile(
        run,
        lambda: reject_person(
            owner=make_user(), faces=Face.objects.filter(pk=anns[4].pk), person=ann
        ),
    )
    assert ann.pk not in guesses().get(anns[4].pk, ())
    assert Rejection.objects.count() == 1
    assert guesses()[anns[3].pk] == (ann.pk, ann.pk)


@pytest.mark.django_db(transaction=True)
def test_until_it_commits_a_training_is_not_seen(meanwhile: Meanwhile) -> None:
    (faces,) = people_in_photos(4)
    ann = make_person()
    make_guess(faces[0], cluster=ann)
    seen: list[dict[int, tuple[int | None, int | None]]] = []
    meanwhile(run, lambda: seen.append(guesses()))
    assert seen == [{faces[0].pk: (ann.pk, None)}]
    assert len(guesses()) == 4


def test_train_after_new_labels_does_not_cluster_again(monkeypatch: pytest.MonkeyPatch) -> None:
    faces = people_in_photos(5, 4)
    run()
    before = guesses()
    label_faces(
        owner=make_user(), faces=Face.objects.filter(pk=faces[0][0].pk), person=make_person()
    )
    monkeypatch.setattr(training_module, "cluster_faces", None)
    run()
    assert {face: guess[0] for face, guess in guesses().items() if face != faces[0][0].pk} != {}
    assert set(guesses()) >= set(before) - {faces[0][0].pk}


def test_train_clusters_again_when_a_face_was_said_not_to_belong() -> None:
    faces = people_in_photos(5)[0]
    run()
    unknown = Person.objects.get(name="")
    reject_person(owner=make_user(), faces=Face.objects.filter(pk=faces[0].pk), person=unknown)
    run()
    assert guesses().get(faces[0].pk, (None, None))[0] is None
    stored = unpack_clusters(Training.objects.get(is_current=True).clusters)
    assert stored.labels.tolist() == [-1, 0, 0, 0, 0]


def test_train_clusters_again_when_a_face_was_added(monkeypatch: pytest.MonkeyPatch) -> None:
    people_in_photos(4)
    run()
    first = Training.objects.get(is_current=True).clustered
    people_in_photos(4, seed=1)
    run()
    assert Training.objects.get(is_current=True).clustered != first
    assert not Training.objects.exclude(clustered="").exclude(is_current=True).exists()


def test_faces_below_the_least_quality_found_no_unknown_person() -> None:
    good, poorer = people_in_photos(4, 4)
    Face.objects.filter(pk__in=[face.pk for face in poorer]).update(quality=0.4)
    run(min_quality=0.3)
    assert None not in clusters_of(poorer)
    run(min_quality=0.5)
    assert clusters_of(poorer) == {None}
    assert None not in clusters_of(good)


def test_what_is_hardly_a_face_founds_nobody_even_where_no_quality_is_asked_for() -> None:
    (faces,) = people_in_photos(4)
    Face.objects.filter(pk__in=[face.pk for face in faces]).update(likelihood=0.1)
    run(min_quality=0.0)
    assert clusters_of(faces) == {None}


def test_stages_found_the_large_groups_first_and_keep_all_names() -> None:
    anns, strangers, pair = people_in_photos(6, 4, 2)
    label(anns[:2], make_person())
    before = labels()
    run(min_cluster_size=[5, 3])
    assert len(clusters_of(anns) | clusters_of(strangers)) == 2
    assert clusters_of(pair) == {None}
    assert labels() == before
