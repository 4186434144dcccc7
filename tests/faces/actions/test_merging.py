"""What is said of unknown persons: it stays, whatever is trained, and can be taken back."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from faces.actions.deleting import delete_person
from faces.actions.hiding import hide_person, show_person
from faces.actions.labelling import label_faces, name_unknown_person, reject_person
from faces.actions.merging import merge_people, split_person
from faces.actions.people import change_person, facts_of
from faces.actions.undoing import undo_event
from faces.models import Face, Guess, LabelEvent, Person, Rejection
from faces.queries import FaceFilter, Tab, matching_faces
from faces.queries.people import faces_of_unknown
from tests.factories import make_face, make_group, make_guess, make_person, make_user

pytestmark = pytest.mark.django_db


def these(*faces: Face) -> QuerySet[Face]:
    return Face.objects.filter(pk__in=[face.pk for face in faces])


def unknown_person(faces: int) -> tuple[Person, list[Face]]:
    person = make_person("")
    made = [make_face() for _ in range(faces)]
    for face in made:
        make_guess(face, cluster=person)
    return person, made


def shown(tab: str, person: Person | None = None) -> set[int]:
    wanted = FaceFilter(tab=tab, person=person.pk if person else None)
    return set(matching_faces(make_user(), wanted).values_list("pk", flat=True))


def ids(*faces: Face) -> set[int]:
    return {face.pk for face in faces}


def of(person: Person) -> set[int]:
    return set(faces_of_unknown(make_user(), [person]).values_list("pk", flat=True))


def test_merged_unknown_persons_are_shown_as_one() -> None:
    (one, first), (other, second) = unknown_person(2), unknown_person(3)
    outcome = merge_people(owner=make_user(), people=[one], into=other)
    assert set(outcome.changed) == ids(*first, *second)
    assert outcome.person == other
    assert shown(Tab.UNKNOWN, other) == of(other) == ids(*first, *second)
    assert shown(Tab.UNKNOWN, one) == of(one) == set()
    assert shown(Tab.LABELLED) == set()


def test_merging_into_somebody_known_labels_the_faces() -> None:
    ann, (one, first) = make_person(), unknown_person(2)
    merge_people(owner=make_user(), people=[one], into=ann)
    assert shown(Tab.LABELLED, ann) == ids(*first)


def test_somebody_known_is_not_merged_into_somebody_unknown() -> None:
    ann, (one, _) = make_person(), unknown_person(1)
    with pytest.raises(ValidationError, match="who has a name"):
        merge_people(owner=make_user(), people=[ann], into=one)
    assert not LabelEvent.objects.exists()


def known(name: str, **facts: Any) -> Person:
    person = make_person(name)
    make_face(person=person)
    return change_person(owner=make_user(), person=person, **facts) if facts else person


def people_now() -> list[Any]:
    return [
        list(Face.objects.order_by("pk").values_list("pk", "person")),
        list(Rejection.objects.order_by("face", "person").values_list("face", "person")),
        [(person.pk, facts_of(person)) for person in Person.objects.order_by("pk")],
    ]


def test_two_people_of_one_name_become_one_who_is_found_by_both() -> None:
    ann = known("Ann", aliases=["Annie"])
    twin = known("Anna L.", birth_date=date(2001, 2, 3), is_favourite=True)
    unknown, faces = unknown_person(2)
    guess = make_guess(make_face(), classified=twin)
    merge_people(owner=make_user(), people=[twin, unknown], into=ann)
    again = Person.objects.get(pk=ann.pk)
    assert again.aliases == ["Annie", "Anna L."]
    assert (again.birth_date, again.is_favourite) == (date(2001, 2, 3), True)
    assert len(shown(Tab.LABELLED, ann)) == 2 + len(faces)
    assert not Person.objects.filter(pk=twin.pk).exists()
    guess.refresh_from_db()
    assert guess.class_person == ann


def test_who_is_not_the_one_is_not_the_other_after_a_merge() -> None:
    ann, twin, face = known("Ann"), known("Anna"), make_face()
    Rejection.objects.create(face=face, person=twin)
    guess = make_guess(face, classified=ann)
    merge_people(owner=make_user(), people=[twin], into=ann)
    assert Rejection.objects.get().person == ann
    guess.refresh_from_db()
    assert guess.class_person is None


def test_a_merge_of_known_people_is_undone_days_later() -> None:
    ann, twin = known("Ann", aliases=["Annie"]), known("Anna", birth_date=date(2001, 2, 3))
    unknown_person(1)
    face = make_face()
    Rejection.objects.create(face=face, person=twin)
    before = people_now()
    merge_people(owner=make_user(), people=[twin], into=ann)
    event = LabelEvent.objects.first()
    assert event is not None
    bob = known("Bob")
    label_faces(owner=make_user(), faces=these(make_face()), person=bob)
    after_the_merge = people_now()
    undo_event(owner=make_user(), event=event)
    now = people_now()
    assert now != after_the_merge
    for kind_before, kind_now in zip(before, now, strict=True):
        assert [each for each in kind_now if each in kind_before] == kind_before


def test_faces_that_were_named_anew_since_a_merge_keep_their_name() -> None:
    ann, twin, bob = known("Ann"), known("Anna"), known("Bob")
    face = Face.objects.get(person=twin)
    merge_people(owner=make_user(), people=[twin], into=ann)
    event = LabelEvent.objects.first()
    assert event is not None
    label_faces(owner=make_user(), faces=these(face), person=bob)
    outcome = undo_event(owner=make_user(), event=event)
    assert [pk for pk, _ in outcome.skipped] == [face.pk]
    assert Face.objects.get(pk=face.pk).person == bob
    assert Person.objects.filter(pk=twin.pk, name="Anna").exists()


def test_faces_of_somebody_known_are_split_off_too() -> None:
    ann = known("Ann")
    wrong = make_face(person=ann)
    outcome = split_person(owner=make_user(), faces=these(wrong), person=ann)
    assert outcome.person is not None
    assert shown(Tab.UNKNOWN, outcome.person) == ids(wrong)
    assert Rejection.objects.get(face=wrong).person == ann
    assert len(shown(Tab.LABELLED, ann)) == 1


def test_split_faces_are_somebody_else_and_stay_apart() -> None:
    person, faces = unknown_person(4)
    outcome = split_person(owner=make_user(), faces=these(*faces[:2]), person=person)
    somebody = outcome.person
    assert somebody is not None
    assert not somebody.name
    assert shown(Tab.UNKNOWN, somebody) == ids(*faces[:2])
    assert shown(Tab.UNKNOWN, person) == ids(*faces[2:])
    assert set(Rejection.objects.values_list("face", "person")) == {
        (face.pk, person.pk) for face in faces[:2]
    }


def test_only_faces_of_the_person_are_split_off() -> None:
    person, _ = unknown_person(1)
    stranger = make_face()
    outcome = split_person(owner=make_user(), faces=these(stranger), person=person)
    assert outcome.changed == []
    assert [pk for pk, _ in outcome.skipped] == [stranger.pk]
    assert Person.objects.get() == person


def test_a_hidden_stranger_is_out_of_sight_until_shown_again() -> None:
    person, faces = unknown_person(2)
    hide_person(owner=make_user(), person=person)
    assert (shown(Tab.UNKNOWN), shown(Tab.HIDDEN)) == (set(), ids(*faces))
    show_person(owner=make_user(), person=Person.objects.get())
    assert (shown(Tab.UNKNOWN), shown(Tab.HIDDEN)) == (ids(*faces), set())


def test_somebody_known_is_hidden_by_one_word_alone() -> None:
    ann = known("Ann")
    hide_person(owner=make_user(), person=ann)
    assert Person.objects.get().is_hidden
    assert len(shown(Tab.LABELLED, ann)) == 1


def test_hiding_somebody_known_makes_no_labels_of_guesses() -> None:
    ann, face = known("Ann"), make_face()
    make_guess(face, cluster=ann)
    hide_person(owner=make_user(), person=ann)
    assert Face.objects.get(pk=face.pk).person is None


def test_who_is_not_the_one_unknown_person_is_not_the_other_after_a_merge() -> None:
    (one, _), (other, _), face = unknown_person(2), unknown_person(3), make_face()
    Rejection.objects.create(face=face, person=one)
    merge_people(owner=make_user(), people=[one], into=other)
    assert Rejection.objects.filter(face=face, person=other).exists()


def test_the_guesses_go_with_a_merge_and_come_back_with_its_undoing() -> None:
    ann, twin = known("Ann"), known("Anna")
    guess = make_guess(make_face(), classified=ann)
    Guess.objects.update(runner_up=twin, runner_up_probability=0.2)
    other = make_guess(make_face(), cluster=twin, classified=twin)
    before = list(Guess.objects.order_by("pk").values())
    merge_people(owner=make_user(), people=[twin], into=ann)
    guess.refresh_from_db()
    other.refresh_from_db()
    assert (guess.class_person, guess.runner_up) == (ann, None)
    assert (other.cluster_person, other.class_person) == (ann, ann)
    event = LabelEvent.objects.first()
    assert event is not None
    undo_event(owner=make_user(), event=event)
    assert list(Guess.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("act", ["label", "reject", "merge", "split", "change", "delete"])
def test_of_somebody_who_has_gone_since_nothing_is_said(act: str) -> None:
    owner, (other, faces) = make_user(), unknown_person(1)
    gone = Person.objects.get(pk=make_person("Gone").pk)
    Person.objects.filter(pk=gone.pk).delete()
    acts: dict[str, Callable[[], object]] = {
        "label": lambda: label_faces(owner=owner, faces=these(*faces), person=gone),
        "reject": lambda: reject_person(owner=owner, faces=these(*faces), person=gone),
        "merge": lambda: merge_people(owner=owner, people=[other], into=gone),
        "split": lambda: split_person(owner=owner, faces=these(*faces), person=gone),
        "change": lambda: change_person(owner=owner, person=gone, name="Ann"),
        "delete": lambda: delete_person(owner=owner, person=gone),
    }
    with pytest.raises(ValidationError, match="no longer there"):
        acts[act]()
    assert not LabelEvent.objects.exists()


def test_hiding_twice_is_refused() -> None:
    person, _ = unknown_person(1)
    hide_person(owner=make_user(), person=person)
    with pytest.raises(ValidationError):
        hide_person(owner=make_user(), person=person)
    assert LabelEvent.objects.count() == 1


@pytest.mark.parametrize("act", ["merge", "split", "hide", "show", "name"])
def test_what_is_undone_is_as_it_was(act: str) -> None:
    owner, (person, faces), (other, _) = make_user(), unknown_person(3), unknown_person(1)
    if act == "show":
        hide_person(owner=owner, person=person)
    refused = make_face()
    Rejection.objects.create(face=refused, person=person)

    def state() -> list[Any]:
        people = Person.objects.filter(pk__in=[person.pk, other.pk]).order_by("pk")
        return [
            list(Face.objects.order_by("pk").values_list("pk", "person")),
            list(Rejection.objects.order_by("pk").values_list("face", "person")),
            list(people.values_list("pk", "name", "is_hidden")),
            list(Guess.objects.order_by("pk").values_list("cluster_person", "cluster_probability")),
        ]

    before, person = state(), Person.objects.get(pk=person.pk)
    if act == "merge":
        merge_people(owner=owner, people=[person], into=other)
    elif act == "split":
        split_person(owner=owner, faces=these(faces[0]), person=person)
    elif act == "hide":
        hide_person(owner=owner, person=person)
    elif act == "show":
        show_person(owner=owner, person=person)
    else:
        label_faces(owner=owner, faces=these(*faces), name="Ann")
        assert Rejection.objects.filter(face=refused).count() == 2
    assert state() != before
    event = LabelEvent.objects.first()
    assert event is not None
    undo_event(owner=owner, event=event)
    assert state() == before


def test_who_is_not_the_unknown_person_is_not_the_named_one_though_some_face_is_somebody() -> None:
    (person, faces), refused = unknown_person(2), make_face()
    make_guess(make_face(), cluster=person, classified=known("Bob"))
    Rejection.objects.create(face=refused, person=person)
    ann = name_unknown_person(owner=make_user(), person=person, name="Ann")
    assert shown(Tab.LABELLED, ann) == ids(*faces)
    assert Rejection.objects.filter(face=refused, person=ann).exists()


def test_naming_takes_all_faces_that_were_merged() -> None:
    (one, first), (other, second) = unknown_person(2), unknown_person(3)
    merge_people(owner=make_user(), people=[one], into=other)
    ann = name_unknown_person(owner=make_user(), person=other, name="Ann")
    assert shown(Tab.LABELLED, ann) == ids(*first, *second)
    assert shown(Tab.UNKNOWN) == set()


def test_groups_take_over_who_was_merged_and_an_undo_takes_it_back() -> None:
    ann, twin = known("Ann"), known("Anna")
    family, team = make_group(ann, twin, name="Family"), make_group(twin, name="Team")
    merge_people(owner=make_user(), people=[twin], into=ann)
    assert list(team.people.all()) == [ann]
    event = LabelEvent.objects.first()
    assert event is not None
    undo_event(owner=make_user(), event=event)
    assert set(family.people.all()) == {ann, twin}
    assert list(team.people.all()) == [twin]


def test_a_merge_is_undone_though_the_person_got_other_names_since() -> None:
    ann, twin, third = known("Ann", aliases=["Annie"]), known("Anna"), known("Antje")
    merge_people(owner=make_user(), people=[twin], into=ann)
    event = LabelEvent.objects.first()
    merge_people(owner=make_user(), people=[third], into=ann)
    change_person(owner=make_user(), person=ann, aliases=["Annie", "Anna", "Antje", "Nan"])
    assert event is not None
    undo_event(owner=make_user(), event=event)
    ann.refresh_from_db()
    assert ann.aliases == ["Annie", "Antje", "Nan"]
    assert Person.objects.get(pk=twin.pk).name == "Anna"
