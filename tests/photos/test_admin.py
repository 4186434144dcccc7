"""Libraries and photos in the admin: their actions start jobs for the owner."""

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from faces.models import Face
from photos.models import Library, Photo
from project.jobs.models import Job
from tests.factories import make_face, make_library, make_photo, make_user

pytestmark = pytest.mark.django_db


def act(admin: Client, action: str, *libraries: Library) -> str:
    answer = admin.post(
        "/admin/photos/library/",
        {"action": action, "_selected_action": [library.pk for library in libraries]},
        follow=True,
    )
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("action", ["scan", "rescan"])
def test_an_action_starts_a_job_for_each_owner(admin: Client, action: str) -> None:
    one, other = make_library(), make_library(make_user("charlie"))
    page = act(admin, action, one, other)
    jobs = {job.parameters["library"]: job for job in Job.objects.all()}
    assert set(jobs) == {one.pk, other.pk}
    assert {job.kind for job in jobs.values()} == {action}
    assert jobs[one.pk].requested_by == one.owner
    assert jobs[other.pk].requested_by == other.owner
    assert "is queued." in page


def test_a_scan_under_way_is_not_started_again(admin: Client) -> None:
    library = make_library()
    act(admin, "scan", library)
    act(admin, "scan", library)
    assert Job.objects.count() == 1


def test_the_lists_show_what_could_not_be_read(admin: Client) -> None:
    make_photo(state=Photo.State.FAILED, problem="The file is empty (0 bytes).")
    assert b"0 bytes" in admin.get("/admin/photos/photo/").content
    assert b"0 bytes" not in admin.get("/admin/photos/photo/?state__exact=scanned").content
    assert admin.get("/admin/photos/photo/?q=photo").status_code == 200


def test_photos_are_not_added_by_hand(admin: Client) -> None:
    assert admin.get("/admin/photos/photo/add/").status_code == 403


def test_who_is_not_staff_sees_no_admin(client: Client) -> None:
    client.force_login(make_user("charlie"))
    library = make_library()
    for address in ("/admin/photos/library/", "/admin/photos/photo/", "/admin/queues/"):
        assert client.get(address).status_code == 302, address
    client.post("/admin/photos/library/", {"action": "scan", "_selected_action": [library.pk]})
    assert not Job.objects.exists()


def test_a_library_is_checked_when_added_and_keeps_its_owner_and_folder(
    admin: Client, tmp_path: Path
) -> None:
    bob = User.objects.get(username="bob")
    form = {"owner": bob.pk, "path": "/nowhere/at/all", "name": "Pictures"}
    assert b"There is no folder" in admin.post("/admin/photos/library/add/", form).content
    admin.post("/admin/photos/library/add/", form | {"path": str(tmp_path)})
    library = Library.objects.get()
    changed = {"owner": make_user().pk, "path": "/etc", "name": "Holidays"}
    admin.post(f"/admin/photos/library/{library.pk}/change/", changed)
    library.refresh_from_db()
    assert (library.owner, library.path, library.name) == (bob, str(tmp_path), "Holidays")


def test_a_library_with_faces_can_be_deleted(admin: Client) -> None:
    face = make_face()
    library = face.photo.library
    page = f"/admin/photos/library/{library.pk}/delete/"
    assert "labels" in admin.get(page).content.decode()
    admin.post(page, {"post": "yes"})
    assert not Library.objects.exists()
    assert not Face.objects.exists()


def test_photos_are_not_changed_by_hand(admin: Client) -> None:
    photo = make_photo()
    assert admin.post(f"/admin/photos/photo/{photo.pk}/change/", {}).status_code == 403


def test_a_rescan_beside_a_scan_is_refused_with_what_to_do(admin: Client) -> None:
    library = make_library()
    act(admin, "scan", library)
    assert "wait for it to end, or cancel it" in act(admin, "rescan", library)


def test_chosen_photos_are_rescanned_for_their_owners(admin: Client) -> None:
    mine, theirs = make_photo(), make_photo(make_library(make_user("charlie")))
    data = {"action": "rescan", "_selected_action": [mine.pk, theirs.pk]}
    assert b"is queued." in admin.post("/admin/photos/photo/", data, follow=True).content
    jobs = {job.requested_by.username: job.parameters["photos"] for job in Job.objects.all()}
    assert jobs == {"alice": [mine.pk], "charlie": [theirs.pk]}
