"""Headers, cookies, TLS and proxies: what every answer says, and whom Kith believes."""

from ipaddress import ip_network
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client

from project.addresses import client_address, heed_trusted_proxies
from tests.factories import make_user

PAGES = ["/login/", "/", "/settings/", "/api/people/", "/api/docs/", "/nowhere/", "/admin/login/"]


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_every_answer_tells_browsers_what_they_may_do(page: str) -> None:
    answer = Client().get(page)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.django_db
def test_with_tls_everybody_is_sent_there_and_cookies_stay_there(settings: Any) -> None:
    make_user()
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = True
    settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_HSTS_SECONDS = 60
    plain = Client().get("/login/")
    assert plain.status_code == 301
    assert plain["Location"] == "https://testserver/login/"
    client = Client()
    words = {"username": "alice", "password": "password"}
    answer = client.post("/login/", words, secure=True)
    assert answer["Strict-Transport-Security"].startswith("max-age=60")
    cookie = answer.cookies["sessionid"]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"


def asked(**meta: str) -> HttpRequest:
    """Send a request through the middleware; return what further in is told."""
    request = HttpRequest()
    request.META = dict(meta)
    seen: list[HttpRequest] = []

    def look(inner: HttpRequest) -> HttpResponse:
        seen.append(inner)
        return HttpResponse()

    heed_trusted_proxies(look)(request)
    return seen[0]


def test_nobody_is_believed_who_is_no_trusted_proxy(settings: Any) -> None:
    settings.TRUSTED_PROXIES = []
    request = asked(
        REMOTE_ADDR="192.0.2.1",
        HTTP_X_FORWARDED_FOR="127.0.0.1",
        HTTP_X_FORWARDED_PROTO="https",
        HTTP_FORWARDED="for=127.0.0.1",
    )
    assert client_address(request) == "192.0.2.1"
    assert not request.is_secure()
    assert set(request.META) == {"REMOTE_ADDR"}


def test_a_trusted_proxy_says_who_asks_and_by_which_scheme(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    request = asked(
        REMOTE_ADDR="10.0.0.2",
        HTTP_X_FORWARDED_FOR="203.0.113.9, 198.51.100.7, 10.1.1.1",
        HTTP_X_FORWARDED_PROTO="https",
    )
    # What stands before the last one that is not trusted, that one may have made up.
    assert client_address(request) == "198.51.100.7"
    assert request.is_secure()


@pytest.mark.parametrize(
    ("address", "known"),
    [("::ffff:192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::1"), ("", None), ("x", None)],
)
def test_addresses_are_told_as_they_are(address: str, known: str | None) -> None:
    assert client_address(asked(REMOTE_ADDR=address)) == known


@pytest.mark.django_db
def test_a_new_password_ends_the_other_sessions() -> None:
    user, phone = make_user(), Client()
    phone.force_login(user)
    assert phone.get("/settings/").status_code == 200
    user.set_password("correct-horse-9")
    user.save()
    assert phone.get("/settings/").status_code == 302
