"""Exporting and importing by command."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from faces.models import Face, Person
from tests.factories import make_face, make_library, make_person, make_user

pytestmark = pytest.mark.django_db


def command(*arguments: object) -> str:
    out = StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


def test_what_was_exported_is_imported(tmp_path: Path) -> None:
    face = make_face(person=make_person("Ann"))
    file = tmp_path / "people.json"
    assert "alice" in command("export_people", file)
    Person.objects.all().delete()
    said = command("import_people", "kith", file, "--library", face.photo.library.path)
    assert "1 photos are here, 0 are not" in said
    assert str(Face.objects.get().person) == "Ann"
    assert [each.name for each in tmp_path.iterdir()] == ["people.json"]


def test_whose_people_must_be_clear(tmp_path: Path) -> None:
    make_library(), make_library(make_user("bob"))
    with pytest.raises(CommandError, match="alice, bob"):
        command("export_people", tmp_path / "a.json")
    with pytest.raises(CommandError, match="no user 'x'"):
        command("export_people", tmp_path / "a.json", "--user", "x")


def test_what_cannot_be_read_or_written_is_said(tmp_path: Path) -> None:
    make_library()
    with pytest.raises(CommandError, match="cannot be written"):
        command("export_people", tmp_path / "none" / "a.json")
    with pytest.raises(CommandError, match="cannot be read"):
        command("import_people", "kith", tmp_path / "a.json")
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(CommandError, match="no export"):
        command("import_people", "kith", tmp_path / "a.json")
