"""What changes libraries and photos: before and after, on real files."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.dispatch import receiver
from django.test import override_settings
from PIL import ExifTags, Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from photos.actions.libraries import add_library
from photos.actions.previews import make_preview
from photos.actions.recording import BATCH, mark_for_rescan, record_files
from photos.actions.scanning import claim_photos, release_photos, scan_photo
from photos.imaging.decoding import DecodedImage
from photos.imaging.folders import FoundFile
from photos.models import Library, Photo
from photos.signals import photo_decoded
from project.jobs.presence import worker_token
from tests.account import ordinary_user
from tests.factories import make_library, make_photo, make_user
from tests.services import temporary_home

pytestmark = pytest.mark.django_db
PENDING, SCANNED, FAILED = Photo.State.PENDING, Photo.State.SCANNED, Photo.State.FAILED


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


def record(library: Library, *files: FoundFile, retry_failed: bool = False) -> list[int]:
    """Record a listing of the folder; return what ``after_batch`` was told."""
    told: list[int] = []
    record_files(
        library=library, files=iter(files), retry_failed=retry_failed, after_batch=told.append
    )
    return told


def make_file(folder: Path, name: str = "a.jpg", **options: Any) -> Path:
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (60, 40), "red").save(folder / name, **options)
    return folder / name


def make_pending(library: Library, name: str = "a.jpg") -> Photo:
    """A row for a file as it lies on disk now."""
    status = (Path(library.path) / name).stat()
    return make_photo(
        library,
        path=name,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
        state=PENDING,
        width=0,
        height=0,
        scanned_at=None,
        claimed_by=5,
    )


def nothing(problem: str) -> None:
    pass


class TestAddLibrary:
    def refusal(self, path: str) -> str:
        with pytest.raises(ValidationError) as error:
            add_library(owner=make_user(), path=path)
        assert not Library.objects.exists()
        return " ".join(error.value.message_dict["path"])

    def test_a_folder_becomes_a_library_named_after_it(self, tmp_path: Path) -> None:
        library = add_library(owner=make_user(), path=f"{tmp_path}/../{tmp_path.name}/")
        assert (library.path, library.name) == (str(tmp_path), tmp_path.name)

    def test_a_name_may_be_given(self, tmp_path: Path) -> None:
        assert (
            add_library(owner=make_user(), path=str(tmp_path), name="Holidays").name == "Holidays"
        )

    def test_a_folder_with_a_long_name_is_a_library(self, tmp_path: Path) -> None:
        folder = tmp_path / ("n" * 250)
        folder.mkdir()
        assert add_library(owner=make_user(), path=str(folder)).path == str(folder)

    @pytest.mark.parametrize("path", ["Pictures", "./Pictures", "", "..", "~nobody-of-this-name/a"])
    def test_a_path_must_be_whole(self, path: str) -> None:
        assert "whole path" in self.refusal(path)

    def test_a_folder_must_be_there(self, tmp_path: Path) -> None:
        assert "no folder" in self.refusal(str(tmp_path / "gone"))

    def test_a_file_is_no_library(self, tmp_path: Path) -> None:
        assert "no folder" in self.refusal(str(make_file(tmp_path)))

    def test_a_loop_of_links_is_no_library(self, tmp_path: Path) -> None:
        (tmp_path / "loop").symlink_to("loop")
        assert "no folder" in self.refusal(str(tmp_path / "loop"))

    @pytest.mark.parametrize("path", ["/" + "n" * 300, "/n" * 3000, "/nul\0byte"])
    def test_a_path_that_no_disk_can_have_is_refused(self, path: str) -> None:
        assert self.refusal(path)

    @pytest.mark.parametrize("inner", ["", "inner"])
    @pytest.mark.parametrize("mode", [0, 0o444, 0o111])
    def test_a_folder_without_permission_is_refused(self, mode: int, inner: str) -> None:
        with temporary_home() as home:
            folder = home / "closed" / inner
            folder.mkdir(parents=True)
            folder.chmod(mode)
            try:
                with ordinary_user():
                    assert "permission" in self.refusal(str(folder))
            finally:
                folder.chmod(0o755)

    def test_a_folder_whose_name_is_no_utf8_is_refused(self, tmp_path: Path) -> None:
        folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
        folder.mkdir()
        assert "UTF-8" in self.refusal(str(folder))

    @pytest.mark.parametrize("path", ["/", "/proc", "/dev/shm", "/sys"])
    def test_what_belongs_to_the_system_is_no_library(self, path: str) -> None:
        assert "system" in self.refusal(path)

    def test_what_kith_keeps_is_no_library(self, tmp_path: Path, settings: Settings) -> None:
        settings.KITH_HOME = tmp_path
        for name in ("uploads/7", "media", "sample"):
            (tmp_path / name).mkdir(parents=True)
        (tmp_path / "link").symlink_to("uploads/7")
        for path in (".", "uploads/7", "media", "link", "sample/../uploads"):
            assert "its own data" in self.refusal(f"{tmp_path}/{path}")
        assert add_library(owner=make_user(), path=f"{tmp_path}/sample").name == "sample"

    def test_libraries_lie_where_the_installation_allows(
        self, tmp_path: Path, settings: Settings
    ) -> None:
        for name in ("photos/alice", "photos-of-bob"):
            (tmp_path / name).mkdir(parents=True)
        settings.KITH_LIBRARY_ROOTS = [f"{tmp_path}/photos"]
        (tmp_path / "photos/link").symlink_to(tmp_path / "photos-of-bob")
        for path in (
            "photos-of-bob",
            "photos/link",
            "photos/..",
            "photos/alice/../../photos-of-bob",
        ):
            assert "KITH_LIBRARY_ROOTS" in self.refusal(f"{tmp_path}/{path}")
        assert add_library(owner=make_user(), path=f"{tmp_path}/photos/alice").name == "alice"

    def test_a_folder_is_a_library_of_a_user_only_once(self, tmp_path: Path) -> None:
        add_library(owner=make_user(), path=str(tmp_path))
        (tmp_path / "link").symlink_to(tmp_path)
        with pytest.raises(ValidationError, match="already"):
            add_library(owner=make_user(), path=str(tmp_path / "link"))
        assert Library.objects.count() == 1

    def test_two_users_may_have_the_same_folder(self, tmp_path: Path) -> None:
        add_library(owner=make_user(), path=str(tmp_path))
        assert add_library(owner=make_user("bob"), path=str(tmp_path)).owner.username == "bob"


class TestRecordFiles:
    def test_new_files_become_pending_photos(self) -> None:
        library = make_library()
        assert record(library, FoundFile("a.jpg", 5, 7), FoundFile("b/c.jpg", 6, 8)) == [2]
        rows = library.photos.order_by("path").values_list("path", "size", "modified_ns", "state")
        assert list(rows) == [("a.jpg", 5, 7, PENDING), ("b/c.jpg", 6, 8, PENDING)]

    def test_recording_twice_equals_recording_once(self) -> None:
        library = make_library()
        record(library, FoundFile("a.jpg", 5, 7))
        once = list(library.photos.values())
        record(library, FoundFile("a.jpg", 5, 7))
        assert list(library.photos.values()) == once

    def test_an_unchanged_photo_is_not_looked_at_again(self) -> None:
        photo = make_photo(size=5, modified_ns=7)
        record(photo.library, FoundFile(photo.path, 5, 7))
        photo.refresh_from_db()
        assert photo.state == SCANNED

    @pytest.mark.parametrize(("size", "modified_ns"), [(6, 7), (5, 8), (5, 6)])
    def test_a_changed_photo_is_looked_at_again(self, size: int, modified_ns: int) -> None:
        photo = make_photo(size=5, modified_ns=7)
        record(photo.library, FoundFile(photo.path, size, modified_ns))
        photo.refresh_from_db()
        assert (photo.state, photo.size, photo.modified_ns) == (PENDING, size, modified_ns)

    def test_a_photo_that_could_not_be_read_waits_for_a_change_or_a_retry(self) -> None:
        photo = make_photo(size=5, modified_ns=7, state=FAILED, problem="Damaged.")
        file = FoundFile(photo.path, 5, 7)
        record(photo.library, file)
        photo.refresh_from_db()
        assert photo.state == FAILED
        record(photo.library, file, retry_failed=True)
        photo.refresh_from_db()
        assert photo.state == PENDING

    def test_a_retry_leaves_photos_that_were_read(self) -> None:
        photo = make_photo(size=5, modified_ns=7)
        record(photo.library, FoundFile(photo.path, 5, 7), retry_failed=True)
        photo.refresh_from_db()
        assert photo.state == SCANNED

    def test_the_row_of_a_file_that_is_gone_stays_and_says_since_when(self) -> None:
        photo = make_photo()
        record(photo.library)
        photo.refresh_from_db()
        first = photo.missing_since
        assert first is not None
        assert photo.state == SCANNED
        record(photo.library)
        photo.refresh_from_db()
        assert photo.missing_since == first

    def test_a_file_that_comes_back_unchanged_is_not_looked_at_again(self) -> None:
        photo = make_photo(size=5, modified_ns=7)
        record(photo.library)
        record(photo.library, FoundFile(photo.path, 5, 7))
        photo.refresh_from_db()
        assert (photo.missing_since, photo.state) == (None, SCANNED)

    def test_a_file_that_comes_back_is_tried_again_if_it_could_not_be_read(self) -> None:
        photo = make_photo(size=5, modified_ns=7, state=FAILED)
        record(photo.library)
        record(photo.library, FoundFile(photo.path, 5, 7))
        photo.refresh_from_db()
        assert (photo.missing_since, photo.state) == (None, PENDING)

    def test_other_libraries_are_not_touched(self) -> None:
        other = make_photo(make_library(make_user("bob")), path="a.jpg", size=1)
        record(make_library(), FoundFile("a.jpg", 5, 7))
        other.refresh_from_db()
        assert (other.size, other.missing_since) == (1, None)

    def test_a_photo_added_by_another_scan_during_the_walk_is_not_missing(self) -> None:
        library = make_library()

        def files() -> Iterator[FoundFile]:
            yield FoundFile("a.jpg", 5, 7)
            make_photo(library, path="new.jpg")  # after this walk has passed its folder

        record_files(library=library, files=files(), after_batch=lambda seen: None)
        assert library.photos.get(path="new.jpg").missing_since is None

    def test_many_files_are_recorded_in_batches(self) -> None:
        library = make_library()
        files = [FoundFile(f"{n}.jpg", n, n) for n in range(2 * BATCH + 1)]
        assert record(library, *files) == [BATCH, 2 * BATCH, 2 * BATCH + 1]
        assert library.photos.filter(missing_since=None, state=PENDING).count() == len(files)


def test_a_rescan_marks_every_photo_that_is_there() -> None:
    library = make_library()
    scanned, failed = make_photo(library), make_photo(library, state=FAILED)
    missing = make_photo(library, missing_since=datetime(2026, 1, 1, tzinfo=UTC))
    assert mark_for_rescan(library.photos.all()) == 2
    for photo in (scanned, failed, missing):
        photo.refresh_from_db()
    assert [scanned.state, failed.state, missing.state] == [PENDING, PENDING, SCANNED]


class TestClaimPhotos:
    def test_pending_photos_of_the_library_are_taken_in_turn(self) -> None:
        library = make_library()
        photos = [make_photo(library, state=PENDING) for _ in range(3)]
        make_photo(library)
        make_photo(library, state=PENDING, missing_since=datetime(2026, 1, 1, tzinfo=UTC))
        make_photo(make_library(), state=PENDING)
        with worker_token() as token:
            first = claim_photos(library_id=library.pk, token=token, limit=2)
            rest = claim_photos(library_id=library.pk, token=token, limit=2)
        assert [first, rest] == [photos[:2], photos[2:]]

    def test_no_photo_is_given_to_two_workers(self) -> None:
        library = make_library()
        make_photo(library, state=PENDING)
        with worker_token() as one, worker_token() as two:
            assert len(claim_photos(library_id=library.pk, token=one, limit=4)) == 1
            assert claim_photos(library_id=library.pk, token=two, limit=4) == []

    def test_the_photos_of_a_worker_that_died_are_free_again(self) -> None:
        library = make_library()
        photo = make_photo(library, state=PENDING)
        with worker_token() as one:
            claim_photos(library_id=library.pk, token=one, limit=4)
        with worker_token() as two:
            assert claim_photos(library_id=library.pk, token=two, limit=4) == [photo]

    def test_what_a_dead_worker_had_comes_last_and_alone(self) -> None:
        library = make_library()
        photos = [make_photo(library, state=PENDING) for _ in range(4)]
        with worker_token() as dead:
            claim_photos(library_id=library.pk, token=dead, limit=2)
        with worker_token() as token:
            turns = [claim_photos(library_id=library.pk, token=token, limit=4) for _ in range(3)]
        assert turns == [photos[2:], photos[:1], photos[1:2]]

    def test_what_is_given_back_counts_as_not_tried(self) -> None:
        library = make_library()
        photo = make_photo(library, state=PENDING)
        with worker_token() as token:
            claim_photos(library_id=library.pk, token=token, limit=1)
            release_photos(token=token)
        photo.refresh_from_db()
        assert (photo.claimed_by, photo.attempts) == (None, 0)


def test_what_was_made_of_a_photo_goes_with_its_row(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    photo = make_photo()
    names = photo.picture_names
    for name in names:
        default_storage.save(name, ContentFile(b"picture"))
    with django_capture_on_commit_callbacks(execute=True):
        photo.library.delete()
    assert not any(default_storage.exists(name) for name in names)


def test_a_preview_is_made_anew_after_the_file_has_changed(tmp_path: Path) -> None:
    make_file(tmp_path)
    photo = make_pending(make_library(path=tmp_path))
    for large in (False, True):
        make_preview(photo, large=large)
    Image.new("RGB", (40, 60), "blue").save(tmp_path / "a.jpg")
    scan_photo(photo, seconds=60, and_then=nothing)
    for large in (False, True):
        with default_storage.open(make_preview(photo, large=large)) as file:
            assert Image.open(file).size == (40, 60)


class TestScanPhoto:
    def test_a_rescan_asked_for_meanwhile_is_still_to_be_done(self, tmp_path: Path) -> None:
        library = make_library(path=make_file(tmp_path).parent)
        make_pending(library)
        with worker_token() as token:
            (photo,) = claim_photos(library_id=library.pk, token=token, limit=1)
            mark_for_rescan(library.photos.all())
            scan_photo(photo, seconds=60, and_then=nothing)
        photo.refresh_from_db()
        assert photo.state == PENDING

    def test_the_picture_is_measured_upright_dated_and_shrunk(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 6
        details = exif.get_ifd(ExifTags.IFD.Exif)
        details[ExifTags.Base.DateTimeOriginal] = "2004:07:21 15:08:34"
        details[ExifTags.Base.OffsetTimeOriginal] = "+02:00"
        library = make_library(path=tmp_path)
        make_file(tmp_path, exif=exif)
        photo = make_pending(library)
        problems: list[str] = []
        scan_photo(photo, seconds=60, and_then=problems.append)
        photo.refresh_from_db()
        assert (photo.state, photo.problem, problems) == (SCANNED, "", [""])
        assert (photo.width, photo.height) == (40, 60)
        assert photo.taken_at == datetime(2004, 7, 21, 13, 8, 34, tzinfo=UTC)
        assert photo.scanned_at is not None
        assert photo.claimed_by is None
        with default_storage.open(photo.thumbnail_name) as file:
            assert Image.open(file).size == (40, 60)

    @override_settings(TIME_ZONE="Europe/Berlin")
    def test_a_time_without_a_zone_is_taken_for_the_servers(self, tmp_path: Path) -> None:
        exif = Image.Exif()
        exif[ExifTags.Base.DateTime] = "2004:07:21 15:08:34"
        make_file(tmp_path, exif=exif)
        photo = make_pending(make_library(path=tmp_path))
        scan_photo(photo, seconds=60, and_then=nothing)
        photo.refresh_from_db()
        assert photo.taken_at == datetime(2004, 7, 21, 13, 8, 34, tzinfo=UTC)

    def test_a_file_that_gives_no_picture_is_recorded_with_the_reason(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_text("Dear diary")
        photo = make_pending(make_library(path=tmp_path))
        problems: list[str] = []
        scan_photo(photo, seconds=60, and_then=problems.append)
        photo.refresh_from_db()
        assert photo.state == FAILED
        assert "no picture" in photo.problem
        assert problems == [photo.problem]
        assert not default_storage.exists(photo.thumbnail_name)

    def test_what_was_known_of_a_photo_stays_when_its_file_is_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_text("Dear diary")
        photo = make_pending(make_library(path=tmp_path))
        Photo.objects.filter(pk=photo.pk).update(width=600, height=400)
        scan_photo(photo, seconds=60, and_then=nothing)
        photo.refresh_from_db()
        assert (photo.state, photo.width, photo.height) == (FAILED, 600, 400)

    def test_a_photo_repaired_is_no_problem_any_more(self, tmp_path: Path) -> None:
        make_file(tmp_path)
        photo = make_pending(make_library(path=tmp_path))
        Photo.objects.filter(pk=photo.pk).update(problem="It was damaged.")
        scan_photo(photo, seconds=60, and_then=nothing)
        photo.refresh_from_db()
        assert (photo.state, photo.problem) == (SCANNED, "")

    def test_a_file_that_went_after_the_listing_is_missing_and_tried_when_it_is_back(
        self, tmp_path: Path
    ) -> None:
        file = make_file(tmp_path)
        photo = make_pending(make_library(path=tmp_path))
        found = FoundFile(photo.path, photo.size, photo.modified_ns)
        file.rename(tmp_path / "other.jpg")
        scan_photo(photo, seconds=60, and_then=nothing)
        photo.refresh_from_db()
        assert photo.state == FAILED
        assert "gone" in photo.problem
        record(photo.library, found)
        photo.refresh_from_db()
        assert photo.state == PENDING

    def test_a_disk_that_went_after_the_listing_is_no_fault_of_the_photo(
        self, tmp_path: Path
    ) -> None:
        folder = tmp_path / "disk"
        folder.mkdir()
        make_file(folder)
        photo = make_pending(make_library(path=folder))
        folder.rename(tmp_path / "away")
        with pytest.raises(FileNotFoundError):
            scan_photo(photo, seconds=60, and_then=nothing)
        photo.refresh_from_db()
        assert (photo.state, photo.missing_since) == (PENDING, None)

    def test_a_file_that_changed_since_it_was_taken_stays_pending(self, tmp_path: Path) -> None:
        make_file(tmp_path)
        photo = make_pending(make_library(path=tmp_path))
        record(photo.library, FoundFile(photo.path, photo.size + 1, photo.modified_ns))
        scan_photo(photo, seconds=60, and_then=nothing)
        photo.refresh_from_db()
        assert (photo.state, photo.claimed_by) == (PENDING, None)

    def test_a_row_deleted_meanwhile_is_not_brought_back(self, tmp_path: Path) -> None:
        make_file(tmp_path)
        photo = make_pending(make_library(path=tmp_path))
        Photo.objects.filter(pk=photo.pk).delete()
        with pytest.raises(Photo.DoesNotExist):
            scan_photo(photo, seconds=60, and_then=nothing)
        assert not Photo.objects.exists()

    def test_a_failure_to_store_undoes_all_of_the_photo(self, tmp_path: Path) -> None:
        make_file(tmp_path)
        photo = make_pending(make_library(path=tmp_path))

        def fail(problem: str) -> None:
            raise RuntimeError("the power went")

        with pytest.raises(RuntimeError):
            scan_photo(photo, seconds=60, and_then=fail)
        photo.refresh_from_db()
        assert (photo.state, photo.width) == (PENDING, 0)

    def test_other_apps_see_the_upright_picture_and_store_with_the_photo(
        self, tmp_path: Path
    ) -> None:
        make_file(tmp_path)
        photo = make_pending(make_library(path=tmp_path))
        seen: list[object] = []

        @receiver(photo_decoded)
        def look(photo: Photo, decoded: DecodedImage, **kwargs: object) -> object:
            seen.append((photo.pk, decoded.size, decoded.image.mode))
            return lambda: seen.append(Photo.objects.get(pk=photo.pk).state)

        try:
            scan_photo(photo, seconds=60, and_then=nothing)
        finally:
            photo_decoded.disconnect(look)
        assert seen == [(photo.pk, (60, 40), "RGB"), SCANNED]
