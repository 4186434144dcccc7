"""Signing in to the API by a token.

REST framework imports this before there are models, so that what needs them comes later.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from project.addresses import client_address
from project.limits import seconds_left, within

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from project.accounts.models import DeviceToken

SCHEME = "Bearer"
GUESSES = 60  # a minute, of one address


class TokenAuthentication(BaseAuthentication):
    """A device signs in by ``Authorization: Bearer kith_…``."""

    def authenticate(self, request: Request) -> "tuple[User, DeviceToken] | None":
        """Return the user and the token; None where no token is shown."""
        from project.accounts.tokens import find_token

        words = get_authorization_header(request).decode("latin-1").split()
        if not words or words[0].lower() != SCHEME.lower():
            return None
        token = find_token(words[1]) if len(words) == 2 else None
        if token is None and not within("token", client_address(request._request), GUESSES):
            raise Throttled(wait=seconds_left())
        if token is None:
            raise AuthenticationFailed(_("This token is unknown, revoked or has expired."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """Say how to sign in, so that the answer is 401."""
        return SCHEME
