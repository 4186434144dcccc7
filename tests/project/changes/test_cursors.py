"""When a copy has to begin again, and what is no cursor at all."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from pytest import MonkeyPatch
from rest_framework.test import APIClient

from faces.actions.labelling import label_faces, unassign_faces
from faces.models import Face
from photos.models import Share
from project.changes import cursors
from project.changes.log import DAYS, DAYS_KEPT, shorten_log
from project.changes.models import Change
from tests.factories import make_face, make_guess, make_library, make_person, make_photo, make_user
from tests.project.changes.copying import Copy, on_server

pytestmark = pytest.mark.django_db(transaction=True)


def followed(**options: Any) -> Copy:
    copy = Copy(make_user(), **options)
    copy.follow()
    return copy


def status_of(client: APIClient, since: str | None, **asked: Any) -> int:
    return client.get("/api/changes/", {"since": since or "", **asked}).status_code


def test_a_cursor_that_is_too_old_begins_again(monkeypatch: MonkeyPatch) -> None:
    copy = followed()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + (DAYS - 1) * cursors.DAY)
    assert status_of(copy.client, copy.since) == 200
    monkeypatch.setattr(time, "time", lambda: now + (DAYS + 1) * cursors.DAY)
    assert status_of(copy.client, copy.since) == 410


def test_reading_on_in_what_is_old_makes_a_cursor_no_younger(monkeypatch: MonkeyPatch) -> None:
    copy = followed(limit=1)
    for _ in range(3):
        make_person("")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + (DAYS - 1) * cursors.DAY)
    assert copy.page()["has_more"]
    monkeypatch.setattr(time, "time", lambda: now + (DAYS + 1) * cursors.DAY)
    assert status_of(copy.client, copy.since) == 410


def test_a_cursor_of_somebody_else_begins_again(charlie: APIClient) -> None:
    assert status_of(charlie, followed().since) == 410


def test_a_cursor_of_another_log_begins_again() -> None:
    copy = followed()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE restored (LIKE changes_change INCLUDING ALL)")
        cursor.execute("ALTER TABLE changes_change RENAME TO changes_before")
        cursor.execute("ALTER TABLE restored RENAME TO changes_change")
        try:
            assert status_of(copy.client, copy.since) == 410
        finally:
            cursor.execute("DROP TABLE changes_change")
            cursor.execute("ALTER TABLE changes_before RENAME TO changes_change")
    assert status_of(copy.client, copy.since) == 200


@pytest.mark.parametrize("since", ["", "x", "é", "////", "W10:a:b", "1" * 5000])
def test_what_is_no_cursor_is_refused(alice: APIClient, since: str) -> None:
    answer = alice.get("/api/changes/", {"since": since})
    assert answer.status_code == 400
    assert "since" in answer.content.decode()


@pytest.mark.parametrize("limit", ["0", "5001", "x"])
def test_a_limit_that_makes_no_sense_is_refused(alice: APIClient, limit: str) -> None:
    assert alice.get("/api/changes/", {"limit": limit}).status_code == 400


def test_a_shorter_log_tells_every_copy_the_same() -> None:
    ann, face = make_person("Ann"), make_face()
    at_start, in_middle = followed(), followed()
    label_faces(owner=make_user(), faces=Face.objects.all(), person=ann)
    make_guess(face, classified=ann)
    in_middle.follow()
    ann.name = "Anna"
    ann.save()
    gone = make_person("Gone")
    gone.delete()
    face.photo.delete()
    before = Change.objects.count()
    assert shorten_log() > 0
    assert Change.objects.count() < before
    per_object = Change.objects.values_list("kind", "object_id")
    assert len(per_object) == len(set(per_object))
    for copy in at_start, in_middle:
        copy.follow()
        assert copy.rows == on_server(make_user())
    assert shorten_log() == 0


def test_what_no_copy_may_ask_for_any_more_is_forgotten() -> None:
    make_person("Ann")
    old = timezone.now() - timedelta(days=DAYS_KEPT + 1)
    Change.objects.update(at=old)
    make_person("Bob")
    shorten_log()
    assert Change.objects.count() == 1


class TestShared:
    """A copy of what Alice shares with Bob."""

    @pytest.fixture
    def copy(self) -> Copy:
        shared, own = make_library(), make_library()
        make_face(make_photo(shared), person=make_person("Ann"))
        make_guess(make_face(make_photo(shared)), classified=make_person("Bert"))
        make_guess(make_face(make_photo(own), person=make_person("Secret")), cluster=None)
        Share.objects.create(library=shared, user=make_user("bob"), role="viewer")
        copy = Copy(make_user("bob"), owner=make_user())
        copy.follow()
        return copy

    def names(self, copy: Copy) -> set[str]:
        return {row["name"] for (kind, _), row in copy.rows.items() if kind == "person"}

    def test_it_has_what_is_shared_and_no_more(self, copy: Copy) -> None:
        assert copy.rows == on_server(make_user("bob"), make_user())
        assert self.names(copy) == {"Ann", "Bert"}
        assert len(copy.rows) == 2 + 2 + 2 + 1

    def test_it_follows_who_comes_into_sight_and_who_leaves_it(self, copy: Copy) -> None:
        shown = Face.objects.filter(person__name="Ann")
        label_faces(owner=make_user(), faces=shown, name="Cleo")
        copy.follow()
        assert self.names(copy) == {"Bert", "Cleo"}
        assert copy.rows == on_server(make_user("bob"), make_user())

    def test_guesses_leave_it_with_a_label_and_come_back_without(self, copy: Copy) -> None:
        guessed = Face.objects.filter(guesses__class_person__name="Bert")
        label_faces(owner=make_user(), faces=guessed, name="Cleo")
        copy.follow()
        assert copy.rows == on_server(make_user("bob"), make_user())
        unassign_faces(owner=make_user(), faces=guessed)
        copy.follow()
        assert copy.rows == on_server(make_user("bob"), make_user())
        assert self.names(copy) == {"Ann", "Bert"}

    def test_a_photo_that_moves_between_libraries_comes_and_goes(self, copy: Copy) -> None:
        shared, own = make_user().libraries.order_by("pk")
        own.photos.update(library=shared)
        copy.follow()
        assert self.names(copy) == {"Ann", "Bert", "Secret"}
        assert copy.rows == on_server(make_user("bob"), make_user())
        shared.photos.update(library=own)
        copy.follow()
        assert copy.rows == {}

    def test_it_begins_again_when_other_libraries_are_shared(self, copy: Copy) -> None:
        share = Share.objects.get()
        Share.objects.create(
            library=make_user().libraries.latest("pk"), user=share.user, role="viewer"
        )
        assert status_of(copy.client, copy.since, owner=make_user().pk) == 410
        Share.objects.all().delete()
        assert status_of(copy.client, copy.since, owner=make_user().pk) == 404

    def test_changes_out_of_sight_are_not_told(self, copy: Copy) -> None:
        make_face(make_photo(make_user().libraries.latest("pk")))
        assert copy.follow() == []
