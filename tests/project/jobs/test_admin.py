"""Jobs in the admin and on their page: watch, cancel, retry."""

import pytest
from django.test import Client
from redis import Redis

from project.jobs.models import Job, JobItem
from tests.factories import make_user
from tests.project.jobs.conftest import MakeJob

pytestmark = pytest.mark.django_db


def act(admin: Client, action: str, *jobs: Job) -> str:
    answer = admin.post(
        "/admin/jobs/job/",
        {"action": action, "_selected_action": [job.pk for job in jobs]},
        follow=True,
    )
    assert answer.status_code == 200
    return answer.content.decode()


def test_cancelling_ends_the_active_ones(admin: Client, make_job: MakeJob) -> None:
    active, ended = make_job(state="running"), make_job(state="done")
    assert "1 cancelled" in act(admin, "cancel", active, ended)
    active.refresh_from_db()
    ended.refresh_from_db()
    assert (active.state, ended.state) == ("cancelled", "done")


def test_jobs_are_paused_and_resumed(admin: Client, make_job: MakeJob) -> None:
    job, ended = make_job(state="running"), make_job(state="done")
    assert "1 paused" in act(admin, "pause", job, ended)
    job.refresh_from_db()
    assert job.state == "paused"
    assert "1 go on" in act(admin, "resume", job, ended)
    assert [event.by.username for event in job.events.all() if event.by] == ["bob", "bob"]


def test_what_failed_is_retried_from_the_list_of_items(admin: Client, make_job: MakeJob) -> None:
    job = make_job(state="done")
    item = JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason="Empty.")
    assert "goes on as" in act(admin, "retry_failed", job)
    data = {"action": "retry", "_selected_action": [item.pk]}
    page = admin.post("/admin/jobs/jobitem/", data, follow=True).content.decode()
    assert "tried again as a whole only" in page


def test_retrying_starts_a_job_of_the_same_user(admin: Client, make_job: MakeJob) -> None:
    failed = make_job(state="failed")
    act(admin, "retry", failed)
    again = Job.objects.get(state="queued")
    assert (again.kind, again.requested_by) == (failed.kind, failed.requested_by)


def test_a_job_goes_with_its_items_and_does_not_list_them(admin: Client, make_job: MakeJob) -> None:
    job = make_job(state="done")
    JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason="Empty.")
    page = admin.get(f"/admin/jobs/job/{job.pk}/delete/")
    assert "a.jpg" not in page.content.decode()
    admin.post(f"/admin/jobs/job/{job.pk}/delete/", {"post": "yes"})
    assert not Job.objects.filter(pk=job.pk).exists()
    assert not JobItem.objects.exists()


def test_a_job_shows_what_it_could_not_do(admin: Client, make_job: MakeJob) -> None:
    job, other = make_job(state="done", failed=1), make_job(state="done")
    JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason="Empty.")
    JobItem.objects.create(job=other, name="b.jpg", outcome="failed", reason="Empty.")
    address = f"/admin/jobs/jobitem/?job__id__exact={job.pk}"
    assert address in admin.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()
    page = admin.get(address).content.decode()
    assert "a.jpg" in page
    assert "b.jpg" not in page
    assert "Empty." in page


def test_a_job_is_neither_made_nor_changed_by_hand(admin: Client, make_job: MakeJob) -> None:
    job = make_job(state="done")
    assert admin.get("/admin/jobs/job/add/").status_code == 403
    admin.post(f"/admin/jobs/job/{job.pk}/change/", {"state": "queued"})
    job.refresh_from_db()
    assert job.state == "done"


def test_a_retry_beside_another_job_is_refused_with_what_to_do(admin: Client) -> None:
    user = make_user()
    Job.objects.create(kind="rescan", scope="library:1", state="running", requested_by=user)
    ended = Job.objects.create(kind="scan", scope="library:1", state="failed", requested_by=user)
    data = {"action": "retry", "_selected_action": [ended.pk]}
    page = admin.post("/admin/jobs/job/", data, follow=True).content.decode()
    assert "wait for it to end, or cancel it" in page


def test_the_queues_are_shown_to_staff_alone(admin: Client, redis: Redis) -> None:
    assert admin.get("/admin/queues/").status_code == 200
    stranger = Client()
    stranger.force_login(make_user("charlie"))
    assert stranger.get("/admin/queues/").status_code == 302


def test_the_page_shows_ones_own_jobs_only(make_job: MakeJob) -> None:
    make_job(state="failed", error="The disk is full.")
    pages = []
    for name in ("alice", "charlie"):
        client = Client()
        client.force_login(make_user(name))
        pages.append(client.get("/jobs/?page=999").content.decode())
    assert "The disk is full." in pages[0]
    assert "The disk is full." not in pages[1]
    assert Client().get("/jobs/").status_code == 302


def test_a_job_has_a_page_of_its_own_with_items_and_log(make_job: MakeJob) -> None:
    job = make_job(state="done", failed=1)
    JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason="Empty.")
    JobItem.objects.create(job=job, name=".b.jpg", outcome="skipped", reason="Hidden.")
    client = Client()
    client.force_login(make_user("alice"))
    page = client.get(f"/jobs/{job.pk}/").content.decode()
    assert "a.jpg" in page
    assert "Hidden." in page
    assert "Hidden." not in client.get(f"/jobs/{job.pk}/?outcome=failed").content.decode()
    client.force_login(make_user("charlie"))
    assert client.get(f"/jobs/{job.pk}/").status_code == 404
