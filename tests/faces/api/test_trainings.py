"""Trainings in the API: to post one is to press Train."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from faces.jobs.training import train_step
from faces.models import Guess, Training
from project.jobs.models import Job
from project.jobs.run import JobCancelled, JobRun
from tests.embeddings import made_up_people
from tests.faces.api.test_faces import all_pages
from tests.factories import MODEL, make_face, make_person, make_training, make_user

pytestmark = pytest.mark.django_db


def test_posting_starts_one_job_and_answers_with_it_until_it_has_ended(alice: APIClient) -> None:
    first = alice.post("/api/trainings/")
    assert first.status_code == 202
    assert (first.json()["kind"], first.json()["state"]) == ("train", "queued")
    again = alice.post("/api/trainings/")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    Job.objects.update(state=Job.State.DONE)
    assert alice.post("/api/trainings/").json()["id"] != first.json()["id"]


def test_two_users_train_at_the_same_time(alice: APIClient, charlie: APIClient) -> None:
    assert alice.post("/api/trainings/").status_code == 202
    assert charlie.post("/api/trainings/").status_code == 202
    assert Job.objects.count() == 2


def run_of(job: Job) -> JobRun:
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    job.refresh_from_db()
    return JobRun(job, token=1)


def test_the_job_trains_with_the_parameters_that_it_was_started_with(alice: APIClient) -> None:
    for vector in made_up_people([4])[0]:
        make_face(vector=vector)
    job = Job.objects.get(pk=alice.post("/api/trainings/").json()["id"])
    train_step(run_of(job))
    shown = all_pages(alice, "/api/trainings/")
    assert len(shown) == 1
    assert shown[0]["is_current"] is True
    assert shown[0]["metrics"]["unknown_persons"] == 1
    assert shown[0]["parameters"].items() <= job.parameters.items()
    job.refresh_from_db()
    assert (job.done, job.total) == (4, 4)
    assert Guess.objects.count() == 4


def test_faces_that_belong_to_nobody_can_be_clustered_alone(alice: APIClient) -> None:
    first, second = made_up_people([4, 4])[0].reshape(2, 4, -1)
    for vector in first:
        make_face(vector=vector)
    train_step(run_of(Job.objects.get(pk=alice.post("/api/trainings/").json()["id"])))
    Job.objects.update(state=Job.State.DONE)
    stood = set(Guess.objects.values_list("face", "cluster_person"))
    for vector in second:
        make_face(vector=vector)
    answer = alice.post("/api/trainings/", {"mode": "missing"}, format="json")
    train_step(run_of(Job.objects.get(pk=answer.json()["id"])))
    assert stood < set(Guess.objects.values_list("face", "cluster_person"))
    assert Guess.objects.values("cluster_person").distinct().count() == 2
    assert alice.post("/api/trainings/", {"mode": "some"}, format="json").status_code == 400


def test_a_cancelled_job_leaves_the_training_that_stands(alice: APIClient) -> None:
    standing = make_training()
    job = Job.objects.get(pk=alice.post("/api/trainings/").json()["id"])
    run = run_of(job)
    alice.post(f"/api/jobs/{job.pk}/cancel/")
    with pytest.raises(JobCancelled):
        train_step(run)
    assert Training.objects.get() == standing


def test_trainings_are_listed_the_newest_first_page_by_page(alice: APIClient) -> None:
    old = [Training.objects.create(owner=make_user(), embedding_model=MODEL) for _ in range(4)]
    newest = make_training()
    shown = all_pages(alice, "/api/trainings/?limit=2")
    assert [each["id"] for each in shown] == [newest.pk, *(each.pk for each in reversed(old))]


def test_a_training_is_shown(alice: APIClient) -> None:
    training = make_training()
    shown = alice.get(f"/api/trainings/{training.pk}/").json()
    assert (shown["id"], shown["is_current"]) == (training.pk, True)


@pytest.mark.parametrize("pk", ["0", "999999", "x"])
def test_a_training_that_is_not_there_is_404(alice: APIClient, pk: str) -> None:
    assert alice.get(f"/api/trainings/{pk}/").status_code == 404


def test_a_stranger_sees_no_training(charlie: APIClient) -> None:
    training = make_training()
    assert charlie.get("/api/trainings/").json()["results"] == []
    assert charlie.get(f"/api/trainings/{training.pk}/").status_code == 404


def test_a_training_is_neither_changed_nor_deleted(alice: APIClient) -> None:
    address = f"/api/trainings/{make_training().pk}/"
    assert alice.delete(address).status_code == 405
    assert alice.patch(address, {"is_current": False}, format="json").status_code == 405


def standing(client: APIClient) -> tuple[int, int]:
    shown = client.get("/api/trainings/standing/").json()
    return shown["labels_since"], shown["faces_since"]


def test_before_the_first_training_all_labels_and_faces_are_new(alice: APIClient) -> None:
    make_face()
    make_face(person=make_person())
    shown = alice.get("/api/trainings/standing/").json()
    assert shown == {
        "training": None, "labels_since": 1, "faces_since": 2, "usual_seconds": None
    }  # fmt: skip


def test_what_is_said_and_found_after_a_training_counts_until_it_is_undone(
    alice: APIClient,
) -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    face, labelled = make_face(), make_face(person=ann)
    training = make_training()
    assert standing(alice) == (0, 0)
    new = {"faces": [face.pk], "person": bob.pk}
    event = alice.post("/api/faces/label/", new, format="json").json()["event"]
    assert standing(alice) == (1, 0)
    alice.post(f"/api/events/{event}/undo/")
    assert standing(alice) == (0, 0)
    alice.post("/api/faces/label/", {"faces": [labelled.pk], "person": bob.pk}, format="json")
    alice.post("/api/faces/reject/", {"faces": [face.pk], "person": ann.pk}, format="json")
    alice.post("/api/faces/reject/", {"faces": [face.pk], "person": bob.pk}, format="json")
    assert standing(alice) == (2, 0)
    make_face()
    assert standing(alice) == (2, 1)
    assert alice.get("/api/trainings/standing/").json()["training"]["id"] == training.pk


def test_the_time_that_a_training_takes_grows_with_the_faces(alice: APIClient) -> None:
    training = make_training()
    training.finished_at = training.started_at + timedelta(seconds=10)
    training.metrics = {"faces": 1}
    training.save()
    make_face()
    make_face()
    assert alice.get("/api/trainings/standing/").json()["usual_seconds"] == 20


def test_a_strangers_labels_do_not_count(charlie: APIClient) -> None:
    make_training()
    make_face(person=make_person())
    assert charlie.get("/api/trainings/standing/").json()["training"] is None
    assert standing(charlie) == (0, 0)
