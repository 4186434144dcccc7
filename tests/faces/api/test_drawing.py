"""Drawing faces over HTTP: works, refuses strangers, validates."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from PIL import Image
from rest_framework.test import APIClient

from faces.models import Face
from photos.models import Photo
from tests.factories import make_face, make_library, make_person, make_photo, make_user
from tests.problems import fields_of, problem_of

pytestmark = pytest.mark.django_db

BOX = {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.3}


@pytest.fixture
def photo(tmp_path: Path) -> Iterator[Photo]:
    Image.new("RGB", (600, 400), "grey").save(tmp_path / "a.jpg")
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield make_photo(make_library(path=tmp_path), path="a.jpg")


def draw(client: APIClient, on: Photo, **data: Any) -> Any:
    return client.post("/api/faces/", {"photo": on.pk, "box": BOX} | data, "json")


def test_a_face_is_drawn_named_and_undone(alice: APIClient, photo: Photo) -> None:
    answer = draw(alice, photo, name="Ann")
    assert answer.status_code == 201
    said, face = answer.json(), Face.objects.get()
    assert (said["changed"], said["person"]["name"]) == ([face.pk], "Ann")
    shown = alice.get(f"/api/faces/{face.pk}/").json()
    assert (shown["box"], shown["detector"]) == (BOX, "by-hand")
    assert alice.get(shown["crop"]).status_code == 200
    assert alice.post(f"/api/events/{said['event']}/undo/").status_code == 200
    assert not Face.objects.exists()


def test_a_face_can_be_drawn_of_a_person_and_of_nobody_yet(alice: APIClient, photo: Photo) -> None:
    ann = make_person()
    assert draw(alice, photo, person=ann.pk).json()["person"]["id"] == ann.pk
    elsewhere = draw(alice, photo, box=BOX | {"left": 0.6})
    assert (elsewhere.status_code, elsewhere.json()["person"]) == (201, None)


def test_nobody_draws_on_photos_of_others(charlie: APIClient, photo: Photo) -> None:
    assert draw(charlie, photo).status_code == 404
    assert draw(APIClient(), photo).status_code in (401, 403)
    assert not Face.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"box": BOX | {"left": 0.9}}, "box"),
        ({"box": BOX | {"width": 0.001}}, "box"),
        ({"box": {"left": 0.1}}, "box.top"),
        ({"box": BOX | {"left": "nan"}}, "box.left"),
        ({"box": None}, "box"),
        ({"photo": "a.jpg"}, "photo"),
        ({"name": ""}, "name"),
        ({"name": " "}, "name"),
        ({"person": 0}, "person"),
        ({"person": 1, "name": "Ann"}, ""),
    ],
)
def test_what_is_wrong_is_said(
    alice: APIClient, photo: Photo, wrong: dict[str, Any], field: str
) -> None:
    answer = draw(alice, photo, **wrong)
    assert answer.status_code == 400
    assert field in fields_of(answer)
    assert not Face.objects.exists()


def test_somebody_elses_person_is_refused(alice: APIClient, photo: Photo) -> None:
    stranger = make_person(owner=make_user("charlie"))
    assert draw(alice, photo, person=stranger.pk).status_code == 400


def test_a_second_box_on_a_face_is_refused(alice: APIClient, photo: Photo) -> None:
    face = make_face(photo)
    answer = draw(alice, photo, box={"left": 0.1, "top": 0.1, "width": 0.2, "height": 0.32})
    assert answer.status_code == 400
    assert str(face.pk) in problem_of(answer)["detail"]
