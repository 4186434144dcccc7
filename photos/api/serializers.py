"""What the API says and takes of libraries and photos."""

from contextlib import suppress
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from photos.imaging.apart import details_apart
from photos.imaging.decoding import UnreadableImageError
from photos.imaging.exif import Details
from photos.models import Library, Photo, Share
from photos.queries import PhotoFilter, is_month
from project.api.fields import SparseFields

MOST_PHOTOS = 10**9  # of an offset: beyond all that there are
MOST_CHOSEN = 10_000  # photos one by one


class LibrarySerializer(serializers.ModelSerializer[Library]):
    """A library with the state of its photos; where it lies, only its owner is told."""

    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    photos_total = serializers.IntegerField(read_only=True)
    photos_pending = serializers.IntegerField(read_only=True)
    photos_failed = serializers.IntegerField(read_only=True)
    owner_name = serializers.CharField(source="owner.username", read_only=True)
    role = serializers.SerializerMethodField()

    class Meta:
        model = Library
        fields = [
            "id", "owner", "owner_name", "role", "name", "path", "photos_total", "photos_pending",
            "photos_failed", "reads_names", "finds_faces", "created_at",
        ]  # fmt: skip
        read_only_fields = ["id", "owner", "reads_names", "finds_faces", "created_at"]

    @extend_schema_field(serializers.ChoiceField(["owner", *Share.Role.values]))
    def get_role(self, library: Library) -> str:
        """Return what the user may do with it."""
        return str(library.role)  # type: ignore[attr-defined]  # of visible_libraries

    def to_representation(self, library: Library) -> dict[str, Any]:
        """Leave out the folder for whom it is shared with."""
        told: dict[str, Any] = super().to_representation(library)
        return told if told["role"] == "owner" else told | {"path": ""}


class LibraryChangeSerializer(serializers.ModelSerializer[Library]):
    """What can be changed of a library."""

    reads_names = serializers.BooleanField(
        help_text="Take over names that other programs have written into the files."
    )

    class Meta:
        model = Library
        fields = ["reads_names"]


class RescanSerializer(serializers.Serializer[dict[str, bool]]):
    """How to rescan; passed on to the apps that look into photos."""

    restore_dismissed = serializers.BooleanField(
        default=False, help_text="Let faces that were deleted be found again."
    )


class CheckSerializer(serializers.Serializer[dict[str, bool]]):
    """How to check a library."""

    light = serializers.BooleanField(
        default=False, help_text="Read neither files nor pictures: see whether they are there."
    )


class PicturesSerializer(serializers.Serializer[dict[str, bool]]):
    """Which pictures to make."""

    anew = serializers.BooleanField(
        default=False, help_text="All of them, also those that are there and whole."
    )


class PhotoRescanSerializer(RescanSerializer):
    """Which photos to rescan, and how."""

    photos = serializers.ListField(
        child=serializers.IntegerField(), allow_empty=False, max_length=MOST_CHOSEN
    )


class ExifSerializer(serializers.Serializer[Details]):
    """How a photo was taken, as far as its file says so."""

    camera = serializers.CharField()
    lens = serializers.CharField()
    exposure_seconds = serializers.FloatField(allow_null=True)
    f_number = serializers.FloatField(allow_null=True)
    iso = serializers.IntegerField(allow_null=True)
    focal_length_mm = serializers.FloatField(allow_null=True)
    taken_at = serializers.SerializerMethodField()
    latitude = serializers.FloatField(allow_null=True, help_text="Degrees, north is positive.")
    longitude = serializers.FloatField(allow_null=True, help_text="Degrees, east is positive.")
    altitude_m = serializers.FloatField(allow_null=True)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_taken_at(self, details: Details) -> str | None:
        """Return the camera's own time, with a zone only where it wrote one."""
        return details.taken_at.isoformat() if details.taken_at else None


class PhotoSerializer(SparseFields, serializers.ModelSerializer[Photo]):
    """A photo; which others have the same file, only its owner is told."""

    copy_of = serializers.SerializerMethodField()
    thumbnail = serializers.CharField(source="thumbnail_url", read_only=True)
    preview = serializers.CharField(source="preview_url", read_only=True)

    class Meta:
        model = Photo
        fields = [
            "id", "library", "path", "size", "width", "height", "duration", "taken_at", "state",
            "problem", "scanned_at", "missing_since", "copy_of", "thumbnail", "preview",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_copy_of(self, photo: Photo) -> int | None:
        """Return the photo of which it is a copy."""
        return None if is_shared(photo) else photo.copy_of_id


class PhotoDetailSerializer(PhotoSerializer):
    """A photo, with what its file says of how it was taken, and its copies."""

    exif = serializers.SerializerMethodField()
    copies = serializers.SerializerMethodField()

    class Meta(PhotoSerializer.Meta):
        fields = [*PhotoSerializer.Meta.fields, "exif", "copies"]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_copies(self, photo: Photo) -> list[int]:
        """Return the photos that are copies of it."""
        if is_shared(photo):
            return []
        return list(photo.copies.order_by("pk").values_list("pk", flat=True))

    @extend_schema_field(ExifSerializer)
    def get_exif(self, photo: Photo) -> dict[str, Any]:
        """Return what the file says at this moment."""
        details = Details()
        with suppress(UnreadableImageError):
            if photo.file.is_file():
                details = details_apart(photo.file)
        return dict(ExifSerializer(details).data)


def is_shared(photo: Photo) -> bool:
    """Return whether a photo is of somebody else's world, as photos.access marks it."""
    return bool(getattr(photo, "is_shared", False))


class MonthField(serializers.CharField):
    """A month: «2019-07», or «none» for photos without a date."""

    def to_internal_value(self, data: Any) -> str:
        """Return the month."""
        month: str = super().to_internal_value(data)
        if not is_month(month):
            raise serializers.ValidationError("A month is «2019-07», or «none» without a date.")
        return month


class PhotoFilterSerializer(serializers.Serializer[Any]):
    """Which photos are meant."""

    library = serializers.IntegerField(required=False)
    taken_from = serializers.DateField(required=False, help_text="The first day.")
    taken_to = serializers.DateField(required=False, help_text="The last day.")
    month = MonthField(required=False)

    def wanted(self) -> PhotoFilter:
        """Return the validated filter."""
        names = PhotoFilter.__dataclass_fields__
        return PhotoFilter(**{k: v for k, v in self.validated_data.items() if k in names})


class PhotoListSerializer(PhotoFilterSerializer):
    """Which photos to list, and in which order."""

    shown = serializers.BooleanField(
        default=False, help_text="Only what can be looked at, and no copies."
    )
    sort = serializers.ChoiceField(
        [("added", "Last added first"), ("taken", "Last taken first, undated ones at the end")],
        default="added",
    )
    offset = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=MOST_PHOTOS,
        help_text="Begin so many photos further on; «cursor» is for going on from there.",
    )


class PreviewSerializer(serializers.Serializer[Any]):
    """Which preview of a photo."""

    large = serializers.BooleanField(
        default=False, help_text="Up to 8,192 pixels, to zoom in; else up to 2,048."
    )


class MonthSerializer(serializers.Serializer[Any]):
    """A month and how many photos were taken in it."""

    month = serializers.CharField(help_text="«2019-07»; «none» for photos without a date.")
    count = serializers.IntegerField()
