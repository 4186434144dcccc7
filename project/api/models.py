"""Answers that are kept for a day, so that a repeated request is not done twice."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class KeptAnswer(models.Model):
    """What a write came to, under the key that its client gave it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField()  # SHA-256 of method, address and body
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=200)
    content = models.BinaryField()
    made_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return f"answer {self.pk}"
