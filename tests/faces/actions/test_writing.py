"""Writing the confirmed names of a library, beside the photos and into them."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from faces.actions import writing
from faces.actions.labelling import label_faces, unassign_faces
from faces.actions.mentions import names_in_file, note_names, take_mentions
from faces.actions.writing import check_writing, write_library, write_photo
from faces.interchange.files import WriteError, write_sidecar
from faces.interchange.regions import NamesInFile, Pixels, Region
from faces.interchange.writing import EMPTY, write_names
from faces.models import Face, Mention
from faces.queries.mentions import photos_to_write
from faces.recognition.geometry import Box
from photos.imaging.hashing import file_digest
from photos.models import Library, Photo
from tests.factories import make_face, make_library, make_person, make_photo, make_user
from tests.files import inside

pytestmark = pytest.mark.django_db
HERE, THERE = Box(0.1, 0.1, 0.2, 0.3), Box(0.6, 0.1, 0.2, 0.3)


@pytest.fixture(params=[1, 6])
def photo(request: pytest.FixtureRequest, tmp_path: Path) -> Photo:
    """A photo on disk, upright and turned, whose row is as a scan leaves it."""
    exif = Image.Exif()
    exif[274] = request.param
    Image.new("RGB", (60, 40), "red").save(tmp_path / "a.jpg", exif=exif)
    status = (tmp_path / "a.jpg").stat()
    return make_photo(
        make_library(path=tmp_path),
        path="a.jpg",
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
    )


def names(photo: Photo) -> dict[str, tuple[float, ...]]:
    return {each.name: each.box.corners for each in names_in_file(photo).regions}


def test_confirmed_names_only_are_written(photo: Photo) -> None:
    make_face(photo, box=HERE, person=make_person("Änn"))
    make_face(photo, box=THERE, person=make_person(""))
    make_face(photo, box=Box(0.4, 0.5, 0.1, 0.2))
    before = photo.file.place.read_bytes()
    assert write_photo(photo=photo, into_files=False)
    assert list(names(photo)) == ["Änn"]
    assert names(photo)["Änn"] == pytest.approx(HERE.corners, abs=1e-5)
    assert photo.file.place.read_bytes() == before
    assert not write_photo(photo=photo, into_files=False)
    photo.refresh_from_db()
    sidecar = photo.file.place.with_name("a.jpg.xmp")
    assert photo.sidecars_ns == sidecar.stat().st_mtime_ns


def test_who_may_read_the_photo_may_read_its_xmp_file(photo: Photo) -> None:
    make_face(photo, box=HERE, person=make_person("Ann"))
    photo.file.place.chmod(0o444)
    mask = os.umask(0o077)
    try:
        write_photo(photo=photo, into_files=False)
    finally:
        os.umask(mask)
    assert photo.file.place.with_name("a.jpg.xmp").stat().st_mode & 0o777 == 0o644


def test_names_go_into_the_file_where_that_is_wished(photo: Photo) -> None:
    if shutil.which("exiftool") is None:
        pytest.skip("needs exiftool (on Debian: apt-get install libimage-exiftool-perl)")
    make_face(photo, box=HERE, person=make_person("Ann"))
    assert write_photo(photo=photo, into_files=True)
    assert [each.name for each in photo.file.place.parent.iterdir()] == ["a.jpg"]
    assert names(photo)["Ann"] == pytest.approx(HERE.corners, abs=1e-5)
    photo.refresh_from_db()
    status = photo.file.stat()
    assert (photo.size, photo.modified_ns) == (status.st_size, status.st_mtime_ns)


def test_what_kith_wrote_is_not_taken_for_anothers_word(photo: Photo) -> None:
    face = make_face(photo, box=HERE, person=make_person("Ann"))
    write_photo(photo=photo, into_files=False)
    unassign_faces(owner=make_user(), faces=Face.objects.all())
    note_names(photo=photo, names=names_in_file(photo), source=Mention.Source.FILE)
    take_mentions(owner=make_user())
    face.refresh_from_db()
    assert face.person is None


def test_a_name_that_is_taken_away_here_is_taken_out_there(photo: Photo) -> None:
    sidecar = photo.file.place.with_name("a.xmp")
    other = Region("Dora", Box(0.4, 0.6, 0.1, 0.2))
    write_sidecar(inside(sidecar), write_names(EMPTY, [other], [], Pixels((60, 40), 1)))
    make_face(photo, box=HERE, person=make_person("Ann"))
    write_photo(photo=photo, into_files=False)
    assert set(names(photo)) == {"Ann", "Dora"}
    label_faces(owner=make_user(), faces=Face.objects.all(), name="Ben")
    write_photo(photo=photo, into_files=False)
    assert set(names(photo)) == {"Ben", "Dora"}
    unassign_faces(owner=make_user(), faces=Face.objects.all())
    write_photo(photo=photo, into_files=False)
    assert set(names(photo)) == {"Dora"}
    assert [each.name for each in photo.file.place.parent.iterdir() if each.suffix == ".xmp"] == [
        "a.xmp"
    ]


def test_a_dry_run_writes_nothing(photo: Photo) -> None:
    make_face(photo, box=HERE, person=make_person("Ann"))
    assert write_photo(photo=photo, into_files=False, dry_run=True)
    assert names_in_file(photo) == NamesInFile()
    assert not Mention.objects.exists()


def test_a_damaged_xmp_file_is_left_as_it_is(photo: Photo) -> None:
    make_face(photo, box=HERE, person=make_person("Ann"))
    sidecar = photo.file.place.with_name("a.jpg.xmp")
    sidecar.write_bytes(b"<x:xmpmeta")
    told: list[str] = []
    write_library(
        library=photo.library,
        into_files=False,
        keep_going=lambda: None,
        after_each=lambda photo, changed, problem: told.append(problem),
    )
    assert told and told[0].startswith("The XMP is damaged")
    assert sidecar.read_bytes() == b"<x:xmpmeta"


def test_a_photo_that_is_gone_is_told(photo: Photo) -> None:
    make_face(photo, box=HERE, person=make_person("Ann"))
    photo.file.place.unlink()
    with pytest.raises(WriteError, match="No such file"):
        write_photo(photo=photo, into_files=False)


def test_a_library_that_cannot_be_written_in_is_refused() -> None:
    library: Library = make_library(path="/proc")
    with pytest.raises(ValidationError, match="Kith may not write in /proc"):
        check_writing(library=library, into_files=False)


def test_a_copy_gets_the_names_of_its_original(photo: Photo) -> None:
    make_face(photo, box=HERE, person=make_person("Ann"))
    shutil.copy(photo.file.place, photo.file.place.with_name("b.jpg"))
    status = photo.file.place.with_name("b.jpg").stat()
    copy = make_photo(
        photo.library,
        path="b.jpg",
        copy_of=photo,
        size=status.st_size,
        modified_ns=status.st_mtime_ns,
    )
    assert list(photos_to_write(photo.library)) == [photo, copy]
    assert write_photo(photo=copy, into_files=False)
    assert list(names(copy)) == ["Ann"]


@pytest.mark.parametrize("into_files", [False, True])
def test_into_another_picture_no_names_are_written(photo: Photo, into_files: bool) -> None:
    make_face(photo, box=HERE, person=make_person("Ann"))
    Image.new("RGB", (40, 60), "blue").save(photo.file.place)
    before = photo.file.place.read_bytes()
    with pytest.raises(WriteError, match="scan the library first"):
        write_photo(photo=photo, into_files=into_files)
    assert photo.file.place.read_bytes() == before
    assert [each.name for each in photo.file.place.parent.iterdir()] == ["a.jpg"]


def test_a_file_that_was_only_touched_or_waits_for_a_rescan_is_written(photo: Photo) -> None:
    make_face(photo, box=HERE, person=make_person("Ann"))
    photo.digest, photo.state = file_digest(photo.file), Photo.State.PENDING
    photo.save()
    os.utime(photo.file.place)
    assert write_photo(photo=photo, into_files=False)


def test_what_another_program_writes_at_the_same_moment_stays(
    photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_face(photo, box=HERE, person=make_person("Ann"))
    sidecar = photo.file.place.with_name("a.jpg.xmp")
    check = writing._check

    def meanwhile(*told: Any) -> None:
        check(*told)
        sidecar.write_bytes(b"its own")

    monkeypatch.setattr(writing, "_check", meanwhile)
    with pytest.raises(WriteError, match="changed meanwhile"):
        write_photo(photo=photo, into_files=False)
    assert sidecar.read_bytes() == b"its own"


def test_a_link_to_an_xmp_file_is_no_place_for_another_one(photo: Photo, tmp_path: Path) -> None:
    make_face(photo, box=HERE, person=make_person("Ann"))
    sidecar = photo.file.place.with_name("a.jpg.xmp")
    sidecar.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WriteError, match="symbolic link"):
        write_photo(photo=photo, into_files=False)
    assert sidecar.is_symlink()
