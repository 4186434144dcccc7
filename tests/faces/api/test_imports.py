"""Taking over people from other programs by the API."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from faces.actions.imports import keep_file, kept_file
from faces.exports import exported
from faces.jobs.names import start_import
from faces.models import Face, Person
from faces.recognition.geometry import Box
from project.jobs.controlling import cancel_job, pause_job, resume_job
from project.jobs.models import Job
from project.jobs.run import JobCancelled
from project.jobs.running import execute
from tests.factories import make_face, make_library, make_person, make_photo, make_user
from tests.problems import fields_of

pytestmark = pytest.mark.django_db
IMPORTS = "/api/imports/"
HERE = Box(0.1, 0.1, 0.2, 0.3)
MARKER = {"UID": "m", "Type": "face", "Name": "Ann", "X": 0.1, "Y": 0.1, "W": 0.2, "H": 0.3}


@pytest.fixture(autouse=True)
def uploads(settings: Any, tmp_path: Any) -> None:
    settings.UPLOADS_ROOT = tmp_path


def photoprism(*paths: str) -> str:
    return json.dumps(
        [{"UID": "p", "Files": [{"Name": path, "Markers": [MARKER]}]} for path in paths]
    )


def send(client: APIClient, program: str, text: str, **more: Any) -> Any:
    file = SimpleUploadedFile("people.json", text.encode())
    return client.post(IMPORTS, {"program": program, "file": file, **more}, format="multipart")


def test_people_of_another_program_are_taken_over_by_a_job(alice: APIClient) -> None:
    face = make_face(make_photo(path="a.jpg"), box=HERE)
    answer = send(alice, "photoprism", photoprism("a.jpg", "gone.jpg"))
    assert (answer.status_code, answer.data["kind"]) == (202, "import")
    execute(answer.data["id"])
    job = Job.objects.get(pk=answer.data["id"])
    assert (job.state, job.done, job.skipped) == (Job.State.DONE, 1, 1)
    assert "faces labelled: 1" in job.stage
    assert [(item.name, item.reason) for item in job.items.all()] == [
        ("gone.jpg", "This photo is not here.")
    ]
    assert Face.objects.get(pk=face.pk).person == Person.objects.get(name="Ann")
    assert not kept_file(job.parameters["file"]).exists()


def test_an_export_of_kith_is_taken_over(alice: APIClient) -> None:
    make_face(make_photo(path="a.jpg"), person=make_person("Ann"))
    text = "".join(exported(make_user()))
    Person.objects.all().delete()
    execute(send(alice, "kith", text).data["id"])
    assert [face.person.name for face in Face.objects.all() if face.person] == ["Ann"]


@pytest.mark.parametrize(("program", "text"), [("kith", "[]"), ("immich", "{"), ("kith", "\0")])
def test_what_is_no_such_file_fails_with_a_reason(
    alice: APIClient, program: str, text: str
) -> None:
    execute(send(alice, program, text).data["id"])
    job = Job.objects.get()
    assert (job.state, job.error.startswith("This is no ")) == (Job.State.FAILED, True)
    assert not kept_file(job.parameters["file"]).exists()


def test_one_import_waits_for_the_other(alice: APIClient) -> None:
    first = send(alice, "photoprism", "[]").data
    answer = send(alice, "photoprism", "[]")
    assert answer.status_code == 400
    assert "under way" in str(answer.data)
    assert [file.name for file in kept_file("any").parent.iterdir()] == [
        first["parameters"]["file"]
    ]


def test_a_cancelled_import_changes_nothing() -> None:
    make_face(make_photo(path="a.jpg"), box=HERE)
    file = keep_file([photoprism("a.jpg").encode()])
    owner = make_user()
    job = start_import(
        requested_by=owner, owner=owner, program="photoprism", library=None, file=file
    )
    cancel_job(job)
    execute(job.pk)
    assert not Person.objects.exists()


def test_an_import_that_is_paused_keeps_its_file(
    alice: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    face = make_face(make_photo(path="a.jpg"), box=HERE)
    job = Job.objects.get(pk=send(alice, "photoprism", photoprism("a.jpg")).data["id"])
    with monkeypatch.context() as interrupted:

        def pause(**_: Any) -> None:
            pause_job(job)
            raise JobCancelled

        interrupted.setattr("faces.jobs.names.import_people", pause)
        execute(job.pk)
    resume_job(job)
    execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.DONE, "")
    assert Face.objects.get(pk=face.pk).person == Person.objects.get(name="Ann")


def test_what_is_too_large_is_refused(alice: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("faces.api.imports.MOST_MB_OF_OTHERS", 0)
    answer = send(alice, "immich", "[]")
    assert fields_of(answer) == ["file"]
    assert send(alice, "elsewhere", "[]").status_code == 400


def test_others_are_imported_for_by_staff_only(alice: APIClient, charlie: APIClient) -> None:
    library = make_library()
    assert send(charlie, "photoprism", "[]", user="alice").status_code == 403
    assert send(charlie, "photoprism", "[]", library=library.pk).status_code == 404
    assert APIClient().post(IMPORTS).status_code == 401
    client = APIClient()
    client.force_login(make_user("boss", is_staff=True))
    assert send(client, "photoprism", "[]", user="nobody").status_code == 400
    answer = send(client, "photoprism", "[]", user="alice", library=library.pk)
    assert answer.data["parameters"]["owner"] == make_user("alice").pk
