"""Rows to arrays and back: the only place where the database and numpy meet."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import BinaryField, Exists, OuterRef, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Substr
from numpy.typing import NDArray

from faces.models import (
    Dismissal,
    Embedding,
    Face,
    Guess,
    LabelEvent,
    Person,
    Question,
    Rejection,
    Training,
)
from faces.nearest import array_as_text, nearest
from faces.recognition.bearings import (
    MOST_BYTES,
    Bearings,
    end_of_bearings,
    pack_bearings,
    runs_of,
    unpack_bearings,
)
from faces.recognition.classification import Classes, Fitted
from faces.recognition.clustering import NOBODY, Clusters, strangers_of
from faces.recognition.embeddings import Matrix, unit_rows
from faces.recognition.footage import best_of_shots
from faces.recognition.likelihood import HARDLY_A_FACE, measures_of
from faces.recognition.merging import FEATURES
from faces.vision.engines import FoundFace
from photos.models import Library

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Vector = NDArray[np.float32]

# PostgreSQL's binary COPY: a signature of 11 bytes, flags and the length of an extension; at the
# end a field count of -1. pgvector sends a dimension and a reserved number, both int16, and the
# float32s; everything is big-endian.
COPY_HEADER, COPY_TRAILER = 19, 2
FIELD_HEADER = 6  # of a row with one field: the field count, and its length
AT_ONCE = 50_000  # faces in one field, which can have a gigabyte
# After so many new rows PostgreSQL plans queries wrongly until it has looked at them (tenths of a
# second); its own daemon comes a minute later, and what reads guesses first takes minutes.
MANY_ROWS = 10_000
EPOCH = date(1970, 1, 1).toordinal()
WORTH_KEEPING = 0.01  # a runner-up that is less likely is of no use to anybody
SAME_LIKELIHOOD = 0.005  # rows are not written for less
# Somebody whom nobody has ruled out for the face, and who was born when the photo was taken.
POSSIBLE = (
    "NOT EXISTS (SELECT 1 FROM faces_rejection r WHERE r.face_id = d.face AND r.person_id = {0}.id)"
    " AND coalesce(p.taken_at >= {0}.birth_date, true)"
)


# What a face is in with the others that can only be other people: a photo, or one frame of a video.
MOMENTS = 100_000_000  # more than a day has milliseconds
PICTURE = (
    "CASE WHEN f.time_offset IS NULL THEN f.photo_id"
    f" ELSE -(f.photo_id * {MOMENTS} + round(f.time_offset * 1000)::bigint) END"
)
# What is read of each face: its name and type here, and in SQL.
COLUMNS = (
    ("face", ">i8", "f.id"),
    ("photo", ">i8", PICTURE),
    ("person", ">i8", "coalesce(f.person_id, 0)"),
    ("named", ">i8", "CASE WHEN n.name > '' THEN n.id ELSE 0 END"),
    ("days", ">f8", "coalesce(extract(epoch from p.taken_at)::float8 / 86400, 'NaN')"),
    # What is hardly a face founds no cluster.
    (
        "quality",
        ">f4",
        "(CASE WHEN f.person_id IS NULL AND f.likelihood < %s THEN 0 ELSE f.quality END)::real",
    ),
)
SENDS = {">i8": "int8send", ">f8": "float8send", ">f4": "float4send"}  # to bytes
FACES = (
    "FROM faces_face f JOIN photos_photo p ON p.id = f.photo_id"
    " JOIN photos_library l ON l.id = p.library_id"
    " JOIN faces_embedding e ON e.face_id = f.id AND e.model = %s"
    " LEFT JOIN faces_person n ON n.id = f.person_id"
    " WHERE l.owner_id = %s AND l.finds_faces AND vector_dims(e.vector) = %s"
)


@dataclass(frozen=True)
class FaceMatrix:
    """All faces of a user that have an embedding under one model, in the order of their ids."""

    faces: Ints  # (n,) ids
    photos: Ints  # (n,) ids of pictures: of photos, and negative ones of the frames of videos
    people: Ints  # (n,) ids of the labels, 0 where there is none
    named: Ints  # (n,) the same, but 0 also for labels of unknown persons
    days: Floats  # (n,) since 1970 when the photo was taken, NaN where that is not known
    qualities: NDArray[np.float32]  # (n,) 0-1; 0 for what is hardly a face
    embeddings: Matrix  # (n, d) unit length
    is_part: bool = False  # whether they are only some of the user's faces


def no_faces() -> FaceMatrix:
    """Return what stands for no faces at all."""
    nothing, none = np.empty(0, dtype=np.int64), np.empty((0, 0), dtype=np.float32)
    return FaceMatrix(nothing, nothing, nothing, nothing, nothing.astype(float), none.ravel(), none)


def load_faces(owner_id: int, model: str) -> FaceMatrix:
    """Read a user's faces with one binary COPY; raises InvalidEmbeddingsError for a bad vector."""
    dimension = _dimension(owner_id, model)
    return no_faces() if dimension is None else _copied(owner_id, model, dimension)


def load_some_faces(owner_id: int, model: str, ids: Iterable[int]) -> FaceMatrix:
    """Read these faces of a user, as ``load_faces`` does all; those of others are left out."""
    wanted = sorted(set(ids))
    # Some may have no embedding, as what was drawn by hand until its photo is looked into.
    with_vector = Embedding.objects.filter(model=model, face__in=_among(wanted))
    for first in with_vector[:1]:
        dimension = len(first.vector)
        parts = [
            _packed(owner_id, model, dimension, wanted[start : start + AT_ONCE])
            for start in range(0, len(wanted), AT_ONCE)
        ]
        return replace(join_faces(parts), is_part=True)
    return no_faces()


def _copied(owner_id: int, model: str, dimension: int) -> FaceMatrix:
    row = np.dtype(
        [
            ("fields", ">i2"),
            *(
                field
                for name, kind, _ in COLUMNS
                for field in ((f"{name}_length", ">i4"), (name, kind))
            ),
            ("vector_length", ">i4"),
            *_vector(dimension),
        ]
    )
    columns = ", ".join(column for _, _, column in COLUMNS)
    copied = _copy(
        f"SELECT {columns}, e.vector {FACES} ORDER BY f.id",
        [HARDLY_A_FACE, model, owner_id, dimension],
    )
    return _matrix(np.frombuffer(copied, dtype=row))


def _packed(owner_id: int, model: str, dimension: int, ids: Sequence[int]) -> FaceMatrix:
    """Read faces as one field of bytes: each row that is received takes as long as ten faces."""
    row = np.dtype([*((name, kind) for name, kind, _ in COLUMNS), *_vector(dimension)])
    columns = " || ".join(f"{SENDS[kind]}({column})" for _, kind, column in COLUMNS)
    copied = _copy(
        f"SELECT string_agg({columns} || vector_send(e.vector), '' ORDER BY f.id)"
        f" {FACES} AND f.id = ANY(%s::bigint[])",
        [HARDLY_A_FACE, model, owner_id, dimension, array_as_text(ids)],
    )
    return _matrix(np.frombuffer(copied[FIELD_HEADER:], dtype=row))


def _vector(dimension: int) -> list[Any]:
    return [("dimension", ">i2"), ("reserved", ">i2"), ("vector", ">f4", (dimension,))]


def _copy(query: str, parameters: Sequence[Any]) -> memoryview:
    """Return the rows of a query as PostgreSQL's binary COPY has them."""
    buffer = BytesIO()
    # The cursor that notes queries, while somebody looks for errors, takes no parameters here.
    whole = f"COPY ({query}) TO STDOUT (FORMAT BINARY)"
    asked = connection.ops.compose_sql(whole, parameters)  # type: ignore[attr-defined]
    with connection.cursor() as cursor, cursor.copy(asked) as copy:
        for block in copy:
            buffer.write(block)
    return buffer.getbuffer()[COPY_HEADER:-COPY_TRAILER]


def _matrix(rows: NDArray[Any]) -> FaceMatrix:
    return FaceMatrix(
        rows["face"].astype(np.int64),
        rows["photo"].astype(np.int64),
        rows["person"].astype(np.int64),
        rows["named"].astype(np.int64),
        rows["days"].astype(np.float64),
        rows["quality"].astype(np.float32),
        unit_rows(rows["vector"]),
    )


def poor_faces(faces: FaceMatrix, least: float) -> NDArray[np.bool_]:
    """Return (n,) whose picture is below a quality; that of what is hardly a face always is."""
    poor: NDArray[np.bool_] = (faces.qualities < least) | (faces.qualities == 0)
    return poor


def _dimension(owner_id: int, model: str) -> int | None:
    libraries = Library.objects.filter(owner=owner_id, finds_faces=True)
    first = Embedding.objects.filter(model=model, face__photo__library__in=libraries).first()
    return None if first is None else len(first.vector)


def load_births(owner_id: int) -> dict[int, float]:
    """Return the days of birth since 1970, by person, where they are known."""
    known = Person.objects.filter(owner=owner_id).exclude(birth_date=None)
    born = known.values_list("pk", "birth_date")
    return {pk: float(day.toordinal() - EPOCH) for pk, day in born if day is not None}


def load_rejections(owner_id: int, faces: FaceMatrix) -> list[tuple[int, int]]:
    """Return (row of the matrix, person id) for every rejection of these faces."""
    pairs = _pairs(
        Rejection.objects.filter(person__owner=owner_id, **_asked(faces))
        .order_by("id")
        .values_list("face_id", "person_id")
    )
    rows, known = _places(faces, pairs[:, 0])
    return list(zip(rows[known].tolist(), pairs[known, 1].tolist(), strict=True))


def _asked(faces: FaceMatrix) -> dict[str, Any]:
    """Return what rows about faces are asked for: those of these, where they are only some."""
    return {"face__in": _among(faces.faces.tolist())} if faces.is_part else {}


def _among(ids: list[int]) -> RawSQL:
    """Return ids as one array, which is read in a tenth of the time that thousands take."""
    return RawSQL("SELECT unnest(%s::bigint[])", [array_as_text(ids)])


def _pairs(values: QuerySet[Any, tuple[int, int]]) -> Ints:
    """Return (m, 2) what a query of two columns finds, read as one field of bytes."""
    query, parameters = values.query.sql_with_params()
    copied = _copy(
        "SELECT string_agg(int8send(one) || int8send(other), '')"
        f" FROM ({query}) AS pairs (one, other)",
        parameters,
    )
    return np.frombuffer(copied[FIELD_HEADER:], dtype=">i8").astype(np.int64).reshape(-1, 2)


def _places(faces: FaceMatrix, ids: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Return (m,) the rows of faces, and whether they are in the matrix at all."""
    if len(faces.faces) == 0:
        return np.zeros_like(ids), np.zeros(len(ids), dtype=bool)
    order = np.argsort(faces.faces, kind="stable")
    place = np.searchsorted(faces.faces, ids, sorter=order).clip(max=len(order) - 1)
    rows = order[place]
    return rows, faces.faces[rows] == ids


def rows_of(faces: FaceMatrix, ids: Iterable[int]) -> Ints:
    """Return the rows (m,) of these faces, in their order; those not in the matrix are left out."""
    wanted = np.fromiter(ids, dtype=np.int64)
    return np.flatnonzero(np.isin(faces.faces, wanted))


def load_standing_people(owner_id: int, faces: FaceMatrix, *, nobody: int) -> Ints:
    """Return (n,) who each face is: by its label, or by the cluster of the standing guesses."""
    clusters = _standing_clusters(owner_id, faces, nobody)
    return np.where(faces.people != 0, faces.people, clusters)


def only_of(people: Ints, wanted: Iterable[int], *, nobody: int) -> Ints:
    """Return (n,) the people, but ``nobody`` where it is none of those wanted."""
    return np.where(np.isin(people, np.fromiter(wanted, dtype=np.int64)), people, nobody)


def of_people(faces: FaceMatrix, wanted: Collection[int], *, nobody: int) -> FaceMatrix:
    """Return the faces without the labels of anybody but those wanted."""
    return replace(
        faces,
        people=only_of(faces.people, wanted, nobody=nobody),
        named=only_of(faces.named, wanted, nobody=nobody),
    )


def rows_without(people: Ints, *, nobody: int) -> Ints:
    """Return the rows of faces that are with ``nobody``."""
    return np.flatnonzero(people == nobody)


def load_groups(owner_id: int, faces: FaceMatrix, *, nobody: int) -> Ints:
    """Return (n,) the person, named or unknown, under whom the user finds each face and can ask.

    That is whom a label says, else the unknown person of clustering. Guesses of known people are
    asked about by themselves, and hidden strangers not at all.
    """
    shown = _standing_clusters(
        owner_id,
        faces,
        nobody,
        cluster_person__name="",
        cluster_person__is_hidden=False,
        class_person=None,
        face__likelihood__gte=HARDLY_A_FACE,
    )
    hidden = Person.objects.filter(owner=owner_id, is_hidden=True).values_list("pk", flat=True)
    groups = np.where(faces.people != 0, faces.people, shown)
    groups[np.isin(groups, np.fromiter(hidden, dtype=np.int64))] = nobody
    return groups


def load_previous_clusters(owner_id: int, faces: FaceMatrix, *, nobody: int) -> Ints:
    """Return (n,) the unknown person that the standing guesses put each face with."""
    return _standing_clusters(owner_id, faces, nobody, cluster_person__name="")


def load_standing_clusters(owner_id: int, faces: FaceMatrix) -> Clusters:
    """Return the clusters of the standing guesses, by whom the user finds them under."""
    people = _standing_clusters(owner_id, faces, 0)
    persons, labels = np.unique(people, return_inverse=True)
    labels = labels.astype(np.int64) - int(0 in persons)
    guesses = Guess.objects.filter(
        training__owner_id=owner_id, training__is_current=True, cluster_person__isnull=False
    ).values_list("face_id", "cluster_probability")
    pairs = np.array(list(guesses), dtype=np.float64).reshape(-1, 2)
    rows, known = _places(faces, pairs[:, 0].astype(np.int64))
    probabilities = np.zeros(len(people))
    probabilities[rows[known]] = pairs[known, 1]
    return Clusters(np.where(people == 0, NOBODY, labels), probabilities)


def _standing_clusters(owner_id: int, faces: FaceMatrix, nobody: int, **only: Any) -> Ints:
    standing = Guess.objects.filter(
        training__owner_id=owner_id,
        training__is_current=True,
        cluster_person__isnull=False,
        **_asked(faces),
        **only,
    ).values_list("face_id", "cluster_person_id")
    pairs = _pairs(standing)
    rows, known = _places(faces, pairs[:, 0])
    clusters = np.full(len(faces.faces), nobody, dtype=np.int64)
    clusters[rows[known]] = pairs[known, 1]
    return clusters


def pack_clusters(clusters: Clusters, bearings: Bearings) -> bytes:
    """Return clusters of n faces as 12 n bytes, to be stored behind the bearings."""
    kept = pack_bearings(bearings)
    return (
        kept
        + clusters.labels.astype("<i4").tobytes()
        + clusters.probabilities.astype("<f8").tobytes()
    )


def unpack_clusters(stored: bytes | memoryview) -> Clusters:
    """Return the clusters that ``pack_clusters`` packed."""
    stored = stored[end_of_bearings(stored) :]
    count = len(stored) // 12
    labels = np.frombuffer(stored, "<i4", count).astype(np.int64)
    return Clusters(labels, np.frombuffer(stored, "<f8", count, offset=4 * count))


def bearings_of(
    faces: FaceMatrix, clusters: Clusters, *, model: str, fitted: Fitted | None
) -> Bearings:
    """Return what Train keeps of all faces; ``fitted`` is None where nobody has a label."""
    nothing = np.empty(0, dtype=np.int64)
    strangers = strangers_of(
        faces.embeddings, faces.photos, clusters.labels, nobody=NOBODY, model=model
    )
    return Bearings(
        faces=len(faces.faces),
        seen=runs_of(faces.faces),
        strangers=faces.faces[strangers],
        class_strangers=nothing if fitted is None else faces.faces[fitted.strangers],
        calibration=None if fitted is None else fitted.calibration,
        share=0.5 if fitted is None else fitted.share,
    )


def load_bearings(training: Training) -> Bearings | None:
    """Return what a training keeps of all faces, None if it was made before any did.

    Of the millions of bytes that may lie behind them none is read.
    """
    begins = Training.objects.filter(pk=training.pk).values_list(
        Substr("clusters", 1, MOST_BYTES, output_field=BinaryField()), flat=True
    )
    stored = begins.first()
    return None if stored is None else unpack_bearings(stored)


def fitted_of(faces: FaceMatrix, bearings: Bearings) -> Fitted | None:
    """Return what classification takes for granted of the faces, None where nothing was fitted."""
    if bearings.calibration is None:
        return None
    strangers = rows_of(faces, bearings.class_strangers.tolist())
    return Fitted(strangers, bearings.calibration, bearings.share)


@dataclass(frozen=True)
class GuessMatrix:
    """Two opinions of n faces, side by side; person 0 means that there is none."""

    faces: Ints  # (n,) ids
    cluster_people: Ints  # (n,)
    cluster_probabilities: Floats  # (n,)
    classes: Classes  # of the same n


def save_guesses(training: Training, guesses: GuessMatrix) -> int:
    """Write the guesses of a training with one COPY; return how many faces have one.

    What changed since the faces were read is respected: faces and people that are gone are left
    out, and so is a person whom somebody has ruled out for a face. The caller holds the owner's
    row, so that nothing of the kind is said meanwhile.
    """
    columns = zip(
        guesses.faces.tolist(),
        guesses.cluster_people.tolist(),
        guesses.cluster_probabilities.tolist(),
        guesses.classes.people.tolist(),
        guesses.classes.probabilities.tolist(),
        guesses.classes.runners_up.tolist(),
        guesses.classes.runner_up_probabilities.tolist(),
        strict=True,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE drafted_guess (face bigint, cluster_person bigint,"
            " cluster_probability float8, class_person bigint, class_probability float8,"
            " runner_up bigint, runner_up_probability float8)"
            " ON COMMIT DROP"
        )
        with cursor.copy("COPY drafted_guess FROM STDIN") as copy:
            for row in columns:
                copy.write_row(row)
        cursor.execute(
            "INSERT INTO faces_guess (training_id, face_id, cluster_person_id,"
            " cluster_probability, class_person_id, class_probability, runner_up_id,"
            " runner_up_probability)"
            " SELECT %s, f.id, a.id, CASE WHEN a.id IS NOT NULL THEN d.cluster_probability END,"
            " b.id, CASE WHEN b.id IS NOT NULL THEN d.class_probability END,"
            " c.id, CASE WHEN c.id IS NOT NULL THEN d.runner_up_probability END"
            " FROM drafted_guess d JOIN faces_face f ON f.id = d.face"
            " JOIN photos_photo p ON p.id = f.photo_id"
            f" LEFT JOIN faces_person a ON a.id = d.cluster_person AND {POSSIBLE.format('a')}"
            f" LEFT JOIN faces_person b ON b.id = d.class_person AND {POSSIBLE.format('b')}"
            f" LEFT JOIN faces_person c ON c.id = d.runner_up AND {POSSIBLE.format('c')}"
            " AND d.runner_up_probability >= %s"
            " WHERE coalesce(a.id, b.id, c.id) IS NOT NULL"
            " FOR KEY SHARE OF f",
            [training.pk, WORTH_KEEPING],
        )
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE drafted_guess")
        if written > MANY_ROWS:
            cursor.execute("ANALYZE faces_guess")
        return written


def load_answers(owner_id: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return features (m, k) of questions that were answered, and whether they were the same.

    What Train has answered by itself teaches it nothing.
    """
    sure = Question.objects.filter(owner=owner_id, answer__in=["same", "different"])
    by_itself = LabelEvent.objects.filter(pk=OuterRef("event"), details__has_key="by_itself")
    sure = sure.exclude(Exists(by_itself), answer="same")
    answers = list(sure.order_by("pk").values_list("features", "answer"))
    features = np.array([each for each, _ in answers], dtype=np.float64)
    return features.reshape(-1, FEATURES), np.array([said == "same" for _, said in answers])


def pack_vectors(vectors: Iterable[Vector | Sequence[float]]) -> bytes:
    """Return vectors of one length as bytes, to be stored."""
    return b"".join(np.asarray(vector, dtype="<f4").tobytes() for vector in vectors)


def unpack_vectors(stored: bytes | memoryview, count: int) -> list[Vector]:
    """Return the ``count`` vectors that ``pack_vectors`` packed."""
    return list(np.frombuffer(stored, "<f4").reshape(count, -1).astype(np.float32)) if count else []


def nearest_faces(owner_id: int, model: str, vectors: Matrix, count: int) -> tuple[Ints, Floats]:
    """Return the faces (k, count) of an owner that are nearest to vectors (k, d), and how near.

    The second array has their similarities, cosines from -1 to 1, in descending order. Where there
    are fewer faces, the rest is 0 and NaN. A face is among its own neighbours.
    """
    faces = np.zeros((len(vectors), count), dtype=np.int64)
    similarities = np.full((len(vectors), count), np.nan)
    for row, near in enumerate(nearest(owner_id, model, vectors.tolist(), count)):
        faces[row, : len(near)] = [face for face, _ in near]
        similarities[row, : len(near)] = [similarity for _, similarity in near]
    return faces, similarities


def face_matrix(faces: Sequence[tuple[int, int, int, int, float, Vector]]) -> FaceMatrix:
    """Return faces in their order: (id, photo, person, named person, quality, unit vector).

    A person is 0 where there is no label, a named one also where the label's has no name.
    """
    if not faces:
        return no_faces()
    ids, photos, people, named, qualities, vectors = zip(*faces, strict=True)
    return FaceMatrix(
        np.array(ids, dtype=np.int64),
        np.array(photos, dtype=np.int64),
        np.array(people, dtype=np.int64),
        np.array(named, dtype=np.int64),
        np.full(len(ids), np.nan),
        np.array(qualities, dtype=np.float32),
        np.array(vectors, dtype=np.float32),
    )


def join_faces(parts: Iterable[FaceMatrix]) -> FaceMatrix:
    """Return the faces of all parts as one, in their order."""
    some = [part for part in parts if len(part.faces)]
    if not some:
        return no_faces()
    return FaceMatrix(
        np.concatenate([part.faces for part in some]),
        np.concatenate([part.photos for part in some]),
        np.concatenate([part.people for part in some]),
        np.concatenate([part.named for part in some]),
        np.concatenate([part.days for part in some]),
        np.concatenate([part.qualities for part in some]),
        np.concatenate([part.embeddings for part in some]),
    )


def load_measures(rows: QuerySet[Face] | QuerySet[Dismissal], detector: str) -> tuple[Ints, Floats]:
    """Return ids (n,) and measures (n, 5) of what a detector found, for the likelihood."""
    columns = ("pk", "detector_score", "size_px", "sharpness", "exposure", "oddness")
    found = list(rows.filter(detector=detector).order_by("pk").values_list(*columns))
    ids = np.array([row[0] for row in found], dtype=np.int64)
    values = np.array([row[1:] for row in found], dtype=np.float64).reshape(-1, 5)
    score, size_px, sharpness, exposure, odd = values.T
    measures = measures_of(
        detector,
        scores=score,
        sizes_px=size_px,
        sharpness=sharpness,
        exposure=exposure,
        oddness=odd,
    )
    return ids, measures


def save_likelihoods(faces: Ints, likelihoods: Floats) -> None:
    """Write the likelihood (n,) of unlabelled faces by their ids (n,) where it is another.

    Rows are locked in the order of ids, as a scan and those who label do.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH changed AS (SELECT f.id, d.likelihood FROM faces_face f"
            " JOIN unnest(%s::bigint[], %s::float8[]) AS d (face, likelihood) ON f.id = d.face"
            " WHERE f.person_id IS NULL AND abs(f.likelihood - d.likelihood) > %s"
            " ORDER BY f.id FOR NO KEY UPDATE OF f)"
            " UPDATE faces_face f SET likelihood = changed.likelihood FROM changed"
            " WHERE f.id = changed.id",
            [faces.tolist(), likelihoods.tolist(), SAME_LIKELIHOOD],
        )


def picture_id(photo: int, moment: float | None) -> int:
    """Return the id of a photo or of a video's frame, as ``FaceMatrix.photos`` has it."""
    return photo if moment is None else -(photo * MOMENTS + round(moment * 1000))


def rows_of_footage(
    found: Sequence[FoundFace],
    shots: Sequence[int],
    *,
    model: str,
    kept: Sequence[bool],
    unwanted: Sequence[bool],
) -> list[int]:
    """Return which of the faces seen in a video stand for all; see ``best_of_shots``."""
    if not found:
        return []
    return best_of_shots(
        np.stack([face.embedding for face in found]).astype(np.float32),
        np.array([picture_id(0, face.box.time) for face in found], dtype=np.int64),
        np.array(shots, dtype=np.int64),
        np.array([face.quality.overall for face in found]),
        model=model,
        kept=np.array(kept, dtype=bool),
        unwanted=np.array(unwanted, dtype=bool),
    )
