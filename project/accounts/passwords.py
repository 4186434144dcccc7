"""Signing in by name and password: who guesses is locked out for a while."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from project.addresses import client_address
from project.limits import SIGN_INS, seconds_left, within


class PasswordAuthentication(BasicAuthentication):
    """A device signs in by HTTP Basic, for a token; refused as the sign-in page refuses."""

    def authenticate_credentials(
        self, userid: str, password: str, request: Any = None
    ) -> tuple[User, None]:
        """Return the user of a name and password."""
        asked: Any = request._request if isinstance(request, Request) else request
        if "\0" in userid + password:  # no name or password has one, and PostgreSQL takes none
            raise AuthenticationFailed
        if not within("login", client_address(asked), SIGN_INS):
            raise Throttled(wait=seconds_left())
        if not AxesProxyHandler.is_allowed(asked, {"username": userid}):
            raise Throttled(wait=settings.AXES_COOLOFF_TIME.total_seconds())
        user, _ = super().authenticate_credentials(userid, password, asked)
        user_logged_in.send(sender=User, request=asked, user=user)
        return user, None


def tried_name(request: HttpRequest, credentials: dict[str, Any] | None) -> str | None:
    """Return the name under which wrong passwords are counted.

    Of one that nobody has only a hash: people type their password into the wrong field.
    """
    name = (credentials or request.POST).get("username")
    if not name or User.objects.filter(username=name).exists():
        return name
    return salted_hmac(__name__, str(name), algorithm="sha256").hexdigest()


def locked_out(
    request: HttpRequest, response: HttpResponseBase | None, credentials: dict[str, Any] | None
) -> HttpResponseBase:
    """Say to whoever has guessed too often how long to wait; the API has said it in its own way."""
    if response is not None and request.path.startswith("/api/"):
        return response
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render(request, "registration/locked.html", {"minutes": minutes}, status=429)
