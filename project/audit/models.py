"""AuditEntry: one line of the audit log."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Verb(models.TextChoices):
    """What was done."""

    SIGN_IN = "sign-in", _("Signed in")
    SIGN_IN_FAILED = "sign-in-failed", _("Sign-in refused")
    SIGN_OUT = "sign-out", _("Signed out")
    TOKEN_MADE = "token-made", _("Token made")
    TOKEN_REVOKED = "token-revoked", _("Token revoked")
    PASSWORD_CHANGED = "password-changed", _("Password changed")
    SETTINGS_CHANGED = "settings-changed", _("Setting changed")
    SHARED = "shared", _("Shared")
    UNSHARED = "unshared", _("Sharing ended")
    DELETED = "deleted", _("Deleted")
    FORGOTTEN = "forgotten", _("Forgotten")
    EXPORTED = "exported", _("Exported")


class AuditEntry(models.Model):
    """Something that was done: by whom, to what, from where. Written once, never changed.

    The subject names rows by id alone, since what is deleted or forgotten must not live on here.
    """

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor_name = models.CharField(max_length=150, help_text="The name stays when the user goes.")
    verb = models.CharField(max_length=20, choices=Verb.choices)
    subject = models.CharField(max_length=200, help_text="What it was done to, such as person 12.")
    address = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=200, help_text="The program, as it calls itself.")

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["at"], name="audit_by_time")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.verb} {self.subject}".strip()

    def save(self, **kwargs: Any) -> None:
        """Write a new entry; one that stands is not changed."""
        if not self._state.adding:
            raise TypeError("An audit entry is never changed.")
        super().save(**kwargs)
