"""Paths that lead out and files that do harm: tried one by one, with nothing to show for it.

``pytest -s tests/photos/test_corpus.py`` prints how many were tried and refused, and why.
"""

import os
import re
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http.response import HttpResponseBase
from django.test import override_settings
from rest_framework.test import APIClient

from faces.actions.drawing import draw_face
from faces.actions.writing import write_photo
from faces.interchange.files import WriteError
from faces.recognition.geometry import Box
from photos.actions.libraries import add_library
from photos.imaging.folders import FoundFile, walk_images
from photos.imaging.names import is_photo_name
from photos.jobs import start_scan, start_scan_of_paths
from photos.models import Library, Photo
from project.images import image_address
from project.jobs.running import execute
from tests.factories import make_face, make_library, make_person, make_photo, make_user
from tests.photos.corpus import SECRET, hostile_files, odd_pictures, picture, ways_out

pytestmark = pytest.mark.django_db
Listing = dict[str, tuple[int, int, int]]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/secret.jpg").write_bytes(picture() + SECRET)
    (tmp_path / "outside/secret.jpg.xmp").write_bytes(SECRET)
    with override_settings(MEDIA_ROOT=tmp_path / "media", UPLOADS_ROOT=tmp_path / "uploads"):
        yield tmp_path


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    """A library in which somebody has put ways out of all kinds."""
    folder = home / "library"
    (folder / "2004").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(picture())
    for name, target in (
        *(("link.jpg", "../outside/secret.jpg"), ("absolute.jpg", "/etc/passwd")),
        *(("chain.jpg", "link.jpg"), ("folder", "../outside"), ("up", ".."), ("loop", "loop")),
        *(("device.jpg", "/dev/zero"), ("a.jpg.xmp", "../outside/secret.jpg.xmp")),
    ):
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        before = Path.cwd()
        os.chdir(folder)  # a socket's path is short
        server.bind("socket.jpg")
        os.chdir(before)
        yield make_library(path=folder)


def listing(*places: Path) -> Listing:
    """Return size, date and rights of everything below some places."""
    return {
        str(path): (status.st_size, status.st_mtime_ns, status.st_mode)
        for place in places
        for path in (place, *place.rglob("*"))
        if "__pycache__" not in path.parts and (status := path.lstat())
    }


def everything_but_ours(home: Path) -> Listing:
    """List what is outside the upload area and Kith's pictures, the code and /etc included."""
    others = [each for each in home.iterdir() if each.name not in ("media", "uploads", "library")]
    code = Path(settings.BASE_DIR)
    return listing(
        *others, *(code / each for each in ("photos", "project", "templates")), Path("/etc")
    )


def in_short(what: str, tried: int, refused: int, reasons: Counter[str]) -> None:
    print(f"\n{what}: tried {tried}, refused {refused}, worker alive, nothing written outside")  # noqa: T201
    for reason, count in reasons.most_common():
        print(f"  {count:4}  {reason}")  # noqa: T201


def sent(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


class TestPaths:
    def doors(self, alice: APIClient, photo: Photo) -> dict[str, Callable[[], HttpResponseBase]]:
        address = f"/api/photos/{photo.pk}"
        box = {"photo": photo.pk, "box": {"left": 0.1, "top": 0.1, "width": 0.5, "height": 0.5}}
        return {
            "original": lambda: alice.get(f"{address}/original/"),
            "download": lambda: alice.get(f"{address}/original/?download=1"),
            "preview": lambda: alice.get(f"{address}/preview/"),
            "preview, large": lambda: alice.get(f"{address}/preview/?large=true"),
            "thumbnail": lambda: alice.get(f"{address}/thumbnail/"),
            "exif": lambda: alice.get(f"{address}/"),
            "draw": lambda: alice.post("/api/faces/", box, format="json"),
        }

    def test_no_path_of_a_row_leads_out(
        self, alice: APIClient, home: Path, library: Library
    ) -> None:
        """Whatever came into the database, by a scan before an exchange or otherwise."""
        before, reasons, tried, refused = everything_but_ours(home), Counter[str](), 0, 0
        for path in ways_out():
            photo = make_photo(library, path=path, size=1)
            for door, ask in self.doors(alice, photo).items():
                answer: Any = ask()
                body = sent(answer)
                tried += 1
                if door == "exif":
                    is_refused = not any(answer.json()["exif"].values())
                else:
                    is_refused = answer.status_code in (400, 404)
                assert is_refused, (door, path, answer.status_code)
                assert SECRET not in body
                assert b"root:" not in body
                refused += 1
                reasons[f"{door}: {answer.status_code}"] += 1
            photo.delete()
        assert everything_but_ours(home) == before
        in_short("paths of rows, by each door", tried, refused, reasons)

    def test_no_scan_walks_out(self, home: Path, library: Library) -> None:
        before = everything_but_ours(home)
        execute(start_scan(library=library, requested_by=library.owner).pk)
        assert set(library.photos.values_list("path", flat=True)) == {"a.jpg"}
        found = walk_images(Path(library.path), only=ways_out())
        # The last of them is another way of writing the library's own.
        assert {each.path for each in found if isinstance(each, FoundFile)} == {"a.jpg"}
        job, _ = start_scan_of_paths(
            library=library,
            requested_by=library.owner,
            paths=[each for each in ways_out() if "\0" not in each],
        )
        execute(job.pk)
        assert set(library.photos.values_list("path", flat=True)) == {"a.jpg"}
        assert Photo.objects.get().state == Photo.State.SCANNED
        assert everything_but_ours(home) == before
        in_short("paths to scan", len(ways_out()), len(ways_out()) - 1, Counter())

    def test_no_name_is_written_through_a_link(self, home: Path, library: Library) -> None:
        before, reasons = everything_but_ours(home), Counter[str]()
        paths = ["a.jpg", *ways_out()]  # of the first, the XMP file is a link
        ann, status = make_person("Ann"), (Path(library.path) / "a.jpg").stat()
        stamps = {"size": status.st_size, "modified_ns": status.st_mtime_ns}
        for path in paths:
            photo = make_photo(library, path=path, **stamps)
            make_face(photo, person=ann)
            with pytest.raises(WriteError) as error:
                write_photo(photo=photo, into_files=False)
            reasons[re.sub(r"\S+\.(jpg|xmp)", "…", str(error.value))[:90]] += 1
            photo.delete()
        assert everything_but_ours(home) == before
        in_short("names to write", len(paths), reasons.total(), reasons)

    def test_no_address_of_a_picture_leads_out(self, alice: APIClient, home: Path) -> None:
        for path in ways_out():
            made_up = image_address("crops/000000/7.webp", 1).replace("crops/000000/7.webp", path)
            assert alice.get(made_up).status_code in (301, 404), path
            assert alice.get(f"/images/1.1.{'0' * 32}/{path}").status_code in (301, 404), path

    def test_no_library_is_made_of_what_is_not_a_users(self, home: Path) -> None:
        (home / "link").symlink_to(home / "uploads")
        (home / "uploads/7").mkdir(parents=True)
        asked = ["/", "/proc", "/proc/self/root", "/dev", f"{home}/uploads/7", f"{home}/link/7"]
        with override_settings(KITH_HOME=home):
            for path in asked:
                with pytest.raises(ValidationError):
                    add_library(owner=make_user(), path=path)

    def test_a_face_drawn_on_a_link_is_refused(self, home: Path, library: Library) -> None:
        photo = make_photo(library, path="link.jpg")
        with pytest.raises(ValidationError, match="links are not followed"):
            draw_face(owner=library.owner, photo=photo, box=Box(0.1, 0.1, 0.5, 0.5))


class TestUploads:
    def in_pieces(self, client: APIClient, name: str, content: bytes) -> tuple[str, str]:
        """Return the outcome and the reason."""
        begun = client.post("/api/uploads/", {"name": name, "size": len(content)}, format="json")
        if begun.status_code != 201:
            assert begun.status_code == 400, begun.content
            return "refused", begun.json()["errors"][0]["detail"]
        answer = client.patch(
            f"/api/uploads/{begun.json()['id']}/",
            content,
            content_type="application/octet-stream",
            headers={"Upload-Offset": "0"},
        )
        assert answer.status_code == 200, answer.content
        taken = answer.json()["taken"]
        return taken["outcome"], taken["reason"]

    def check_area(self, home: Path) -> None:
        """Check that what was taken lies in the user's folder, ordinary, and nothing aside."""
        user = make_user().pk
        for path in (home / "uploads").rglob("*"):
            status = path.lstat()
            relative = path.relative_to(home / "uploads").parts
            assert relative[0] in (".parts", str(user)), path
            if path.is_file():
                assert (relative[0], len(relative)) == (str(user), 2), path
                assert status.st_mode & 0o777 == 0o600
                assert not path.name.startswith((".", " "))
                assert path.name.isprintable()

    def test_what_does_harm_is_refused_with_a_reason(self, alice: APIClient, home: Path) -> None:
        before, reasons = everything_but_ours(home), Counter[str]()
        files = hostile_files()
        for name, content in files:
            outcome, reason = self.in_pieces(alice, name, content)
            assert (outcome, bool(reason)) == ("refused", True), name
            reasons[re.sub(r"^\S+ is", "… is", reason)] += 1
        assert not Photo.objects.exists()
        assert [each for each in (home / "uploads").rglob("*") if each.is_file()] == []
        assert everything_but_ours(home) == before
        assert self.in_pieces(alice, "good.jpg", picture())[0] == "added"
        in_short("files that do harm", len(files), reasons.total(), reasons)

    def test_whole_pictures_are_taken_and_can_do_nothing(
        self, alice: APIClient, home: Path
    ) -> None:
        before, files = everything_but_ours(home), odd_pictures()
        for name, content in files:
            assert self.in_pieces(alice, name, content) == ("added", ""), name
        self.check_area(home)
        assert everything_but_ours(home) == before
        for photo in Photo.objects.all():
            answer: Any = alice.get(f"/api/photos/{photo.pk}/original/")
            assert answer["Content-Type"].startswith("image/")
            assert answer["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in answer["Content-Security-Policy"]
            assert not {"Set-Cookie", "X-Evil"} & set(answer.headers)
            assert sent(answer) in {content for _, content in files}
        assert Photo.objects.filter(path="jpeg-as.jpg").exists()
        assert Photo.objects.filter(path="webp-as.webp").exists()
        in_short(
            "pictures with something else", len(files), 0, Counter(["taken, renamed"] * len(files))
        )

    def test_real_broken_files_are_refused_or_pictures_after_all(
        self, alice: APIClient, home: Path, shared: Path
    ) -> None:
        before, reasons, tried = everything_but_ours(home), Counter[str](), 0
        for path in sorted((shared / "photos/broken").iterdir()):
            is_photo = is_photo_name(path.name)
            for name in (path.name,) if is_photo else (path.name, f"{path.stem}.jpg"):
                outcome, reason = self.in_pieces(alice, name, path.read_bytes())
                tried += 1
                assert (outcome == "refused") == bool(reason)
                told = re.sub(r"^\S+ is", "… is", reason) if reason else "taken: it is whole"
                reasons[re.sub(r"\d{3,}|0x\w+", "…", told)] += 1
        self.check_area(home)
        assert everything_but_ours(home) == before
        refused = tried - reasons["taken: it is whole"]
        for library in Library.objects.all():
            execute(start_scan(library=library, requested_by=library.owner).pk)
            assert not library.photos.filter(state=Photo.State.PENDING).exists()
        in_short("broken files, those of other kinds also called .jpg", tried, refused, reasons)

    def test_a_folder_of_all_of_them_is_scanned_to_its_end(self, home: Path, shared: Path) -> None:
        before = everything_but_ours(home)
        folder = home / "library"
        folder.mkdir()
        for place, (name, content) in enumerate(hostile_files()):
            (folder / f"{place}-{name.replace(chr(0), '')}").write_bytes(content)
        for path in sorted((shared / "photos/broken").iterdir()):
            (folder / f"broken-{path.stem}.jpg").write_bytes(path.read_bytes())
        (folder / "good.jpg").write_bytes(picture(size=(99, 98)))
        library = make_library(path=folder)
        execute(start_scan(library=library, requested_by=library.owner).pk)
        assert not library.photos.filter(state=Photo.State.PENDING).exists()
        assert library.photos.get(path="good.jpg").state == Photo.State.SCANNED
        failed = library.photos.filter(state=Photo.State.FAILED)
        assert all(failed.values_list("problem", flat=True))
        assert everything_but_ours(home) == before
        in_short("a folder of them, scanned", library.photos.count(), failed.count(), Counter())

    def test_anothers_upload_is_not_there(self, alice: APIClient, charlie: APIClient) -> None:
        begun = alice.post("/api/uploads/", {"name": "a.jpg", "size": 3}, format="json").json()
        address = f"/api/uploads/{begun['id']}/"
        answer = charlie.patch(
            address,
            b"xxx",
            content_type="application/octet-stream",
            headers={"Upload-Offset": "0"},
        )
        assert answer.status_code == 404
        assert charlie.get(address).status_code == 404
        assert charlie.delete(address).status_code == 404
        assert alice.get(address).json()["offset"] == 0
