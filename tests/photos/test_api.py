"""Libraries and photos over HTTP: works, refuses strangers, validates, 404."""

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from photos.imaging.thumbnails import thumbnail_webp
from photos.models import Library, Photo
from project.jobs.models import Job
from tests.factories import make_library, make_photo, make_user
from tests.problems import fields_of, problem_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


@pytest.fixture
def staff() -> APIClient:
    """Alice's client, with the right to add libraries."""
    client = APIClient()
    client.force_login(make_user("alice", is_staff=True))
    return client


@pytest.fixture
def bob() -> APIClient:
    client = APIClient()
    client.force_login(make_user("bob"))
    return client


@pytest.fixture
def anonymous() -> APIClient:
    return APIClient()


@pytest.fixture
def photo(tmp_path: Path) -> Photo:
    """A photo of Alice's whose file is there."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (60, 40), "red").save(folder / "a b.jpg")
    return make_photo(make_library(path=folder), path="a b.jpg", taken_at=None)


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def addresses(photo: Photo) -> list[tuple[str, str]]:
    """Every address of photos and libraries, with its method."""
    library = photo.library_id
    return [
        ("get", "/api/libraries/"),
        ("post", "/api/libraries/"),
        ("get", f"/api/libraries/{library}/"),
        ("post", f"/api/libraries/{library}/scan/"),
        ("post", f"/api/libraries/{library}/rescan/"),
        ("get", "/api/photos/"),
        ("get", f"/api/photos/{photo.pk}/"),
        ("get", f"/api/photos/{photo.pk}/thumbnail/"),
        ("get", f"/api/photos/{photo.pk}/preview/"),
        ("get", f"/api/photos/{photo.pk}/original/"),
    ]


def test_who_has_not_signed_in_sees_nothing(anonymous: APIClient, photo: Photo) -> None:
    for method, address in addresses(photo):
        assert getattr(anonymous, method)(address).status_code in (401, 403), address
    assert not Job.objects.exists()


def test_a_stranger_gets_404_for_what_is_not_theirs(bob: APIClient, photo: Photo) -> None:
    default_storage.save(photo.thumbnail_name, ContentFile(b"webp"))
    for method, address in addresses(photo):
        if str(photo.pk) in address or str(photo.library_id) in address:
            assert getattr(bob, method)(address).status_code == 404, address
    assert ids(bob.get("/api/photos/")) == ids(bob.get("/api/libraries/")) == []
    assert ids(bob.get(f"/api/photos/?library={photo.library_id}")) == []
    assert not Job.objects.exists()


def test_staff_see_no_more_photos_than_others(photo: Photo) -> None:
    client = APIClient()
    client.force_login(make_user("bob", is_staff=True))
    assert client.get(f"/api/photos/{photo.pk}/original/").status_code == 404
    assert ids(client.get("/api/libraries/")) == []


@pytest.mark.parametrize("pk", ["0", "999999", "99999999999999999999999", "abc", "-1"])
@pytest.mark.parametrize("kind", ["libraries", "photos"])
def test_what_does_not_exist_is_404(alice: APIClient, kind: str, pk: str) -> None:
    assert alice.get(f"/api/{kind}/{pk}/").status_code == 404


class TestLibraries:
    def test_libraries_come_newest_first_with_counts_of_their_photos(
        self, alice: APIClient
    ) -> None:
        first, second = make_library(), make_library()
        for state in ("pending", "failed", "failed", "scanned"):
            make_photo(first, state=state)
        results = alice.get("/api/libraries/").json()["results"]
        assert [row["id"] for row in results] == [second.pk, first.pk]
        assert results[1] == {
            "id": first.pk,
            "owner": first.owner_id,
            "owner_name": "alice",
            "role": "owner",
            "name": "Pictures",
            "path": first.path,
            "photos_total": 4,
            "photos_pending": 1,
            "photos_failed": 2,
            "reads_names": True,
            "finds_faces": True,
            "created_at": results[1]["created_at"],
        }

    def test_staff_add_a_folder(self, staff: APIClient, tmp_path: Path) -> None:
        answer = staff.post("/api/libraries/", {"path": str(tmp_path)}, format="json")
        assert answer.status_code == 201
        library = Library.objects.get()
        assert answer.json()["id"] == library.pk
        assert answer.json()["name"] == tmp_path.name
        assert (library.path, library.owner.username) == (str(tmp_path), "alice")

    def test_others_may_not_add_a_folder(self, bob: APIClient, tmp_path: Path) -> None:
        answer = bob.post("/api/libraries/", {"path": str(tmp_path)}, format="json")
        assert answer.status_code == 403
        assert not Library.objects.exists()

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"path": ""},
            {"path": "Pictures"},
            {"path": "/no/such/folder"},
            {"path": "/nul\0byte"},
            {"path": "/" + "n" * 5000},
            {"path": "~nobody-of-this-name"},
            {"path": "/\udcff"},
            {"path": ["/tmp"]},
            {"path": None},
            {"path": "/", "name": "n" * 201},
        ],
    )
    def test_a_bad_path_is_an_error_of_its_field(
        self, staff: APIClient, body: dict[str, Any]
    ) -> None:
        # Escaped by hand: the client's own encoder refuses half of a surrogate pair.
        content = json.dumps(body)
        answer = staff.post("/api/libraries/", content, content_type="application/json")
        assert answer.status_code == 400
        assert fields_of(answer) == [list(body)[-1] if body else "path"]
        assert not Library.objects.exists()

    def test_what_a_library_cannot_begin_with_is_left_aside(
        self, staff: APIClient, tmp_path: Path
    ) -> None:
        data = {"path": str(tmp_path), "reads_names": False}
        assert staff.post("/api/libraries/", data, format="json").status_code == 201

    def test_the_same_folder_twice_is_an_error(self, staff: APIClient, tmp_path: Path) -> None:
        body = {"path": str(tmp_path)}
        staff.post("/api/libraries/", body, format="json")
        answer = staff.post("/api/libraries/", body, format="json")
        assert answer.status_code == 400
        assert fields_of(answer) == ["path"]
        assert "already" in problem_of(answer)["detail"]

    def test_what_is_not_json_is_refused(self, staff: APIClient) -> None:
        answer = staff.post("/api/libraries/", "{nonsense", content_type="application/json")
        assert answer.status_code == 400

    def test_a_library_cannot_be_moved_or_deleted_here(
        self, staff: APIClient, photo: Photo
    ) -> None:
        address = f"/api/libraries/{photo.library_id}/"
        for method in (staff.put, staff.delete):
            assert method(address, {"path": "/"}, format="json").status_code == 405
        staff.patch(address, {"path": "/", "reads_names": True}, format="json")
        assert Library.objects.get().path == photo.library.path

    def test_scan_answers_with_the_job(self, alice: APIClient, photo: Photo) -> None:
        answer = alice.post(f"/api/libraries/{photo.library_id}/scan/")
        job = Job.objects.get()
        assert answer.status_code == 202
        assert answer.json()["id"] == job.pk
        assert (job.kind, job.requested_by.username) == ("scan", "alice")
        assert job.parameters["library"] == photo.library_id

    def test_scan_twice_is_the_same_job(self, alice: APIClient, photo: Photo) -> None:
        address = f"/api/libraries/{photo.library_id}/scan/"
        assert alice.post(address).json()["id"] == alice.post(address).json()["id"]

    @pytest.mark.parametrize(
        ("body", "restores"),
        [({}, False), ({"restore_dismissed": True}, True), ({"restore_dismissed": False}, False)],
    )
    def test_rescan_takes_its_options(
        self, alice: APIClient, photo: Photo, body: dict[str, bool], restores: bool
    ) -> None:
        answer = alice.post(f"/api/libraries/{photo.library_id}/rescan/", body, format="json")
        assert answer.status_code == 202
        job = Job.objects.get()
        assert job.kind == "rescan"
        assert job.parameters["options"] == {"restore_dismissed": restores}

    def test_rescan_refuses_options_that_make_no_sense(
        self, alice: APIClient, photo: Photo
    ) -> None:
        address = f"/api/libraries/{photo.library_id}/rescan/"
        answer = alice.post(address, {"restore_dismissed": "perhaps"}, format="json")
        assert answer.status_code == 400
        assert not Job.objects.exists()


class TestPhotos:
    def test_a_photo_says_what_is_known_of_it(self, alice: APIClient) -> None:
        photo = make_photo(state="failed", problem="The file is empty (0 bytes).")
        row = alice.get(f"/api/photos/{photo.pk}/").json()
        assert row["path"] == photo.path
        assert (row["state"], row["problem"]) == ("failed", "The file is empty (0 bytes).")
        assert (row["width"], row["height"], row["size"]) == (600, 400, 1000)
        assert row["thumbnail"] == photo.thumbnail_url
        assert "claimed_by" not in row

    def test_photos_can_be_had_of_one_library(self, alice: APIClient) -> None:
        one, other = make_photo(), make_photo()
        assert ids(alice.get("/api/photos/")) == [other.pk, one.pk]
        assert ids(alice.get(f"/api/photos/?library={one.library_id}")) == [one.pk]

    @pytest.mark.parametrize("library", ["", "abc", "1.5", "1e3"])
    def test_a_library_that_is_no_number_is_an_error(self, alice: APIClient, library: str) -> None:
        assert alice.get(f"/api/photos/?library={library}").status_code == 400

    def test_a_library_out_of_range_has_no_photos(self, alice: APIClient, photo: Photo) -> None:
        assert ids(alice.get(f"/api/photos/?library={10**30}")) == []

    def test_pages_meet_without_gap_or_overlap(self, alice: APIClient) -> None:
        library = make_library()
        photos = [make_photo(library).pk for _ in range(5)]
        seen: list[int] = []
        address = "/api/photos/?limit=2"
        while address:
            answer = alice.get(address)
            seen += ids(answer)
            address = answer.json()["next"]
        assert seen == photos[::-1]

    def test_the_number_of_queries_does_not_grow(self, alice: APIClient) -> None:
        library = make_library()
        counts = []
        for _ in range(2):
            for _ in range(10):
                make_photo(library)
            with CaptureQueriesContext(connection) as queries:
                assert ids(alice.get("/api/photos/"))
            counts.append(len(queries))
        assert counts[0] == counts[1]

    def test_photos_cannot_be_written_here(self, alice: APIClient, photo: Photo) -> None:
        address = f"/api/photos/{photo.pk}/"
        for method in (alice.put, alice.patch, alice.delete):
            assert method(address, {"path": "../../etc/passwd"}, format="json").status_code == 405
        # Files are taken, and nothing else.
        assert alice.post("/api/photos/", {}, format="json").status_code == 415

    def test_the_thumbnail_is_sent_for_the_owner_alone_to_keep(
        self, alice: APIClient, photo: Photo
    ) -> None:
        default_storage.save(photo.thumbnail_name, ContentFile(b"webp"))
        answer = alice.get(photo.thumbnail_url)
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content) == b"webp"  # type: ignore[attr-defined]
        assert answer["Content-Type"] == "image/webp"
        assert "private" in answer["Cache-Control"]

    def test_a_thumbnail_comes_smaller_and_in_other_formats(
        self, alice: APIClient, charlie: APIClient, photo: Photo
    ) -> None:
        default_storage.save(
            photo.thumbnail_name, ContentFile(thumbnail_webp(Image.new("RGB", (900, 600), "red")))
        )
        address = f"/api/photos/{photo.pk}/thumbnail/?size=240&type=avif"
        answer = alice.get(address, headers={"Accept": "image/avif"})
        assert Image.open(BytesIO(b"".join(answer.streaming_content))).size == (240, 160)  # type: ignore[attr-defined]
        assert answer["Content-Type"] == "image/avif"
        assert charlie.get(address).status_code == 404
        refused = alice.get(f"/api/photos/{photo.pk}/thumbnail/?size=241&type=gif")
        assert refused.status_code == 400
        assert {each["field"] for each in refused.json()["errors"]} == {"size", "type"}

    def test_a_thumbnail_that_has_not_been_made_is_404(
        self, alice: APIClient, photo: Photo
    ) -> None:
        assert alice.get(photo.thumbnail_url).status_code == 404

    def test_the_preview_is_made_when_it_is_first_asked_for_and_kept(
        self, alice: APIClient, photo: Photo
    ) -> None:
        address = alice.get(f"/api/photos/{photo.pk}/").json()["preview"]
        Image.new("RGB", (4000, 3000), "red").save(photo.file.place)
        assert not default_storage.exists(photo.preview_name)
        answer = alice.get(address)
        assert answer["Content-Type"] == "image/webp"
        assert "private" in answer["Cache-Control"]
        sent = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert Image.open(BytesIO(sent)).size == (2048, 1536)
        answer = alice.get(f"{address}&large=true")
        large = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        assert Image.open(BytesIO(large)).size == (4000, 3000)
        photo.file.place.unlink()
        assert b"".join(alice.get(address).streaming_content) == sent  # type: ignore[attr-defined]

    def test_a_preview_of_a_file_that_is_gone_is_404(self, alice: APIClient, photo: Photo) -> None:
        photo.file.place.unlink()
        answer = alice.get(photo.preview_url)
        assert answer.status_code == 404
        assert photo.library.path not in answer.content.decode()

    def test_the_original_is_the_file_byte_by_byte(self, alice: APIClient, photo: Photo) -> None:
        answer = alice.get(f"/api/photos/{photo.pk}/original/")
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content) == photo.file.place.read_bytes()  # type: ignore[attr-defined]
        assert answer["Content-Type"] == "image/jpeg"
        assert "a b.jpg" in answer["Content-Disposition"]
        assert answer["X-Content-Type-Options"] == "nosniff"

    def test_an_original_that_is_gone_is_404(self, alice: APIClient, photo: Photo) -> None:
        photo.file.place.unlink()
        answer = alice.get(f"/api/photos/{photo.pk}/original/")
        assert answer.status_code == 404
        assert photo.library.path not in answer.content.decode()

    def test_an_original_replaced_by_a_folder_is_404(self, alice: APIClient, photo: Photo) -> None:
        photo.file.place.unlink()
        photo.file.place.mkdir()
        assert alice.get(f"/api/photos/{photo.pk}/original/").status_code == 404


def test_reading_names_from_files_is_switched_by_library(
    alice: APIClient, charlie: APIClient
) -> None:
    library = make_library()
    address = f"/api/libraries/{library.pk}/"
    assert alice.get(address).data["reads_names"] is True
    assert alice.patch(address, {"reads_names": False}, format="json").data["reads_names"] is False
    library.refresh_from_db()
    assert library.reads_names is False
    assert charlie.patch(address, {"reads_names": True}, format="json").status_code == 404
    assert alice.patch(address, {}, format="json").status_code == 400


def test_ones_own_photos_are_rescanned_and_no_others(alice: APIClient, charlie: APIClient) -> None:
    photo = make_photo()
    address, asked = "/api/photos/rescan/", {"photos": [photo.pk], "restore_dismissed": True}
    assert charlie.post(address, asked, format="json").json() == {"jobs": []}
    answer = alice.post(address, asked, format="json")
    assert answer.status_code == 202
    (job,) = answer.json()["jobs"]
    assert job["kind"] == "rescan"
    assert job["parameters"]["photos"] == [photo.pk]
    assert job["parameters"]["options"] == {"restore_dismissed": True}
    assert alice.post(address, asked, format="json").status_code == 400
    assert alice.post(address, {"photos": []}, format="json").status_code == 400
