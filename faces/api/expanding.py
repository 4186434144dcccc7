"""Lists whose rows tell at once what a client would otherwise ask for row by row."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from rest_framework import serializers

from faces.access import faces_for
from faces.api.serializers import FaceSerializer
from faces.models import Face
from faces.queries import with_guesses
from photos.access import World
from photos.models import Photo

PHOTO, FACES = "photo", "faces"


class FoundPhotoSerializer(serializers.ModelSerializer[Photo]):
    """A photo as ``photos/`` tells it, in short; ``photos/{id}/`` tells more."""

    thumbnail = serializers.CharField(source="thumbnail_url", read_only=True)
    preview = serializers.CharField(source="preview_url", read_only=True)

    class Meta:
        model = Photo
        fields = [
            "id", "library", "path", "width", "height", "duration", "taken_at", "thumbnail",
            "preview",
        ]  # fmt: skip
        read_only_fields = fields


class ExpandedOfFaceSerializer(serializers.Serializer[Any]):
    """What was asked to be told at once of a face."""

    photo = FoundPhotoSerializer(required=False)


class ListedFaceSerializer(FaceSerializer):
    """A face of a list."""

    expanded = ExpandedOfFaceSerializer(required=False, help_text="Where «expand» asks for it.")

    class Meta(FaceSerializer.Meta):
        fields = [*FaceSerializer.Meta.fields, "expanded"]
        read_only_fields = FaceSerializer.Meta.fields


class SimilarFaceSerializer(ListedFaceSerializer):
    """A face that is like another."""

    similarity = serializers.FloatField(
        help_text="The cosine of the two faces' embeddings, at most 1. It is no probability."
    )

    class Meta(ListedFaceSerializer.Meta):
        fields = [*ListedFaceSerializer.Meta.fields, "similarity"]
        read_only_fields = [*FaceSerializer.Meta.fields, "similarity"]


class ExpandedOfPhotoSerializer(serializers.Serializer[Any]):
    """What was asked to be told at once of a photo."""

    faces = FaceSerializer(many=True, required=False)


class ListedPhotoSerializer(FoundPhotoSerializer):
    """A photo that a search has found."""

    expanded = ExpandedOfPhotoSerializer(required=False, help_text="Where «expand» asks for it.")

    class Meta(FoundPhotoSerializer.Meta):
        fields = [*FoundPhotoSerializer.Meta.fields, "expanded"]
        read_only_fields = FoundPhotoSerializer.Meta.fields


def faces_told(faces: Sequence[Face], fields: frozenset[str] | None, expand: frozenset[str]) -> Any:
    """Return faces of a list as their serializer describes them; each has its photo loaded."""
    told: Any = FaceSerializer(faces, many=True, context={"fields": fields}).data
    if PHOTO not in expand:
        return told
    photos = {face.photo_id: face.photo for face in faces}
    data = {pk: FoundPhotoSerializer(photo).data for pk, photo in photos.items()}
    return [
        row | {"expanded": {PHOTO: data[face.photo_id]}}
        for face, row in zip(faces, told, strict=True)
    ]


def photos_told(world: World, photos: Sequence[Photo], expand: frozenset[str]) -> Any:
    """Return photos of a world that were found, with all their faces if that is asked for."""
    told: Any = FoundPhotoSerializer(photos, many=True).data
    if FACES not in expand:
        return told
    faces = faces_for(world).filter(photo__in=[photo.pk for photo in photos]).order_by("id")
    by_photo = defaultdict(list)
    for face in FaceSerializer(with_guesses(world, faces), many=True).data:
        by_photo[face["photo"]].append(face)
    return [row | {"expanded": {FACES: by_photo[row["id"]]}} for row in told]
