"""Devices in the API: which there are, a new one, and an end to one."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from project.accounts.authentication import TokenAuthentication
from project.accounts.models import DeviceToken
from project.accounts.passwords import PasswordAuthentication
from project.accounts.tokens import make_token, revoke_token
from project.api import KeysetPagination, user_of
from project.audit.recording import Verb, record
from project.scopes import Scope

LONGEST_DAYS = 3650


class DeviceSerializer(serializers.ModelSerializer[DeviceToken]):
    """A device, and what it may do."""

    scopes = serializers.ListField(child=serializers.ChoiceField(Scope.choices))

    class Meta:
        model = DeviceToken
        fields = ["id", "name", "scopes", "prefix", "created_at", "expires_at", "last_used_at"]
        read_only_fields = fields


class NewDeviceSerializer(serializers.Serializer[dict[str, Any]]):
    """A device that is to have a token."""

    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(Scope.choices), allow_empty=False, max_length=len(Scope)
    )
    days = serializers.IntegerField(
        min_value=1, max_value=LONGEST_DAYS, default=365, help_text="So long it holds."
    )


class DeviceWithTokenSerializer(DeviceSerializer):
    """A new device with its token, which is told only here."""

    token = serializers.CharField()

    class Meta(DeviceSerializer.Meta):
        fields = [*DeviceSerializer.Meta.fields, "token"]
        read_only_fields = fields


class TokenViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[DeviceToken]):
    """Devices that may sign in by a token."""

    serializer_class = DeviceSerializer
    pagination_class = KeysetPagination
    queryset = DeviceToken.standing.none()

    def get_authenticators(self) -> list[BaseAuthentication]:
        """Let a device come by name and password, but only for a token of its own."""
        known: list[BaseAuthentication] = [TokenAuthentication(), SessionAuthentication()]
        asked = self.request.method if self.request else None
        return [*known, PasswordAuthentication()] if asked == "POST" else known

    def get_queryset(self) -> QuerySet[DeviceToken]:
        """Return the user's devices whose tokens hold, the newest first."""
        return DeviceToken.standing.filter(user=user_of(self.request)).order_by("-id")

    @extend_schema(request=NewDeviceSerializer, responses={201: DeviceWithTokenSerializer})
    def create(self, request: Request) -> Response:
        """Make a token; it is in this answer, and nowhere else.

        Besides a session or a token, a name and password by HTTP Basic are enough.
        """
        asked = NewDeviceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data
        user = user_of(request)
        token, secret = make_token(
            user=user,
            name=wanted["name"],
            scopes=wanted["scopes"],
            expires_at=timezone.now() + timedelta(days=wanted["days"]),
            made_with=request.auth if isinstance(request.auth, DeviceToken) else None,
        )
        record(actor=user, verb=Verb.TOKEN_MADE, subject=f"token {token.pk}", request=request)
        told = DeviceSerializer(token).data | {"token": secret}
        return Response(told, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str | None = None) -> Response:
        """Revoke a token, at once, and those that were made with it."""
        token = self.get_object()
        revoke_token(token=token)
        record(
            actor=user_of(request),
            verb=Verb.TOKEN_REVOKED,
            subject=f"token {token.pk}",
            request=request,
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
