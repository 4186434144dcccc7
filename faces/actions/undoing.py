"""Undoing what a person said, as far as nobody has said otherwise since."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from faces.actions.deleting import NO_FACTS, Left
from faces.actions.finding import by_photo
from faces.actions.grouping import put_into_groups
from faces.actions.labelling import Outcome, forget_faces, write_dismissals
from faces.actions.locking import check_may_speak, lock_owner
from faces.actions.mentions import forget_made
from faces.actions.opinions import give_back_guesses, hand_back_guesses, withdraw_guesses
from faces.actions.people import facts_of, put_facts, save_facts
from faces.actions.restoring import face_again, scan_again
from faces.models import (
    DRAWN,
    Dismissal,
    Face,
    Guess,
    LabelEvent,
    Person,
    Question,
    Rejection,
)
from faces.recognition.geometry import Box
from photos.models import Photo

CHANGED_SINCE = "It has been changed since."
PERSON_GONE = "This person has been deleted."


def undo_event(*, owner: User, event: LabelEvent, actor: User | None = None) -> Outcome:
    """Put back what an event of the owner changed; what was changed since stays as it is.

    The undoing is an event of its own. ValidationError for one that is undone already, or cannot
    be. ``actor`` is the labeller who takes the own words back, where it is not the owner.
    """
    with transaction.atomic():
        lock_owner(owner)
        check_may_speak(owner, actor, _photos_of(event))
        if LabelEvent.objects.filter(undoes=event).exists():
            raise ValidationError("This has been undone already.")
        event.refresh_from_db(fields=["details"])  # it may have been forgotten meanwhile
        if event.is_forgotten:
            raise ValidationError("This was about somebody who has been forgotten.")
        undo = UNDO.get(LabelEvent.Verb(event.verb))
        if undo is None:
            raise ValidationError(f"«{event.get_verb_display()}» cannot be undone.")
        outcome = undo(owner, event)
        if outcome.skipped and not outcome.changed and outcome.person is None:
            raise ValidationError(outcome.skipped[0][1])
        if not event.is_by_itself:
            # What was answered by it is to be asked again.
            Question.objects.filter(event=event).update(answer="", event=None, answered_at=None)
        LabelEvent.objects.create(
            owner=owner,
            actor=actor,
            verb=LabelEvent.Verb.UNDO,
            undoes=event,
            details={"changed": outcome.changed, "skipped": [pk for pk, _ in outcome.skipped]},
        )
        return outcome


def _photos_of(event: LabelEvent) -> set[int]:
    """Return the photos of the faces that an event is about, as far as they are there."""
    said = event.details.get("faces", [])
    gone = {each["photo"] for each in said if isinstance(each, dict) and "photo" in each}
    # What a rescan brought back has no face that is known by a number.
    faces = {each.get("face", 0) if isinstance(each, dict) else each for each in said}
    faces.update(event.details.get("unlabelled", []))
    photos = Face.objects.filter(pk__in=faces).values_list("photo", flat=True)
    return set(photos) | set(Photo.objects.filter(pk__in=gone).values_list("pk", flat=True))


def _undo_labels(owner: User, event: LabelEvent) -> Outcome:
    details, spoken = event.details, _spoken_of_since(event)
    labels = details.get("faces", [])
    faces = _locked(owner, [each["face"] for each in labels])
    people = _people(owner, [each["before"] for each in labels])
    again: dict[int | None, list[int]] = defaultdict(list)
    skipped = []
    for each in labels:
        face = faces.get(each["face"])
        if face is None or face.person_id != each["after"] or face.pk in spoken:
            skipped.append((each["face"], CHANGED_SINCE))
        elif each["before"] is not None and each["before"] not in people:
            skipped.append((each["face"], PERSON_GONE))
        else:
            again[each["before"]].append(face.pk)
    for person, ids in again.items():
        _label(ids, person)
    put_back = {pk for ids in again.values() for pk in ids}
    _reject_again(
        owner, [each for each in details.get("rejections", []) if each["face"] in put_back]
    )
    refused: dict[int, list[int]] = defaultdict(list)
    for each in details.get("refused", []):
        if each["face"] not in spoken:
            refused[each["person"]].append(each["face"])
    for person, ids in refused.items():
        Rejection.objects.filter(face__in=ids, person=person, person__owner=owner).delete()
    give_back_guesses(owner, _of_unspoken(details, spoken))
    return Outcome([each["face"] for each in labels if each["face"] in put_back], skipped)


def _undo_import(owner: User, event: LabelEvent) -> Outcome:
    """Take the labels away, and the people who were made for them."""
    outcome = _undo_labels(owner, event)
    forget_made(owner=owner, made=event.details.get("made", []))
    return outcome


def _of_unspoken(details: dict[str, Any], spoken: set[int]) -> list[dict[str, Any]]:
    """Return the guesses that an event has taken back of faces of which nothing was said since."""
    return [each for each in details.get("guesses", []) if each["face"] not in spoken]


def _undo_hiding(owner: User, event: LabelEvent) -> Outcome:
    """Show a hidden person again, or hide one that was shown; labels go back as they were."""
    was_hidden = event.verb == LabelEvent.Verb.SHOW
    person = Person.objects.filter(owner=owner, pk=event.details["person"]).first()
    if person is None:
        raise ValidationError(PERSON_GONE)
    if person.is_hidden == was_hidden:
        raise ValidationError(CHANGED_SINCE)
    person.is_hidden = was_hidden
    person.save(update_fields=["is_hidden"])
    return replace(_undo_labels(owner, event), person=person)


def _undo_rejection(owner: User, event: LabelEvent) -> Outcome:
    details, spoken = event.details, _spoken_of_since(event)
    person = Person.objects.filter(owner=owner, pk=details["person"]).first()
    if person is None:
        raise ValidationError(PERSON_GONE)
    rejections = Rejection.objects.filter(face__in=details["faces"], person=person)
    rejections = rejections.exclude(face__in=spoken)
    changed = set(rejections.values_list("face", flat=True))
    rejections.delete()
    give_back_guesses(owner, _of_unspoken(details, spoken))
    skipped = [(pk, CHANGED_SINCE) for pk in details["faces"] if pk not in changed]
    labelled, left = _label_again(owner, details["unlabelled"], person, spoken)
    if not changed and not labelled:
        raise ValidationError(CHANGED_SINCE)
    return Outcome(sorted(changed.union(labelled)), skipped + left, person)


def _undo_dismissal(owner: User, event: LabelEvent) -> Outcome:
    """Let the boxes be found again; those that had a label get it back at once.

    Nothing biometric was kept: the photos are scanned anew, which makes crops and embeddings.
    """
    details = event.details
    people = _people(owner, [each["person"] for each in details["faces"]])
    rejected = {each["face"] for each in details.get("rejections", [])}
    photos = set(
        Photo.objects.filter(
            library__owner=owner, pk__in=[each["photo"] for each in details["faces"]]
        ).values_list("pk", flat=True)
    )
    dismissed = by_photo(
        Dismissal.objects.filter(photo__in=photos, created_at__lte=event.created_at)
        .select_related("photo")
        .order_by("pk")
    )
    changed, skipped, again, gone = [], [], [], []
    for each in details["faces"]:
        left, top, right, bottom = each["box"]
        box = Box(left, top, right - left, bottom - top, time=each.get("time"))
        there = [one for one in dismissed.get(each["photo"], []) if _is_same(one.box, box)]
        if not there:
            skipped.append((each["face"], CHANGED_SINCE))
            continue
        if each["person"] and each["person"] not in people:
            skipped.append((each["face"], PERSON_GONE))
            continue
        dismissal = there[0]
        dismissed[each["photo"]].remove(dismissal)
        gone.append(dismissal.pk)
        changed.append(each["face"])
        # Others are found again; what a person has drawn perhaps is not.
        if each["person"] or each["face"] in rejected or dismissal.detector in DRAWN:
            detector = dismissal.detector
            again.append(
                face_again(dismissal, detector=detector, pk=each["face"], person=each["person"])
            )
    Dismissal.objects.filter(pk__in=gone).delete()
    Face.objects.bulk_create(again)
    for each in details.get("covers", []):
        if each["cover"] in {face.pk for face in again}:
            Person.objects.filter(owner=owner, pk=each["person"], cover=None).update(
                cover=each["cover"]
            )
    _reject_again(owner, details.get("rejections", []))
    scan_again({each["photo"] for each in details["faces"]} & photos)
    return Outcome(changed, skipped)


def _undo_drawing(owner: User, event: LabelEvent) -> Outcome:
    """Delete what was drawn, as if it had never been."""
    rows, skipped = _untouched(owner, event)
    forget_faces(rows)
    return Outcome([face.pk for face in rows], skipped)


def _undo_restoring(owner: User, event: LabelEvent) -> Outcome:
    """Dismiss again what was brought back."""
    if event.is_by_rescan:
        raise ValidationError("What a rescan has found again can only be deleted again.")
    rows, skipped = _untouched(owner, event)
    write_dismissals(rows)
    forget_faces(rows)
    return Outcome([face.pk for face in rows], skipped)


def _untouched(owner: User, event: LabelEvent) -> tuple[list[Face], list[tuple[int, str]]]:
    """Return the faces of which nothing else was said since an event made them; and skipped."""
    spoken = _spoken_of_since(event)
    faces = _locked(owner, [each["face"] for each in event.details["faces"]])
    rows, skipped = [], []
    for each in event.details["faces"]:
        face = faces.get(each["face"])
        if face is None or face.person_id != each.get("after") or face.pk in spoken:
            skipped.append((each["face"], CHANGED_SINCE))
        else:
            rows.append(face)
    return rows, skipped


def _undo_change(owner: User, event: LabelEvent) -> Outcome:
    details = event.details
    person = Person.objects.select_for_update().filter(owner=owner, pk=details["person"]).first()
    if person is None:
        raise ValidationError(PERSON_GONE)
    _put_back(person, details["before"], after=details["after"])
    give_back_guesses(owner, _of_unspoken(details, _spoken_of_since(event)))
    return Outcome(person=person)


def _put_back(person: Person, before: dict[str, Any], *, after: dict[str, Any]) -> None:
    """Give a person the facts of before, unless one of them is no longer as it was ``after``."""
    now = facts_of(person)
    if any(now[fact] != after[fact] for fact in before):
        raise ValidationError(CHANGED_SINCE)
    put_facts(person, before)
    save_facts(person)


def _take_back(person: Person, before: dict[str, Any], *, after: dict[str, Any]) -> None:
    """Take from a person the facts that others have brought along; what was changed since stays."""
    now = facts_of(person)
    facts = {fact: before[fact] for fact in before if now[fact] == after[fact]}
    if "aliases" in before:
        brought = set(after["aliases"]) - set(before["aliases"])
        facts["aliases"] = [alias for alias in now["aliases"] if alias not in brought]
    put_facts(person, facts)
    save_facts(person)


def _undo_deletion(owner: User, event: LabelEvent) -> Outcome:
    """Bring the person back under the old id, which other events may name."""
    details, spoken = event.details, _spoken_of_since(event)
    left = details.get("left", Left.UNLABELLED)
    if left == Left.UNKNOWN:
        return _undo_forgetting(owner, event)
    person = _person_again(owner, details)
    if left == Left.DISMISSED:
        outcome = _undo_dismissal(owner, event)
        _reject_again(owner, [{"face": pk, "person": person.pk} for pk in details["rejected"]])
        return replace(outcome, person=person)
    changed, skipped = _label_again(owner, details["faces"], person, spoken)
    _reject_again(owner, [{"face": pk, "person": person.pk} for pk in details["rejected"]])
    give_back_guesses(owner, _of_unspoken(details, spoken))
    return Outcome(changed, skipped, person)


def _undo_forgetting(owner: User, event: LabelEvent) -> Outcome:
    """Give an unknown person the name and the facts of before."""
    details = event.details
    person = Person.objects.select_for_update().filter(owner=owner, pk=details["person"]).first()
    if person is None:
        # Its faces have all become somebody else's since, and Train has cleared it away.
        return Outcome(person=_person_again(owner, details))
    _put_back(person, details["facts"], after=NO_FACTS)
    kept = Face.objects.filter(pk__in=details["faces"], person=person).values_list("pk", flat=True)
    return Outcome(sorted(kept), person=person)


def _undo_own_merge(owner: User, event: LabelEvent) -> Outcome:
    """Take two unknown persons apart whom Train has merged by itself, and for good.

    What Train did was a guess; that it was wrong is the user's word, and so a rejection.
    """
    details = event.details
    person = Person.objects.filter(owner=owner, pk=details["person"]).first()
    if person is None:
        raise ValidationError(PERSON_GONE)
    before = Person.objects.filter(owner=owner, pk=details["joined"], name="").first()
    joined = Guess.objects.filter(
        face__in=details["faces"], face__person=None, training__is_current=True
    ).filter(training__owner=owner, cluster_person=person)
    faces = list(joined.order_by("face").values_list("face", flat=True))
    skipped = [(pk, CHANGED_SINCE) for pk in details["faces"] if pk not in set(faces)]
    joined.update(cluster_person=before)
    Rejection.objects.bulk_create(
        [Rejection(face_id=pk, person=person) for pk in faces], ignore_conflicts=True
    )
    Question.objects.filter(event=event).update(
        answer=Question.Answer.DIFFERENT, answered_at=timezone.now()
    )
    return Outcome(faces, skipped, person)


def _person_again(owner: User, details: dict[str, Any]) -> Person:
    person = Person(pk=details["person"], owner=owner)
    put_facts(person, details["facts"])
    save_facts(person, force_insert=True)
    put_into_groups(person, details.get("groups", []))
    return person


def _undo_merge(owner: User, event: LabelEvent) -> Outcome:
    """Bring those back who were merged into another person, and give them their faces again."""
    if event.is_by_itself:
        return _undo_own_merge(owner, event)
    details = event.details
    into = Person.objects.select_for_update().filter(owner=owner, pk=details["person"]).first()
    if into is None:
        raise ValidationError(PERSON_GONE)
    _take_back(into, details["before"], after=details["after"])
    into.groups.remove(*details.get("groups", []))
    for each in details["people"]:
        _person_again(owner, each)
    outcome = _undo_labels(owner, event)
    for each in details["people"]:
        again = Person(pk=each["person"])
        hand_back_guesses(again, each.get("guesses", {}), into)
        _reject_again(owner, [{"face": pk, "person": again.pk} for pk in each["rejected"]])
    return replace(outcome, person=into)


# What LabelEvent.UNDOABLE names.
UNDO: dict[LabelEvent.Verb, Callable[[User, LabelEvent], Outcome]] = {
    LabelEvent.Verb.LABEL: _undo_labels,
    LabelEvent.Verb.UNASSIGN: _undo_labels,
    LabelEvent.Verb.IMPORT: _undo_import,
    LabelEvent.Verb.MERGE: _undo_merge,
    LabelEvent.Verb.SPLIT: _undo_labels,
    LabelEvent.Verb.HIDE: _undo_hiding,
    LabelEvent.Verb.SHOW: _undo_hiding,
    LabelEvent.Verb.REJECT: _undo_rejection,
    LabelEvent.Verb.DISMISS: _undo_dismissal,
    LabelEvent.Verb.CHANGE_PERSON: _undo_change,
    LabelEvent.Verb.DELETE_PERSON: _undo_deletion,
    LabelEvent.Verb.DRAW: _undo_drawing,
    LabelEvent.Verb.RESTORE: _undo_restoring,
}


def _spoken_of_since(event: LabelEvent) -> set[int]:
    """Return the faces that the owner has said something of after an event, and not taken back."""
    later = LabelEvent.objects.filter(owner=event.owner_id, pk__gt=event.pk, undone_by=None)
    faces: set[int] = set()
    later = later.exclude(verb=LabelEvent.Verb.UNDO).exclude(details__has_key="by_itself")
    for details in later.values_list("details", flat=True).iterator():
        named = details.get("faces", [])
        faces |= {each["face"] if isinstance(each, dict) else each for each in named}
        faces |= {each["face"] for each in details.get("refused", [])}
        faces |= set(details.get("unlabelled", []))
    return faces


def _is_same(one: Box, other: Box) -> bool:
    """Return whether boxes are the same but for the last digits, which corners lose."""
    return one.time == other.time and all(
        abs(a - b) < 1e-9 for a, b in zip(one.corners, other.corners, strict=True)
    )


def _locked(owner: User, ids: list[int]) -> dict[int, Face]:
    faces = Face.objects.filter(photo__library__owner=owner, pk__in=ids)
    return {face.pk: face for face in faces.order_by("pk").select_for_update(of=("self",))}


def _people(owner: User, ids: list[int | None]) -> set[int]:
    people = Person.objects.filter(owner=owner, pk__in={pk for pk in ids if pk})
    return set(people.values_list("pk", flat=True))


def _label_again(
    owner: User, ids: list[int], person: Person, spoken: set[int]
) -> tuple[list[int], list[tuple[int, str]]]:
    """Label faces that have no label and were not ``spoken`` of since; return changed, skipped."""
    faces = _locked(owner, ids)
    changed, skipped = [], []
    for pk in ids:
        face = faces.get(pk)
        if face is None or face.person_id is not None or pk in spoken:
            skipped.append((pk, CHANGED_SINCE))
        else:
            changed.append(pk)
    _label(changed, person.pk)
    return changed, skipped


def _label(faces: list[int], person: int | None) -> None:
    labelled_at = timezone.now() if person else None
    Face.objects.filter(pk__in=faces).update(person=person, labelled_at=labelled_at)


def _reject_again(owner: User, rejections: list[dict[str, int]]) -> None:
    """Write rejections that had gone, where the face and the person are still there, apart."""
    for person in Person.objects.filter(owner=owner, pk__in={e["person"] for e in rejections}):
        refused = [each["face"] for each in rejections if each["person"] == person.pk]
        withdraw_guesses(person, Face.objects.filter(pk__in=refused, person=None))
    faces = _locked(owner, [each["face"] for each in rejections])
    people = _people(owner, [each["person"] for each in rejections])
    Rejection.objects.bulk_create(
        [
            Rejection(face=faces[each["face"]], person_id=each["person"])
            for each in rejections
            if each["face"] in faces
            and each["person"] in people
            and faces[each["face"]].person_id != each["person"]
        ],
        ignore_conflicts=True,
    )
