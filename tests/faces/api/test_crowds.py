"""Many people at once in the API."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from faces.models import Face, LabelEvent, Person
from project.audit.models import AuditEntry
from tests.factories import make_face, make_guess, make_person, make_user
from tests.problems import fields_of

pytestmark = pytest.mark.django_db

CHANGE, DELETE = "/api/people/change/", "/api/people/delete/"


def told(client: APIClient, address: str, *people: Person | int, **body: Any) -> Any:
    ids = [each if isinstance(each, int) else each.pk for each in people]
    answer = client.post(address, {"people": ids, **body}, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_people_become_favourites_with_an_event_for_each_that_can_be_undone(
    alice: APIClient,
) -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    done = told(alice, CHANGE, ann, bob, is_favourite=True)
    assert (done["changed"], done["skipped"]) == ([ann.pk, bob.pk], [])
    assert done["events"] == list(LabelEvent.objects.order_by("pk").values_list("pk", flat=True))
    assert Person.objects.filter(is_favourite=True).count() == 2
    assert alice.post(f"/api/events/{done['events'][1]}/undo/").status_code == 200
    assert list(Person.objects.filter(is_favourite=True)) == [ann]


def test_who_cannot_be_changed_is_skipped_with_a_reason_and_the_others_are_changed(
    alice: APIClient,
) -> None:
    ann, unknown, strange = make_person(), make_person(""), make_person("Zoe", make_user("charlie"))
    fan = make_person("Fan")
    Person.objects.filter(pk=fan.pk).update(is_favourite=True)
    done = told(alice, CHANGE, unknown, ann, ann, fan, strange, 2**70, is_favourite=True)
    assert done["changed"] == [ann.pk]
    assert done["skipped"] == [
        {"person": unknown.pk, "reason": "Give this unknown person a name first."},
        {"person": fan.pk, "reason": "There is nothing to change."},
        {"person": strange.pk, "reason": "There is no such person."},
        {"person": 2**70, "reason": "There is no such person."},
    ]
    assert not Person.objects.get(pk=strange.pk).is_favourite
    assert LabelEvent.objects.count() == 1


def test_a_person_is_changed_as_a_whole_or_not_at_all(alice: APIClient) -> None:
    unknown = make_person("")
    done = told(alice, CHANGE, unknown, is_favourite=True, is_hidden=True)
    assert (done["changed"], done["events"]) == ([], [])
    assert not Person.objects.get().is_hidden
    assert not LabelEvent.objects.exists()


def test_strangers_are_hidden_with_their_faces_and_shown_again(alice: APIClient) -> None:
    strangers = [make_person(""), make_person("")]
    for stranger in strangers:
        make_guess(make_face(), cluster=stranger)
    ids = [each.pk for each in strangers]
    assert told(alice, CHANGE, *strangers, is_hidden=True)["changed"] == ids
    assert alice.get("/api/people/?kind=unknown").json()["results"] == []
    assert set(Face.objects.values_list("person", flat=True)) == set(ids)
    assert told(alice, CHANGE, *strangers, is_hidden=False)["changed"] == ids
    assert not Person.objects.filter(is_hidden=True).exists()


@pytest.mark.parametrize(("left", "faces"), [("unlabelled", 2), ("dismissed", 0)])
def test_people_are_deleted_and_come_back_one_by_one(
    alice: APIClient, left: str, faces: int
) -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    make_face(person=ann)
    make_face(person=bob)
    done = told(alice, DELETE, ann, bob, 0, left=left)
    assert done["changed"] == [ann.pk, bob.pk]
    assert done["skipped"] == [{"person": 0, "reason": "There is no such person."}]
    assert (Person.objects.count(), Face.objects.count()) == (0, faces)
    subjects = set(AuditEntry.objects.filter(verb="deleted").values_list("subject", flat=True))
    assert subjects == {f"person {ann.pk}", f"person {bob.pk}"}
    assert alice.post(f"/api/events/{done['events'][0]}/undo/").status_code == 200
    assert [person.name for person in Person.objects.all()] == ["Ann"]


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        (CHANGE, {"people": [1]}, ""),
        (CHANGE, {"people": [], "is_hidden": True}, "people"),
        (CHANGE, {"people": [1], "is_hidden": "perhaps"}, "is_hidden"),
        (DELETE, {"people": [1], "left": "alone"}, "left"),
        (DELETE, {}, "people"),
        (DELETE, {"people": [1] * 1001}, "people"),
    ],
)
def test_bad_input_is_refused_by_the_name_of_its_field(
    alice: APIClient, address: str, body: dict[str, Any], field: str
) -> None:
    answer = alice.post(address, body, format="json")
    assert answer.status_code == 400
    assert fields_of(answer) == [field]
