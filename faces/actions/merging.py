"""Merging and splitting: who is one and the same person, and which faces are somebody else."""

from dataclasses import replace

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet

from faces.actions.grouping import groups_of, put_into_groups
from faces.actions.labelling import (
    Outcome,
    label_faces,
    locked_faces,
    pass_on_rejections,
    remember,
    write_labels,
)
from faces.actions.locking import check_still_there, lock_owner
from faces.actions.opinions import (
    hand_over_guesses,
    withdraw_guesses,
    withdraw_impossible,
    withdraw_runners_up,
)
from faces.actions.people import clean_aliases, facts_of, save_facts
from faces.models import Face, LabelEvent, Person, Rejection
from faces.queries.people import faces_of_unknown


def merge_people(*, owner: User, people: list[Person], into: Person) -> Outcome:
    """Say that people, known and unknown, are one person; their faces become this person's.

    The names of those who had one stay as aliases, so that they are found by them, and this person
    comes into their groups. Where all are
    unknown, the faces of all are labelled: clustering alone would not keep them together.
    """
    others = [person for person in people if person.pk != into.pk]
    named = [person for person in others if person.name]
    if named and not into.name:
        raise ValidationError("Merge into the one who has a name.")
    with transaction.atomic():
        lock_owner(owner)
        check_still_there(*people, into)
        nameless = [person for person in others if not person.name]
        unknown = faces_of_unknown(owner, nameless)
        if into.name and not named:
            return label_faces(owner=owner, faces=unknown, person=into)
        own = faces_of_unknown(owner, [into]).filter(person=None)
        if into.name or not unknown.exists():
            own = own.none()
        faces = locked_faces(
            Face.objects.filter(Q(person__in=named) | Q(pk__in=unknown) | Q(pk__in=own))
        )
        outcome = write_labels(
            owner,
            {face: into.pk for face in faces},
            LabelEvent.Verb.MERGE,
            about=into,
            before={},
            after={},
            people=[],
        )
        if named:
            outcome = _take_in(owner, named, into, outcome)
        pass_on_rejections(outcome, nameless, into)
        return outcome


def _take_in(owner: User, named: list[Person], into: Person, outcome: Outcome) -> Outcome:
    """Give somebody what was said of the named people who are this person, and delete them."""
    into = Person.objects.select_for_update().get(pk=into.pk)
    before, aliases = facts_of(into), [*into.aliases]
    for person in named:
        aliases += [person.name, *person.aliases]
        into.birth_date = into.birth_date or person.birth_date
        into.is_favourite = into.is_favourite or person.is_favourite
    into.aliases = clean_aliases(aliases, into.name)
    save_facts(into)
    after = facts_of(into)
    changed = [fact for fact in after if after[fact] != before[fact]]
    groups = {person.pk: groups_of(person) for person in named}
    joined = sorted(set().union(*groups.values()) - set(groups_of(into)))
    put_into_groups(into, joined)
    refused = list(
        Face.objects.filter(rejections__person__in=named)
        .exclude(person=into)
        .exclude(rejections__person=into)
        .distinct()
    )
    event = outcome.event or remember(owner, LabelEvent.Verb.MERGE, person=into.pk, faces=[])
    event.details |= {
        "before": {fact: before[fact] for fact in changed},
        "after": {fact: after[fact] for fact in changed},
        "people": [
            {
                "person": person.pk,
                "facts": facts_of(person),
                "groups": groups[person.pk],
                "rejected": list(person.rejections.values_list("face_id", flat=True)),
                "guesses": hand_over_guesses(person, into),
            }
            for person in named
        ],
        "refused": [{"face": face.pk, "person": into.pk} for face in refused],
        "groups": joined,
    }
    Rejection.objects.bulk_create(Rejection(face=face, person=into) for face in refused)
    event.details["guesses"] = [*withdraw_runners_up(into), *withdraw_guesses(into, refused)]
    event.details["guesses"] += withdraw_impossible(into)
    event.save(update_fields=["details"])
    Person.objects.filter(pk__in=[person.pk for person in named]).delete()
    return replace(outcome, person=into, event=event)


def split_person(*, owner: User, faces: QuerySet[Face], person: Person) -> Outcome:
    """Say that these faces of a person are somebody else, who is unknown so far."""
    with transaction.atomic():
        lock_owner(owner)
        check_still_there(person)
        whole = (
            Face.objects.filter(person=person) if person.name else faces_of_unknown(owner, [person])
        )
        own = set(whole.values_list("pk", flat=True))
        chosen = locked_faces(faces)
        rows = [face for face in chosen if face.pk in own]
        skipped = [
            (face.pk, "It is not a face of this person.") for face in chosen if face.pk not in own
        ]
        if not rows:
            return Outcome([], skipped)
        somebody = Person.objects.create(owner=owner)
        known = set(Rejection.objects.filter(face__in=rows, person=person).values_list("face_id"))
        fresh = [face for face in rows if (face.pk,) not in known]
        Rejection.objects.bulk_create(Rejection(face=face, person=person) for face in fresh)
        outcome = write_labels(
            owner,
            {face: somebody.pk for face in rows},
            LabelEvent.Verb.SPLIT,
            about=somebody,
            refused=[{"face": face.pk, "person": person.pk} for face in fresh],
            guesses=withdraw_guesses(person, rows),
        )
        return replace(outcome, skipped=[*outcome.skipped, *skipped])
