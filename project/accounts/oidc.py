"""Signing in at somebody else's OpenID provider: what it says is checked, and who may come in.

allauth speaks the protocol; none of its pages is at any address.
"""

from hashlib import sha256
from hmac import compare_digest
from typing import Any, NoReturn

import jwt
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.adapter import get_adapter as get_social_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

PROVIDER = "oidc"
NONCE = "oidc_nonce"  # in the session, until the answer comes
KEPT = ("email", "email_verified", "preferred_username")
# By a key that only the provider has.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]


class Checked(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """The protocol, with the ID token checked in full wherever it came from."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, PROVIDER)

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Return where the provider sends people back to."""
        return request.build_absolute_uri(reverse("oidc-callback"))

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Return who has come, by the ID token and, for e-mail and name, the user-info endpoint."""
        claims = self._claims(app, kwargs["response"].get("id_token", ""))
        nonce = request.session.pop(NONCE, "")
        if not nonce or not compare_digest(str(claims.get("nonce", "")), nonce):
            raise OAuth2Error("This ID token was made for another sign-in.")
        if "userinfo_endpoint" in self.openid_config:
            told = self._fetch_user_info(token.token)
            if told.get("sub") != claims["sub"]:
                raise OAuth2Error("The user info is somebody else's.")
            claims = claims | told
        who = f"{settings.OIDC_ISSUER} {claims['sub']}".encode()
        kept = {name: claims.get(name) for name in KEPT} | {"uid": sha256(who).hexdigest()}
        return self.get_provider().sociallogin_from_response(request, {"id_token": kept})

    def _claims(self, app: Any, id_token: str) -> dict[str, Any]:
        issuer = self.openid_config["issuer"]
        if issuer.rstrip("/") != settings.OIDC_ISSUER.rstrip("/"):
            raise OAuth2Error("The provider calls itself by another name.")
        with get_social_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
            keys = answer.json()
        try:
            kid = jwt.get_unverified_header(id_token).get("kid")
            known = jwt.PyJWKSet.from_dict(keys).keys
            key = next(key for key in known if kid is None or key.key_id == kid)
            claims: dict[str, Any] = jwt.decode(
                id_token,
                key,
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=issuer,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, StopIteration) as error:
            raise OAuth2Error("The ID token is not valid.") from error
        return claims


class Guard(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who may come in: those who came before, those of a verified e-mail, new ones if allowed."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find the user, or send the visitor back to the sign-in page with the reason."""
        if not sociallogin.is_existing:
            sociallogin.connect(request, self._user(request, sociallogin))
        if not sociallogin.user.is_active:
            _send_back(request, _("This account is switched off."))

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> NoReturn:
        """Send the visitor back; what went wrong is nobody's business but the log's."""
        _send_back(request, _("The sign-in was not completed. Please try again."))

    def _user(self, request: HttpRequest, sociallogin: SocialLogin) -> User:
        emails = [each.email for each in sociallogin.email_addresses if each.verified is True]
        known = list(User.objects.filter(email__iexact=emails[0])) if emails else []
        if len(known) == 1:
            return known[0]
        if known or not settings.OIDC_CREATES_USERS:
            _send_back(
                request,
                _("Nobody here has your e-mail address. Ask whoever runs this Kith to add it."),
            )
        wanted = sociallogin.user.username or (emails[0].partition("@")[0] if emails else "")
        user = User(username=_free_name(wanted), email=emails[0] if emails else "")
        user.set_unusable_password()
        user.save()
        return user


class Quiet(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up, and no page of allauth says anything."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Users come by the admin, or by the Guard."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """That somebody has signed in, the page shows."""


def _send_back(request: HttpRequest, reason: str) -> NoReturn:
    messages.error(request, reason)
    raise ImmediateHttpResponse(redirect("login"))


def _free_name(wanted: str) -> str:
    """Return a user name that nobody has."""
    kept = "".join(each for each in wanted if each.isalnum() or each in "@.+-_")[:140] or "user"
    name, number = kept, 2
    while User.objects.filter(username__iexact=name).exists():
        name, number = f"{kept}-{number}", number + 1
    return name
