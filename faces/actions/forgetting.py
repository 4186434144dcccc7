"""Forgetting a person: nothing stays that tells who it was, and nothing brings it back."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Q

from faces.actions.labelling import forget_faces, locked_faces, remember, write_dismissals
from faces.actions.locking import check_still_there, lock_owner
from faces.actions.opinions import drop_opinions
from faces.actions.tallying import tally_anew
from faces.interchange.forgetting import Gone, without
from faces.models import (
    Evaluation,
    Face,
    ForgottenName,
    LabelEvent,
    Mention,
    Person,
    Question,
    Training,
)
from faces.queries.forgotten import digest_of, names_in_use
from faces.queries.known import faces_guessed, faces_that_are, searches_for_person
from project.api.forgetting import drop_answers
from project.jobs.forgetting import blot_out

FACES_AT_ONCE = 2000
EVENTS_AT_ONCE = 200


@dataclass(frozen=True)
class Forgotten:
    """What went with a person."""

    faces: int
    searches: int
    events: int  # of the history, that told of the person


def forget_person(*, owner: User, person: Person, guessed: bool = False) -> Forgotten:
    """Delete a person and all that is known of them; it cannot be undone.

    Their faces go as if each were deleted: photo and box stay, so that no scan finds them anew.
    With ``guessed`` the faces go too that have no label and that Kith takes for this person. All
    is one transaction: what is interrupted has not happened. Pictures go when it is over; what a
    kill leaves of them belongs to no row any more, and the next check removes it.
    """
    with transaction.atomic():
        lock_owner(owner)
        check_still_there(person)
        person = Person.objects.select_for_update().get(pk=person.pk)
        names = _names_of(person)
        searches = searches_for_person(owner, person)
        wanted = faces_that_are(owner, person)
        if guessed:
            wanted = Face.objects.filter(
                Q(pk__in=wanted.values("pk")) | Q(pk__in=faces_guessed(owner, person).values("pk"))
            )
        gone = Gone({person.pk}, set(wanted.values_list("pk", flat=True)), set(names))
        _dismiss(gone.faces)
        drop_opinions(person)
        Mention.objects.filter(
            _says(names) | Q(person=person), photo__library__owner=owner
        ).delete()
        Question.objects.filter(Q(one=person) | Q(other=person)).delete()
        for search in searches:
            search.delete()
        events = _clear_history(owner, gone)
        _clear_reports(owner, gone)
        _clear_admin(person, names)
        blot_out(names.values(), of=owner)
        drop_answers(names.values())
        person.delete()
        tally_anew(owner=owner)  # its lines would name the person's number until they are folded
        ForgottenName.objects.bulk_create(
            [ForgottenName(owner=owner, digest=digest_of(owner.pk, name)) for name in names],
            ignore_conflicts=True,
        )
        remember(owner, LabelEvent.Verb.FORGET)
    return Forgotten(len(gone.faces), len(searches), events)


def _names_of(person: Person) -> dict[str, str]:
    """Return {in lower case: as it is written} of the names by which nobody else is known."""
    mentioned = person.mentions.values_list("name", flat=True).distinct()
    others = {name.casefold() for name in names_in_use(person.owner_id, but=person)}
    named = {name.casefold(): name for name in (person.name, *person.aliases, *mentioned) if name}
    return {lower: name for lower, name in named.items() if lower not in others}


def _says(names: dict[str, str]) -> Q:
    said = Q(pk__in=[])
    for name in names.values():
        said |= Q(name__iexact=name)
    return said


def _dismiss(faces: set[int]) -> None:
    ids = sorted(faces)
    for start in range(0, len(ids), FACES_AT_ONCE):
        some = Face.objects.filter(pk__in=ids[start : start + FACES_AT_ONCE])
        rows = locked_faces(some)
        write_dismissals(rows)
        forget_faces(rows)


def _clear_history(owner: User, gone: Gone) -> int:
    """Take all that tells of who is gone out of the history; return from how many events."""
    changed = 0
    for events in _changed_events(owner, gone):
        LabelEvent.objects.bulk_update(events, ["details"])
        changed += len(events)
    return changed


def _changed_events(owner: User, gone: Gone) -> Iterator[list[LabelEvent]]:
    changed = []
    for event in LabelEvent.objects.filter(owner=owner).order_by("pk").iterator(EVENTS_AT_ONCE):
        kept = without(event.details, gone)
        if kept != event.details:
            event.details = kept
            changed.append(event)
        if len(changed) == EVENTS_AT_ONCE:
            yield changed
            changed = []
    if changed:
        yield changed


def _clear_admin(person: Person, names: dict[str, str]) -> None:
    """Take names out of what the admin remembers of rows that were changed there."""
    said = Q(content_type=ContentType.objects.get_for_model(Person), object_id=str(person.pk))
    for name in names.values():
        said |= Q(content_type__app_label="faces", object_repr__icontains=name)
        said |= Q(content_type__app_label="faces", change_message__icontains=name)
    LogEntry.objects.filter(said).update(object_repr="…", change_message="")


def _clear_reports(owner: User, gone: Gone) -> None:
    """Take those who are gone out of evaluations, and their faces out of the clusters."""
    Training.objects.filter(owner=owner).update(clusters=b"", clustered="")
    for evaluation in Evaluation.objects.filter(owner=owner):
        suspicious = evaluation.report.get("suspicious", [])
        evaluation.report["suspicious"] = [
            each
            for each in suspicious
            if each["face"] not in gone.faces
            and gone.people.isdisjoint((each["person"], each["looks_like"]))
        ]
        if len(evaluation.report["suspicious"]) < len(suspicious):
            evaluation.save(update_fields=["report"])
