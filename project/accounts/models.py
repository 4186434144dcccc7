"""DeviceToken: what a phone or a program signs in with."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from project.scopes import Scope


class StandingTokens(models.Manager["DeviceToken"]):
    """Tokens that let somebody in now."""

    def get_queryset(self) -> models.QuerySet["DeviceToken"]:
        """Leave out those that were revoked, have expired, or whose user may not sign in."""
        running = Q(revoked_at=None, expires_at__gt=timezone.now(), user__is_active=True)
        return super().get_queryset().filter(running)


class DeviceToken(models.Model):
    """A device of a user, and what it may do; of its secret only the hash is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="device_tokens"
    )
    made_with = models.ForeignKey(
        "self", null=True, on_delete=models.CASCADE, related_name="descendants",
        help_text="The token that made it, and takes it along when it is revoked.",
    )  # fmt: skip
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices))
    prefix = models.CharField(max_length=20, help_text="How the token begins, to recognise it.")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, help_text="To within a minute.")
    revoked_at = models.DateTimeField(null=True)

    objects = models.Manager["DeviceToken"]()
    standing = StandingTokens()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
