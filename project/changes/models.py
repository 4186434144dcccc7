"""Change: a line of the log that clients follow."""

from django.db import models
from django.db.models.functions import Cast, Now


class Change(models.Model):
    """Something that clients see was created, updated or deleted; written by triggers alone.

    It tells what to look at, not what is there: that is read when somebody asks. Numbers in place
    of foreign keys: the row outlives what it is about.
    """

    class Kind(models.TextChoices):
        """What it happened to; a copy begins in this order."""

        PERSON = "person"
        PHOTO = "photo"
        FACE = "face"
        GUESS = "guess"
        GUESSES = "guesses"

    class What(models.TextChoices):
        """What happened."""

        CREATED = "created"
        UPDATED = "updated"
        DELETED = "deleted"

    kind = models.CharField(max_length=7, choices=Kind)
    what = models.CharField(max_length=7, choices=What)
    object_id = models.BigIntegerField(help_text="A guess has its face's.")
    owner_id = models.BigIntegerField()
    library_id = models.BigIntegerField(null=True, help_text="Empty for people.")
    at = models.DateTimeField(db_default=Now())
    # The transaction that did it. Ids are given before transactions commit, in any order: only what
    # is older than every transaction still under way can be passed over for good.
    xid = models.BigIntegerField(
        db_default=Cast(
            Cast(models.Func(function="pg_current_xact_id"), models.TextField()),
            models.BigIntegerField(),
        )
    )

    class Meta:
        indexes = [models.Index(fields=["owner_id", "xid", "id"], name="change_in_order")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} {self.what}"
