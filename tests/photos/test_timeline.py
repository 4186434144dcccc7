"""Photos by month: counted, listed newest first, and one's own only."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from photos.models import Library, Photo
from tests.factories import make_library, make_photo

pytestmark = pytest.mark.django_db

TIMELINE = "/api/photos/?shown=true&sort=taken"


def taken(library: Library, *moments: tuple[int, int, int] | None, **fields: Any) -> list[int]:
    """Make a photo of each day, or of no day, and return the ids."""
    return [
        make_photo(library, taken_at=datetime(*day, 12, tzinfo=UTC) if day else None, **fields).pk
        for day in moments
    ]


def ids(client: APIClient, address: str) -> list[int]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_the_newest_photo_comes_first_and_undated_ones_last(alice: APIClient) -> None:
    old, undated, new = taken(make_library(), (2009, 5, 1), None, (2021, 1, 31))
    assert ids(alice, TIMELINE) == [new, old, undated]


def test_pages_by_date_meet_without_gap_or_overlap(alice: APIClient) -> None:
    day = (2020, 2, 2)
    made = taken(make_library(), day, None, day, None, day, (2019, 1, 1))
    seen: list[int] = []
    address = f"{TIMELINE}&limit=2"
    while address:
        answer = alice.get(address).json()
        seen += [row["id"] for row in answer["results"]]
        address = answer["next"]
    assert seen == [made[4], made[2], made[0], made[5], made[3], made[1]]


def test_months_are_counted_newest_first(alice: APIClient) -> None:
    taken(make_library(), (2021, 1, 31), (2021, 2, 1), (2021, 2, 28), None, (1999, 12, 31))
    assert alice.get("/api/photos/months/").json() == [
        {"month": "2021-02", "count": 2},
        {"month": "2021-01", "count": 1},
        {"month": "1999-12", "count": 1},
        {"month": "none", "count": 1},
    ]


def test_the_photos_of_a_month_are_as_many_as_it_counts(alice: APIClient) -> None:
    taken(make_library(), (2020, 11, 30), (2020, 12, 1), (2020, 12, 31), (2021, 1, 1), None)
    for month in alice.get("/api/photos/months/").json():
        found = ids(alice, f"{TIMELINE}&month={month['month']}")
        assert len(found) == month["count"]


def test_a_month_can_be_begun_in_its_middle(alice: APIClient) -> None:
    made = taken(make_library(), *[(2020, 6, day) for day in (1, 2, 3, 4)])
    assert ids(alice, f"{TIMELINE}&month=2020-06&offset=2&limit=1") == [made[1]]


def test_what_cannot_be_looked_at_is_not_on_the_timeline(alice: APIClient) -> None:
    library = make_library()
    (shown,) = taken(library, (2020, 6, 1))
    taken(library, (2020, 6, 1), state=Photo.State.FAILED)
    taken(library, (2020, 6, 1), scanned_at=None)
    taken(library, (2020, 6, 1), copy_of_id=shown)
    assert ids(alice, TIMELINE) == [shown]
    assert alice.get("/api/photos/months/").json() == [{"month": "2020-06", "count": 1}]
    assert len(ids(alice, "/api/photos/")) == 4


def test_photos_can_be_had_of_some_days_and_of_one_library(alice: APIClient) -> None:
    one, other = make_library(), make_library()
    days = taken(one, (2020, 6, 1), (2020, 6, 2), (2020, 6, 3))
    (elsewhere,) = taken(other, (2020, 6, 2))
    span = "taken_from=2020-06-01&taken_to=2020-06-02"
    assert ids(alice, f"{TIMELINE}&{span}") == [elsewhere, days[1], days[0]]
    assert ids(alice, f"{TIMELINE}&{span}&library={one.pk}") == [days[1], days[0]]
    months = alice.get(f"/api/photos/months/?{span}&library={one.pk}").json()
    assert months == [{"month": "2020-06", "count": 2}]


@pytest.mark.parametrize(
    "wrong",
    ["month=2020-13", "month=2020", "month=0000-01", "month=9999-12", "month=",
     "taken_from=June", "taken_to=2020-02-30", "library=x", "sort=size", "offset=-1"],
)  # fmt: skip
def test_what_is_mistyped_is_an_error(alice: APIClient, wrong: str) -> None:
    assert alice.get(f"/api/photos/?{wrong}").status_code == 400


def test_a_stranger_has_no_months_and_no_photos(alice: APIClient, charlie: APIClient) -> None:
    library = make_library()
    taken(library, (2020, 6, 1))
    assert charlie.get("/api/photos/months/").json() == []
    assert charlie.get(f"/api/photos/months/?library={library.pk}").json() == []
    assert ids(charlie, f"{TIMELINE}&month=2020-06") == []
    assert APIClient().get("/api/photos/months/").status_code in (401, 403)


@pytest.mark.parametrize("address", ["/api/photos/months/", f"{TIMELINE}&month=2020-06"])
def test_the_number_of_queries_stays_the_same(alice: APIClient, address: str) -> None:
    library = make_library()
    counts = []
    for year in (2020, 2021):
        taken(library, *[(year, month, 1) for month in range(1, 11)])
        with CaptureQueriesContext(connection) as queries:
            assert alice.get(address).json()
        counts.append(len(queries))
    assert counts[0] == counts[1]
