"""The sign-in page, and the way to a provider and back."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.crypto import get_random_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from requests import RequestException

from project.accounts.oidc import NONCE, PROVIDER, Checked


class SignInView(LoginView):
    """Name and password, or a button to the provider where there is one."""

    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Say what the button is called."""
        name = settings.OIDC_NAME if settings.OIDC_ISSUER else ""
        return super().get_context_data(oidc_name=name, **kwargs)


@login_not_required
@require_safe
def oidc_login(request: HttpRequest) -> HttpResponseBase:
    """Send the visitor to the provider."""
    _require_oidc()
    provider = get_adapter().get_provider(request, PROVIDER)
    provider.oauth2_adapter_class = lambda asked, _provider: Checked(asked)
    request.session[NONCE] = nonce = get_random_string(43)
    try:
        answer: HttpResponseBase = provider.redirect(
            request, "login", next_url=_next(request), auth_params={"nonce": nonce}
        )
    except (RequestException, KeyError):
        messages.error(request, _("The provider does not answer. Please try again."))
        return redirect("login")
    return answer


@login_not_required
@require_safe
def oidc_callback(request: HttpRequest) -> HttpResponseBase:
    """Let in whom the provider sends back, or say why not."""
    _require_oidc()
    answer: HttpResponseBase = OAuth2CallbackView.adapter_view(Checked(request))(request)
    return answer


def _require_oidc() -> None:
    if not settings.OIDC_ISSUER:
        raise Http404


def _next(request: HttpRequest) -> str | None:
    wanted = request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else None
