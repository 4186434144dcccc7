"""Pausing, resuming and trying again, and the log of it."""

import threading
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from project.jobs.controlling import cancel_job, pause_job, resume_job, retry_items
from project.jobs.kinds import JobKind, Step, register
from project.jobs.log import MOST_LINES, remember
from project.jobs.models import Attendance, Job, JobEvent, JobItem
from project.jobs.queueing import heal_jobs, note_lost_workers
from project.jobs.run import JobCancelled, JobRun
from project.jobs.running import execute
from tests.factories import make_user
from tests.project.jobs.conftest import MakeJob, finish, messages

pytestmark = pytest.mark.django_db


def run(job: Job) -> Job:
    execute(job.pk)
    job.refresh_from_db()
    return job


def verbs(job: Job) -> list[str]:
    return [event.verb for event in job.events.order_by("id")]


class TestPausing:
    def test_a_paused_job_stops_at_its_next_step_and_goes_on_from_there(
        self, make_job: MakeJob
    ) -> None:
        calls: list[str] = []

        def step(run: JobRun) -> Step:
            calls.append("step")
            if len(calls) == 2:
                pause_job(Job.objects.get(pk=run.job_id))
            run.advance()
            return Step.FINISHED if len(calls) == 3 else Step.MORE

        job = run(make_job(step, total=3))
        assert (job.state, job.done, len(calls)) == ("paused", 2, 2)
        assert run(job).state == "paused"  # a message that was still on its way
        assert resume_job(job)
        job.refresh_from_db()
        assert job.state == "running"
        assert (run(job).state, job.done, len(calls)) == ("done", 3, 3)

    def test_a_job_paused_before_it_began_begins_when_it_is_resumed(
        self, make_job: MakeJob
    ) -> None:
        job = make_job()
        pause_job(job)
        assert run(job).started_at is None
        resume_job(job)
        assert run(job).state == "done"
        assert verbs(job) == ["paused", "resumed", "started", "ended"]

    def test_the_scheduler_leaves_a_paused_job_alone(self, make_job: MakeJob) -> None:
        pause_job(make_job(state="running"))
        assert heal_jobs() == 0
        assert messages() == []

    def test_a_paused_job_holds_its_scope(self, make_job: MakeJob) -> None:
        job = make_job(state="running")
        pause_job(job)
        with pytest.raises(IntegrityError, match="one_active_job_per_scope"):
            Job.objects.create(kind=job.kind, scope=job.scope, requested_by=job.requested_by)

    def test_a_paused_job_can_be_cancelled(self, make_job: MakeJob) -> None:
        job = make_job(state="paused")
        assert cancel_job(job)
        job.refresh_from_db()
        assert job.state == "cancelled"

    @pytest.mark.parametrize("state", ["done", "failed", "cancelled", "paused"])
    def test_what_does_not_run_cannot_be_paused(self, make_job: MakeJob, state: str) -> None:
        job = make_job(state=state)
        assert not pause_job(job)
        assert not job.events.exists()

    def test_only_what_is_paused_is_resumed(self, make_job: MakeJob) -> None:
        assert not resume_job(make_job(state="done"))
        assert not resume_job(make_job())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("act", [pause_job, cancel_job])
def test_a_step_that_asks_nobody_is_interrupted_within_two_seconds(
    make_job: MakeJob, act: object
) -> None:
    began = threading.Event()
    undone: list[str] = []

    def step(run: JobRun) -> Step:
        began.set()
        try:
            deadline = time.monotonic() + 20
            while time.monotonic() < deadline:
                try:
                    time.sleep(5)
                except Exception:  # noqa: BLE001 (as what decodes photos does)
                    continue
        except JobCancelled:
            undone.append("released")
            raise
        return Step.FINISHED

    job = make_job(step)
    asked = threading.Thread(target=_in_a_moment, args=(began, act, job))
    asked.start()
    start = time.monotonic()
    job = run(job)
    assert time.monotonic() - start < 2.5
    assert job.state in ("paused", "cancelled")
    assert undone == ["released"]
    assert not Attendance.objects.exists()
    asked.join()


def _in_a_moment(began: threading.Event, act: object, job: Job) -> None:
    from django.db import connections

    began.wait(5)
    act(job)  # type: ignore[operator]
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_a_long_step_shows_that_its_worker_lives(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("project.jobs.pulse.HEARTBEAT", timedelta(seconds=0.2))
    beats: set[object] = set()

    def step(run: JobRun) -> Step:
        for _ in range(4):
            time.sleep(0.5)
            beats.add(Job.objects.get(pk=run.job_id).heartbeat_at)
        return Step.FINISHED

    run(make_job(step))
    assert len(beats) >= 3


class TestRate:
    def test_it_is_told_from_the_time_at_work_without_pauses(self, make_job: MakeJob) -> None:
        job = make_job(state="running", total=100, heartbeat_at=timezone.now())
        hand = JobRun(job, token=1)
        hand.report("Looking", total=100)
        for _ in range(10):
            hand.advance()
        Job.objects.filter(pk=job.pk).update(at_work=5.0, heartbeat_at=timezone.now())
        job.refresh_from_db()
        assert (job.rate, job.seconds_left) == (2.0, 45)
        # A night of pause counts for no more than a moment.
        Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now() - timedelta(hours=9))
        JobRun(job, token=2).advance()
        job.refresh_from_db()
        assert 20.0 <= job.at_work < 20.1

    def test_it_is_not_told_of_a_few_stages_or_the_first_moment(self, make_job: MakeJob) -> None:
        assert make_job(state="running", done=2, total=4, at_work=60.0).rate is None
        assert make_job(state="running", done=2, total=400, at_work=0.1).rate is None
        assert make_job(state="running", total=400, at_work=60.0).seconds_left is None

    def test_what_has_ended_takes_no_more_time(self, make_job: MakeJob) -> None:
        assert make_job(state="done", done=400, total=400, at_work=60.0).seconds_left is None


class TestLog:
    def test_it_tells_who_did_what(self, make_job: MakeJob) -> None:
        job = make_job(plan=lambda run: None)
        bob = make_user("bob")
        run(job)
        assert verbs(job) == ["started", "planned", "ended"]
        job = make_job()
        pause_job(job, by=bob)
        cancel_job(job)
        assert [event.by for event in job.events.order_by("id")] == [bob, None]

    def test_a_lost_worker_is_told_once_and_who_took_the_job_up(self, make_job: MakeJob) -> None:
        job = make_job(state="running", started_at=timezone.now())
        Attendance.objects.create(job=job, token=7, worker="attic, process 12")
        assert note_lost_workers() == 1
        assert note_lost_workers() == 0
        assert job.events.get().detail == "attic, process 12"
        run(job)
        assert verbs(job) == ["lost", "taken-up", "ended"]

    def test_a_worker_that_is_there_is_not_lost(self, make_job: MakeJob) -> None:
        def step(run: JobRun) -> Step:
            assert note_lost_workers() == 0
            return Step.FINISHED

        assert run(make_job(step)).state == "done"

    def test_it_does_not_grow_without_end(self, make_job: MakeJob) -> None:
        job = make_job()
        for number in range(MOST_LINES + 3):
            remember(job.pk, JobEvent.Verb.LOST, detail=str(number))
        assert job.events.count() == MOST_LINES
        assert job.events.earliest("id").detail == "3"


class TestRetryingItems:
    def test_a_kind_that_can_looks_at_what_failed_alone(self, make_job: MakeJob) -> None:
        asked: list[JobItem | None] = []

        def again(job: Job, item: JobItem | None, user: User) -> Job:
            asked.append(item)
            return job

        job = make_job(state="done")
        register(job.kind, JobKind(step=finish, retry_items=again))
        item = JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason="Empty.")
        retry_items(job, requested_by=job.requested_by)
        retry_items(job, requested_by=job.requested_by, item=item)
        assert asked == [None, item]

    def test_other_kinds_are_tried_again_as_a_whole(self, make_job: MakeJob) -> None:
        job = make_job(state="done")
        item = JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason="Empty.")
        assert retry_items(job, requested_by=job.requested_by).parameters == {"retry_failed": True}
        with pytest.raises(ValidationError, match="as a whole"):
            retry_items(job, requested_by=job.requested_by, item=item)

    def test_where_nothing_failed_nothing_is_tried(self, make_job: MakeJob) -> None:
        job = make_job(state="done")
        JobItem.objects.create(job=job, name="a.jpg", outcome="skipped", reason="Hidden.")
        with pytest.raises(ValidationError, match="Nothing has failed"):
            retry_items(job, requested_by=job.requested_by)
