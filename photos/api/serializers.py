"""What the API says and takes of libraries and photos."""

from rest_framework import serializers

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
