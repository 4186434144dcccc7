import json
from pathlib import Path

import pytest
from PIL import Image
from rest_framework.test import APIClient

from photos.models import Library
from project.jobs.models import Job
from project.jobs.running import execute
from tests.factories import make_face, make_library, make_person, make_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(alice: APIClient, tmp_path: Path) -> Library:
    Image.new("RGB", (60, 40)).save(tmp_path / "a.jpg")
    status = (tmp_path / "a.jpg").stat()
    stamps = {"size": status.st_size, "modified_ns": status.st_mtime_ns}
    library = make_library(path=tmp_path)
    for path in ("a.jpg", "gone.jpg"):
        make_face(make_photo(library, path=path, **stamps), person=make_person(path))
    return library


def test_names_are_written_by_a_job(alice: APIClient, library: Library, tmp_path: Path) -> None:
    answer = alice.post("/api/names/write/", {"library": library.pk}, format="json")
    assert answer.status_code == 202
    execute(answer.data["id"])
    job = Job.objects.get()
    assert (job.state, job.done, job.total, job.failed) == (Job.State.DONE, 2, 2, 1)
    assert job.items.get().name == "gone.jpg"
    assert (tmp_path / "a.jpg.xmp").exists()


def test_a_folder_that_cannot_be_written_in_is_refused_at_once(alice: APIClient) -> None:
    answer = alice.post(
        "/api/names/write/", {"library": make_library(path="/proc").pk}, format="json"
    )
    assert answer.status_code == 400
    assert "Kith may not write in /proc" in str(answer.data)


def test_strangers_write_nothing(charlie: APIClient, library: Library, tmp_path: Path) -> None:
    assert (
        charlie.post("/api/names/write/", {"library": library.pk}, format="json").status_code == 404
    )
    assert (
        APIClient().post("/api/names/write/", {"library": library.pk}, format="json").status_code
        == 401
    )
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]


def test_the_export_is_of_the_user_alone(alice: APIClient, charlie: APIClient) -> None:
    make_face(person=make_person("Ann"))

    def people(client: APIClient) -> list[str]:
        answer = client.get("/api/export/")
        assert "attachment" in answer["Content-Disposition"]
        told = json.loads(answer.getvalue())
        return [each["name"] for each in told["people"]]

    assert people(alice) == ["Ann"]
    assert people(charlie) == []
    assert APIClient().get("/api/export/").status_code == 401
