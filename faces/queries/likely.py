"""Who faces may be, by guesses and by what files say."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from faces.access import faces_for, guesses_of_people
from faces.models import Face, Guess, Mention, Person, Rejection
from faces.queries.people import people_found
from photos.access import Who, World, world_of

MOST_LIKELY = 8


@dataclass(frozen=True)
class LikelyPerson:
    """A person and how probable it is, over some faces, that they are of this person."""

    person: Person  # as people_found returns it
    probability: float


def likely_people(who: Who, faces: Iterable[int]) -> list[LikelyPerson]:
    """Return the named people that faces may be by guesses and by what files say, likeliest first.

    The probability is the mean over the faces. A face counts 0 for a person whom it is not thought
    to be, whom the user has rejected for it, or whom it is labelled as: that is said already. Of
    somebody else's faces neither second guesses count nor what is thought of labelled ones.
    """
    world = world_of(who)
    asked = faces_for(world).filter(pk__in=set(faces))
    labels = dict(asked.values_list("pk", "person_id"))
    if not labels:
        return []
    ruled_out = set(Rejection.objects.filter(face__in=labels).values_list("face_id", "person_id"))
    ruled_out |= {(face, person) for face, person in labels.items() if person}
    opinions = _hints(world, asked)
    guesses = guesses_of_people(world).filter(face__in=labels)
    for guess in guesses if world.is_own else guesses.filter(face__person=None):
        hinted = opinions.setdefault(guess.face_id, {})
        for person, probability in _opinions(guess, second=world.is_own).items():
            hinted[person] = max(hinted.get(person, 0.0), probability)
    sums: dict[int, float] = {}
    for face, people_of_face in opinions.items():
        for person, probability in people_of_face.items():
            if (face, person) not in ruled_out:
                sums[person] = sums.get(person, 0.0) + probability
    people = people_found(world, kind="named").in_bulk(sums)
    likely = [
        LikelyPerson(people[pk], total / len(labels)) for pk, total in sums.items() if pk in people
    ]
    return sorted(likely, key=lambda each: (-each.probability, each.person.pk))[:MOST_LIKELY]


def _hints(world: World, faces: QuerySet[Face]) -> dict[int, dict[int, float]]:
    """Return {face: {person: probability}} of people who are in the photo, as something else says.

    Nobody knows where: each of those who have no label there is as probable as the others, and as
    that it is none of them. So is who a face of the same unknown person is by something else.
    """
    labelled = Face.objects.filter(photo=OuterRef("photo"), person=OuterRef("person"))
    mentions = Mention.objects.filter(
        photo__faces__in=faces, box_corners__isnull=True, face=None, person__isnull=False
    )
    unknown = faces.filter(person__name="")
    by_photo: dict[int, set[int]] = {}
    for photo, person in mentions.exclude(Exists(labelled)).values_list("photo", "person"):
        by_photo.setdefault(photo, set()).add(person)
    by_unknown: dict[int, set[int]] = {}
    named = Mention.objects.filter(face__person__in=unknown.values("person"), person__name__gt="")
    if not world.is_own:
        named = named.filter(face__in=faces_for(world))
    for label, person in named.values_list("face__person", "person"):
        by_unknown.setdefault(label, set()).add(person)
    if not by_photo and not by_unknown:
        return {}
    return {
        face: dict.fromkeys(hinted, 1 / (len(hinted) + 1))
        for face, photo, label in faces.values_list("pk", "photo", "person")
        if (hinted := by_photo.get(photo, set()) | by_unknown.get(label, set()))
    }


def _opinions(guess: Guess, *, second: bool) -> dict[int, float]:
    """Return whom a guess takes the face for, and how probably; with ``second`` the next, too."""
    opinions = {guess.runner_up_id: guess.runner_up_probability} if second else {}
    opinions[guess.class_person_id] = guess.class_probability
    if guess.class_person_id is None:
        opinions[guess.cluster_person_id] = guess.cluster_probability
    return {
        person: probability or 0.0 for person, probability in opinions.items() if person is not None
    }
