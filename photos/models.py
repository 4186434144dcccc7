"""Library, Share, Photo and Upload."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, FloatField, Func, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from photos.imaging.inside import InsideFile
from project.images import image_address

# When undated photos were taken, in seconds since 1970: before all others.
NEVER = -1e12
SECONDS = "EXTRACT(EPOCH FROM %(expressions)s AT TIME ZONE 'UTC')::float8"


def moment_taken(taken_at: str = "taken_at") -> Coalesce:
    """Return when a photo was taken, in seconds since 1970, as lists order by it.

    Written alike everywhere, so that PostgreSQL knows the index by it.
    """
    seconds = Func(taken_at, template=SECONDS, output_field=FloatField())
    return Coalesce(seconds, Value(NEVER))


class Library(models.Model):
    """A folder tree that belongs to one user."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="libraries"
    )
    name = models.CharField(max_length=200)
    path = models.TextField(help_text="Absolute path of the folder on the server.")
    reads_names = models.BooleanField(
        default=True, help_text="Take over names that other programs have written into the files."
    )
    finds_faces = models.BooleanField(
        default=True, help_text="Look for faces in the photos, and compare them."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "libraries"
        constraints = [
            models.UniqueConstraint(fields=["owner", "path"], name="library_path_once_per_owner")
        ]

    def __str__(self) -> str:
        return self.name


class Share(models.Model):
    """That a library's owner lets another user look into it, or also say who is in it."""

    class Role(models.TextChoices):
        """What the other user may do."""

        VIEWER = "viewer", _("Looks at photos, faces and people")
        LABELLER = "labeller", _("Looks, and says who is who")

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="shares")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares"
    )
    role = models.CharField(max_length=10, choices=Role, default=Role.VIEWER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["library", "user"], name="one_share_per_user")
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.library}"


class Photo(models.Model):
    """One image or video file of a library; the row outlives the file, and so do its labels.

    A row follows its file's content where that is moved. A copy of it is a row of its own that
    points to the original, which alone has thumbnail and faces.
    """

    class State(models.TextChoices):
        """Whether the file has been looked at as it is now."""

        PENDING = "pending", _("Waiting to be scanned")
        SCANNED = "scanned", _("Scanned")
        FAILED = "failed", _("Cannot be read")

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="photos")
    path = models.TextField(help_text="Relative to the library's folder.")
    size = models.BigIntegerField(help_text="Bytes.")
    modified_ns = models.BigIntegerField(help_text="Nanoseconds since 1970, as the disk says.")
    sidecars_ns = models.BigIntegerField(
        default=0, help_text="The same of the XMP files beside it, added up; 0 without any."
    )
    digest = models.CharField(
        max_length=40, blank=True, default="", help_text="BLAKE2b of the file when last read."
    )
    copy_of = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="copies",
        help_text="The photo of the same owner whose file is the same, byte by byte.",
    )
    width = models.PositiveIntegerField(default=0, help_text="Pixels, upright.")
    height = models.PositiveIntegerField(default=0, help_text="Pixels, upright.")
    duration = models.FloatField(
        null=True, blank=True, help_text="Seconds of a video; empty for a picture."
    )
    taken_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    problem = models.TextField(blank=True, help_text="Why it cannot be read.")
    scanned_at = models.DateTimeField(null=True, blank=True)
    missing_since = models.DateTimeField(
        null=True, blank=True, help_text="When the file was first not found."
    )
    claimed_by = models.BigIntegerField(
        null=True, blank=True, editable=False, help_text="Token of the worker that is at it."
    )
    attempts = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="Times a worker took it and did not come to an end."
    )

    class Meta:
        ordering = ["-taken_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["library", "path"], name="photo_path_once_per_library")
        ]
        indexes = [
            # What a scan has still to do; small, however large the library.
            models.Index(
                fields=["library", "id"], condition=Q(state="pending"), name="photo_pending"
            ),
            # A month of the timeline, and how many photos each month has.
            models.Index(fields=["library", "-taken_at", "-id"], name="photo_timeline"),
            # The newest first, of whatever library: a page of somebody with very many photos.
            models.Index(moment_taken().desc(), F("id").desc(), name="photo_newest_first"),
            models.Index(fields=["digest"], condition=~Q(digest=""), name="photo_digest"),
        ]

    def __str__(self) -> str:
        return self.path

    @property
    def file(self) -> InsideFile:
        """The original on disk, opened by no way that leads out of the library."""
        return InsideFile(Path(self.library.path), self.path)

    @property
    def original_id(self) -> int:
        """The id of the photo that has the pictures and faces of this content."""
        return self.copy_of_id or self.pk

    @property
    def thumbnail_name(self) -> str:
        """Where the storage keeps the thumbnail."""
        return f"thumbnails/{self.original_id // 1000:06d}/{self.original_id}.webp"

    @property
    def thumbnail_url(self) -> str:
        """The thumbnail's address; it changes when the photo is scanned again."""
        return image_address(self.thumbnail_name, self._version)

    @property
    def preview_name(self) -> str:
        """Where the storage keeps the preview, once somebody has asked for it."""
        return f"previews/{self.original_id // 1000:06d}/{self.original_id}.webp"

    @property
    def large_preview_name(self) -> str:
        """Where the storage keeps the larger preview, once somebody has zoomed in."""
        return f"previews/{self.original_id // 1000:06d}/{self.original_id}-large.webp"

    @property
    def preview_names(self) -> tuple[str, str]:
        """Where the storage keeps either preview."""
        return self.preview_name, self.large_preview_name

    @property
    def picture_names(self) -> tuple[str, ...]:
        """Where the storage keeps all that was made of the file."""
        return self.thumbnail_name, *self.preview_names

    @property
    def preview_url(self) -> str:
        """The preview's address; it changes when the photo is scanned again."""
        return f"{reverse('api:photo-preview', args=[self.pk])}?v={self._version}"

    @property
    def _version(self) -> int:
        return int(self.scanned_at.timestamp()) if self.scanned_at else 0


class Upload(models.Model):
    """A file on its way to Kith, in pieces; what has arrived lies aside until it is whole."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads"
    )
    name = models.CharField(max_length=255)
    size = models.BigIntegerField(help_text="Bytes, when it is whole.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    @property
    def part(self) -> Path:
        """The file that holds what has arrived."""
        return Path(settings.UPLOADS_ROOT) / ".parts" / f"{self.pk}{Path(self.name).suffix}"

    @property
    def offset(self) -> int:
        """Bytes that have arrived; the disk knows."""
        return self.part.stat().st_size if self.part.exists() else 0
