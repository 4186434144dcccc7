"""Uploads: many at once or in pieces, checked, named safely, and nothing half-written."""

import os
import stat
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from rest_framework.test import APIClient

from photos.actions.uploading import append_to_upload, begin_upload
from photos.imaging.names import numbered, safe_name
from photos.jobs import start_scan
from photos.models import Library, Photo, Upload
from project.jobs.models import Job
from project.jobs.running import execute
from project.jobs.signals import tidying_up
from project.preferences.changing import change_preferences
from tests.factories import make_user
from tests.videos import make_video, plain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media", UPLOADS_ROOT=tmp_path / "uploads"):
        yield tmp_path


def picture(colour: str = "red", size: tuple[int, int] = (60, 40)) -> bytes:
    buffer = BytesIO()
    plain(colour, size).save(buffer, "JPEG")
    return buffer.getvalue()


def send(client: APIClient, *files: tuple[str, bytes]) -> list[dict[str, Any]]:
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    answer = client.post("/api/photos/", {"files": sent}, format="multipart")
    assert answer.status_code == 200, answer.content
    return list(answer.json())


def begin(client: APIClient, name: str, size: int) -> Any:
    return client.post("/api/uploads/", {"name": name, "size": size}, format="json")


def piece(client: APIClient, upload: int, offset: int, content: bytes) -> Any:
    return client.patch(
        f"/api/uploads/{upload}/",
        content,
        content_type="application/octet-stream",
        headers={"Upload-Offset": str(offset)},
    )


def files_in(home: Path) -> list[str]:
    """Return what lies in the upload area, parts included."""
    return sorted(
        str(path.relative_to(home / "uploads"))
        for path in (home / "uploads").rglob("*")
        if path.is_file()
    )


def area() -> Library:
    return Library.objects.get(name="Uploads")


class TestManyAtOnce:
    def test_each_is_checked_by_itself(self, alice: APIClient, home: Path) -> None:
        outcomes = send(
            alice,
            ("a.jpg", picture()),
            ("copy.jpg", picture()),
            ("broken.jpg", picture()[:300]),
            ("notes.txt", b"hello"),
            ("b.jpg", picture("blue")),
        )
        assert [each["outcome"] for each in outcomes] == [
            *("added", "known", "refused", "refused", "added")
        ]
        assert outcomes[1]["photo"] == outcomes[0]["photo"]
        assert "cut off" in outcomes[2]["reason"]
        user = make_user().pk
        assert files_in(home) == [f"{user}/a.jpg", f"{user}/b.jpg"]
        assert not Upload.objects.exists()

    def test_what_was_added_is_scanned(self, alice: APIClient) -> None:
        (taken,) = send(alice, ("a.jpg", picture()))
        execute(Job.objects.get(kind=Job.Kind.SCAN).pk)
        photo = Photo.objects.get(pk=taken["photo"])
        assert (photo.state, photo.width, photo.library) == ("scanned", 60, area())
        assert (area().owner, photo.path) == (make_user(), "a.jpg")
        assert send(alice, ("again.jpg", picture()))[0]["outcome"] == "known"
        execute(start_scan(library=area(), requested_by=make_user()).pk)
        assert Photo.objects.count() == 1

    def test_a_name_that_is_taken_gets_a_number(self, alice: APIClient, home: Path) -> None:
        for colour in ("red", "green", "blue"):
            send(alice, ("a.jpg", picture(colour)))
        user = make_user().pk
        assert files_in(home) == [f"{user}/a (2).jpg", f"{user}/a (3).jpg", f"{user}/a.jpg"]

    @pytest.mark.parametrize(
        "name", ["../../evil.jpg", "/etc/evil.jpg", "..\\evil.jpg", ".evil.jpg", "...//evil.jpg"]
    )
    def test_no_name_leads_out_of_the_area(self, alice: APIClient, home: Path, name: str) -> None:
        upload = begin(alice, name, len(picture())).json()
        assert piece(alice, upload["id"], 0, picture()).json()["taken"]["outcome"] == "added"
        assert files_in(home) == [f"{make_user().pk}/evil.jpg"]

    def test_files_are_private_and_not_executable(self, alice: APIClient, home: Path) -> None:
        send(alice, ("a.jpg", picture()))
        (name,) = files_in(home)
        assert stat.S_IMODE((home / "uploads" / name).stat().st_mode) == 0o600

    def test_a_video_is_taken_too(self, alice: APIClient, home: Path) -> None:
        content = make_video(home / "a.mp4", [plain("red")]).read_bytes()
        assert send(alice, ("a.mp4", content))[0]["outcome"] == "added"

    def test_each_user_has_an_area_and_duplicates_of_ones_own_alone(
        self, alice: APIClient, charlie: APIClient
    ) -> None:
        (mine,) = send(alice, ("a.jpg", picture()))
        (theirs,) = send(charlie, ("a.jpg", picture()))
        assert (mine["outcome"], theirs["outcome"]) == ("added", "added")
        assert alice.get(f"/api/photos/{theirs['photo']}/").status_code == 404

    def test_nothing_and_too_much_are_refused(self, alice: APIClient) -> None:
        assert alice.post("/api/photos/", {}, format="multipart").status_code == 400
        change_preferences(make_user(), {"max_upload_mb": 1})
        large = SimpleUploadedFile("a.jpg", bytes(1_100_000))
        answer = alice.post("/api/photos/", {"files": [large]}, format="multipart")
        assert (answer.status_code, "1 MB" in answer.content.decode()) == (400, True)

    def test_strangers_are_not_let_in(self, db: None) -> None:
        assert APIClient().post("/api/photos/", {}, format="multipart").status_code in (401, 403)


class TestInPieces:
    def test_a_file_goes_on_where_it_was_broken_off(self, alice: APIClient, home: Path) -> None:
        content = picture(size=(400, 300))
        upload = begin(alice, "a.jpg", len(content)).json()
        assert upload["offset"] == 0
        assert piece(alice, upload["id"], 0, content[:500]).json() == {"offset": 500, "taken": None}
        assert alice.get(f"/api/uploads/{upload['id']}/").json()["offset"] == 500
        done = piece(alice, upload["id"], 500, content[500:]).json()
        assert (done["offset"], done["taken"]["outcome"]) == (len(content), "added")
        path = home / "uploads" / str(make_user().pk) / "a.jpg"
        assert path.read_bytes() == content
        assert alice.get(f"/api/uploads/{upload['id']}/").status_code == 404

    def test_a_piece_from_elsewhere_says_where_to_go_on(self, alice: APIClient) -> None:
        upload = begin(alice, "a.jpg", 1000).json()["id"]
        piece(alice, upload, 0, b"x" * 10)
        for offset in (0, 11):
            answer = piece(alice, upload, offset, b"y")
            assert (answer.status_code, "number 10" in answer.content.decode()) == (409, True)
        assert Upload.objects.get().offset == 10

    def test_more_than_was_announced_is_refused(self, alice: APIClient) -> None:
        upload = begin(alice, "a.jpg", 10).json()["id"]
        assert piece(alice, upload, 0, b"x" * 11).status_code == 400
        assert Upload.objects.get().offset == 0

    @pytest.mark.parametrize(
        ("name", "size"), [("a.exe", 10), ("", 10), ("a.jpg", 0), ("a.jpg", 10**13), ("..", 5)]
    )
    def test_what_cannot_be_taken_is_refused_at_once(
        self, alice: APIClient, name: str, size: int
    ) -> None:
        assert begin(alice, name, size).status_code == 400
        assert not Upload.objects.exists()

    def test_a_stranger_gets_404(self, alice: APIClient, charlie: APIClient) -> None:
        upload = begin(alice, "a.jpg", 10).json()["id"]
        assert piece(charlie, upload, 0, b"x").status_code == 404
        assert charlie.get(f"/api/uploads/{upload}/").status_code == 404
        assert charlie.delete(f"/api/uploads/{upload}/").status_code == 404
        assert charlie.get("/api/uploads/").json()["results"] == []

    def test_breaking_off_leaves_nothing(self, alice: APIClient, home: Path) -> None:
        upload = begin(alice, "a.jpg", 10).json()["id"]
        piece(alice, upload, 0, b"x")
        assert alice.delete(f"/api/uploads/{upload}/").status_code == 204
        assert files_in(home) == []

    def test_two_pieces_do_not_arrive_at_a_time(self, alice: APIClient) -> None:
        upload = Upload.objects.get(pk=begin(alice, "a.jpg", 10).json()["id"])

        def meanwhile() -> Iterator[bytes]:
            assert piece(alice, upload.pk, 0, b"y").status_code == 409
            yield b"x"

        assert append_to_upload(upload, offset=0, pieces=meanwhile()) == 1

    def test_a_full_disk_is_said_and_nothing_is_half_written(
        self, alice: APIClient, home: Path
    ) -> None:
        upload = begin_upload(owner=make_user(), name="a.jpg", size=10)

        def full() -> Iterator[bytes]:
            yield b"123"
            raise OSError(28, os.strerror(28))

        with pytest.raises(ValidationError, match="full"):
            append_to_upload(upload, offset=0, pieces=full())
        assert upload.offset == 0
        change_preferences(make_user(), {"keep_free_mb": 10_000_000})
        answer = begin(alice, "b.jpg", 10)
        assert (answer.status_code, "full" in answer.content.decode()) == (400, True)
        assert send(alice, ("b.jpg", picture()))[0]["reason"] == "The server's disk is full."

    def test_what_nobody_comes_back_for_is_cleared_away(self, alice: APIClient, home: Path) -> None:
        old = Upload.objects.get(pk=begin(alice, "a.jpg", 10).json()["id"])
        new = Upload.objects.get(pk=begin(alice, "b.jpg", 10).json()["id"])
        for each in (old, new):
            piece(alice, each.pk, 0, b"x")
        before = old.created_at - timedelta(days=2)
        Upload.objects.filter(pk=old.pk).update(created_at=before)
        os.utime(old.part, (before.timestamp(), before.timestamp()))
        orphan = old.part.with_name("999999.jpg")
        orphan.write_bytes(b"x")
        os.utime(orphan, (before.timestamp(), before.timestamp()))
        tidying_up.send(sender=None)
        assert list(Upload.objects.all()) == [new]
        assert files_in(home) == [f".parts/{new.pk}.jpg"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("summer.jpg", "summer.jpg"),
        ("a/b\\c.jpg", "c.jpg"),
        ("a\0b\r\nc.jpg", "ab c.jpg"),
        ('"<evil>|?*:".jpg', "__evil______.jpg"),
        ("..", ""),
        (".jpg", "jpg"),
        ("été 2020.jpg", "été 2020.jpg"),
        ("e\u0301t\u00e9.jpg", "été.jpg"),
        ("a\u202egpj.exe.jpg", "a gpj.exe.jpg"),
        ("..\u2215..\u2215etc.jpg", "\u2215..\u2215etc.jpg"),
        ("  . a .jpg", "a.jpg"),
        ("x" * 500 + ".jpeg", "x" * 175 + ".jpeg"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_name_gets_its_number_before_the_suffix() -> None:
    assert (numbered("a.b.jpg", 1), numbered("a.b.jpg", 2)) == ("a.b.jpg", "a.b (2).jpg")


def test_a_file_that_is_known_and_gone_is_taken(alice: APIClient) -> None:
    send(alice, ("a.jpg", picture()))
    old = Photo.objects.get()
    old.file.place.unlink()  # no scan has missed it yet
    [again] = send(alice, ("b.jpg", picture()))
    assert again["outcome"] == "added"
    assert Photo.objects.get(pk=again["photo"]).file.place.read_bytes() == picture()


def test_what_the_database_needs_of_the_disk_is_left(alice: APIClient) -> None:
    upload = begin(alice, "a.jpg", 1000).json()["id"]
    change_preferences(make_user(), {"keep_free_mb": 10_000_000})  # others have filled it meanwhile
    answer = piece(alice, upload, 0, b"x" * 10)
    assert answer.status_code == 400
    assert "disk is full" in answer.content.decode()
    assert Upload.objects.get().offset == 0
