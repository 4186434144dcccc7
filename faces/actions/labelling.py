"""What people say of faces: labels, rejections, dismissals. Each call appends one LabelEvent."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from faces.actions.finding import by_photo, drafted_box
from faces.actions.learning import asked_beside, note_answers
from faces.actions.locking import check_still_there, lock_owner
from faces.actions.opinions import withdraw_guesses
from faces.actions.people import person_named
from faces.arrays import pack_vectors, unpack_vectors
from faces.models import Dismissal, Draft, Face, Guess, LabelEvent, Person, Question, Rejection
from faces.queries import FaceFilter, current_training, matching_faces
from faces.queries.people import faces_of_unknown
from faces.recognition.geometry import match_faces
from faces.recognition.likelihood import HARDLY_A_FACE


@dataclass(frozen=True)
class Outcome:
    """What an action did: ids of changed faces, and (id, reason) of those left as they were."""

    changed: list[int] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    person: Person | None = None  # whom the action was about, if one
    # What can be undone, if anything changed; outcomes that did the same are alike.
    event: LabelEvent | None = field(default=None, compare=False)


class OtherGuesses(Exception):
    """Other guesses stand than the user was shown; nothing was done."""


def label_faces(
    *,
    owner: User,
    faces: QuerySet[Face],
    person: Person | None = None,
    name: str = "",
    left_out: QuerySet[Face] | None = None,
    actor: User | None = None,
) -> Outcome:
    """Say who these faces are: a person, or a name, whose person is made if need be.

    An earlier label or rejection that contradicts it gives way. Where they are all that was left
    of an unknown person, that person has its name now: faces that were said not to be the unknown
    person are not the named one either. Nor are those ``left_out``, which looked like these.

    Here as below, ``actor`` is the labeller who says it, where it is not the owner; ``faces`` must
    be such as leave out what a labeller may not speak of, at the moment when they are read.
    """
    if person is not None and not person.name:
        raise ValidationError("Give this unknown person a name: label its faces with one.")
    with transaction.atomic():
        lock_owner(owner)
        rows = locked_faces(faces)
        if not rows:
            return Outcome(person=person)
        if person is None:
            person = person_named(owner=owner, name=name)
        check_still_there(person)
        unknown = _unknown_people_of(rows)
        outcome = write_labels(
            owner,
            {face: person.pk for face in rows},
            LabelEvent.Verb.LABEL,
            about=person,
            actor=actor,
        )
        pass_on_rejections(outcome, unknown, person)
        if left_out is not None:
            _refuse(outcome, left_out, person)
        return outcome


def name_unknown_person(*, owner: User, person: Person, name: str) -> Person:
    """Give an unknown person a name and label its faces; an existing name takes the faces over."""
    with transaction.atomic():
        lock_owner(owner)
        named = person_named(owner=owner, name=name)
        faces = faces_of_unknown(owner, [person])
        if label_faces(owner=owner, faces=faces, person=named).event is None:
            raise ValidationError("This person has no faces any more.")
        return named


def _unknown_people_of(rows: list[Face]) -> list[Person]:
    """Return the unknown persons that these faces are, by label or by cluster."""
    ids = [face.pk for face in rows]
    guessed = Guess.objects.filter(
        face__in=ids, face__person=None, training__is_current=True, cluster_person=OuterRef("pk")
    )
    labelled = Face.objects.filter(pk__in=ids, person=OuterRef("pk"))
    return list(Person.objects.filter(Exists(guessed) | Exists(labelled), name=""))


def _asked_and_wholly_among(owner: User, rows: list[Face], person: Person) -> list[Person]:
    """Return the unknown persons all of whose faces are among these, and who are asked about."""
    ids = {face.pk for face in rows}
    asked = asked_beside(person)
    return [
        other
        for other in (_unknown_people_of(rows) if asked else [])
        if other.pk in asked
        and ids.issuperset(faces_of_unknown(owner, [other]).values_list("pk", flat=True))
    ]


def pass_on_rejections(outcome: Outcome, unknown: list[Person], person: Person) -> None:
    """Say of a person what was said of the unknown persons all of whose faces are this person's."""
    if outcome.event is None:
        return
    left = (
        Guess.objects.filter(cluster_person=OuterRef("pk"), training__is_current=True)
        .exclude(face__person=person)
        # Not shown with the unknown person, so that nobody can name them.
        .exclude(face__person=None, face__likelihood__lt=HARDLY_A_FACE)
        .exclude(face__person=None, class_person__isnull=False)
    )
    whole = Person.objects.filter(pk__in=[each.pk for each in unknown]).exclude(
        Exists(left) | Exists(Face.objects.filter(person=OuterRef("pk")))
    )
    note_answers(outcome.event, people=whole, of=person, answer=Question.Answer.SAME)
    _refuse(outcome, Face.objects.filter(rejections__person__in=whole), person)


def _refuse(outcome: Outcome, faces: QuerySet[Face], person: Person) -> None:
    """Say of faces that they are not this person, as part of what the outcome's event did."""
    if outcome.event is None:
        return
    refused = locked_faces(faces.exclude(person=person).exclude(rejections__person=person))
    if refused:
        Rejection.objects.bulk_create(Rejection(face=face, person=person) for face in refused)
        details = outcome.event.details
        details.setdefault("guesses", []).extend(withdraw_guesses(person, refused))
        details.setdefault("refused", []).extend(
            {"face": face.pk, "person": person.pk} for face in refused
        )
        outcome.event.save(update_fields=["details"])


def confirm_guesses(
    *,
    owner: User,
    faces: QuerySet[Face],
    method: str,
    seen: Mapping[int, int] | None = None,
    training: int | None = None,
    actor: User | None = None,
) -> Outcome:
    """Turn the guesses of a method into labels, each face with its own guessed person.

    ``seen`` are the persons that the user was shown, by the ids of faces: where the guess has
    become another since, the face is left as it is. ``training`` is the one whose guesses the
    user was shown: OtherGuesses if another stands by now.
    """
    with transaction.atomic():
        lock_owner(owner)
        if training is not None and not _stands(owner, training):
            raise OtherGuesses("Train has made other guesses since: look at them again.")
        rows = {face.pk: face for face in locked_faces(faces)}
        guessed = dict(
            matching_faces(owner, FaceFilter(method=method))
            .filter(pk__in=rows, person=None)
            .values_list("pk", F("subject_id"))
        )
        named = set(
            Person.objects.filter(pk__in=guessed.values()).exclude(name="").values_list("pk")
        )
        sure: dict[Face, int] = {}
        skipped: list[tuple[int, str]] = []
        for pk, face in rows.items():
            if (guessed.get(pk),) not in named:
                skipped.append((pk, "There is no named guess to confirm."))
            elif seen is not None and seen.get(pk) != guessed[pk]:
                skipped.append((pk, "The guess has changed: look at it again."))
            else:
                sure[face] = guessed[pk]
        outcome = write_labels(owner, sure, LabelEvent.Verb.LABEL, actor=actor)
        return replace(outcome, skipped=[*outcome.skipped, *skipped])


def _stands(owner: User, training: int) -> bool:
    current = current_training(owner)
    return current is not None and current.pk == training


def unassign_faces(*, owner: User, faces: QuerySet[Face], actor: User | None = None) -> Outcome:
    """Take the label away without saying who it is instead."""
    with transaction.atomic():
        lock_owner(owner)
        return write_labels(
            owner,
            dict.fromkeys(locked_faces(faces), None),
            LabelEvent.Verb.UNASSIGN,
            actor=actor,
        )


def reject_person(
    *, owner: User, faces: QuerySet[Face], person: Person, actor: User | None = None
) -> Outcome:
    """Say that these faces are not this person: never guessed again, and a label of it goes."""
    with transaction.atomic():
        lock_owner(owner)
        check_still_there(person)
        rows = locked_faces(faces)
        known = set(
            Rejection.objects.filter(face__in=rows, person=person).values_list("face_id", flat=True)
        )
        fresh = [face for face in rows if face.pk not in known]
        Rejection.objects.bulk_create(
            [Rejection(face=face, person=person) for face in fresh], ignore_conflicts=True
        )
        labelled = [face.pk for face in rows if face.person_id == person.pk]
        Face.objects.filter(pk__in=labelled).update(person=None, labelled_at=None)
        guesses = withdraw_guesses(person, rows)
        changed = sorted({face.pk for face in fresh} | set(labelled))
        event = None
        if changed:
            event = remember(
                owner,
                LabelEvent.Verb.REJECT,
                actor=actor,
                person=person.pk,
                faces=[face.pk for face in fresh],
                unlabelled=labelled,
                guesses=guesses,
            )
            note_answers(
                event,
                people=_asked_and_wholly_among(owner, rows, person),
                of=person,
                answer=Question.Answer.DIFFERENT,
            )
        return Outcome(
            changed,
            [(pk, "Known already.") for pk in sorted(known) if pk not in labelled],
            person,
            event,
        )


def dismiss_faces(*, owner: User, faces: QuerySet[Face], actor: User | None = None) -> Outcome:
    """Delete faces for good: crop and embeddings go, the box stays so that it is not found anew."""
    with transaction.atomic():
        lock_owner(owner)
        rows = locked_faces(faces)
        if not rows:
            return Outcome()
        write_dismissals(rows)
        event = remember(owner, LabelEvent.Verb.DISMISS, actor=actor, **dismissal_details(rows))
        forget_faces(rows)
        return Outcome([face.pk for face in rows], event=event)


def dismissal_details(faces: list[Face]) -> dict[str, list[dict[str, Any]]]:
    """Return what an event keeps of faces that are about to go: nothing biometric."""
    return {
        "faces": [
            {
                "face": face.pk,
                "photo": face.photo_id,
                "box": list(face.box.corners),
                "time": face.time_offset,
                "person": face.person_id,
            }
            for face in faces
        ],
        "rejections": _rejections(Rejection.objects.filter(face__in=faces)),
        "covers": [
            {"person": person, "cover": face}
            for person, face in Person.objects.filter(cover__in=faces).values_list("pk", "cover")
        ],
    }


def write_dismissals(faces: list[Face]) -> None:
    """Remember the places of faces that go, so that they are not found anew."""
    Dismissal.objects.bulk_create(
        Dismissal(
            photo_id=face.photo_id,
            left=face.left,
            top=face.top,
            width=face.width,
            height=face.height,
            time_offset=face.time_offset,
            detector=face.detector,
            detector_score=face.detector_score,
            size_px=face.size_px,
            sharpness=face.sharpness,
            exposure=face.exposure,
            oddness=face.oddness,
        )
        for face in faces
    )


def forget_faces(faces: list[Face]) -> None:
    """Delete faces with their crops and embeddings, also those that other engines have found."""
    _take_from_drafts(faces)
    Face.objects.filter(pk__in=[face.pk for face in faces]).delete()


def _take_from_drafts(dismissed: list[Face]) -> None:
    """Take faces out of what other engines have found: neither vector nor crop of them stays."""
    known = by_photo(
        Face.objects.filter(photo__in={face.photo_id for face in dismissed}).order_by("pk")
    )
    gone = {face.pk for face in dismissed}
    drafts = Draft.objects.filter(photo__in=known).order_by("pk").select_for_update()
    for draft in drafts.iterator():
        faces = known[draft.photo_id]
        # A neighbour that overlaps is matched with its own box.
        pairs = match_faces(
            [face.box for face in faces],
            [drafted_box(found) for found in draft.faces],
        )
        found_too = {new for old, new in pairs if faces[old].pk in gone}
        if not found_too:
            continue
        vectors = unpack_vectors(draft.vectors, len(draft.faces))
        for index in found_too:
            crop = draft.faces[index]["crop"]
            transaction.on_commit(partial(default_storage.delete, crop), robust=True)
        kept = [index for index in range(len(draft.faces)) if index not in found_too]
        draft.faces = [draft.faces[index] for index in kept]
        draft.vectors = pack_vectors(vectors[index] for index in kept)
        draft.save(update_fields=["faces", "vectors"])


def locked_faces(faces: QuerySet[Face]) -> list[Face]:
    """Return the rows, locked in the order of ids, so that two users do not wait in a circle."""
    ids = list(faces.order_by().values_list("pk", flat=True))
    return list(Face.objects.filter(pk__in=ids).order_by("pk").select_for_update())


def write_labels(
    owner: User,
    wanted: dict[Face, int] | dict[Face, None],
    verb: LabelEvent.Verb,
    *,
    about: Person | None = None,
    actor: User | None = None,
    **details: object,
) -> Outcome:
    """Write labels by faces, whose rows are locked, and say so in one event with the ``details``.

    ``about`` is whom outcome and event are about, if it is one person.
    """
    changing = {face: label for face, label in wanted.items() if face.person_id != label}
    skipped = [
        (face.pk, "It has this label already." if label else "It has no label.")
        for face, label in wanted.items()
        if face not in changing
    ]
    if not changing:
        return Outcome([], skipped, about)
    by_person: dict[int | None, list[int]] = {}
    for face, label in changing.items():
        by_person.setdefault(label, []).append(face.pk)
    withdrawn: list[dict[str, int]] = []
    for label, ids in by_person.items():
        Face.objects.filter(pk__in=ids).update(
            person=label, labelled_at=timezone.now() if label else None
        )
        contradicted = Rejection.objects.filter(face__in=ids, person=label)
        withdrawn += _rejections(contradicted)
        contradicted.delete()
    if about is not None:
        details["person"] = about.pk
    event = remember(
        owner,
        verb,
        actor=actor,
        faces=[
            {"face": face.pk, "before": face.person_id, "after": label}
            for face, label in changing.items()
        ],
        rejections=withdrawn,
        **details,
    )
    return Outcome([face.pk for face in changing], skipped, about, event)


def _rejections(rejections: QuerySet[Rejection]) -> list[dict[str, int]]:
    """Return rejections that are about to go, as an event remembers them."""
    return [
        {"face": rejection.face_id, "person": rejection.person_id}
        for rejection in rejections.order_by("pk")
    ]


def remember(
    owner: User, verb: LabelEvent.Verb, *, actor: User | None = None, **details: object
) -> LabelEvent:
    """Append an event to the owner's history; it names a labeller who said it."""
    return LabelEvent.objects.create(owner=owner, actor=actor, verb=verb, details=details)
