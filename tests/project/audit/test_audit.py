"""The audit log: what is written into it, who may read it, how long it is kept."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from project.audit.models import AuditEntry
from project.audit.recording import Verb, record
from project.jobs.signals import tidying_up
from project.preferences.changing import change_preferences
from tests.factories import make_library, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db


def entries(*verbs: Verb) -> list[tuple[str, str, str]]:
    """Return (actor's name, verb, subject) of the entries, the first one first."""
    rows = AuditEntry.objects.filter(verb__in=verbs) if verbs else AuditEntry.objects.all()
    return list(rows.order_by("id").values_list("actor_name", "verb", "subject"))


def sign_in(client: Client, name: str, password: str) -> Any:
    return client.post(reverse("login"), {"username": name, "password": password})


def test_signing_in_and_out_is_recorded_with_address_and_program() -> None:
    make_user()
    browser = Client(REMOTE_ADDR="192.0.2.7", headers={"user-agent": "Browser/1 " + "x" * 300})
    sign_in(browser, "alice", "password")
    browser.post(reverse("logout"))
    assert [verb for _, verb, _ in entries()] == ["sign-in", "sign-out"]
    entry = AuditEntry.objects.get(verb=Verb.SIGN_IN)
    assert entry.actor == make_user()
    assert entry.address == "192.0.2.7"
    assert entry.agent.startswith("Browser/1") and len(entry.agent) == 200


def test_a_refused_sign_in_names_the_account_that_was_meant(client: Client) -> None:
    alice = make_user()
    sign_in(client, "alice", "wrong")
    assert entries() == [("", "sign-in-failed", f"user {alice.pk}")]


def test_what_was_typed_for_a_name_that_nobody_has_is_not_kept(client: Client) -> None:
    sign_in(client, "my-password-by-mistake", "alice")
    assert entries() == [("", "sign-in-failed", "")]


def test_a_new_password_is_recorded_with_who_set_it(admin: Client) -> None:
    alice = make_user()
    address = reverse("admin:auth_user_password_change", args=[alice.pk])
    new = {
        "password1": "correct-horse-9",
        "password2": "correct-horse-9",
        "usable_password": "true",
    }
    assert admin.post(address, new).status_code == 302
    assert entries(Verb.PASSWORD_CHANGED) == [("bob", "password-changed", f"user {alice.pk}")]


def test_hashing_the_same_password_anew_is_no_change(settings: Any, client: Client) -> None:
    make_user()
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    sign_in(client, "alice", "password")
    assert User.objects.get().password.startswith("pbkdf2")
    assert entries(Verb.PASSWORD_CHANGED) == []


def test_deleting_a_person_is_recorded_without_the_name(alice: APIClient) -> None:
    person = make_person("Ann")
    assert alice.delete(f"/api/people/{person.pk}/").status_code == 200
    assert entries(Verb.DELETED) == [("alice", "deleted", f"person {person.pk}")]


def test_deleting_a_user_records_the_libraries_that_go_too(admin: Client) -> None:
    library = make_library()
    alice = library.owner_id
    address = reverse("admin:auth_user_delete", args=[alice])
    assert admin.post(address, {"post": "yes"}).status_code == 302
    assert entries(Verb.DELETED) == [
        ("bob", "deleted", f"library {library.pk}"),
        ("bob", "deleted", f"user {alice}"),
    ]


def test_deleting_photos_in_the_admin_is_recorded(admin: Client) -> None:
    one, *others = [make_photo().pk for _ in range(3)]
    admin.post(reverse("admin:photos_photo_delete", args=[one]), {"post": "yes"})
    words = {"action": "delete_selected", "_selected_action": others, "post": "yes"}
    admin.post(reverse("admin:photos_photo_changelist"), words)
    gone = {("bob", "deleted", f"photo {pk}") for pk in (one, *others)}
    assert set(entries(Verb.DELETED)) == gone


def test_who_deletes_the_own_account_is_recorded_by_name(admin: Client) -> None:
    bob = User.objects.get(username="bob")
    make_library(owner=bob)
    address = reverse("admin:auth_user_delete", args=[bob.pk])
    assert admin.post(address, {"post": "yes"}).status_code in (302, 403)
    gone = AuditEntry.objects.filter(verb=Verb.DELETED)
    assert {(entry.actor, entry.actor_name) for entry in gone} == {(None, "bob")}
    assert len(gone) == 2


def test_exports_are_recorded_by_page_and_by_command(alice: APIClient, tmp_path: Any) -> None:
    b"".join(alice.get("/api/export/"))
    call_command("export_people", str(tmp_path / "people.json"), user="alice")
    number = make_user().pk
    assert entries(Verb.EXPORTED) == [
        ("alice", "exported", "people"),
        ("", "exported", f"people of user {number}"),
    ]


def test_a_changed_setting_is_recorded(admin: Client) -> None:
    admin.patch("/api/settings/", {"jitters": 3}, content_type="application/json")
    assert entries(Verb.SETTINGS_CHANGED) == [("bob", "settings-changed", "setting jitters")]


def test_entries_outlive_the_user() -> None:
    record(actor=make_user(), verb=Verb.EXPORTED, subject="people")
    make_user().delete()
    entry = AuditEntry.objects.get(verb=Verb.EXPORTED)
    assert (entry.actor, entry.actor_name) == (None, "alice")


def test_an_entry_is_never_changed() -> None:
    record(actor=None, verb=Verb.EXPORTED)
    entry = AuditEntry.objects.get()
    entry.subject = "something else"
    with pytest.raises(TypeError):
        entry.save()


def test_old_entries_are_forgotten() -> None:
    record(actor=None, verb=Verb.EXPORTED, subject="old")
    AuditEntry.objects.update(at=timezone.now() - timedelta(days=8))
    record(actor=None, verb=Verb.EXPORTED, subject="new")
    change_preferences(make_user(), {"audit_days": 7})
    tidying_up.send(sender=None)
    assert [subject for _, _, subject in entries(Verb.EXPORTED)] == ["new"]


def test_staff_read_the_log_newest_first(admin: Client) -> None:
    for subject in ("one", "two"):
        record(actor=make_user(), verb=Verb.EXPORTED, subject=subject)
    page = admin.get("/api/audit/?limit=1").json()
    assert [(each["actor_name"], each["subject"]) for each in page["results"]] == [("alice", "two")]
    assert admin.get(page["next"]).json()["results"][0]["subject"] == "one"


def test_others_do_not_read_the_log(alice: APIClient) -> None:
    assert alice.get("/api/audit/").status_code == 403


def test_the_admin_shows_the_log_and_changes_nothing(admin: Client) -> None:
    record(actor=make_user(), verb=Verb.EXPORTED, subject="people")
    entry = AuditEntry.objects.get(verb=Verb.EXPORTED)
    page = admin.get(reverse("admin:audit_auditentry_changelist"))
    assert b"people" in page.content
    address = reverse("admin:audit_auditentry_delete", args=[entry.pk])
    assert admin.post(address, {"post": "yes"}).status_code == 403
