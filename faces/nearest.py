"""The faces whose embeddings are nearest: asked of PostgreSQL, without reading the others.

Here are ids and plain numbers; ``faces.arrays`` has the same as arrays, ``faces.queries`` as faces.
Owners with very many faces have an index each, so that its filter costs nothing; it finds more
than are asked for, of which the nearest by their whole vectors are taken. All others are searched
exactly.
"""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from photos.models import Library

PREFIX = "nearest_"  # of the indexes' names
# How many of the index' candidates are compared exactly: at least, and for each face that is asked
# for; and how many it keeps in view at least while it looks. Measured: see docs/operations.md.
FEWEST_CANDIDATES, CANDIDATES, IN_VIEW, MOST_IN_VIEW = 40, 2, 200, 1000
# Up to so many faces in the libraries to search, they are all looked at.
FEW_FACES = 20_000

# Of one vector after another, each read once.
NEAREST = """
    SELECT asked.place, near.face_id, 1 - near.distance
    FROM unnest(%(vectors)s::text[]::vector[]) WITH ORDINALITY AS asked (vector, place)
    CROSS JOIN LATERAL (
      SELECT e.face_id, e.vector <=> asked.vector AS distance
      FROM ({rows}) e ORDER BY distance, e.face_id LIMIT %(count)s
    ) near
    ORDER BY asked.place, near.distance, near.face_id
"""
ROWS = "SELECT e.face_id, e.vector FROM faces_embedding e WHERE {condition} {only}"
BY_INDEX = "{rows} ORDER BY {rounded} <=> asked.vector::halfvec({dimension}) LIMIT %(candidates)s"
# A face has one photo: asked so, each is looked up when the index has found it.
ONE_BY_ONE = """AND (
    SELECT p.library_id FROM faces_face f JOIN photos_photo p ON p.id = f.photo_id
    WHERE f.id = e.face_id) = ANY(%(libraries)s)"""
ALL_AT_ONCE = """AND e.face_id IN (
    SELECT f.id FROM faces_face f JOIN photos_photo p ON p.id = f.photo_id
    WHERE p.library_id = ANY(%(libraries)s))"""
HAS_MORE = """
    SELECT EXISTS (
      SELECT 1 FROM photos_photo p JOIN faces_face f ON f.photo_id = p.id
      WHERE p.library_id = ANY(%s) OFFSET %s)
"""
IS_THERE = (
    "SELECT EXISTS (SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND indisvalid)"
)


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
    if not vectors or count < 1:
        return [[] for _ in vectors]
    searched = _searched(owner_id, libraries)
    asked: dict[str, Any] = {
        "vectors": [_as_text(vector) for vector in vectors],
        "count": count,
        "candidates": max(count * CANDIDATES, FEWEST_CANDIDATES),
        "libraries": searched,
    }
    by_index = is_indexed(owner_id, model) and (searched is None or _has_more(searched))
    ask = partial(_query, owner_id, model, len(vectors[0]), filtered=searched is not None)
    found = _found(ask(by_index=by_index), asked, by_index=by_index)
    if by_index and searched is not None and any(len(near) < count for near in found):
        # After some thousand others that it may not name, an index gives up.
        found = _found(ask(by_index=False), asked, by_index=False)
    return found


def index_name(owner_id: int, model: str) -> str:
    """Return what the index of an owner's embeddings under a model is called."""
    return f"{PREFIX}{owner_id}_{model}"


def is_indexed(owner_id: int, model: str) -> bool:
    """Return whether there is such an index, whole."""
    with connection.cursor() as cursor:
        cursor.execute(IS_THERE, [connection.ops.quote_name(index_name(owner_id, model))])
        return bool(cursor.fetchone()[0])


def condition(owner_id: int, model: str, dimension: int) -> str:
    """Return which rows of embeddings are compared, as SQL without parameters.

    PostgreSQL takes an index of some rows only where a query says the same of them. A vector of
    another length, as a file that is imported may have it, is no neighbour of anybody.
    """
    said = sql.SQL("owner_id = {} AND model = {} AND vector_dims(vector) = {}")
    return said.format(owner_id, model, dimension).as_string()


def rounded(dimension: int) -> str:
    """Return what is indexed: vectors in half precision, which take half the place."""
    return f"(vector::halfvec({dimension}))"


def array_as_text(numbers: Sequence[int]) -> str:
    """Return whole numbers as PostgreSQL reads an array: many so are sent in no time."""
    return f"{{{str(numbers)[1:-1]}}}"


def _found(query: str, asked: dict[str, Any], *, by_index: bool) -> list[list[tuple[int, float]]]:
    found: list[list[tuple[int, float]]] = [[] for _ in asked["vectors"]]
    with transaction.atomic(), connection.cursor() as cursor:
        if by_index:
            _prefer_index(cursor, asked["candidates"])
        cursor.execute(query, asked)
        for place, face, similarity in cursor:
            found[place - 1].append((face, similarity))
    return found


def _query(owner_id: int, model: str, dimension: int, *, by_index: bool, filtered: bool) -> str:
    only = (ONE_BY_ONE if by_index else ALL_AT_ONCE) if filtered else ""
    which = condition(owner_id, model, dimension).replace("%", "%%")
    rows = ROWS.format(condition=which, only=only)
    if by_index:
        rows = BY_INDEX.format(rows=rows, rounded=rounded(dimension), dimension=dimension)
    return NEAREST.format(rows=rows)


def _prefer_index(cursor: Any, candidates: int) -> None:
    """Have the index asked, until the transaction ends, and as thoroughly as it takes.

    Where what is found is filtered, it goes on until there are enough.
    """
    view = min(max(IN_VIEW, candidates), MOST_IN_VIEW)
    cursor.execute(f"SET LOCAL hnsw.ef_search = {view}")
    cursor.execute("SET LOCAL hnsw.iterative_scan = relaxed_order")


def _searched(owner_id: int, libraries: Collection[int] | None) -> list[int] | None:
    """Return the libraries to search; None for all that the owner has, which is quicker."""
    own = dict(Library.objects.filter(owner=owner_id).values_list("pk", "finds_faces"))
    wanted = own.keys() if libraries is None else own.keys() & set(libraries)
    searched = [pk for pk in wanted if own[pk]]
    return None if len(searched) == len(own) else sorted(searched)


def _has_more(libraries: list[int]) -> bool:
    """Return whether there are more faces in these libraries than are quickly looked at."""
    with connection.cursor() as cursor:
        cursor.execute(HAS_MORE, [libraries, FEW_FACES])
        return bool(cursor.fetchone()[0])


def _as_text(vector: Sequence[float]) -> str:
    """Return a vector as pgvector reads it."""
    return f"[{','.join(map(repr, vector))}]"
