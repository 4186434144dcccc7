"""Preference: what somebody chose instead of a default."""

from django.conf import settings
from django.db import models


class Preference(models.Model):
    """A setting that is another than the default; without a row the default holds."""

    name = models.CharField(max_length=40, unique=True)
    value = models.JSONField()
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"
