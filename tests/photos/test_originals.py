"""Originals: byte by byte for their owner, in ranges for players, under names that are safe."""

from pathlib import Path

import pytest
from rest_framework.test import APIClient

from photos.models import Photo
from tests.factories import make_library, make_photo
from tests.videos import make_video, plain

pytestmark = pytest.mark.django_db
CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    (tmp_path / "a.mp4").write_bytes(CONTENT)
    return make_photo(make_library(path=tmp_path), path="a.mp4")


def get(
    client: APIClient, photo: Photo, asked: str = "", query: str = ""
) -> tuple[int, bytes, str]:
    headers = {"Range": asked} if asked else {}
    answer = client.get(f"/api/photos/{photo.pk}/original/{query}", headers=headers)
    sent = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if answer.status_code in (200, 206):
        assert int(answer["Content-Length"]) == len(sent)
    return answer.status_code, sent, answer.headers.get("Content-Range", "")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=1000-", 1000, 255_999),
        ("bytes=-500", 255_500, 255_999),
        ("bytes=255999-400000", 255_999, 255_999),
        ("bytes=0-", 0, 255_999),
        ("bytes=-999999", 0, 255_999),
    ],
)
def test_a_range_is_sent_alone(
    alice: APIClient, photo: Photo, asked: str, first: int, last: int
) -> None:
    status, sent, place = get(alice, photo, asked)
    assert (status, place) == (206, f"bytes {first}-{last}/256000")
    assert sent == CONTENT[first : last + 1]


@pytest.mark.parametrize("asked", ["", "bytes=5-2", "bytes=-", "bytes=0-1,4-5", "lines=1-2", "x"])
def test_all_is_sent_where_no_single_range_is_asked_for(
    alice: APIClient, photo: Photo, asked: str
) -> None:
    assert get(alice, photo, asked) == (200, CONTENT, "")


def test_a_range_behind_the_end_is_refused(alice: APIClient, photo: Photo) -> None:
    assert get(alice, photo, "bytes=256000-") == (416, b"", "bytes */256000")
    assert get(alice, photo, "bytes=-0")[0] == 416


def test_a_stranger_gets_nothing_by_ranges_either(charlie: APIClient, photo: Photo) -> None:
    assert get(charlie, photo, "bytes=0-9")[0] == 404


def test_a_name_cannot_break_out_of_its_header(alice: APIClient, tmp_path: Path) -> None:
    name = 'a";\r\nX-Evil: 1; ü.jpg'
    plain("red").save(tmp_path / name, "JPEG")
    photo = make_photo(make_library(path=tmp_path), path=name)
    answer = alice.get(f"/api/photos/{photo.pk}/original/?download=1")
    assert answer.status_code == 200
    assert "X-Evil" not in answer.headers
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Type"] == "image/jpeg"


def test_the_details_of_a_photo_are_told_with_it(alice: APIClient, tmp_path: Path) -> None:
    make_video(tmp_path / "a.mov", [plain("red")], creation_time="2019-05-04T10:20:30Z")
    photo = make_photo(make_library(path=tmp_path), path="a.mov", duration=1.0)
    copy = make_photo(photo.library, copy_of=photo)
    told = alice.get(f"/api/photos/{photo.pk}/").json()
    assert told["exif"]["taken_at"] == "2019-05-04T10:20:30+00:00"
    assert (told["exif"]["camera"], told["exif"]["latitude"]) == ("", None)
    assert (told["copies"], told["duration"]) == ([copy.pk], 1.0)
    assert alice.get(f"/api/photos/{copy.pk}/").json()["exif"]["taken_at"] is None
    assert "exif" not in alice.get("/api/photos/").json()["results"][0]
