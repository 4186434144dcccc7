"""Who may see which faces and people: their owner, and nobody else."""

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import QuerySet

from faces.models import (
    Dismissal,
    Evaluation,
    Face,
    LabelEvent,
    PeopleGroup,
    Person,
    Question,
    SavedSearch,
    Training,
)


def faces_for(user: User | AnonymousUser) -> QuerySet[Face]:
    """Return the faces this user may see: those in the user's own photos."""
    return Face.objects.filter(photo__library__owner_id=user.pk)


def people_for(user: User | AnonymousUser) -> QuerySet[Person]:
    """Return the people this user may see, known and unknown."""
    return Person.objects.filter(owner_id=user.pk)


def groups_for(user: User | AnonymousUser) -> QuerySet[PeopleGroup]:
    """Return the groups of people that this user has made."""
    return PeopleGroup.objects.filter(owner_id=user.pk)


def trainings_for(user: User | AnonymousUser) -> QuerySet[Training]:
    """Return the trainings of this user."""
    return Training.objects.defer("clusters").filter(owner_id=user.pk)


def evaluations_for(user: User | AnonymousUser) -> QuerySet[Evaluation]:
    """Return the evaluations of this user."""
    return Evaluation.objects.filter(owner_id=user.pk)


def events_for(user: User | AnonymousUser) -> QuerySet[LabelEvent]:
    """Return what this user has said, and undone."""
    return LabelEvent.objects.filter(owner_id=user.pk)


def questions_for(user: User | AnonymousUser) -> QuerySet[Question]:
    """Return what this user was asked, answered or not."""
    return Question.objects.filter(owner_id=user.pk)


def searches_for(user: User | AnonymousUser) -> QuerySet[SavedSearch]:
    """Return the searches that this user keeps."""
    return SavedSearch.objects.filter(owner_id=user.pk)


def dismissals_for(user: User | AnonymousUser) -> QuerySet[Dismissal]:
    """Return what this user has deleted from the user's own photos."""
    return Dismissal.objects.filter(photo__library__owner_id=user.pk)
