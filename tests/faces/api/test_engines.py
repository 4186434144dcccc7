"""Engines in the API: everybody sees them, staff changes them."""

from pathlib import Path

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from faces.models import EngineChoice
from faces.queries.engines import engine_in_force
from project.jobs.models import Job
from tests.factories import make_face, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def weights(settings: Settings, tmp_path: Path) -> Path:
    settings.WEIGHTS_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def staff() -> APIClient:
    client = APIClient()
    client.force_authenticate(make_user("admin", is_staff=True))
    return client


def states(client: APIClient) -> dict[str, str]:
    return {each["name"]: each["state"] for each in client.get("/api/engines/").json()}


def test_everybody_sees_what_engines_there_are(alice: APIClient) -> None:
    engines = {each["name"]: each for each in alice.get("/api/engines/").json()}
    assert engines["dlib-hog"]["state"] == "in-force"
    assert engines["dlib-cnn"]["state"] == "available"
    assert (engines["dlib-hog"]["download_bytes"], engines["dlib-hog"]["licences"]) == (0, [])
    sface = engines["yunet-sface"]
    assert sface["recommended"]
    assert sface["commercial"]
    assert sface["licences"] == ["Apache-2.0", "MIT"]
    assert sface["download_bytes"] == 38_696_353 + 232_589
    assert not engines["buffalo-l"]["commercial"]
    assert not engines["buffalo-s-int8"]["downloadable"]


@pytest.mark.parametrize("action", ["prepare", "switch"])
def test_only_staff_may_change_the_engine(alice: APIClient, action: str) -> None:
    EngineChoice.objects.create(name="dlib-cnn", state=EngineChoice.State.READY)
    assert alice.post(f"/api/engines/dlib-cnn/{action}/").status_code == 403
    assert alice.delete("/api/engines/dlib-cnn/").status_code == 403
    assert EngineChoice.objects.get().state == EngineChoice.State.READY
    assert not Job.objects.exists()


def test_preparing_starts_one_job(staff: APIClient) -> None:
    make_face()
    first = staff.post("/api/engines/dlib-cnn/prepare/", {"take_when_ready": True}, "json")
    assert (first.status_code, first.json()["kind"]) == (202, "prepare")
    again = staff.post("/api/engines/dlib-cnn/prepare/")
    assert again.json()["id"] == first.json()["id"]
    assert states(staff)["dlib-cnn"] == "preparing"
    assert engine_in_force() == "dlib-hog"


def test_without_faces_what_is_taken_is_in_force_at_once(staff: APIClient) -> None:
    answer = staff.post("/api/engines/dlib-cnn/prepare/", {"take_when_ready": True}, "json")
    assert answer.status_code == 204
    assert states(staff)["dlib-cnn"] == "in-force"


def test_weights_that_nobody_publishes_are_to_be_put_in_place_by_hand(staff: APIClient) -> None:
    answer = staff.post("/api/engines/buffalo-s-int8/prepare/")
    assert answer.status_code == 400
    assert "manage.py engines take" in answer.content.decode()
    assert not Job.objects.exists()


def test_an_engine_that_the_environment_names_is_changed_there(
    staff: APIClient, settings: Settings
) -> None:
    settings.KITH_ENGINE = "dlib-hog"
    answer = staff.post("/api/engines/dlib-cnn/prepare/")
    assert (answer.status_code, "KITH_ENGINE" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("name", ["mtcnn", "dlib-hog"])
def test_no_engine_and_the_one_in_force_cannot_be_prepared(staff: APIClient, name: str) -> None:
    assert staff.post(f"/api/engines/{name}/prepare/").status_code == 400


def test_an_engine_can_be_forgotten_unless_it_is_in_force(staff: APIClient) -> None:
    EngineChoice.objects.create(name="dlib-cnn", state=EngineChoice.State.READY)
    EngineChoice.objects.create(name="dlib-hog", state=EngineChoice.State.IN_FORCE)
    assert staff.delete("/api/engines/dlib-cnn/").status_code == 204
    assert staff.delete("/api/engines/dlib-hog/").status_code == 400
    assert staff.delete("/api/engines/yunet-sface/").status_code == 404
    assert [each.name for each in EngineChoice.objects.all()] == ["dlib-hog"]
