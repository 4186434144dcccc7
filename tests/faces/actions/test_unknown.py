"""What is said of unknown persons: it stays, whatever is trained, and can be taken back."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from faces.actions.labelling import label_faces, name_unknown_person
from faces.actions.undoing import undo_event
from faces.actions.unknown import hide_person, merge_people, show_person, split_person
from faces.models import Face, LabelEvent, Person, Rejection
from faces.queries import FaceFilter, Tab, faces_of_unknown, matching_faces
from tests.factories import make_face, make_guess, make_person, make_user

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
    assert set(outcome.changed) == ids(*first)
    assert outcome.person == other
    assert shown(Tab.UNKNOWN, other) == of(other) == ids(*first, *second)
    assert shown(Tab.UNKNOWN, one) == of(one) == set()
    assert shown(Tab.LABELLED) == set()


def test_merging_into_somebody_known_labels_the_faces() -> None:
    ann, (one, first) = make_person(), unknown_person(2)
    merge_people(owner=make_user(), people=[one], into=ann)
    assert shown(Tab.LABELLED, ann) == ids(*first)


def test_a_name_is_never_lost_by_a_merge() -> None:
    ann, (one, _) = make_person(), unknown_person(1)
    with pytest.raises(ValidationError, match="unknown"):
        merge_people(owner=make_user(), people=[ann], into=one)
    assert not LabelEvent.objects.exists()


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


def test_a_person_with_a_name_is_no_stranger() -> None:
    with pytest.raises(ValidationError):
        hide_person(owner=make_user(), person=make_person())


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


def test_naming_takes_all_faces_that_were_merged() -> None:
    (one, first), (other, second) = unknown_person(2), unknown_person(3)
    merge_people(owner=make_user(), people=[one], into=other)
    ann = name_unknown_person(owner=make_user(), person=other, name="Ann")
    assert shown(Tab.LABELLED, ann) == ids(*first, *second)
    assert shown(Tab.UNKNOWN) == set()
