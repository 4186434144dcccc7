"""Evaluations in the API, and the conflicts of labels."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from faces.jobs.training import evaluate_step
from faces.models import Rejection
from faces.queries.conflicts import label_conflicts
from project.jobs.models import Job
from project.jobs.run import JobCancelled
from tests.embeddings import made_up_people
from tests.faces.api.test_faces import all_pages
from tests.faces.api.test_trainings import run_of
from tests.factories import make_evaluation, make_face, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db


def test_posting_starts_one_job_and_answers_with_it_until_it_has_ended(alice: APIClient) -> None:
    first = alice.post("/api/evaluations/")
    assert first.status_code == 202
    assert (first.json()["kind"], first.json()["title"]) == ("evaluate", "Evaluation")
    again = alice.post("/api/evaluations/")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


def test_it_runs_beside_a_training(alice: APIClient) -> None:
    assert alice.post("/api/trainings/").status_code == 202
    assert alice.post("/api/evaluations/").status_code == 202


def test_the_job_evaluates_with_the_parameters_that_it_was_started_with(alice: APIClient) -> None:
    ann = make_person()
    for vector in made_up_people([4])[0]:
        make_face(vector=vector, person=ann)
    job = Job.objects.get(pk=alice.post("/api/evaluations/").json()["id"])
    evaluate_step(run_of(job))
    (shown,) = all_pages(alice, "/api/evaluations/")
    assert shown["parameters"] == job.parameters
    assert shown["report"]["labels"] == 4
    assert shown["report"]["hold_out"]["labels"] == 4
    job.refresh_from_db()
    assert job.done == job.total > 0


def test_a_cancelled_job_leaves_nothing(alice: APIClient) -> None:
    job = Job.objects.get(pk=alice.post("/api/evaluations/").json()["id"])
    run = run_of(job)
    alice.post(f"/api/jobs/{job.pk}/cancel/")
    with pytest.raises(JobCancelled):
        evaluate_step(run)
    assert alice.get("/api/evaluations/").json()["results"] == []


def test_the_newest_comes_first(alice: APIClient) -> None:
    old, new = make_evaluation(), make_evaluation()
    assert [each["id"] for each in all_pages(alice, "/api/evaluations/")] == [new.pk, old.pk]
    assert alice.get(f"/api/evaluations/{old.pk}/").json()["id"] == old.pk


def test_a_stranger_sees_none_and_nobody_changes_one(alice: APIClient, charlie: APIClient) -> None:
    address = f"/api/evaluations/{make_evaluation().pk}/"
    assert charlie.get("/api/evaluations/").json()["results"] == []
    assert charlie.get(address).status_code == 404
    assert alice.delete(address).status_code == 405
    assert alice.patch(address, {"report": {}}, format="json").status_code == 405


def test_conflicts_are_listed_to_their_owner(alice: APIClient, charlie: APIClient) -> None:
    ann, photo = make_person(), make_photo()
    faces = [make_face(photo, person=ann) for _ in range(2)]
    refused = make_face(person=ann)
    Rejection.objects.create(face=refused, person=ann)
    twice, rejected = alice.get("/api/faces/conflicts/").json()["results"]
    assert twice["kind"] == "twice-in-photo"
    assert (twice["photo"], twice["faces"]) == (photo.pk, [face.pk for face in faces])
    assert twice["person"]["name"] == "Ann"
    assert (rejected["kind"], rejected["faces"]) == ("rejected", [refused.pk])
    assert charlie.get("/api/faces/conflicts/").json() == {"next": None, "results": []}


def test_pages_of_conflicts_list_each_once(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ann = make_person()
    for _ in range(3):
        photo = make_photo()
        faces = [make_face(photo, person=ann) for _ in range(3)]
        Rejection.objects.create(face=faces[1], person=ann)
    found, address = [], "/api/faces/conflicts/?limit=2"
    while address:
        # Session, user, those in question by three, first faces, all of them.
        with django_assert_max_num_queries(7):
            page = alice.get(address).json()
        found += [(each["kind"], tuple(each["faces"])) for each in page["results"]]
        address = page["next"]
    whole = [
        (each.kind, tuple(face.pk for face in each.faces)) for each in label_conflicts(make_user())
    ]
    assert found == whole
    assert len(set(found)) == 6
