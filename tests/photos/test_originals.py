"""Originals: byte by byte for their owner, in ranges for players, under names that are safe."""

from pathlib import Path

import pytest
from pytest_django import Settings
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


def test_a_file_that_has_not_changed_is_not_sent_again(
    alice: APIClient, photo: Photo, tmp_path: Path
) -> None:
    address = f"/api/photos/{photo.pk}/original/"
    etag = alice.get(address)["ETag"]
    again = alice.get(address, headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    (tmp_path / "a.mp4").write_bytes(b"another")
    assert alice.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_a_range_of_a_file_that_has_changed_is_the_whole_file(
    alice: APIClient, photo: Photo
) -> None:
    address = f"/api/photos/{photo.pk}/original/"
    for condition, status in ((alice.get(address)["ETag"], 206), ('"old"', 200)):
        asked = {"Range": "bytes=5-9", "If-Range": condition}
        assert alice.get(address, headers=asked).status_code == status


@pytest.mark.parametrize(
    ("name", "kind", "how"),
    [
        ("a.JPG", "image/jpeg", "inline"),
        ("a.heic", "image/heic", "inline"),
        ("a.mov", "video/quicktime", "inline"),
        ("a.nef", "application/octet-stream", "attachment"),
        ("a.html", "application/octet-stream", "attachment"),
        ("a.svg", "application/octet-stream", "attachment"),
        ("a.jpg.xhtml", "application/octet-stream", "attachment"),
    ],
)
def test_what_a_file_is_said_to_be_comes_from_a_table_of_pictures(
    alice: APIClient, tmp_path: Path, name: str, kind: str, how: str
) -> None:
    (tmp_path / name).write_bytes(b"<script>alert(1)</script>")
    photo = make_photo(make_library(path=tmp_path), path=name)
    answer = alice.get(f"/api/photos/{photo.pk}/original/")
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].startswith(how)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "script" not in answer["Content-Security-Policy"]
    assert "private" in answer["Cache-Control"]


def test_a_name_breaks_out_of_no_header(alice: APIClient, tmp_path: Path) -> None:
    name = 'a"; filename=b.exe\r\nX-Evil: 1.jpg'
    (tmp_path / name).write_bytes(b"x")
    photo = make_photo(make_library(path=tmp_path), path=name)
    answer = alice.get(f"/api/photos/{photo.pk}/original/")
    assert "X-Evil" not in answer.headers
    assert "\n" not in answer["Content-Disposition"]


def test_a_file_exchanged_for_a_link_is_not_sent(
    alice: APIClient, photo: Photo, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_bytes(b"somebody else's")
    (tmp_path / "a.mp4").unlink()
    (tmp_path / "a.mp4").symlink_to("secret")
    assert alice.get(f"/api/photos/{photo.pk}/original/").status_code == 404


class TestBehindNginx:
    @pytest.fixture(autouse=True)
    def behind_nginx(self, settings: Settings) -> None:
        settings.KITH_ACCEL = "/protected/"

    def test_nginx_sends_the_file_once_the_check_is_done(
        self, alice: APIClient, tmp_path: Path
    ) -> None:
        (tmp_path / "a b?%ä.jpg").write_bytes(CONTENT)
        photo = make_photo(make_library(path=tmp_path), path="a b?%ä.jpg")
        answer = alice.get(f"/api/photos/{photo.pk}/original/", headers={"Range": "bytes=0-9"})
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["X-Accel-Redirect"] == f"/protected{tmp_path}/a%20b%3F%25%C3%A4.jpg"
        assert answer["Content-Type"] == "image/jpeg"

    def test_a_stranger_gets_nothing_to_send(self, charlie: APIClient, photo: Photo) -> None:
        answer = charlie.get(f"/api/photos/{photo.pk}/original/")
        assert answer.status_code == 404
        assert "X-Accel-Redirect" not in answer.headers

    def test_a_link_is_not_handed_on(self, alice: APIClient, photo: Photo, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").unlink()
        (tmp_path / "a.mp4").symlink_to("/etc/passwd")
        assert alice.get(f"/api/photos/{photo.pk}/original/").status_code == 404
