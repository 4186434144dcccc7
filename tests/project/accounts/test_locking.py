"""Who guesses is locked out, and nobody else; who asks too often is told when to come back."""

import time
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from redis import RedisError
from rest_framework.test import APIClient

from project import limits
from project.limits import within
from tests.factories import make_face, make_user
from tests.project.accounts.test_tokens import PHONE, by_password, device, make
from tests.services import Services

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]
TRIES = 5


@pytest.fixture
def empty_cache(services: Services) -> None:
    cache.clear()


@pytest.fixture
def long_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute that does not end while a slow machine is at its tries."""
    now = time.time()
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: now))


def sign_in(password: str, *, name: str = "alice", address: str = "192.0.2.1") -> Any:
    words = {"username": name, "password": password}
    return Client(REMOTE_ADDR=address).post("/login/", words)


def guess(times: int = TRIES) -> Any:
    make_user()
    return [sign_in("wrong") for _ in range(times)][-1]


def test_after_five_wrong_passwords_even_the_right_one_is_refused() -> None:
    assert guess(TRIES - 1).status_code == 200
    answer = guess(1)
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()
    assert sign_in("password").status_code == 429


def test_others_and_the_same_user_elsewhere_are_not_locked_out() -> None:
    guess()
    make_user("charlie")
    assert sign_in("password", name="charlie").status_code == 302
    assert sign_in("password", address="192.0.2.2").status_code == 302


def test_the_lock_ends_by_itself() -> None:
    guess()
    for attempt in AccessAttempt.objects.all():
        attempt.attempt_time -= timedelta(minutes=16)
        attempt.save()
    assert sign_in("password").status_code == 302


def test_trying_on_does_not_make_the_lock_longer() -> None:
    guess()
    first = AccessAttempt.objects.get().attempt_time
    guess(3)
    assert AccessAttempt.objects.get().attempt_time == first


def test_whoever_runs_kith_unlocks_a_name() -> None:
    guess()
    call_command("axes_reset_username", "alice")
    assert sign_in("password").status_code == 302


def test_the_right_password_forgets_the_wrong_ones() -> None:
    guess(TRIES - 1)
    assert sign_in("password").status_code == 302
    assert guess(TRIES - 1).status_code == 200


def test_devices_are_locked_out_alike_and_told_how_long() -> None:
    make_user()
    for _ in range(TRIES):
        answer = by_password("alice", "wrong").post("/api/tokens/", PHONE, format="json")
        assert answer.status_code == 401
    answer = by_password("alice", "password").post("/api/tokens/", PHONE, format="json")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"
    assert answer["Content-Type"].endswith("json")


def test_a_device_that_comes_in_forgets_the_wrong_passwords() -> None:
    make_user()
    for password in ["wrong"] * (TRIES - 1) + ["password"] + ["wrong"] * (TRIES - 1):
        by_password("alice", password).post("/api/tokens/", PHONE, format="json")
    right = by_password("alice", "password").post("/api/tokens/", PHONE, format="json")
    assert right.status_code == 201


def test_the_admin_is_no_way_around_the_lock() -> None:
    guess()
    words = {"username": "alice", "password": "password"}
    answer = Client(REMOTE_ADDR="192.0.2.1").post("/admin/login/", words)
    assert answer.status_code == 429


def test_a_proxy_that_nobody_trusts_does_not_get_around_the_lock() -> None:
    guess()
    words = {"username": "alice", "password": "password"}
    client = Client(REMOTE_ADDR="192.0.2.1", headers={"x-forwarded-for": "203.0.113.9"})
    assert client.post("/login/", words).status_code == 429


@pytest.mark.usefixtures("long_minute")
def test_one_address_does_not_try_many_names() -> None:
    answers = [sign_in("password", name=f"user{number}").status_code for number in range(32)]
    assert answers.count(429) >= 1


@pytest.mark.usefixtures("long_minute")
def test_neither_a_device_nor_the_admin_tries_many_names() -> None:
    tries = [by_password(f"user{number}", "password") for number in range(62)]
    devices = [each.post("/api/tokens/", PHONE, format="json") for each in tries]
    assert {each.status_code for each in devices} == {401, 429}
    assert 0 < int(devices[-1]["Retry-After"]) <= 60
    words = {"username": "alice", "password": "password"}
    # All doors together: no tries are left at another one.
    assert Client().post("/admin/login/", words).status_code == 429
    assert Client().post("/login/", words).status_code == 429


def test_a_name_that_nobody_has_is_locked_out_and_not_kept() -> None:
    answers = [sign_in("wrong", name="my-secret").status_code for _ in range(TRIES)]
    assert answers[-1] == 429
    assert "my-secret" not in str(list(AccessAttempt.objects.values()))


@pytest.mark.parametrize("name", ["a\0b", "a" * 300])
def test_no_name_is_too_odd_to_be_refused(name: str) -> None:
    answer = by_password(name, "wrong").post("/api/tokens/", PHONE, format="json")
    assert answer.status_code == 401


@pytest.mark.usefixtures("long_minute")
def test_guesses_of_tokens_are_slowed_down_and_the_true_one_is_not() -> None:
    _, secret = make()
    answers = [device("kith_wrong").get("/api/people/").status_code for _ in range(125)]
    assert set(answers) == {401, 429}
    assert device(secret).get("/api/people/").status_code == 200


@pytest.mark.usefixtures("long_minute")
def test_a_welcome_link_is_not_guessed() -> None:
    answers = [Client().get(f"/welcome/MQ/a-{number}/").status_code for number in range(65)]
    assert answers[0] == 200
    assert answers[-1] == 429


def test_who_asks_the_api_too_often_is_told_when_to_come_back(
    alice: APIClient, settings: Any
) -> None:
    settings.API_RATE = 3
    answers = [alice.get("/api/people/") for _ in range(8)]
    assert answers[0].status_code == 200
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


def test_pictures_are_not_counted(alice: APIClient, settings: Any) -> None:
    settings.API_RATE = 1
    face = make_face()
    answers = {alice.get(f"/api/faces/{face.pk}/crop/").status_code for _ in range(4)}
    assert 429 not in answers


def test_a_new_minute_counts_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    assert [within("test", "alice", 2) for _ in range(3)] == [True, True, False]
    assert within("test", "bob", 2)
    monkeypatch.setattr(time, "time", lambda: now + 60)
    assert within("test", "alice", 2)


def test_without_redis_kith_goes_on(monkeypatch: pytest.MonkeyPatch, alice: APIClient) -> None:
    def gone(*args: Any, **kwargs: Any) -> None:
        raise RedisError

    monkeypatch.setattr(cache, "add", gone)
    assert all(within("test", "alice", 0) for _ in range(3))
