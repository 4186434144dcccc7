"""Which size and format of a picture is wanted, as all endpoints of pictures ask for it."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer

from project.storage.names import KINDS, SIZES
from project.variants import AUTO

# What a picture's endpoint answers with.
PICTURE = {(200, kind): OpenApiTypes.BINARY for kind in KINDS.values()}


class FileRenderer(JSONRenderer):
    """Lets a client that accepts pictures alone have them; what is wrong is still told as JSON."""

    media_type = "*/*"


FILES = [JSONRenderer, FileRenderer]


class SizedSerializer(serializers.Serializer[Any]):
    """A size and format; the picture as it is kept without them."""

    size = serializers.ChoiceField(
        SIZES,
        required=False,
        help_text="Pixels of the longer side at most; never more than the picture has.",
    )
    type = serializers.ChoiceField(
        [*KINDS, AUTO],
        required=False,
        help_text="WebP without; «auto» for the smallest that «Accept» names.",
    )

    def wanted(self) -> dict[str, Any]:
        """Return size and format as ``image_as_asked`` takes them."""
        asked = self.validated_data
        size = asked.get("size")
        return {"size": int(size) if size else None, "kind": asked.get("type")}
