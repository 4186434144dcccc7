"""Faces that are like one of them."""

from dataclasses import dataclass

from faces.access import faces_for
from faces.models import Embedding, Face
from faces.nearest import nearest
from faces.queries import with_guesses
from faces.queries.engines import engine_in_force
from faces.vision.catalogue import engine_kind
from photos.access import Who, world_of


@dataclass(frozen=True)
class SimilarFace:
    """A face, as ``with_guesses`` loads it, and how similar it is to another."""

    face: Face
    similarity: float  # the cosine of their embeddings: no probability


def neighbours(who: Who, face: Face, count: int) -> list[tuple[int, float]]:
    """Return the faces of a world that are most similar to one of them: (id, similarity).

    The most similar comes first, and the face itself is left out. There are none for a face
    without an embedding of the engine in force, as one that was drawn a moment ago.
    """
    world = world_of(who)
    model = engine_kind(engine_in_force()).model
    own = Embedding.objects.filter(face=face, model=model).first()
    if own is None:
        return []
    (found,) = nearest(
        own.owner_id,
        model,
        [list(own.vector)],
        count + 1,
        libraries=None if world.is_own else world.libraries,
    )
    return [(pk, similarity) for pk, similarity in found if pk != face.pk][:count]


def similar_faces(who: Who, face: Face, count: int) -> list[SimilarFace]:
    """Return the neighbours of a face as lists show faces."""
    near = neighbours(who, face, count)
    faces = with_guesses(who, faces_for(who)).in_bulk([pk for pk, _ in near])
    return [SimilarFace(faces[pk], similarity) for pk, similarity in near if pk in faces]
