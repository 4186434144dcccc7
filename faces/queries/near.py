"""Whom new faces may be: the people of the faces around them, and some faces of each."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import Exists, OuterRef

from faces.models import Face, Person, Training
from faces.nearest import array_as_text

# Whom a face is of, by label or by either guess of a training.
PEOPLE = """
    SELECT f.id, f.person_id, g.cluster_person_id, g.class_person_id
    FROM faces_face f
    LEFT JOIN faces_guess g ON g.face_id = f.id AND g.training_id = %s
    WHERE f.id = ANY(%s::bigint[])
"""
# Faces of some people: those with a label, in a cluster, and taken for them, each by lot. As one
# text, for to receive rows takes longer than to find them.
FACES = """
    SELECT string_agg(face::text, ' ') FROM unnest(%(people)s::bigint[]) AS p (person)
    CROSS JOIN LATERAL (
      (SELECT f.id AS face FROM faces_face f WHERE f.person_id = p.person
       ORDER BY hashint8(f.id), f.id LIMIT %(most)s)
      UNION
      (SELECT g.face_id FROM faces_guess g
       WHERE g.cluster_person_id = p.person AND g.training_id = %(training)s
       ORDER BY hashint8(g.face_id), g.face_id LIMIT %(most)s)
      UNION
      (SELECT g.face_id FROM faces_guess g
       WHERE g.class_person_id = p.person AND g.training_id = %(training)s
       ORDER BY hashint8(g.face_id), g.face_id LIMIT %(most)s)
      UNION
      (SELECT g.face_id FROM faces_guess g
       WHERE g.runner_up_id = p.person AND g.class_person_id IS NULL
       AND g.runner_up_probability >= %(hardly)s AND g.training_id = %(training)s
       ORDER BY hashint8(g.face_id), g.face_id LIMIT %(most)s)
    ) AS faces
"""
# Somebody whom a face is hardly believed to be may still be told by it.
HARDLY = 0.05


def people_around(training: Training, near: Sequence[Sequence[int]], most: int) -> list[list[int]]:
    """Return for each of k faces whom it may be: the people of the faces ``near`` it.

    Named and unknown, the nearest first, about so many at ``most``.
    """
    people = _people_of(training, {face for row in near for face in row})
    found = []
    for row in near:
        own: dict[int, None] = {}
        for face in row:
            own |= dict.fromkeys(people.get(face, ()))
            if len(own) >= most:
                break
        found.append(list(own))
    return found


def _people_of(training: Training, faces: Iterable[int]) -> dict[int, list[int]]:
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, [training.pk, array_as_text(list(faces))])
        return {
            face: [person for person in people if person is not None]
            for face, *people in cursor.fetchall()
        }


def faces_beside(faces: Sequence[int]) -> list[int]:
    """Return all faces of the photos that these are in."""
    photos = Face.objects.filter(pk__in=faces).values_list("photo", flat=True)
    return list(Face.objects.filter(photo__in=list(photos)).values_list("pk", flat=True))


def some_faces_of(training: Training, people: Iterable[int], most: int) -> list[int]:
    """Return faces of these people, at most so many by each opinion."""
    with connection.cursor() as cursor:
        cursor.execute(
            FACES,
            {
                "people": array_as_text(list(people)),
                "most": most,
                "training": training.pk,
                "hardly": HARDLY,
            },
        )
        return list(map(int, (cursor.fetchone()[0] or "").split()))


def has_named(owner_id: int) -> bool:
    """Return whether a face of theirs has a label with a name."""
    labelled = Exists(Face.objects.filter(person=OuterRef("pk")))
    return Person.objects.filter(labelled, owner=owner_id).exclude(name="").exists()
