"""Person, Face and what people and machine say of them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

from faces.recognition.geometry import Box
from faces.recognition.likelihood import HARDLY_A_FACE
from photos.models import Photo
from project.images import image_address

# The detector of a face that a person has drawn, here or in another program; it stays so, whoever
# finds the face too.
BY_HAND = "by-hand"
IMPORTED = "imported"
DRAWN = (BY_HAND, IMPORTED)


class Person(models.Model):
    """Somebody; without a name, an unknown person that clustering made."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="people"
    )
    name = models.CharField(max_length=200, blank=True)
    aliases = models.JSONField(default=list, blank=True, help_text="Other names, to be found by.")
    is_hidden = models.BooleanField(default=False, help_text="Somebody whom nobody wants to see.")
    is_favourite = models.BooleanField(default=False)
    birth_date = models.DateField(null=True, blank=True)
    cover = models.ForeignKey(
        "Face",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The face that stands for the person; the best one where nobody has chosen.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(
                "owner", Lower("name"), condition=~Q(name=""), name="person_name_once_per_owner"
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        """The name, or what to call somebody unknown."""
        return self.name or f"Unknown person {self.pk}"


class PeopleGroup(models.Model):
    """People whom somebody has put together under a name, such as a family."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="people_groups"
    )
    name = models.CharField(max_length=200)
    people = models.ManyToManyField(Person, related_name="groups", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint("owner", Lower("name"), name="people_group_once_per_owner")
        ]

    def __str__(self) -> str:
        return self.name


class Preferences(models.Model):
    """What a user has chosen for the own library; without a row, nothing."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences"
    )
    merge_from = models.FloatField(
        null=True,
        blank=True,
        help_text="Probability from which Train merges unknown people by itself; empty for never.",
    )

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"Preferences of {self.owner}"


class PlacedBox(models.Model):
    """A box on an upright photo, in shares (0-1) of its width and height."""

    left = models.FloatField()
    top = models.FloatField()
    width = models.FloatField()
    height = models.FloatField()
    time_offset = models.FloatField(
        null=True, blank=True, help_text="Seconds into a video; empty on a picture."
    )
    detector: Any
    detector_score: Any

    class Meta:
        abstract = True

    @property
    def box(self) -> Box:
        """The box as the mathematics take it."""
        return Box(self.left, self.top, self.width, self.height, self._is_drawn, self.time_offset)

    @box.setter
    def box(self, box: Box) -> None:
        self.left, self.top, self.width, self.height = box.left, box.top, box.width, box.height
        self.time_offset = box.time

    @property
    def _is_drawn(self) -> bool:
        """Whether the box is as a person drew it: no detector has found the face since."""
        return bool(self.detector in DRAWN and self.detector_score == 0)


class Face(PlacedBox):
    """A face in a photo. ``person`` is the Label: only people write it.

    A label may be of an unknown person: somebody said that these faces are one and the same, or a
    stranger, whoever it is.
    """

    photo = models.ForeignKey(
        Photo,
        on_delete=models.CASCADE,
        related_name="faces",
        db_index=False,  # it is the first column of an index that says more
    )
    person = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.SET_NULL, related_name="faces"
    )
    labelled_at = models.DateTimeField(null=True, blank=True)
    detector = models.CharField(max_length=40)
    detector_score = models.FloatField(help_text="On the detector's own scale.")
    landmarks = models.JSONField(default=list, help_text="[x, y] in shares of the photo.")
    size_px = models.PositiveIntegerField(help_text="Shorter side of the box in the original.")
    sharpness = models.FloatField(help_text="Variance of the Laplacian.")
    exposure = models.FloatField(help_text="0 to 1.")
    quality = models.FloatField(help_text="0 to 1, all measures together.")
    pose = models.FloatField(default=1.0, help_text="0 (a profile) to 1 (from the front).")
    oddness = models.FloatField(null=True, help_text="How unlike a person the embedding is.")
    likelihood = models.FloatField(default=1.0, help_text="0 to 1, that it is a face at all.")
    found_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(help_text="When its box was last found.")

    class Meta:
        ordering = ["id"]
        indexes = [
            # How many faces a photo has, and whether all have names, is known without their rows.
            models.Index(fields=["photo"], include=["person", "likelihood"], name="face_in_photo"),
            # The page of a person who has very many faces asks for no row of theirs: whom they
            # are beside, how many there are, and which is the best.
            models.Index(
                fields=["person", "photo"],
                condition=Q(person__isnull=False),
                name="face_of_person_in_photo",
            ),
            models.Index(
                fields=["photo", "person"],
                condition=Q(person__isnull=False),
                name="face_in_photo_of_person",
            ),
            models.Index(
                fields=["person", "-quality", "id"],
                condition=Q(person__isnull=False),
                name="face_best_of_person",
            ),
            # What was said and found since Train, and what is hardly a face, is little beside all.
            models.Index(
                fields=["labelled_at"],
                condition=Q(labelled_at__isnull=False),
                name="face_labelled_at",
            ),
            models.Index(fields=["found_at"], name="face_found_at"),
            models.Index(
                fields=["photo"],
                condition=Q(person__isnull=True, likelihood__lt=HARDLY_A_FACE),
                name="face_doubtful",
            ),
        ]

    def __str__(self) -> str:
        return f"Face {self.pk}"

    @property
    def crop_name(self) -> str:
        """Where the storage keeps the crop."""
        return f"crops/{self.pk // 1000:06d}/{self.pk}.webp"

    @property
    def crop_url(self) -> str:
        """The crop's address; it changes when the box does."""
        return image_address(self.crop_name, int(self.seen_at.timestamp()))


class Embedding(models.Model):
    """The unit vector of a face under one model: written once, never updated.

    ``owner`` is that of the face's library, which never changes: an index over vectors can have a
    condition on columns of its own table alone.
    """

    face = models.ForeignKey(Face, on_delete=models.CASCADE, related_name="embeddings")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,  # it is the first column of an index that says more
    )
    model = models.CharField(max_length=40)
    vector = VectorField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["face", "model"], name="one_embedding_per_model")
        ]
        indexes = [models.Index(fields=["owner", "model"], name="embedding_of_owner")]

    def __str__(self) -> str:
        return f"{self.model} of face {self.face_id}"


class EngineChoice(models.Model):
    """An engine that is in force, is being prepared to be, or was and can be again."""

    class State(models.TextChoices):
        """What it has to do with the faces that are shown."""

        PREPARING = "preparing", _("Looking into the photos")
        READY = "ready", _("Ready to be taken")
        IN_FORCE = "in-force", _("In force")
        FORMER = "former", _("In force before")

    name = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=State)
    take_when_ready = models.BooleanField(
        default=False, help_text="Put in force as soon as it has looked into all photos."
    )
    report = models.JSONField(default=dict, help_text="What would change, by a dry run.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="in-force"), name="one_engine_in_force"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What an engine that is not in force found in a photo, kept aside until it is."""

    engine = models.ForeignKey(EngineChoice, on_delete=models.CASCADE, related_name="drafts")
    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="drafts")
    faces = models.JSONField(default=list)
    vectors = models.BinaryField(default=bytes, help_text="Embeddings, float32, little-endian.")
    made_at = models.DateTimeField(null=True, help_text="Empty while it is still to be made.")
    claimed_by = models.BigIntegerField(null=True, help_text="Token of the worker that is at it.")
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["engine", "photo"], name="one_draft_per_photo")
        ]
        indexes = [
            models.Index(
                fields=["engine", "id"], condition=Q(made_at=None), name="draft_to_be_made"
            )
        ]

    def __str__(self) -> str:
        return f"{self.engine} on {self.photo_id}"


class Training(models.Model):
    """One press of Train: what went in, what came out, and the guesses it owns."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="trainings"
    )
    embedding_model = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    is_current = models.BooleanField(default=False)
    # What clustering made of which faces, so that Train after new labels need not do it again.
    clusters = models.BinaryField(default=bytes)
    clustered = models.CharField(
        max_length=64, blank=True, default="", help_text="A hash of what was clustered."
    )
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], condition=Q(is_current=True), name="one_current_training"
            )
        ]

    def __str__(self) -> str:
        return f"Training {self.pk}"


class Evaluation(models.Model):
    """One look at how well labels and settings do; ``report`` is as faces.actions.evaluating says.

    Rows are kept as they were made: faces and people that it names may be gone by now.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="evaluations"
    )
    embedding_model = models.CharField(max_length=40)
    parameters = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Evaluation {self.pk}"


class Guess(models.Model):
    """The machine's opinion of a face, by cluster and by classification, side by side."""

    training = models.ForeignKey(Training, on_delete=models.CASCADE, related_name="guesses")
    face = models.ForeignKey(Face, on_delete=models.CASCADE, related_name="guesses")
    cluster_person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="cluster_guesses"
    )
    cluster_probability = models.FloatField(null=True)
    class_person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="class_guesses"
    )
    class_probability = models.FloatField(null=True)
    # The likeliest by classification but for ``class_person``, however unlikely.
    runner_up = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="runner_up_guesses"
    )
    runner_up_probability = models.FloatField(null=True)

    class Meta:
        verbose_name_plural = "guesses"
        constraints = [
            models.UniqueConstraint(fields=["training", "face"], name="one_guess_per_training")
        ]

    def __str__(self) -> str:
        return f"Guess for face {self.face_id}"


class Tally(models.Model):
    """How many faces of an owner have the same label and the same guesses that stand.

    Triggers write what was added and taken away, a line each, and fold lines together from time to
    time; so lines of the same kind are to be added up, and somebody who is gone has none in sum.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,  # it is the first column of an index that says more
        related_name="+",
    )
    person = models.ForeignKey(
        Person,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    cluster_person = models.ForeignKey(
        Person,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    class_person = models.ForeignKey(
        Person,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    is_doubtful = models.BooleanField(help_text="No label, and hardly a face at all.")
    faces = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "tallies"
        indexes = [
            models.Index(
                fields=["owner", "person", "class_person", "cluster_person", "is_doubtful"],
                include=["faces"],
                name="tally_of_owner",
            )
        ]

    def __str__(self) -> str:
        return f"{self.faces} faces of {self.owner_id}"


class Rejection(models.Model):
    """A human's word: this face is not that person."""

    face = models.ForeignKey(Face, on_delete=models.CASCADE, related_name="rejections")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="rejections")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["face", "person"], name="one_rejection_per_person")
        ]

    def __str__(self) -> str:
        return f"Face {self.face_id} is not {self.person}"


class Mention(models.Model):
    """Somebody's name in a photo, as a file or another program says it: read once, then kept.

    With a box it becomes a label, unless a person has said otherwise; a name alone names a photo's
    only face, or stays a hint. As long as face, person and moment are those of the face's label,
    that label is an imported one.
    """

    class Source(models.TextChoices):
        """Who says so."""

        FILE = "file", _("The file or an XMP file beside it")
        WRITTEN = "written", _("Kith, when it wrote the name there")
        IMMICH = "immich", _("Immich")
        PHOTOPRISM = "photoprism", _("PhotoPrism")
        LIBREPHOTOS = "librephotos", _("LibrePhotos")

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="mentions")
    source = models.CharField(max_length=20, choices=Source)
    name = models.CharField(max_length=200)
    box_corners = models.JSONField(
        null=True, help_text="Left, top, right, bottom in shares of the upright photo, if it says."
    )
    face = models.ForeignKey(Face, null=True, on_delete=models.SET_NULL, related_name="mentions")
    person = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="mentions"
    )
    taken_at = models.DateTimeField(
        null=True, help_text="When it was taken as a label, or left; empty while it waits."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["photo"], condition=Q(taken_at=None), name="mention_to_be_taken")
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.photo_id}"

    @property
    def box(self) -> Box | None:
        """Where the face is; drawn by somebody, and so more loosely than by a detector."""
        if self.box_corners is None:
            return None
        left, top, right, bottom = self.box_corners
        return Box(left, top, right - left, bottom - top, drawn=True)


class Question(models.Model):
    """Whether two persons, at least one of them unknown, are one and the same.

    Train asks; what was answered stays, so that it is not asked again and merging learns from it.
    """

    class Answer(models.TextChoices):
        """What a person can say."""

        SAME = "same", _("Same")
        DIFFERENT = "different", _("Different")
        UNSURE = "unsure", _("Not sure")

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="questions"
    )
    one = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="questions_as_one"
    )
    other = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="questions_as_other"
    )
    probability = models.FloatField(help_text="That they are one person, 0 to 1.")
    settles = models.FloatField(help_text="Faces that an answer is expected to settle.")
    features = models.JSONField(help_text="What the probability depends on, when it was asked.")
    answer = models.CharField(max_length=10, choices=Answer, blank=True, default="")
    event = models.ForeignKey(
        "LabelEvent", null=True, on_delete=models.SET_NULL, related_name="questions"
    )
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-settles", "-id"]
        indexes = [
            models.Index(
                fields=["owner", "-settles", "-id"],
                condition=Q(answer=""),
                name="question_to_be_asked",
            )
        ]

    def __str__(self) -> str:
        return f"Is {self.one_id} the same as {self.other_id}?"


class Dismissal(PlacedBox):
    """What stays of a deleted face, so that it is not found again: no biometric data.

    The numbers tell what is no face from what is one.
    """

    photo = models.ForeignKey(Photo, on_delete=models.CASCADE, related_name="dismissals")
    detector = models.CharField(max_length=40, default="")
    detector_score = models.FloatField(default=0)
    size_px = models.PositiveIntegerField(default=0)
    sharpness = models.FloatField(default=0)
    exposure = models.FloatField(default=0)
    oddness = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Dismissed box in {self.photo}"


class ForgottenName(models.Model):
    """Somebody's name who was forgotten, so that no file and no import brings it back.

    It is a keyed hash: whether a name is this one can be told, but not which name it is.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="forgotten_names"
    )
    digest = models.CharField(max_length=64, help_text="See faces.queries.forgotten.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "digest"], name="forgotten_name_once")
        ]

    def __str__(self) -> str:
        return f"Forgotten name {self.pk}"


class SavedSearch(models.Model):
    """A search for photos that its owner keeps; ``query`` is as the search's address has it."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="searches"
    )
    name = models.CharField(max_length=100)
    query = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint("owner", Lower("name"), name="search_name_once_per_owner")
        ]

    def __str__(self) -> str:
        return self.name


class LabelEvent(models.Model):
    """One change that a person made, as it was before and after; never altered."""

    class Verb(models.TextChoices):
        """What was done."""

        LABEL = "label", _("Labelled")
        REJECT = "reject", _("Rejected a guess")
        UNASSIGN = "unassign", _("Removed a label")
        DISMISS = "dismiss", _("Deleted faces")
        RESTORE = "restore", _("Brought back deleted faces")
        MERGE = "merge", _("Merged people")
        SPLIT = "split", _("Said that faces are somebody else")
        HIDE = "hide", _("Hid a stranger")
        SHOW = "show", _("Showed a stranger again")
        DRAW = "draw", _("Drew a face")
        CHANGE_PERSON = "change-person", _("Changed a person")
        DELETE_PERSON = "delete-person", _("Deleted a person")
        IMPORT = "import", _("Took over names")
        FORGET = "forget", _("Forgot a person")
        UNDO = "undo", _("Undid")

    UNDOABLE = (
        *(Verb.LABEL, Verb.UNASSIGN, Verb.REJECT, Verb.DISMISS),
        *(Verb.MERGE, Verb.SPLIT, Verb.HIDE, Verb.SHOW),
        *(Verb.CHANGE_PERSON, Verb.DELETE_PERSON),
        *(Verb.DRAW, Verb.RESTORE, Verb.IMPORT),
    )

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="label_events"
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who said it, where it was not the owner but a labeller.",
    )
    verb = models.CharField(max_length=20, choices=Verb)
    details = models.JSONField(help_text="What it was before, and what it became.")
    undoes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="undone_by"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_undone(self) -> bool:
        """Whether it has been taken back; asks for the row unless ``undone_by`` is loaded."""
        return hasattr(self, "undone_by")

    @property
    def can_be_undone(self) -> bool:
        """Whether it is of a kind that can be, and has not been."""
        by_a_person = self.verb in self.UNDOABLE and not self.is_by_rescan
        return by_a_person and not self.is_undone and not self.is_forgotten

    @property
    def is_forgotten(self) -> bool:
        """Whether it was about somebody who has been forgotten: nothing of it is known any more."""
        return bool(self.details.get("forgotten"))

    @property
    def is_by_itself(self) -> bool:
        """Whether Train did it: merged unknown persons, as the user has asked it to."""
        return bool(self.details.get("by_itself"))

    @property
    def is_by_rescan(self) -> bool:
        """Whether it brought back deleted faces by a rescan, which finds them as new ones."""
        faces = self.details.get("faces", []) if self.verb == self.Verb.RESTORE else []
        return any("face" not in each for each in faces)
