"""Moving, renaming, copying, editing and deleting files: nothing that is known of them is lost."""

import os
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.dispatch import receiver
from django.test import override_settings
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks

from faces.actions.labelling import label_faces
from faces.models import Embedding, Face
from photos.imaging.hashing import file_digest
from photos.jobs import start_rescan, start_scan
from photos.models import Library, Photo
from photos.signals import photo_decoded
from project.jobs.models import Job
from project.jobs.running import execute
from tests.embeddings import made_up_people
from tests.factories import make_face, make_library, make_person, make_user

pytestmark = pytest.mark.django_db
(VECTOR,), _ = made_up_people([1])


@pytest.fixture(autouse=True)
def media(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A library of one scanned photo, ``a.jpg``, whose only face is Ann's."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    draw(folder / "a.jpg", "red")
    library = make_library(path=folder)
    scan(library)
    face = make_face(photo_at(library, "a.jpg"), person=make_person("Ann"), vector=VECTOR)
    default_storage.save(face.crop_name, ContentFile(b"crop"))
    return library


def draw(path: Path, colour: str) -> None:
    Image.new("RGB", (60, 40), colour).save(path)


def scan(library: Library, *, rescan: bool = False) -> None:
    start = start_rescan if rescan else start_scan
    job = start(library=library, requested_by=library.owner)
    execute(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error, job.failed) == (Job.State.DONE, "", 0)


def photo_at(library: Library, path: str) -> Photo:
    return library.photos.get(path=path)


def anns(library: Library) -> list[str]:
    """Return the paths of photos in which Ann's face is."""
    return sorted(Face.objects.filter(person__name="Ann").values_list("photo__path", flat=True))


def folder_of(library: Library) -> Path:
    return Path(library.path)


@pytest.fixture
def looked_into() -> Iterator[list[str]]:
    """The paths of photos that apps were asked to look into."""
    paths: list[str] = []

    def look(photo: Photo, **kwargs: object) -> Callable[[], None]:
        paths.append(photo.path)
        return lambda: None

    receiver(photo_decoded)(look)
    yield paths
    photo_decoded.disconnect(look)


class TestMoving:
    @pytest.mark.parametrize("to", ["b.jpg", "sub/a.jpg", "A.JPG"])
    def test_a_photo_that_is_moved_or_renamed_keeps_row_and_labels(
        self, library: Library, looked_into: list[str], to: str
    ) -> None:
        before = photo_at(library, "a.jpg")
        (folder_of(library) / "sub").mkdir()
        (folder_of(library) / "a.jpg").rename(folder_of(library) / to)
        scan(library)
        assert photo_at(library, to).pk == before.pk
        assert library.photos.count() == 1
        assert photo_at(library, to).missing_since is None
        assert anns(library) == [to]
        assert looked_into == []

    def test_a_photo_moves_to_another_library_whichever_is_scanned_first(
        self, library: Library, tmp_path: Path
    ) -> None:
        for first_is_new in (True, False):
            there = folder_of(library) / "a.jpg"
            (tmp_path / str(first_is_new)).mkdir()
            other = make_library(path=tmp_path / str(first_is_new))
            shutil.move(there, other.path)
            for each in (other, library) if first_is_new else (library, other):
                scan(each)
            assert list(Photo.objects.filter(missing_since=None).values_list("library")) == [
                (other.pk,)
            ]
            assert Face.objects.get().photo.library == other
            library = other

    def test_names_that_are_exchanged_are_followed(self, library: Library) -> None:
        folder = folder_of(library)
        draw(folder / "b.jpg", "blue")
        scan(library)
        (folder / "a.jpg").rename(folder / "c")
        (folder / "b.jpg").rename(folder / "a.jpg")
        (folder / "c").rename(folder / "b.jpg")
        os.utime(folder / "a.jpg", ns=(5, 5))  # a disk on which both had the same size and time
        os.utime(folder / "b.jpg", ns=(6, 6))
        scan(library)
        assert anns(library) == ["b.jpg"]
        assert library.photos.filter(state=Photo.State.SCANNED, missing_since=None).count() == 2

    def test_names_that_are_handed_on_are_followed(self, library: Library) -> None:
        folder = folder_of(library)
        for name, colour in (("b.jpg", "blue"), ("c.jpg", "green")):
            draw(folder / name, colour)
        scan(library)
        before = {photo.digest: photo.pk for photo in library.photos.all()}
        for old, new in (("c", "d"), ("b", "c"), ("a", "b")):
            (folder / f"{old}.jpg").rename(folder / f"{new}.jpg")
            os.utime(folder / f"{new}.jpg")
        scan(library)
        assert anns(library) == ["b.jpg"]
        assert {photo.digest: photo.pk for photo in library.photos.all()} == before
        assert sorted(library.photos.values_list("path", flat=True)) == ["b.jpg", "c.jpg", "d.jpg"]

    def test_a_rescan_looks_into_what_has_moved(
        self, library: Library, looked_into: list[str]
    ) -> None:
        (folder_of(library) / "a.jpg").rename(folder_of(library) / "b.jpg")
        scan(library, rescan=True)
        assert looked_into == ["b.jpg"]
        assert anns(library) == ["b.jpg"]

    def test_a_photo_that_was_known_before_contents_were_noted_can_move(
        self, library: Library
    ) -> None:
        Photo.objects.update(digest="")
        scan(library)
        (folder_of(library) / "a.jpg").rename(folder_of(library) / "b.jpg")
        scan(library)
        assert anns(library) == ["b.jpg"]

    def test_a_file_of_the_same_size_is_no_move(self, library: Library) -> None:
        (folder_of(library) / "a.jpg").unlink()
        draw(folder_of(library) / "b.jpg", "blue")
        scan(library)
        assert anns(library) == ["a.jpg"]
        assert photo_at(library, "a.jpg").missing_since is not None

    def test_the_same_file_of_another_owner_is_no_move(
        self, library: Library, tmp_path: Path
    ) -> None:
        (tmp_path / "bobs").mkdir()
        bobs = make_library(make_user("bob"), tmp_path / "bobs")
        shutil.move(folder_of(library) / "a.jpg", bobs.path)
        scan(library)
        scan(bobs)
        assert Face.objects.get().photo.library == library
        assert photo_at(bobs, "a.jpg").copy_of is None


class TestCopies:
    @pytest.fixture
    def copied(self, library: Library) -> Library:
        shutil.copy(folder_of(library) / "a.jpg", folder_of(library) / "b.jpg")
        scan(library)
        return library

    def test_a_copy_is_not_looked_into(self, library: Library, looked_into: list[str]) -> None:
        shutil.copy(folder_of(library) / "a.jpg", folder_of(library) / "b.jpg")
        scan(library)
        original, copy = photo_at(library, "a.jpg"), photo_at(library, "b.jpg")
        assert (copy.copy_of, copy.state) == (original, Photo.State.SCANNED)
        assert (copy.width, copy.height) == (60, 40)
        assert copy.thumbnail_name == original.thumbnail_name
        assert looked_into == []

    def test_two_new_files_that_are_the_same_are_looked_into_once(
        self, library: Library, looked_into: list[str]
    ) -> None:
        for name in ("x.jpg", "y.jpg", "z.jpg"):
            draw(folder_of(library) / name, "green")
        scan(library)
        assert looked_into == ["x.jpg"]
        assert photo_at(library, "x.jpg").copies.count() == 2

    def test_it_stays_a_copy_when_both_are_scanned_anew(
        self, copied: Library, looked_into: list[str]
    ) -> None:
        scan(copied, rescan=True)
        assert looked_into == ["a.jpg"]
        assert photo_at(copied, "b.jpg").copy_of == photo_at(copied, "a.jpg")
        assert anns(copied) == ["a.jpg"]

    def test_deleting_the_original_file_keeps_the_labels_with_the_copy(
        self, copied: Library
    ) -> None:
        (folder_of(copied) / "a.jpg").unlink()
        scan(copied)
        assert anns(copied) == ["b.jpg"]
        assert photo_at(copied, "b.jpg").missing_since is None
        shutil.copy(folder_of(copied) / "b.jpg", folder_of(copied) / "a.jpg")
        scan(copied)
        assert photo_at(copied, "a.jpg").copy_of == photo_at(copied, "b.jpg")

    def test_deleting_the_copy_changes_nothing(self, copied: Library) -> None:
        (folder_of(copied) / "b.jpg").unlink()
        scan(copied)
        assert anns(copied) == ["a.jpg"]
        assert photo_at(copied, "b.jpg").missing_since is not None

    def test_moving_both_keeps_the_row_of_each(self, copied: Library) -> None:
        before = set(copied.photos.values_list("pk", flat=True))
        for old, new in (("a", "c"), ("b", "d")):
            (folder_of(copied) / f"{old}.jpg").rename(folder_of(copied) / f"{new}.jpg")
        scan(copied)
        assert set(copied.photos.values_list("pk", flat=True)) == before
        assert set(copied.photos.values_list("path", flat=True)) == {"c.jpg", "d.jpg"}
        assert copied.photos.filter(missing_since=None, copy_of=None).count() == 1
        assert Face.objects.count() == 1

    @pytest.mark.parametrize("edited", ["a.jpg", "b.jpg"])
    def test_editing_either_keeps_the_labels_of_both(self, copied: Library, edited: str) -> None:
        draw(folder_of(copied) / edited, "blue")
        scan(copied)
        assert anns(copied) == ["a.jpg", "b.jpg"]
        assert not Photo.objects.exclude(copy_of=None).exists()
        assert Embedding.objects.count() == 2
        for face in Face.objects.all():
            assert default_storage.exists(face.crop_name)
        for photo in copied.photos.all():
            with default_storage.open(photo.thumbnail_name) as file:
                assert Image.open(BytesIO(file.read())).size == (60, 40)

    def test_of_several_copies_one_becomes_the_others_original(self, copied: Library) -> None:
        shutil.copy(folder_of(copied) / "a.jpg", folder_of(copied) / "c.jpg")
        scan(copied)
        draw(folder_of(copied) / "a.jpg", "blue")
        scan(copied)
        assert photo_at(copied, "c.jpg").copy_of == photo_at(copied, "b.jpg")
        assert anns(copied) == ["a.jpg", "b.jpg"]

    def test_a_labelled_photo_that_is_overwritten_by_a_copy_keeps_its_labels(
        self, library: Library
    ) -> None:
        draw(folder_of(library) / "b.jpg", "blue")
        scan(library)
        shutil.copy(folder_of(library) / "b.jpg", folder_of(library) / "a.jpg")
        scan(library)
        assert anns(library) == ["a.jpg"]

    def test_duplicates_known_from_before_become_one_unless_both_are_labelled(
        self, copied: Library
    ) -> None:
        Photo.objects.update(copy_of=None, digest="")
        make_face(photo_at(copied, "b.jpg"))
        scan(copied, rescan=True)
        assert photo_at(copied, "b.jpg").copy_of == photo_at(copied, "a.jpg")
        Photo.objects.update(copy_of=None, digest="")
        make_face(photo_at(copied, "b.jpg"), person=make_person("Ben"))
        scan(copied, rescan=True)
        assert not Photo.objects.exclude(copy_of=None).exists()
        assert set(Face.objects.values_list("person__name", flat=True)) == {"Ann", "Ben"}

    def test_removing_a_library_leaves_what_is_known_to_copies_elsewhere(
        self,
        library: Library,
        tmp_path: Path,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        other = make_library(path=tmp_path / "other")
        shutil.copytree(folder_of(library), other.path)
        shutil.copy(folder_of(library) / "a.jpg", folder_of(library) / "b.jpg")
        for each in (library, other):
            scan(each)
        with django_capture_on_commit_callbacks(execute=True):
            library.delete()
        left = Photo.objects.get()
        assert (left.library, left.copy_of) == (other, None)
        face = Face.objects.get()
        assert (face.photo, face.person and face.person.name) == (left, "Ann")
        assert default_storage.exists(face.crop_name)
        assert default_storage.exists(left.thumbnail_name)

    def test_removing_a_copy_leaves_the_pictures_to_the_original(
        self,
        copied: Library,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            photo_at(copied, "b.jpg").delete()
        assert default_storage.exists(photo_at(copied, "a.jpg").thumbnail_name)

    def test_a_label_given_after_the_copy_was_found_holds_for_both(self, copied: Library) -> None:
        label_faces(owner=copied.owner, faces=Face.objects.all(), person=make_person("Ben"))
        draw(folder_of(copied) / "b.jpg", "blue")
        scan(copied)
        named = Face.objects.filter(person__name="Ben").values_list("photo__path", flat=True)
        assert sorted(named) == ["a.jpg", "b.jpg"]


def test_the_hash_is_of_all_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"a" * 3_000_000)
    two.write_bytes(b"a" * 2_999_999 + b"b")
    assert file_digest(one) != file_digest(two)
    two.write_bytes(one.read_bytes())
    assert file_digest(one) == file_digest(two)
