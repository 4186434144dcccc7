"""Workers of two hosts, as far as they know: one PostgreSQL and one Redis, by TCP."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis

from benchmarks.relay import Relay
from photos.jobs import start_scan
from project.jobs.models import Job
from tests.factories import make_library
from tests.faults.conftest import PHOTOS
from tests.faults.test_faults import (
    assert_complete,
    has_ended,
    is_in_the_middle,
    own,
    wait_until,
)
from tests.workers import FAULTY_WORKER, Workers

pytestmark = pytest.mark.django_db(transaction=True)


class Host:
    """A process group with a wire of its own to each server."""

    def __init__(self) -> None:
        at = connection.settings_dict
        own("KITH_TEST_DATABASE_URL")
        own("KITH_TEST_REDIS_URL")
        self.postgres = Relay(Path(at["HOST"]) / f".s.PGSQL.{at['PORT']}")
        self.redis = Relay(Path(settings.REDIS_URL.removeprefix("unix://")))
        self.database_url = f"postgres://{at['USER']}@127.0.0.1:{self.postgres.port}/{at['NAME']}"
        self.redis_url = f"redis://127.0.0.1:{self.redis.port}/0"
        self.relays = (self.postgres, self.redis)
        self.workers = Workers()

    def start(self, number: int, seen: Path) -> None:
        self.workers.start(
            number,
            FAULTY_WORKER,
            DATABASE_URL=self.database_url,
            REDIS_URL=self.redis_url,
            KITH_SEEN=str(seen),
        )

    def cut_off(self) -> None:
        for relay in self.relays:
            relay.cut()

    def is_back(self) -> None:
        for relay in self.relays:
            relay.mend()

    def end(self) -> None:
        self.workers.kill()
        for relay in self.relays:
            relay.close()


@pytest.fixture
def hosts(redis: Redis) -> Iterator[tuple[Host, Host]]:
    pair = Host(), Host()
    yield pair
    for host in pair:
        host.end()


def test_two_hosts_share_a_scan_and_no_photo_is_done_twice(
    album: Path, tmp_path: Path, hosts: tuple[Host, Host]
) -> None:
    library = make_library(path=album)
    for number, host in enumerate(hosts):
        host.start(1, tmp_path / f"seen-{number}")
    job = start_scan(library=library, requested_by=library.owner)
    wait_until(lambda: has_ended(job), healing=True)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, PHOTOS, 0)
    seen = [(tmp_path / f"seen-{number}").read_text().split("\n")[:-1] for number in (0, 1)]
    assert all(seen)
    assert Counter(seen[0] + seen[1]) == {photo.path: 1 for photo in library.photos.all()}
    assert_complete(library)


@pytest.mark.slow
def test_a_host_that_is_cut_off_leaves_its_photos_to_the_other_and_comes_back(
    album: Path,
    tmp_path: Path,
    hosts: tuple[Host, Host],
    record_property: Callable[[str, object], None],
) -> None:
    record_property("fault", "cut a host off")
    record_property("job", "scan")
    one, other = hosts
    library = make_library(path=album)
    one.start(1, tmp_path / "seen-0")
    other.start(1, tmp_path / "seen-1")
    began = time.monotonic()
    job = start_scan(library=library, requested_by=library.owner)
    wait_until(lambda: is_in_the_middle(library))
    one.cut_off()
    wait_until(lambda: has_ended(job), healing=True)
    assert (job.state, job.done, job.failed) == (Job.State.DONE, PHOTOS, 0)
    assert_complete(library)
    record_property("outcome", "all photos, by the other")
    record_property("photos", f"{job.done}/{job.total}")
    record_property("seconds", round(time.monotonic() - began, 1))

    # A worker that lost its queue ends, and whoever supervises the host starts another.
    wait_until(lambda: all(each.poll() is not None for each in one.workers.processes))
    one.is_back()
    one.start(1, tmp_path / "seen-0")
    other.end()
    again = start_scan(library=make_library(path=album / "friends"), requested_by=library.owner)
    wait_until(lambda: has_ended(again), healing=True)
    assert again.state == Job.State.DONE
