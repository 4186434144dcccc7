"""Everybody's devices in the Django admin."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from project.accounts.models import DeviceToken
from project.accounts.tokens import revoke_token
from project.audit.recording import Verb, record
from project.jobs.admin import ReadOnlyAdmin


@admin.register(DeviceToken)
class DeviceTokenAdmin(ReadOnlyAdmin):
    """Devices are made by their users; staff may end them."""

    list_display = [
        "name", "user", "scopes", "prefix", "created_at", "expires_at", "last_used_at",
        "revoked_at",
    ]  # fmt: skip
    exclude = ["digest"]
    list_select_related = ["user"]
    list_filter = ["user"]
    actions = ["revoke"]

    @admin.action(description="Revoke selected tokens")
    def revoke(self, request: HttpRequest, queryset: QuerySet[DeviceToken]) -> None:
        """End them."""
        for token in queryset:
            revoke_token(token=token)
            record(
                actor=request.user,
                verb=Verb.TOKEN_REVOKED,
                subject=f"token {token.pk}",
                request=request,
            )
        self.message_user(request, f"{len(queryset)} revoked.")
