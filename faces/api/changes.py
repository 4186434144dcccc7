"""People, faces and guesses for clients that keep a copy.

Of other objects their ids alone are told: the copy has those, too, and a new name is one change.
"""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from faces.access import faces_for, guesses_of_people, people_for
from faces.api.serializers import BoxSerializer, is_shared
from faces.models import Face, Guess, Person
from photos.access import Who, world_of
from project.changes.kinds import Told, register
from project.changes.models import Change

# What is told of somebody else's people, whatever their owner has said of them.
OF_OTHERS: dict[str, Any] = {
    "aliases": [],
    "birth_date": None,
    "is_favourite": False,
    "cover": None,
}
NO_RUNNER_UP: dict[str, Any] = {"runner_up": None, "runner_up_probability": None}


class CopiedPersonSerializer(serializers.ModelSerializer[Person]):
    """A person; ``name`` is empty for an unknown one."""

    aliases = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Person
        fields = [
            "id", "name", "display_name", "aliases", "birth_date", "is_favourite", "is_hidden",
            "cover", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, person: Person) -> dict[str, Any]:
        """Tell of somebody else's people the names alone."""
        told: dict[str, Any] = super().to_representation(person)
        return told | OF_OTHERS if is_shared(person) else told


class CopiedFaceSerializer(serializers.ModelSerializer[Face]):
    """A face with its label."""

    box = BoxSerializer()
    crop = serializers.CharField(source="crop_url")

    class Meta:
        model = Face
        fields = [
            "id", "photo", "box", "time_offset", "crop", "person", "labelled_at", "quality",
            "size_px", "sharpness", "exposure", "pose", "likelihood", "detector", "detector_score",
        ]  # fmt: skip
        read_only_fields = fields


class CopiedGuessSerializer(serializers.ModelSerializer[Guess]):
    """Both opinions of the machine of a face, side by side."""

    class Meta:
        model = Guess
        fields = [
            "face", "cluster_person", "cluster_probability", "class_person", "class_probability",
            "runner_up", "runner_up_probability",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, guess: Guess) -> dict[str, Any]:
        """Tell no second guess of somebody else's: it may be of whom nothing else tells there."""
        told: dict[str, Any] = super().to_representation(guess)
        return told | NO_RUNNER_UP if is_shared(guess) else told


def faces_told(who: Who) -> QuerySet[Face]:
    """Return faces without what copies have no use for."""
    return faces_for(who).defer("landmarks")


def guesses_told(who: Who) -> QuerySet[Guess]:
    """Return the guesses that stand."""
    world = world_of(who)
    guesses = guesses_of_people(world).filter(training__owner_id=world.owner_id)
    return guesses if world.is_own else guesses.filter(face__person=None)


register(Change.Kind.PERSON, Told(people_for, CopiedPersonSerializer))
register(Change.Kind.FACE, Told(faces_told, CopiedFaceSerializer))
register(Change.Kind.GUESS, Told(guesses_told, CopiedGuessSerializer, key="face_id"))
