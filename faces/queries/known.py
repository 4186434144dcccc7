"""What Kith knows of a person: counted before somebody is forgotten, and told by the export."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from faces.interchange.forgetting import asks_for
from faces.models import Embedding, Face, Guess, Mention, Person, SavedSearch
from faces.queries.people import faces_of_unknown


@dataclass(frozen=True)
class KnownOf:
    """How much is known of a person."""

    faces: int  # labelled; of an unknown person, all that are together
    embeddings: int
    guessed: int  # faces without a label that Kith takes for this person
    searches: int  # that ask for this person
    groups: int
    mentions: int  # names in files and from other programs
    written: int  # photos in or beside which Kith has written the name


def known_of(owner: User, person: Person) -> KnownOf:
    """Return how much is known of one of the owner's people."""
    faces = faces_that_are(owner, person)
    mentions = Mention.objects.filter(person=person)
    by_kith = mentions.filter(source=Mention.Source.WRITTEN)
    return KnownOf(
        faces=faces.count(),
        embeddings=Embedding.objects.filter(face__in=faces).count(),
        guessed=faces_guessed(owner, person).count(),
        searches=len(searches_for_person(owner, person)),
        groups=person.groups.count(),
        mentions=mentions.exclude(source=Mention.Source.WRITTEN).count(),
        written=by_kith.values("photo").distinct().count(),
    )


def faces_that_are(owner: User, person: Person) -> QuerySet[Face]:
    """Return a person's faces: by label, and those of an unknown person by cluster, too."""
    labelled = Face.objects.filter(person=person)
    return labelled if person.name else labelled | faces_of_unknown(owner, [person])


def faces_guessed(owner: User, person: Person) -> QuerySet[Face]:
    """Return the faces without a label that a standing guess takes for a person, in either way."""
    guesses = Guess.objects.filter(training__owner=owner, training__is_current=True)
    guesses = guesses.filter(Q(class_person=person) | Q(cluster_person=person))
    faces = Face.objects.filter(person=None, pk__in=guesses.values("face"))
    return faces.exclude(pk__in=faces_that_are(owner, person).values("pk"))


def searches_for_person(owner: User, person: Person) -> list[SavedSearch]:
    """Return the searches of the owner that name a person."""
    kept = SavedSearch.objects.filter(owner=owner)
    return [search for search in kept if asks_for(search.query, {person.pk})]
