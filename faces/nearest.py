"""The faces whose embeddings are nearest: asked of PostgreSQL, without reading the others.

Here are ids and plain numbers; ``faces.arrays`` has the same as arrays, ``faces.queries`` as faces.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connection

from photos.models import Library

# Of one vector after another. Rows whose vector is of another length are no neighbours.
EXACTLY = """
    SELECT asked.place, near.face_id, 1 - near.distance
    FROM unnest(%(vectors)s::text[]) WITH ORDINALITY AS asked (vector, place)
    CROSS JOIN LATERAL (
      SELECT e.face_id, e.vector <=> asked.vector::vector AS distance
      FROM faces_embedding e
      WHERE e.owner_id = %(owner)s AND e.model = %(model)s
        AND vector_dims(e.vector) = %(dimension)s {only}
      ORDER BY distance, e.face_id LIMIT %(count)s
    ) near
    ORDER BY asked.place, near.distance, near.face_id
"""
IN_LIBRARIES = """AND e.face_id IN (
    SELECT f.id FROM faces_face f JOIN photos_photo p ON p.id = f.photo_id
    WHERE p.library_id = ANY(%(libraries)s))"""


def nearest(
    owner_id: int,
    model: str,
    vectors: Sequence[Sequence[float]],
    count: int,
    *,
    libraries: Collection[int] | None = None,
) -> list[list[tuple[int, float]]]:
    """Return, for each of k vectors (d,), the owner's faces that are nearest under a model.

    They are (face, similarity) with the cosine as similarity, the most similar first; at most
    ``count``, and fewer where the owner has fewer. A face itself is among its own neighbours.
    ``libraries`` are those to search, else all; where faces are not looked for, none is found.
    """
    found: list[list[tuple[int, float]]] = [[] for _ in vectors]
    if not vectors or count < 1:
        return found
    searched = _searched(owner_id, libraries)
    asked: dict[str, Any] = {
        "owner": owner_id,
        "model": model,
        "vectors": [_as_text(vector) for vector in vectors],
        "dimension": len(vectors[0]),
        "count": count,
        "libraries": searched,
    }
    only = "" if searched is None else IN_LIBRARIES
    with connection.cursor() as cursor:
        cursor.execute(EXACTLY.format(only=only), asked)
        for place, face, similarity in cursor:
            found[place - 1].append((face, similarity))
    return found


def _searched(owner_id: int, libraries: Collection[int] | None) -> list[int] | None:
    """Return the libraries to search; None for all that the owner has, which is quicker."""
    own = dict(Library.objects.filter(owner=owner_id).values_list("pk", "finds_faces"))
    wanted = own.keys() if libraries is None else own.keys() & set(libraries)
    searched = [pk for pk in wanted if own[pk]]
    return None if len(searched) == len(own) else sorted(searched)


def _as_text(vector: Sequence[float]) -> str:
    """Return a vector as pgvector reads it."""
    return f"[{','.join(map(repr, vector))}]"
