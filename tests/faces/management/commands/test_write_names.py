from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from photos.models import Library
from tests.factories import make_face, make_library, make_person, make_photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def library(tmp_path: Path) -> Library:
    Image.new("RGB", (60, 40)).save(tmp_path / "a.jpg")
    library = make_library(path=tmp_path)
    status = (tmp_path / "a.jpg").stat()
    photo = make_photo(library, path="a.jpg", size=status.st_size, modified_ns=status.st_mtime_ns)
    make_face(photo, person=make_person("Ann"))
    return library


def written(*arguments: str) -> str:
    out = StringIO()
    call_command("write_names", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_names_are_written_once(library: Library, tmp_path: Path) -> None:
    assert "1 photos would be written" in written(library.name, "--dry-run")
    assert [each.name for each in tmp_path.iterdir()] == ["a.jpg"]
    assert "1 photos written, 0 have" in written(library.path)
    assert "0 photos written, 1 have" in written(str(library.pk))
    assert "Ann" in (tmp_path / "a.jpg.xmp").read_text(encoding="utf-8")


def test_what_cannot_be_written_is_said(library: Library, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").unlink()
    with pytest.raises(CommandError, match="1 photos could not be written"):
        written(library.name)
    with pytest.raises(CommandError, match="No library is called 'x'"):
        written("x")
