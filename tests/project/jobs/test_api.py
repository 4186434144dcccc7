"""Jobs over HTTP: works, refuses strangers, 404."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from project.jobs.models import Job, JobItem
from tests.project.jobs.conftest import MakeJob

pytestmark = pytest.mark.django_db


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def addresses(job: Job) -> list[tuple[str, str]]:
    return [
        ("get", "/api/jobs/"),
        ("get", f"/api/jobs/{job.pk}/"),
        ("get", f"/api/jobs/{job.pk}/items/"),
        ("get", f"/api/jobs/{job.pk}/log/"),
        ("post", f"/api/jobs/{job.pk}/items/1/retry/"),
        ("post", f"/api/jobs/{job.pk}/pause/"),
        ("post", f"/api/jobs/{job.pk}/resume/"),
        ("post", f"/api/jobs/{job.pk}/cancel/"),
        ("post", f"/api/jobs/{job.pk}/retry/"),
    ]


def test_who_has_not_signed_in_sees_nothing(make_job: MakeJob) -> None:
    job = make_job()
    for method, address in addresses(job):
        assert getattr(APIClient(), method)(address).status_code in (401, 403), address
    assert Job.objects.get().state == Job.State.QUEUED


def test_a_stranger_gets_404_and_changes_nothing(make_job: MakeJob, charlie: APIClient) -> None:
    job = make_job()
    for method, address in addresses(job)[1:]:
        assert getattr(charlie, method)(address).status_code == 404, address
    assert ids(charlie.get("/api/jobs/")) == []
    assert Job.objects.get().state == Job.State.QUEUED


@pytest.mark.parametrize("pk", ["0", "999999", "99999999999999999999999", "abc"])
def test_what_does_not_exist_is_404(alice: APIClient, pk: str) -> None:
    assert alice.get(f"/api/jobs/{pk}/").status_code == 404
    assert alice.post(f"/api/jobs/{pk}/cancel/").status_code == 404


def test_a_job_says_where_it_stands(make_job: MakeJob, alice: APIClient) -> None:
    job = make_job(state="failed", done=3, total=5, failed=1, skipped=2, error="The disk is full.")
    row = alice.get(f"/api/jobs/{job.pk}/").json()
    assert (row["state"], row["error"]) == ("failed", "The disk is full.")
    assert (row["done"], row["total"], row["failed"], row["skipped"]) == (3, 5, 1, 2)


def test_a_job_has_a_title_for_people(make_job: MakeJob, alice: APIClient) -> None:
    job = make_job(subject="Holidays")
    Job.objects.filter(pk=job.pk).update(kind="scan")
    assert alice.get(f"/api/jobs/{job.pk}/").json()["title"] == "Scan of Holidays"


def test_jobs_come_newest_first_and_the_active_ones_alone_on_demand(
    make_job: MakeJob, alice: APIClient
) -> None:
    made = {state: make_job(state=state).pk for state in Job.State.values}
    assert ids(alice.get("/api/jobs/")) == sorted(made.values(), reverse=True)
    assert set(ids(alice.get("/api/jobs/?active=true"))) == {
        made["queued"],
        made["running"],
        made["paused"],
    }
    assert alice.get(f"/api/jobs/{made['done']}/?active=true").status_code == 200


def test_items_say_what_could_not_be_done_and_why(make_job: MakeJob, alice: APIClient) -> None:
    job, other = make_job(), make_job()
    items = [
        JobItem.objects.create(job=job, name=f"{n}.jpg", outcome="failed", reason="Empty.")
        for n in range(3)
    ]
    JobItem.objects.create(job=other, name="other.jpg", outcome="failed", reason="Empty.")
    first = alice.get(f"/api/jobs/{job.pk}/items/?limit=2")
    assert first.json()["results"][0] == {
        "id": items[2].pk,
        "name": "2.jpg",
        "outcome": "failed",
        "reason": "Empty.",
    }
    assert ids(first) == [items[2].pk, items[1].pk]
    assert ids(alice.get(first.json()["next"])) == [items[0].pk]


def test_a_job_can_be_cancelled(make_job: MakeJob, alice: APIClient) -> None:
    job = make_job(state="running", done=3)
    answer = alice.post(f"/api/jobs/{job.pk}/cancel/")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["done"]) == ("cancelled", 3)
    assert answer.json()["ended_at"]


def test_cancelling_a_job_that_has_ended_changes_nothing(
    make_job: MakeJob, alice: APIClient
) -> None:
    job = make_job(state="done")
    assert alice.post(f"/api/jobs/{job.pk}/cancel/").json()["state"] == "done"


def test_a_failed_job_can_be_retried(make_job: MakeJob, alice: APIClient) -> None:
    job = make_job(state="failed")
    answer = alice.post(f"/api/jobs/{job.pk}/retry/")
    assert answer.status_code == 202
    again = Job.objects.get(pk=answer.json()["id"])
    assert again.pk != job.pk
    assert (again.state, again.kind) == ("queued", job.kind)
    assert again.parameters == {"retry_failed": True}


def test_a_job_is_paused_and_resumed_and_its_log_says_by_whom(
    make_job: MakeJob, alice: APIClient
) -> None:
    job = make_job(state="running")
    assert alice.post(f"/api/jobs/{job.pk}/pause/").json()["state"] == "paused"
    assert alice.post(f"/api/jobs/{job.pk}/resume/").json()["state"] == "queued"
    log = alice.get(f"/api/jobs/{job.pk}/log/").json()["results"]
    assert [(line["verb"], line["by"]) for line in log] == [
        ("resumed", "alice"),
        ("paused", "alice"),
    ]


def test_items_are_asked_for_by_what_became_of_them(make_job: MakeJob, alice: APIClient) -> None:
    job = make_job()
    failed = JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason="Empty.")
    JobItem.objects.create(job=job, name=".b.jpg", outcome="skipped", reason="Hidden.")
    assert ids(alice.get(f"/api/jobs/{job.pk}/items/?outcome=failed")) == [failed.pk]
    assert alice.get(f"/api/jobs/{job.pk}/items/?outcome=eaten").status_code == 400


def test_what_failed_is_retried_alone(make_job: MakeJob, alice: APIClient) -> None:
    job = make_job(state="done")
    address = f"/api/jobs/{job.pk}/retry/"
    assert alice.post(address, {"failed_only": True}, format="json").status_code == 400
    item = JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason="Empty.")
    assert alice.post(address, {"failed_only": True}, format="json").status_code == 202
    other = f"/api/jobs/{job.pk}/items/{item.pk + 1}/retry/"
    assert alice.post(other).status_code == 404


def test_jobs_are_neither_made_nor_changed_by_hand(make_job: MakeJob, alice: APIClient) -> None:
    job = make_job()
    assert alice.post("/api/jobs/", {"kind": "scan"}, format="json").status_code == 405
    for method in (alice.put, alice.patch, alice.delete):
        assert method(f"/api/jobs/{job.pk}/", {"state": "done"}, format="json").status_code == 405
    assert alice.get(f"/api/jobs/{job.pk}/cancel/").status_code == 405


def test_the_number_of_queries_does_not_grow(make_job: MakeJob, alice: APIClient) -> None:
    counts = []
    for _ in range(2):
        for _ in range(10):
            make_job()
        with CaptureQueriesContext(connection) as queries:
            assert ids(alice.get("/api/jobs/"))
        counts.append(len(queries))
    assert counts[0] == counts[1]
