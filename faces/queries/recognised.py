"""In which libraries Kith looks for faces, and what it has found there."""

from dataclasses import dataclass

from django.db.models import Count

from faces.models import Embedding, Face
from photos.models import Library, Photo


def finds_faces(photo: Photo) -> bool:
    """Return whether faces are looked for in a photo, as its library is set at this moment."""
    return Library.objects.filter(photos=photo.pk, finds_faces=True).exists()


@dataclass(frozen=True)
class Recognised:
    """What Kith has found in a library."""

    faces: int
    labels: int
    embeddings: int


def recognised_in(library: Library) -> Recognised:
    """Return how much there is of a library's faces."""
    found = Face.objects.filter(photo__library=library).aggregate(
        faces=Count("pk"), labels=Count("person")
    )
    embeddings = Embedding.objects.filter(face__photo__library=library).count()
    return Recognised(found["faces"], found["labels"], embeddings)
