"""The history in the API: one's own alone, and each event undone once."""

import pytest
from rest_framework.test import APIClient

from faces.models import Face
from tests.faces.api.test_faces import all_pages
from tests.factories import make_face, make_person, make_photo

pytestmark = pytest.mark.django_db


def test_an_action_tells_what_can_be_undone_and_undoing_it_says_what_came_of_it(
    alice: APIClient,
) -> None:
    face = make_face(make_photo())
    said = alice.post("/api/faces/label/", {"faces": [face.pk], "name": "Ann"}, "json").json()
    [event] = all_pages(alice, "/api/events/")
    assert (event["id"], event["verb"], event["can_be_undone"]) == (said["event"], "label", True)
    answer = alice.post(f"/api/events/{event['id']}/undo/")
    assert (answer.status_code, answer.json()["changed"]) == (200, [face.pk])
    assert Face.objects.get().person is None
    undo, undone = all_pages(alice, "/api/events/")
    assert (undo["verb"], undo["undoes"], undo["can_be_undone"]) == ("undo", undone["id"], False)
    assert (undone["undone_by"], undone["can_be_undone"]) == (undo["id"], False)
    assert alice.post(f"/api/events/{event['id']}/undo/").status_code == 400


def test_an_action_that_changes_nothing_is_no_event(alice: APIClient) -> None:
    face = make_face(make_photo(), person=make_person("Ann"))
    said = alice.post("/api/faces/label/", {"faces": [face.pk], "name": "Ann"}, "json").json()
    assert said["event"] is None


def test_strangers_undo_nothing(alice: APIClient, charlie: APIClient) -> None:
    face = make_face(make_photo())
    said = alice.post("/api/faces/label/", {"faces": [face.pk], "name": "Ann"}, "json").json()
    assert charlie.post(f"/api/events/{said['event']}/undo/").status_code == 404
    assert all_pages(charlie, "/api/events/") == []
    assert Face.objects.get().person is not None
