"""Train: cluster all faces, classify the unlabelled ones, and let the new guesses stand."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from faces.actions.judging import judge_faces
from faces.actions.locking import lock_owner
from faces.arrays import (
    FaceMatrix,
    GuessMatrix,
    bearings_of,
    load_births,
    load_faces,
    load_previous_clusters,
    load_rejections,
    load_standing_clusters,
    load_standing_people,
    pack_clusters,
    poor_faces,
    rows_without,
    save_guesses,
    unpack_clusters,
)
from faces.models import Face, Guess, Person, Rejection, Training
from faces.queries.history import people_of_before
from faces.recognition.classification import NOBODY as NO_PERSON
from faces.recognition.classification import Classes, ClassifierName, Fitted, classify_and_fit
from faces.recognition.clustering import (
    NOBODY as NO_CLUSTER,
)
from faces.recognition.clustering import (
    Clusters,
    Stages,
    are_apart,
    carry_over,
    cluster_faces,
    hash_of_question,
    majority_people,
    people_of_faces,
    rejected_pairs,
)
from faces.recognition.likelihood import HARDLY_A_FACE
from faces.recognition.quality import POOR
from faces.recognition.regrouping import cluster_rest
from faces.recognition.tolerance import within_tolerance

Report = Callable[[str, int, int], None]
STAGES = 4


@dataclass(frozen=True)
class TrainingParameters:
    """What a user can choose about Train."""

    embedding_model: str
    classifier: ClassifierName = "knn"
    min_probability: float = 0.5
    min_cluster_size: Stages = 2
    tolerance: float = 0.0  # face_recognition's; 0 for none
    min_quality: float = POOR
    cluster_core: float = 0.0


def parameters_of(training: Training) -> TrainingParameters:
    """Return with what a training was made."""
    return TrainingParameters(**training.parameters | {"embedding_model": training.embedding_model})


def train(
    *, owner: User, parameters: TrainingParameters, report: Report, only_missing: bool = False
) -> Training:
    """Compute all guesses anew; they replace the standing ones in one transaction at the end.

    With ``only_missing`` the clusters of before stand, and only faces without one are clustered.

    ``report`` is called with (stage, done, total) and may raise to end the training; until the
    last moment that leaves everything as it was. Labels are read, never written.
    """
    began = timezone.now()
    report("Reading faces", 0, STAGES)
    judge_faces(owner=owner)
    faces = load_faces(owner.pk, parameters.embedding_model)
    rejected = load_rejections(owner.pk, faces)
    # Reported again and again, since a report is what learns that the training is cancelled.
    clustering = partial(report, f"Clustering {len(faces.faces)} faces", 1, STAGES)
    classifying = partial(report, "Comparing with the people you have named", 2, STAGES)
    clustering()
    find_clusters = _with_the_rest if only_missing else _clusters
    clustered, clusters = find_clusters(owner, faces, rejected, parameters, keep_going=clustering)
    classifying()
    classes, fitted = classified(owner, faces, rejected, parameters, keep_going=classifying)
    bearings = bearings_of(faces, clusters, model=parameters.embedding_model, fitted=fitted)
    report("Writing the guesses", 3, STAGES)
    with transaction.atomic():
        lock_owner(owner)
        training = Training.objects.create(
            owner=owner,
            embedding_model=parameters.embedding_model,
            parameters=asdict(parameters),
            clustered=clustered,
            clusters=pack_clusters(clusters, bearings),
        )
        people = people_of_faces(
            clusters,
            _people_of_clusters(owner, faces, clusters),
            photos=faces.photos,
            labels=faces.people,
            rejected=rejected,
            nobody=NO_PERSON,
        )
        save_guesses(
            training,
            GuessMatrix(faces.faces, people, clusters.probabilities, classes),
        )
        training.started_at = began  # the row itself is only a moment old
        _let_stand(training, seconds=(timezone.now() - began).total_seconds())
        report("Done", STAGES, STAGES)
    return training


def classified(
    owner: User,
    faces: FaceMatrix,
    rejected: list[tuple[int, int]],
    parameters: TrainingParameters,
    *,
    fitted: Fitted | None = None,
    keep_going: Callable[[], None],
) -> tuple[Classes, Fitted | None]:
    """Return who the faces are by classification, with all that a user can choose about it.

    And what was fitted for that; it is given where the faces are only some of the owner's.
    """
    classes, fitted = classify_and_fit(
        faces.embeddings,
        faces.photos,
        faces.named,
        model=parameters.embedding_model,
        rejected=rejected,
        days=faces.days,
        born=load_births(owner.pk),
        aside=(faces.people != NO_PERSON) & (faces.named == NO_PERSON),
        classifier=parameters.classifier,
        min_probability=parameters.min_probability,
        fitted=fitted,
        keep_going=keep_going,
    )
    within = within_tolerance(
        classes,
        faces.embeddings,
        faces.named,
        tolerance=parameters.tolerance,
        model=parameters.embedding_model,
    )
    return within, fitted


def _clusters(
    owner: User,
    faces: FaceMatrix,
    rejected: list[tuple[int, int]],
    parameters: TrainingParameters,
    keep_going: Callable[[], None],
) -> tuple[str, Clusters]:
    """Return a hash of what was clustered and the clusters, those of before if they still hold."""
    poor = poor_faces(faces, parameters.min_quality)
    clustered = hash_of_question(
        faces.embeddings,
        faces.photos,
        model=parameters.embedding_model,
        poor=poor,
        rejected=rejected,
        min_cluster_size=parameters.min_cluster_size,
        core=parameters.cluster_core,
    )
    people = load_standing_people(owner.pk, faces, nobody=NO_PERSON)
    apart = rejected_pairs(people, rejected, nobody=NO_PERSON)
    before = Training.objects.filter(owner=owner, is_current=True, clustered=clustered).first()
    if before is not None:
        clusters = unpack_clusters(before.clusters)
        # Labels move no cluster, but one of somebody who was rejected elsewhere may.
        if are_apart(clusters.labels, apart):
            return clustered, clusters
    clusters = cluster_faces(
        faces.embeddings,
        faces.photos,
        model=parameters.embedding_model,
        poor=poor,
        apart=apart,
        min_cluster_size=parameters.min_cluster_size,
        core=parameters.cluster_core,
        keep_going=keep_going,
    )
    return clustered, clusters


def _with_the_rest(
    owner: User,
    faces: FaceMatrix,
    rejected: list[tuple[int, int]],
    parameters: TrainingParameters,
    keep_going: Callable[[], None],
) -> tuple[str, Clusters]:
    """Return the clusters of before, and those of the faces that were in none and have no label.

    They answer no question that another Train may ask, so their hash is empty.
    """
    standing = load_standing_clusters(owner.pk, faces)
    people = load_standing_people(owner.pk, faces, nobody=NO_PERSON)
    return "", cluster_rest(
        faces.embeddings,
        faces.photos,
        standing,
        rows_without(people, nobody=NO_PERSON),
        model=parameters.embedding_model,
        poor=poor_faces(faces, parameters.min_quality),
        apart=rejected_pairs(people, rejected, nobody=NO_PERSON),
        min_cluster_size=parameters.min_cluster_size,
        core=parameters.cluster_core,
        keep_going=keep_going,
    )


def _people_of_clusters(owner: User, faces: FaceMatrix, clusters: Clusters) -> dict[int, int]:
    """Return {cluster: person id}: somebody named, the unknown person of before, or a new one."""
    person_of = majority_people(clusters.labels, faces.people, nobody=NO_PERSON)
    previous = load_previous_clusters(owner.pk, faces, nobody=NO_CLUSTER)
    for cluster, unknown in carry_over(previous, clusters.labels).items():
        person_of.setdefault(cluster, unknown)
    fresh = [cluster for cluster in range(clusters.count) if cluster not in person_of]
    made = Person.objects.bulk_create(Person(owner=owner) for _ in fresh)
    return person_of | {cluster: person.pk for cluster, person in zip(fresh, made, strict=True)}


def _let_stand(training: Training, seconds: float) -> None:
    """Make this the current training; what only the one before needed goes."""
    before = (
        Training.objects.filter(owner=training.owner, is_current=True).defer("clusters").first()
    )
    training.metrics = {
        **_metrics(training),
        **_changes(training, before),
        "seconds": round(seconds, 3),
    }
    if before is not None:
        before.is_current, before.clusters, before.clustered = False, b"", ""
        before.save(update_fields=["is_current", "clusters", "clustered"])
    training.is_current = True
    training.finished_at = timezone.now()
    training.save()
    Guess.objects.filter(training__owner=training.owner).exclude(training=training).delete()
    _forget_unknown_people(training.owner)


def _forget_unknown_people(owner: User) -> None:
    """Delete the unknown persons of whom nothing is left, and of whom nobody has said anything.

    Whom faces were labelled as before may be said again, by an undo.
    """
    empty = (
        Person.objects.filter(owner=owner, name="")
        .exclude(Exists(Guess.objects.filter(cluster_person=OuterRef("pk"))))
        .exclude(Exists(Rejection.objects.filter(person=OuterRef("pk"))))
        .exclude(Exists(Face.objects.filter(person=OuterRef("pk"))))
    )
    if empty.exists():
        empty.exclude(pk__in=people_of_before(owner)).delete()


def _metrics(training: Training) -> dict[str, int]:
    guesses = _shown(training)
    return {
        "faces": Face.objects.filter(photo__library__owner=training.owner).count(),
        "labelled": Face.objects.filter(person__owner=training.owner, person__name__gt="").count(),
        "inferred": guesses.filter(face__person=None, class_person__isnull=False).count(),
        "unknown_persons": guesses.filter(cluster_person__name="")
        .values("cluster_person")
        .distinct()
        .count(),
    }


def _changes(training: Training, before: Training | None) -> dict[str, int]:
    """Return what is another than before among guesses by classification and unknown persons."""
    standing = Guess.objects.filter(training=before, face=OuterRef("face"))
    guesses = _shown(training).filter(face__person=None, class_person__isnull=False)
    same = Exists(standing.filter(class_person=OuterRef("class_person")))
    had_another = Exists(standing.filter(class_person__isnull=False))
    other = guesses.exclude(same)
    now = Person.objects.filter(Exists(_unknown(training)))
    until_now = Person.objects.filter(Exists(_unknown(before)))
    return {
        "new_guesses": other.exclude(had_another).count(),
        "changed_guesses": other.filter(had_another).count(),
        "unknown_persons_new": now.exclude(Exists(_unknown(before))).count(),
        "unknown_persons_gone": until_now.exclude(Exists(_unknown(training))).count(),
    }


def _unknown(training: Training | None) -> QuerySet[Guess]:
    return Guess.objects.filter(
        training=training, cluster_person=OuterRef("pk"), cluster_person__name=""
    )


def _shown(training: Training) -> QuerySet[Guess]:
    """Return guesses as the tabs count them, which show what is hardly a face apart."""
    return Guess.objects.filter(training=training).exclude(
        face__person=None, face__likelihood__lt=HARDLY_A_FACE
    )
