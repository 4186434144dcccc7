"""What the API says and takes of faces, people, trainings and evaluations."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.models import Expression, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from faces.actions.labelling import Outcome
from faces.jobs.training import ALL, MISSING
from faces.models import Evaluation, Face, Guess, Person, Training
from faces.queries import OF_SOMEBODY, FaceFilter, Method, Sort, Tab, ordered_faces
from faces.queries.conflicts import Conflict, Contradiction
from faces.queries.listing import PeopleSort
from faces.queries.people import best_ids, faces_on_cards
from project.api.fields import SparseFields

MOST_AT_ONCE = 100_000  # faces of one action
SIMILAR_SHOWN, MOST_SIMILAR = 60, 200
MOST_FACES = 10**9  # of an offset: beyond all that there are
MOST_FACES_ASKED = 500
MOST_DIGITS = 19  # of an id


class PersonBriefSerializer(serializers.ModelSerializer[Person]):
    """A person as named beside a face; ``name`` is empty for an unknown person."""

    class Meta:
        model = Person
        fields = ["id", "name", "display_name"]
        read_only_fields = fields


class CropSerializer(serializers.Serializer[Any]):
    """A face and the address of its crop."""

    face = serializers.IntegerField(source="pk")
    crop = serializers.CharField(source="crop_url")


class PersonSerializer(SparseFields, serializers.ModelSerializer[Person]):
    """A person with the number of faces and the address of the best one's crop.

    Lists tell the best faces and the dates of photos of unknown people alone. Of somebody else's
    people nothing is told but what the shared photos show, and the name.
    """

    faces = serializers.IntegerField(source="face_count", read_only=True)
    crop = serializers.SerializerMethodField()
    cover = serializers.SerializerMethodField()
    aliases = serializers.SerializerMethodField()
    birth_date = serializers.SerializerMethodField()
    is_favourite = serializers.SerializerMethodField()
    best = serializers.SerializerMethodField()
    first_seen = serializers.DateTimeField(
        source="first_taken", default=None, read_only=True, allow_null=True
    )
    last_seen = serializers.DateTimeField(
        source="last_taken", default=None, read_only=True, allow_null=True
    )

    class Meta:
        model = Person
        fields = [
            "id", "name", "display_name", "aliases", "birth_date", "is_favourite", "is_hidden",
            "faces", "crop", "cover", "best", "first_seen", "last_seen", "created_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_cover(self, person: Person) -> int | None:
        """Return the face that was chosen to stand for the person, where that may be seen."""
        shown: int | None = getattr(person, "face_shown", None)
        return shown if shown == person.cover_id else None

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_aliases(self, person: Person) -> list[str]:
        """Return the other names."""
        return [] if is_shared(person) else person.aliases

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_birth_date(self, person: Person) -> str | None:
        """Return the birth date."""
        born = born_of(person)
        return born.isoformat() if born else None

    def get_is_favourite(self, person: Person) -> bool:
        """Return whether the owner has said so."""
        return person.is_favourite and not is_shared(person)

    @extend_schema_field(CropSerializer(many=True))
    def get_best(self, person: Person) -> Any:
        """Return the best faces, best first."""
        faces = self.context["faces"]
        best = [faces[pk] for pk in best_ids(person) if pk in faces]
        return CropSerializer(best, many=True).data

    def get_crop(self, person: Person) -> str | None:
        """Return the address of the crop."""
        cover = self.context["faces"].get(getattr(person, "face_shown", None))
        return cover.crop_url if cover else None


class PersonChangeSerializer(serializers.Serializer[Any]):
    """What can be changed of a person; what is not given stays."""

    name = serializers.CharField(max_length=200, required=False)
    aliases = serializers.ListField(
        child=serializers.CharField(max_length=200),
        required=False,
        max_length=20,
        help_text="Other names, by which somebody named is found.",
    )
    birth_date = serializers.DateField(required=False, allow_null=True)
    is_favourite = serializers.BooleanField(required=False)
    cover = serializers.IntegerField(
        required=False, allow_null=True, help_text="One of the person's faces; null for the best."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take one at least."""
        if not data:
            raise serializers.ValidationError(f"Give at least one of {', '.join(self.fields)}.")
        return data


def is_shared(row: Person | Guess) -> bool:
    """Return whether a row is of somebody else's world, as faces.access marks it."""
    return bool(getattr(row, "is_shared", False))


def born_of(person: Person) -> date | None:
    """Return when somebody was born, which the owner alone is told."""
    return None if is_shared(person) else person.birth_date


def people_data(people: Sequence[Person], fields: frozenset[str] | None = None) -> Any:
    """Return people as their serializer describes them, or only these fields of them."""
    shows_faces = fields is None or fields & {"crop", "best"}
    told = {"faces": faces_on_cards(people) if shows_faces else {}, "fields": fields}
    return PersonSerializer(people, many=True, context=told).data


class PersonNameSerializer(serializers.Serializer[Any]):
    """The name of a person."""

    name = serializers.CharField(max_length=200)


class PeopleFilterSerializer(serializers.Serializer[Any]):
    """Which people to list."""

    kind = serializers.ChoiceField(["named", "unknown"], required=False)
    hidden = serializers.BooleanField(
        default=None,
        allow_null=True,
        help_text="Only hidden people, or only the others; of unknown people the others are listed"
        " unless the hidden strangers are asked for.",
    )
    group = serializers.IntegerField(required=False, help_text="Only people of this group.")
    sort = serializers.ChoiceField(
        PeopleSort.choices,
        required=False,
        help_text="With favourites first; without, those with most faces come first.",
    )
    q = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Part of the name, any case and accents.",
    )


class CommaSeparatedField(serializers.CharField):
    """Ids with commas between them."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the ids."""
        numbers = super().to_internal_value(data).split(",")
        if not all(number.isdecimal() and len(number) < MOST_DIGITS for number in numbers):
            raise serializers.ValidationError("Give ids with commas between them.")
        return [int(number) for number in numbers]


class LikelyFilterSerializer(serializers.Serializer[Any]):
    """Which faces somebody is looked for."""

    faces = CommaSeparatedField(help_text=f"At most {MOST_FACES_ASKED}: «12,15,18».")

    def validate_faces(self, faces: list[int]) -> list[int]:
        """Take so many as an address has room for."""
        if len(faces) > MOST_FACES_ASKED:
            raise serializers.ValidationError(f"At most {MOST_FACES_ASKED} ids.")
        return faces


class LikelyPersonSerializer(serializers.Serializer[Any]):
    """A person and how probable it is that faces are of this person."""

    person = PersonSerializer()
    probability = serializers.FloatField(help_text="0-1, the mean over the faces.")


class BoxSerializer(serializers.Serializer[Any]):
    """A box in shares (0-1) of the upright photo's width and height."""

    left = serializers.FloatField()
    top = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class GuessSerializer(serializers.ModelSerializer[Guess]):
    """Both opinions of the machine, side by side."""

    cluster_person = PersonBriefSerializer(allow_null=True)
    class_person = PersonBriefSerializer(allow_null=True)
    runner_up = PersonBriefSerializer(allow_null=True)

    class Meta:
        model = Guess
        fields = [
            "cluster_person", "cluster_probability", "class_person", "class_probability",
            "runner_up", "runner_up_probability",
        ]  # fmt: skip
        read_only_fields = fields

    def to_representation(self, guess: Guess) -> dict[str, Any]:
        """Tell no probability of somebody who is not there for the user."""
        told: dict[str, Any] = super().to_representation(guess)
        for opinion in ("cluster", "class", "runner_up"):
            whom = opinion if opinion in told else f"{opinion}_person"
            if told[whom] is None:
                told[f"{opinion}_probability"] = None
        return told


class FaceSerializer(SparseFields, serializers.ModelSerializer[Face]):
    """A face with its label and guess."""

    box = BoxSerializer()
    crop = serializers.CharField(source="crop_url")
    person = PersonBriefSerializer(allow_null=True)
    guess = serializers.SerializerMethodField()
    imported = serializers.BooleanField(
        default=False,
        read_only=True,
        help_text="Whether the label is as a file or another program says it.",
    )
    taken_at = serializers.DateTimeField(source="photo.taken_at", allow_null=True)

    class Meta:
        model = Face
        fields = [
            "id", "photo", "box", "time_offset", "crop", "person", "imported", "guess", "quality",
            "size_px", "sharpness", "exposure", "pose", "likelihood", "detector", "detector_score",
            "taken_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(GuessSerializer(allow_null=True))
    def get_guess(self, face: Face) -> dict[str, Any] | None:
        """Return the standing guess."""
        standing = getattr(face, "standing", [])
        return dict(GuessSerializer(standing[0]).data) if standing else None


class FaceFilterSerializer(serializers.Serializer[Any]):
    """Which faces are meant."""

    tab = serializers.ChoiceField(Tab.choices, required=False)
    method = serializers.ChoiceField(
        Method.choices,
        default=Method.CLASSIFICATION,
        help_text="Whose guesses count: those by cluster or those by classification.",
    )
    person = serializers.IntegerField(required=False, help_text="Labelled or guessed person.")
    min_probability = serializers.FloatField(required=False, min_value=0, max_value=1)
    photo = serializers.IntegerField(required=False)
    library = serializers.IntegerField(required=False)
    taken_from = serializers.DateField(required=False, help_text="The first day.")
    taken_to = serializers.DateField(required=False, help_text="The last day.")
    group = serializers.IntegerField(
        required=False, help_text="Labelled or guessed as one of this group of people."
    )

    def wanted(self) -> FaceFilter:
        """Return the validated filter."""
        names = FaceFilter.__dataclass_fields__
        return FaceFilter(**{k: v for k, v in self.validated_data.items() if k in names})


class FaceOrderSerializer(FaceFilterSerializer):
    """Which faces, and in which order."""

    sort = serializers.ChoiceField(Sort.choices, default=Sort.PERSON)
    grouped = serializers.BooleanField(
        default=False,
        help_text="Each person's faces together, the one with most faces first, sorted inside.",
    )
    people = CommaSeparatedField(
        required=False,
        help_text="Only these persons, labelled or guessed, in this order: «12,15,18».",
    )

    def ordered(
        self, faces: QuerySet[Face], sizes: Expression | None = None
    ) -> tuple[QuerySet[Face], list[str]]:
        """Return the faces in the order that was asked for, and the columns that make it.

        ``sizes`` is how many faces each one's person has, where that is known.
        """
        asked = self.validated_data
        if self.is_of_one and asked.get("people") is None:
            by_person = asked["sort"] == Sort.PERSON
            return ordered_faces(faces, Sort.PROBABILITY if by_person else asked["sort"])
        return ordered_faces(
            faces, asked["sort"], grouped=asked["grouped"], people=asked.get("people"), sizes=sizes
        )

    @property
    def is_of_one(self) -> bool:
        """Whether all faces are one person's, or nobody's, so that there is nothing to group."""
        asked = self.validated_data
        return asked.get("person") is not None or asked.get("tab") == Tab.UNASSIGNED

    @property
    def is_by_person(self) -> bool:
        """Whether each person's faces stand together, the one with most first, and all have one."""
        asked = self.validated_data
        together = asked["grouped"] or asked["sort"] == Sort.PERSON
        among_others = asked.get("people") is None and not self.is_of_one
        return together and among_others and asked.get("tab") in OF_SOMEBODY


class FaceListSerializer(FaceOrderSerializer):
    """Which faces to list and in which order."""

    offset = serializers.IntegerField(
        default=0,
        min_value=0,
        max_value=MOST_FACES,
        help_text="Begin so many faces further on; «cursor» is for going on from there.",
    )


class SimilarFacesSerializer(serializers.Serializer[dict[str, int]]):
    """How many similar faces to list."""

    limit = serializers.IntegerField(
        default=SIMILAR_SHOWN, min_value=1, max_value=MOST_SIMILAR, help_text="At most so many."
    )


class FaceIdsSerializer(serializers.Serializer[Any]):
    """All faces that a filter means, in order, and who each is or is thought to be."""

    ids = serializers.ListField(child=serializers.IntegerField())
    people = serializers.ListField(child=serializers.IntegerField(allow_null=True))


class SelectionFilterSerializer(FaceFilterSerializer):
    """Which faces an action means; what is mistyped must not mean all of them."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Refuse unknown fields, and a filter that leaves nothing out."""
        found: dict[str, Any] = super().to_internal_value(data)
        unknown = {name: ["There is no such filter."] for name in set(data) - set(self.fields)}
        if unknown:
            raise serializers.ValidationError(unknown)
        if not set(found) - {"method"}:
            raise serializers.ValidationError("Say which faces: at least the tab.")
        return found


class IdsField(serializers.ListField):
    """Ids; looked at all together, as there may be very many."""

    def run_child_validation(self, data: Any) -> Any:
        """Take what is a whole number as it is; anything else goes the usual way."""
        if all(type(each) is int for each in data):
            return data
        return super().run_child_validation(data)


class SeenField(serializers.DictField):
    """Ids of persons by ids of faces."""

    def run_child_validation(self, data: Any) -> Any:
        """Take what is a whole number as it is; anything else goes the usual way."""
        if all(type(each) is int or each is None for each in data.values()):
            return data
        return super().run_child_validation(data)

    def to_internal_value(self, data: Any) -> dict[int, int | None]:
        """Take the keys, which JSON writes as text, as numbers."""
        persons = super().to_internal_value(data)
        if not all(key.isdecimal() for key in persons):
            raise serializers.ValidationError("The keys are ids of faces.")
        return {int(key): person for key, person in persons.items()}


class FaceSelectionSerializer(serializers.Serializer[Any]):
    """Faces by their ids, or all that a filter means, found by the server at that moment."""

    faces = IdsField(
        child=serializers.IntegerField(),
        required=False,
        allow_empty=False,
        max_length=MOST_AT_ONCE,
    )
    filter = SelectionFilterSerializer(required=False)
    labels = SeenField(
        required=False,
        child=serializers.IntegerField(allow_null=True),
        help_text="The labelled person that the user was shown, or null, by the id of the face;"
        " a face that has another label by now is skipped.",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take one of the two."""
        if ("faces" in data) == ("filter" in data):
            raise serializers.ValidationError("Give either «faces» or «filter».")
        return data


class LabelSerializer(FaceSelectionSerializer):
    """Faces and who they are."""

    person = serializers.IntegerField(required=False, help_text="A known person.")
    name = serializers.CharField(
        required=False, max_length=200, help_text="A person of this name, new or known."
    )
    left_out = serializers.ListField(
        child=serializers.IntegerField(),
        required=False,
        max_length=10_000,
        help_text="Faces that are somebody else: rejected for this person, and undone with it.",
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take one of the two."""
        if ("person" in data) == ("name" in data):
            raise serializers.ValidationError("Give either «person» or «name».")
        return super().validate(data)


class DrawSerializer(serializers.Serializer[Any]):
    """A face that a person has seen, and who it is, unless that is open."""

    photo = serializers.IntegerField()
    box = BoxSerializer()
    time_offset = serializers.FloatField(
        required=False, min_value=0, help_text="Of a video: seconds from its start."
    )
    person = serializers.IntegerField(required=False, help_text="A known person.")
    name = serializers.CharField(
        required=False, max_length=200, help_text="A person of this name, new or known."
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        """Take one name at most."""
        if "person" in data and "name" in data:
            raise serializers.ValidationError("Give «person» or «name», or neither.")
        return data


class ConfirmSerializer(FaceSelectionSerializer):
    """Faces whose guesses are right."""

    method = serializers.ChoiceField(Method.choices, default=Method.CLASSIFICATION)
    seen = SeenField(
        required=False,
        child=serializers.IntegerField(),
        help_text="The guessed person that the user was shown, by the id of the face; a face whose"
        " guess is another by now is skipped.",
    )
    training = serializers.IntegerField(
        required=False,
        help_text="Whose guesses the user was shown; with others by now nothing is done (409).",
    )


class RejectSerializer(FaceSelectionSerializer):
    """Faces and who they are not."""

    person = serializers.IntegerField()


class SkippedSerializer(serializers.Serializer[Any]):
    """A face that was left as it was."""

    face = serializers.IntegerField()
    reason = serializers.CharField()


class OutcomeSerializer(serializers.Serializer[Any]):
    """What was done with each face."""

    person = PersonBriefSerializer(allow_null=True)
    changed = serializers.ListField(child=serializers.IntegerField())
    skipped = SkippedSerializer(many=True)
    event = serializers.IntegerField(
        allow_null=True, help_text="Of the history: what can be undone, if anything was changed."
    )


def outcome_data(outcome: Outcome, more_skipped: Iterable[tuple[int, str]] = ()) -> dict[str, Any]:
    """Return an outcome as its serializer describes it."""
    return {
        "person": PersonBriefSerializer(outcome.person).data if outcome.person else None,
        "changed": outcome.changed,
        "skipped": [
            {"face": pk, "reason": reason} for pk, reason in (*outcome.skipped, *more_skipped)
        ],
        "event": outcome.event.pk if outcome.event else None,
    }


class TabCountsSerializer(serializers.Serializer[Any]):
    """How many faces each tab has."""

    labelled = serializers.IntegerField()
    inferred = serializers.IntegerField()
    unknown = serializers.IntegerField()
    unassigned = serializers.IntegerField()
    doubtful = serializers.IntegerField(help_text="Hardly faces at all.")
    hidden = serializers.IntegerField(help_text="Of strangers that are hidden.")
    dismissed = serializers.IntegerField(help_text="Deleted: places, no faces any more.")


class MergeSerializer(serializers.Serializer[Any]):
    """People, and whom they all are."""

    people = serializers.ListField(
        child=serializers.IntegerField(), allow_empty=False, max_length=1_000
    )
    into = serializers.IntegerField(help_text="Known or unknown.")


class MergePreviewSerializer(serializers.Serializer[Any]):
    """What a merge would do."""

    faces = serializers.IntegerField(help_text="That would be the person's.")
    aliases = serializers.ListField(child=serializers.CharField())
    together = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Photos that show more than one of them, who then are hardly one person.",
    )


class SplitSerializer(FaceSelectionSerializer):
    """Faces of a person that are somebody else."""

    person = serializers.IntegerField()


class GroupSerializer(serializers.Serializer[Any]):
    """A person and how many faces of the filter."""

    person = PersonBriefSerializer()
    count = serializers.IntegerField()


class TrainingSerializer(serializers.ModelSerializer[Training]):
    """A training that ended well; one that is under way is a job."""

    class Meta:
        model = Training
        fields = [
            "id", "embedding_model", "parameters", "metrics", "is_current", "started_at",
            "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class TrainSerializer(serializers.Serializer[dict[str, str]]):
    """How to train."""

    mode = serializers.ChoiceField(
        choices=[ALL, MISSING],
        default=ALL,
        help_text="Cluster all faces, or those alone that belong to nobody.",
    )


class TrainingStandingSerializer(serializers.Serializer[Any]):
    """How stale the guesses are."""

    training = TrainingSerializer(allow_null=True, help_text="The one whose guesses stand.")
    labels_since = serializers.IntegerField(
        help_text="Faces that were labelled or rejected since it began."
    )
    faces_since = serializers.IntegerField(help_text="Faces that were found since it began.")
    usual_seconds = serializers.FloatField(
        allow_null=True, help_text="That a training of today's faces takes, by the last one."
    )


class HoldOutSerializer(serializers.Serializer[Any]):
    """What became of labels that were hidden for a moment."""

    labels = serializers.IntegerField(help_text="Hidden labels of people who have another.")
    right = serializers.IntegerField()
    wrong = serializers.IntegerField(help_text="Named as somebody else.")
    open = serializers.IntegerField(help_text="Below the minimum probability, so not named.")
    only_labels = serializers.IntegerField(help_text="Hidden labels of people who have no other.")
    only_named = serializers.IntegerField(help_text="Of these, named as somebody all the same.")


class CalibrationBinSerializer(serializers.Serializer[Any]):
    """Guesses of about one probability."""

    probability = serializers.FloatField(help_text="Their mean, 0-1.")
    right = serializers.FloatField(help_text="The share that was right, 0-1.")
    guesses = serializers.IntegerField()


class CalibrationSerializer(serializers.Serializer[Any]):
    """Probabilities beside how often they were right."""

    error = serializers.FloatField(help_text="Expected calibration error, 0-1.")
    bins = CalibrationBinSerializer(many=True)


class SuspiciousSerializer(serializers.Serializer[Any]):
    """A label that looked wrong."""

    face = serializers.IntegerField()
    person = serializers.IntegerField(help_text="Whose label it was.")
    probability = serializers.FloatField(help_text="That the label is wrong, 0-1.")
    looks_like = serializers.IntegerField(
        allow_null=True, help_text="The likeliest other person who has labels."
    )


class ReportSerializer(serializers.Serializer[Any]):
    """What an evaluation found."""

    labels = serializers.IntegerField()
    people = serializers.IntegerField(help_text="Who have labels.")
    labels_needed = serializers.IntegerField(
        help_text="Labels of one person that are missing until one can be hidden."
    )
    hold_out = HoldOutSerializer()
    calibration = CalibrationSerializer()
    suspicious = SuspiciousSerializer(many=True)


class EvaluationSerializer(serializers.ModelSerializer[Evaluation]):
    """An evaluation that ended well; one that is under way is a job."""

    report = ReportSerializer()

    class Meta:
        model = Evaluation
        fields = ["id", "embedding_model", "parameters", "report", "made_at"]
        read_only_fields = fields


class ConflictSerializer(serializers.Serializer[Any]):
    """Labels of one person in one photo that contradict what else was said; they stand."""

    kind = serializers.ChoiceField(Contradiction.choices)
    person = PersonBriefSerializer()
    photo = serializers.SerializerMethodField()
    faces = serializers.SerializerMethodField()

    def get_photo(self, conflict: Conflict) -> int:
        """Return the photo that the faces are in."""
        return conflict.faces[0].photo_id

    def get_faces(self, conflict: Conflict) -> list[int]:
        """Return the faces."""
        return [face.pk for face in conflict.faces]
