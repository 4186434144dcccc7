"""The settings page: libraries, adding one, and the table of settings; and a photo's page."""

from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from photos.models import Library
from project.jobs.models import Job
from project.preferences.options import OPTIONS
from tests.factories import make_library, make_photo, make_user

pytestmark = pytest.mark.django_db
PAGE = "/settings/"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_user("alice", is_staff=True))
    return client


@pytest.fixture
def charlie_browsing() -> Client:
    client = Client()
    client.force_login(make_user("charlie"))
    return client


def test_who_has_not_signed_in_is_sent_to_do_so(client: Client) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_the_page_shows_ones_own_libraries_only(staff: Client, charlie_browsing: Client) -> None:
    library = make_library(path="/somewhere/of/alice")
    make_photo(library, state="failed")
    assert library.path in staff.get(PAGE).content.decode()
    assert library.path not in charlie_browsing.get(PAGE).content.decode()


def test_every_setting_is_explained_with_its_value(staff: Client) -> None:
    page = staff.get(PAGE).content.decode()
    for option in OPTIONS.values():
        assert option.variable in page
    assert str(settings.KITH_HOME) in page


def test_a_folder_that_is_added_is_scanned(staff: Client, tmp_path: Path) -> None:
    answer = staff.post(PAGE, {"path": str(tmp_path), "name": "Holidays"}, follow=True)
    library = Library.objects.get()
    assert answer.redirect_chain == [(PAGE, 302)]
    assert str(tmp_path) in answer.content.decode()
    assert (library.name, library.owner.username) == ("Holidays", "alice")
    job = Job.objects.get()
    assert (job.kind, job.parameters["library"]) == ("scan", library.pk)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("", "required"),
        ("Pictures", "whole path"),
        ("/no/such/folder", "no folder /no/such/folder"),
        ("/" + "n" * 300, "no folder"),
        ("/nul\0byte", "Null characters"),
    ],
)
def test_a_bad_path_is_said_beside_the_field_and_what_was_typed_stays(
    staff: Client, path: str, says: str
) -> None:
    answer = staff.post(PAGE, {"path": path, "name": "Holidays"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert says in page
    assert "Holidays" in page
    assert not Library.objects.exists()


def test_a_name_that_is_markup_is_shown_as_typed(staff: Client) -> None:
    page = staff.post(PAGE, {"path": "/<script>alert(1)</script>"}).content.decode()
    assert "<script>alert(1)" not in page


def test_who_is_not_staff_can_add_nothing(charlie_browsing: Client, tmp_path: Path) -> None:
    assert 'name="path"' not in charlie_browsing.get(PAGE).content.decode()
    assert charlie_browsing.post(PAGE, {"path": str(tmp_path)}).status_code == 403
    assert not Library.objects.exists()


def test_a_form_from_elsewhere_is_refused(tmp_path: Path) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user("alice", is_staff=True))
    assert client.post(PAGE, {"path": str(tmp_path)}).status_code == 403
    assert not Library.objects.exists()


def test_the_number_of_queries_does_not_grow(staff: Client) -> None:
    counts = []
    for _ in range(2):
        for _ in range(10):
            make_photo(make_library())
        with CaptureQueriesContext(connection) as queries:
            staff.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_photo_has_a_page_for_its_owner_alone(staff: Client, charlie_browsing: Client) -> None:
    photo = make_photo(path="summer/beach.jpg")
    page = staff.get(f"/photos/{photo.pk}/")
    assert "summer/beach.jpg" in page.content.decode()
    assert f'<photo-view photo="{photo.pk}">' in page.content.decode()
    assert charlie_browsing.get(f"/photos/{photo.pk}/").status_code == 404
    assert Client().get(f"/photos/{photo.pk}/").status_code == 302


def test_the_timeline_says_what_to_do_where_there_are_no_photos(staff: Client) -> None:
    assert "Add a library in Settings" in staff.get("/photos/").content.decode()
    make_library()
    assert "Scan in Settings" in staff.get("/photos/").content.decode()
    make_photo(state="failed")
    assert "No photo could be read" in staff.get("/photos/").content.decode()
    assert Client().get("/photos/").status_code == 302
