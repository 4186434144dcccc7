"""What the API says and takes of libraries and photos."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from photos.imaging.exif import Details, read_details
from photos.models import Library, Photo


class LibrarySerializer(serializers.ModelSerializer[Library]):
    """A library with the state of its photos."""

    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    photos_total = serializers.IntegerField(read_only=True)
    photos_pending = serializers.IntegerField(read_only=True)
    photos_failed = serializers.IntegerField(read_only=True)

    class Meta:
        model = Library
        fields = [
            "id", "name", "path", "photos_total", "photos_pending", "photos_failed", "reads_names",
            "created_at",
        ]  # fmt: skip
        read_only_fields = ["id", "created_at"]


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


class PhotoSerializer(serializers.ModelSerializer[Photo]):
    """A photo."""

    thumbnail = serializers.CharField(source="thumbnail_url", read_only=True)
    preview = serializers.CharField(source="preview_url", read_only=True)

    class Meta:
        model = Photo
        fields = [
            "id", "library", "path", "size", "width", "height", "duration", "taken_at", "state",
            "problem", "scanned_at", "missing_since", "copy_of", "thumbnail", "preview",
        ]  # fmt: skip
        read_only_fields = fields


class PhotoDetailSerializer(PhotoSerializer):
    """A photo, with what its file says of how it was taken, and its copies."""

    exif = serializers.SerializerMethodField()
    copies = serializers.PrimaryKeyRelatedField[Photo](many=True, read_only=True)

    class Meta(PhotoSerializer.Meta):
        fields = [*PhotoSerializer.Meta.fields, "exif", "copies"]
        read_only_fields = fields

    @extend_schema_field(ExifSerializer)
    def get_exif(self, photo: Photo) -> dict[str, Any]:
        """Return what the file says at this moment."""
        return dict(ExifSerializer(read_details(photo.file)).data)
