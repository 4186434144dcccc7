"""What was dismissed, over HTTP: listed, brought back, and none of a stranger's business."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from faces.models import Dismissal, Face
from tests.faces.api.test_faces import all_pages
from tests.factories import make_face, make_photo, make_user

pytestmark = pytest.mark.django_db


def make_dismissals(count: int) -> list[int]:
    """Dismissals of Alice's, each in a photo of its own; return their ids, the latest first."""
    return [
        Dismissal.objects.create(
            photo=make_photo(), left=0.1, top=0.2, width=0.3, height=0.3, detector="dlib-hog"
        ).pk
        for _ in range(count)
    ][::-1]


def restore(client: APIClient, *ids: Any) -> Any:
    return client.post("/api/dismissals/restore/", {"dismissals": ids}, "json")


def test_a_deleted_face_is_listed_with_its_place_and_nothing_else_of_it(alice: APIClient) -> None:
    face = make_face(make_photo())
    alice.post("/api/faces/dismiss/", {"faces": [face.pk]}, "json")
    [shown] = all_pages(alice, "/api/dismissals/")
    assert shown["photo"] == face.photo_id
    assert shown["box"] == {"left": 0.1, "top": 0.1, "width": 0.2, "height": 0.3}
    assert shown["thumbnail"] == face.photo.thumbnail_url
    assert (shown["width"], shown["height"]) == (600, 400)
    assert alice.get(f"/api/dismissals/{shown['id']}/").json() == shown


def test_pages_come_latest_first_and_meet(alice: APIClient) -> None:
    ids = make_dismissals(5)
    assert [each["id"] for each in all_pages(alice, "/api/dismissals/?limit=2")] == ids


def test_as_many_queries_for_many_as_for_few(
    alice: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (2, 20):
        make_dismissals(count)
        with django_assert_num_queries(3):  # session, user, rows with their photos
            alice.get("/api/dismissals/")


def test_what_is_brought_back_is_a_face_again(alice: APIClient) -> None:
    latest, other = make_dismissals(2)
    said = restore(alice, latest).json()
    assert said["changed"] == [Face.objects.get().pk]
    assert [each["id"] for each in all_pages(alice, "/api/dismissals/")] == [other]
    assert alice.post(f"/api/events/{said['event']}/undo/").status_code == 200
    assert not Face.objects.exists()


def test_what_is_not_there_is_skipped(alice: APIClient) -> None:
    [known] = make_dismissals(1)
    said = restore(alice, known, known + 1).json()
    assert len(said["changed"]) == 1
    assert said["skipped"] == [{"face": known + 1, "reason": "There is no such dismissal."}]


@pytest.mark.parametrize("ids", [[], ["a"], [None], "1"])
def test_what_is_no_list_of_ids_is_refused(alice: APIClient, ids: Any) -> None:
    answer = alice.post("/api/dismissals/restore/", {"dismissals": ids}, "json")
    assert answer.status_code == 400
    assert alice.post("/api/dismissals/restore/", {}, "json").status_code == 400


def test_strangers_see_and_bring_back_nothing(alice: APIClient, charlie: APIClient) -> None:
    [pk] = make_dismissals(1)
    assert all_pages(charlie, "/api/dismissals/") == []
    assert charlie.get(f"/api/dismissals/{pk}/").status_code == 404
    assert restore(charlie, pk).json()["changed"] == []
    assert Dismissal.objects.filter(photo__library__owner=make_user()).count() == 1
    assert APIClient().get("/api/dismissals/").status_code in (401, 403)
