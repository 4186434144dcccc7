"""What a change of the engine would do: a dry run over its drafts."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from django.contrib.auth.models import User
from django.db import transaction

from faces.actions.drafting import in_batches, report_of
from faces.actions.finding import by_photo, is_certain, rows_found
from faces.actions.training import TrainingParameters, classified
from faces.arrays import FaceMatrix, face_matrix, join_faces, load_rejections, picture_id
from faces.models import Dismissal, EngineChoice, Face, Guess, Rejection
from faces.recognition.classification import NOBODY
from project.jobs.presence import TOKEN, held
from project.preferences.reading import value

# Key of the advisory lock, beside those of the jobs; second key: the engine's id.
COMPARING = TOKEN + 1


@dataclass
class Changes:
    """What a change of the engine would do to the faces that are shown."""

    photos: int = 0
    found_again: int = 0
    found_new: int = 0
    lost: int = 0  # known to the engine in force alone, nobody has said a word of them: they go
    guesses_same: int = 0
    guesses_other: int = 0  # somebody else, or nobody any more
    guesses_new: int = 0  # on faces that have no guess now


def compare_engine(
    choice: EngineChoice,
    *,
    parameters: TrainingParameters,
    keep_going: Callable[[], None] = lambda: None,
) -> bool:
    """Write the report of a dry run and call the engine ready; False if another worker is at it.

    ``parameters`` are those with which Train would run under the engine. Nobody waits for it: the
    row is held only to be written.
    """
    with held(COMPARING, choice.pk) as alone:
        if not alone:
            return False
        if not _is_preparing(choice):
            return True
        changes = Changes()
        for owner in User.objects.filter(libraries__isnull=False).distinct().order_by("pk"):
            _compare_owner(choice, owner, parameters, changes, keep_going)
        with transaction.atomic():
            mine = EngineChoice.objects.select_for_update().filter(pk=choice.pk).first()
            if mine is None:  # forgotten meanwhile
                return False
            if mine.state == EngineChoice.State.PREPARING:
                mine.report, mine.state = asdict(changes), EngineChoice.State.READY
                mine.save()
    return True


def _is_preparing(choice: EngineChoice) -> bool:
    return EngineChoice.objects.filter(pk=choice.pk, state=EngineChoice.State.PREPARING).exists()


def _compare_owner(
    choice: EngineChoice,
    owner: User,
    parameters: TrainingParameters,
    changes: Changes,
    keep_going: Callable[[], None],
) -> None:
    """Count what would change for one owner; guesses are made as Train makes them."""
    matrix = join_faces(_faces_after(choice, owner, parameters.embedding_model, changes))
    keep_going()
    rejected = load_rejections(owner.pk, matrix)
    classes, _ = classified(owner, matrix, rejected, parameters, keep_going=keep_going)
    _compare_guesses(owner, matrix, classes.people.tolist(), changes)


def _faces_after(
    choice: EngineChoice, owner: User, model: str, changes: Changes
) -> Iterator[FaceMatrix]:
    """Yield the faces that there would be, some photos at a time; new ones have id 0."""
    drafts = choice.drafts.filter(photo__library__owner=owner).exclude(made_at=None)
    overlap = value("overlap_threshold")
    for batch in in_batches(drafts):
        photos = [draft.photo_id for draft in batch]
        known = by_photo(
            Face.objects.filter(photo__in=photos).select_related("person").order_by("pk")
        )
        dismissed = by_photo(Dismissal.objects.filter(photo__in=photos))
        spoken = set(
            Rejection.objects.filter(face__photo__in=photos).values_list("face", flat=True)
        )
        faces = []
        for draft in batch:
            report, before = report_of(draft, model), known.get(draft.photo_id, [])
            row_of, fresh = rows_found(report, before, dismissed.get(draft.photo_id, []), overlap)
            kept = spoken | {face.pk for face in before if is_certain(face)}
            changes.photos += 1
            changes.found_again += len(row_of)
            changes.found_new += len(fresh)
            changes.lost += len(
                {face.pk for face in before} - kept - {face.pk for face in row_of.values()}
            )
            for index in (*row_of, *fresh):
                face, found = row_of.get(index), report.faces[index]
                person = face.person if face else None
                faces.append(
                    (
                        face.pk if face else 0,
                        picture_id(draft.photo_id, found.box.time),
                        person.pk if person else 0,
                        person.pk if person and person.name else 0,
                        found.quality.overall,
                        found.embedding,
                    )
                )
        yield face_matrix(faces)


def _compare_guesses(owner: User, matrix: FaceMatrix, people: list[int], changes: Changes) -> None:
    standing = Guess.objects.filter(
        training__owner=owner,
        training__is_current=True,
        class_person__isnull=False,
        face__person=None,
    )
    now = dict(standing.values_list("face", "class_person"))
    for face, label, person in zip(
        matrix.faces.tolist(), matrix.people.tolist(), people, strict=True
    ):
        if face in now:
            changes.guesses_same += now[face] == person
            changes.guesses_other += now[face] != person
        elif not label:
            changes.guesses_new += person != NOBODY
