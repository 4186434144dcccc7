"""The numbers for monitors: who may read them, and that they are those of the rows."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from project.jobs.models import Job
from tests.factories import make_user

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> APIClient:
    client = APIClient()
    client.force_login(make_user("bob", is_staff=True))
    return client


def number(client: APIClient, name: str) -> float:
    lines = client.get("/metrics").content.decode().splitlines()
    return float(next(line.rpartition(" ")[2] for line in lines if line.startswith(name)))


def test_only_staff_may_read_them(alice: APIClient, staff: APIClient) -> None:
    assert APIClient().get("/metrics").status_code == 401
    assert alice.get("/metrics").status_code == 403
    answer = staff.get("/metrics")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")


def test_jobs_tell_what_was_done_and_how_long_it_took(staff: APIClient) -> None:
    began = timezone.now() - timedelta(minutes=1)
    for scope in ("library 1", "library 2"):
        Job.objects.create(
            kind=Job.Kind.SCAN,
            scope=scope,
            state=Job.State.DONE,
            requested_by=make_user(),
            done=10,
            failed=2,
            skipped=1,
            started_at=began,
            ended_at=began + timedelta(seconds=30),
        )
    assert number(staff, 'kith_jobs{kind="scan",state="done"}') == 2
    assert number(staff, 'kith_job_items_total{kind="scan",outcome="done"}') == 14
    assert number(staff, 'kith_job_items_total{kind="scan",outcome="failed"}') == 4
    assert number(staff, 'kith_job_seconds_sum{kind="scan"}') == 60
    assert number(staff, 'kith_queue_messages{queue="bulk"}') >= 0
    assert number(staff, 'kith_workers{state="at work"}') == 0


def test_the_dashboard_asks_for_numbers_that_there_are(staff: APIClient) -> None:
    Job.objects.create(kind=Job.Kind.TRAIN, scope="train", requested_by=make_user())
    staff.get("/metrics")
    there = staff.get("/metrics").content.decode()
    dashboard = (ROOT / "docker" / "grafana.json").read_text(encoding="utf-8")
    asked = set(re.findall(r"kith_[a-z_]+", dashboard))
    families = set(re.findall(r"^# TYPE (\S+)", there, re.MULTILINE))
    suffix = re.compile("_(?:bucket|sum|count)$")
    assert {name for name in asked if suffix.sub("", name) not in families} == set()
    assert len(asked) > 5


def test_answers_are_timed_by_the_pattern_of_their_address(staff: APIClient) -> None:
    staff.get("/api/people/1/")
    route = "api/people/(?P<pk>[^/.]+)/$"
    counted = f'kith_request_seconds_count{{method="GET",route="{route}",status="404"}}'
    before = number(staff, counted)
    staff.get("/api/people/2/")
    assert number(staff, counted) == before + 1


def test_methods_that_nobody_knows_are_counted_together(staff: APIClient) -> None:
    staff.generic("KITH1", "/api/people/")
    before = staff.get("/metrics").content
    staff.generic("KITH2", "/api/people/")
    assert b"KITH" not in before
    assert staff.get("/metrics").content.count(b"kith_request") == before.count(b"kith_request")
