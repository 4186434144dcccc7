"""Groups of people: named sets of one user, used as filters."""

import pytest
from rest_framework.test import APIClient

from faces.models import PeopleGroup, Person
from tests.factories import make_face, make_group, make_guess, make_person, make_user
from tests.problems import fields_of

pytestmark = pytest.mark.django_db


def test_a_group_is_made_filled_renamed_and_deleted(alice: APIClient) -> None:
    ann, bob, cid = (make_person(name) for name in ("Ann", "Bob", "Cid"))
    made = alice.post("/api/groups/", {"name": " The  Lees ", "people": [ann.pk]}, format="json")
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], "name": "The Lees", "people": [ann.pk]}
    place = f"/api/groups/{made.json()['id']}/"
    changed = alice.patch(place, {"name": "Lees", "add": [bob.pk, cid.pk]}, format="json").json()
    assert (changed["name"], changed["people"]) == ("Lees", [ann.pk, bob.pk, cid.pk])
    assert alice.patch(place, {"remove": [ann.pk]}, format="json").json()["people"] == [
        bob.pk,
        cid.pk,
    ]
    assert alice.get("/api/groups/").json()["results"] == [alice.get(place).json()]
    assert alice.delete(place).status_code == 204
    assert Person.objects.count() == 3
    assert not PeopleGroup.objects.exists()


def test_a_name_is_once_per_owner(alice: APIClient) -> None:
    make_group(name="Family")
    make_group(name="Friends", owner=make_user("charlie"))
    refused = alice.post("/api/groups/", {"name": "FAMILY"}, format="json")
    assert refused.status_code == 400
    assert fields_of(refused) == ["name"]
    assert alice.post("/api/groups/", {"name": "Friends"}, format="json").status_code == 201


def test_only_own_people_who_have_names_come_in(alice: APIClient) -> None:
    group = make_group()
    for somebody in (make_person("", make_user()), make_person("Dan", make_user("charlie"))):
        answer = alice.patch(f"/api/groups/{group.pk}/", {"add": [somebody.pk]}, format="json")
        assert answer.status_code == 400
    assert not group.people.exists()


def test_a_group_is_a_filter_of_people_and_of_faces(alice: APIClient) -> None:
    ann, bob = make_person(), make_person("Bob")
    group = make_group(ann)
    labelled, guessed = make_face(person=ann), make_face()
    make_face(person=bob)
    make_guess(guessed, classified=ann)
    people = alice.get(f"/api/people/?group={group.pk}").json()["results"]
    assert [person["name"] for person in people] == ["Ann"]
    faces = alice.get(f"/api/faces/?group={group.pk}").json()["results"]
    assert {face["id"] for face in faces} == {labelled.pk, guessed.pk}


def test_a_strangers_group_filters_everything_out(alice: APIClient) -> None:
    ann = make_person()
    make_face(person=ann)
    theirs = make_group(owner=make_user("charlie"))
    theirs.people.add(ann)
    assert alice.get(f"/api/people/?group={theirs.pk}").json()["results"] == []
    assert alice.get(f"/api/faces/?group={theirs.pk}").json()["results"] == []
