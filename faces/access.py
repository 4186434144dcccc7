"""Who may see which faces and people: their owner, and as far as photos are shared, others.

People belong to an owner. Others see those of them who are in photos that are shared with them,
by label or by a guess that stands; what the owner asks, trains, evaluates, keeps and has said in
all is the owner's alone.
"""

from django.db.models import Exists, OuterRef, QuerySet, Value

from faces.models import (
    Dismissal,
    Evaluation,
    Face,
    Guess,
    LabelEvent,
    PeopleGroup,
    Person,
    Question,
    SavedSearch,
    Training,
)
from photos.access import AnyUser, Who, World, labelled_libraries, world_of


def faces_for(who: Who) -> QuerySet[Face]:
    """Return the faces of a world: those in its photos."""
    world = world_of(who)
    if world.is_own:
        return Face.objects.filter(photo__library__owner_id=world.owner_id)
    return Face.objects.filter(photo__library__in=world.libraries)


def faces_to_label(world: World, faces: QuerySet[Face]) -> QuerySet[Face]:
    """Return those of a world's faces of which the user may say who they are.

    In a shared world that is looked up when the rows are read: so an action that has been waiting
    does nothing where the share has gone.
    """
    if world.is_own:
        return faces
    return faces.filter(photo__library__in=labelled_libraries(world))


def faces_of_people(who: Who) -> QuerySet[Face]:
    """Return faces by which people of a world are counted and shown, for use in their queries.

    Those of an owner's people are the owner's: they are not asked for it again.
    """
    world = world_of(who)
    return Face.objects.all() if world.is_own else faces_for(world)


def guesses_of_people(who: Who) -> QuerySet[Guess]:
    """Return the standing guesses of a world's people, for use in their queries; as above.

    Those of somebody else's are marked as ``is_shared``.
    """
    world = world_of(who)
    standing = Guess.objects.filter(training__is_current=True)
    if world.is_own:
        return standing
    shared = standing.filter(face__photo__library__in=world.libraries)
    return shared.annotate(is_shared=Value(True))


def people_for(who: Who) -> QuerySet[Person]:
    """Return the people of a world, known and unknown.

    Of somebody else's those in sight who have a face there, by label or, where a face has no label,
    by a guess that stands; they are marked as ``is_shared``.
    """
    world = world_of(who)
    people = Person.objects.filter(owner_id=world.owner_id)
    if world.is_own:
        return people
    labelled = faces_of_people(world).filter(person=OuterRef("pk"))
    guessed = guesses_of_people(world).filter(face__person=None)
    return people.filter(
        Exists(labelled)
        | Exists(guessed.filter(class_person=OuterRef("pk")))
        | Exists(guessed.filter(cluster_person=OuterRef("pk"))),
        is_hidden=False,
    ).annotate(is_shared=Value(True))


def unknown_people(who: Who) -> QuerySet[Person]:
    """Return all unknown people of a world's owner: to tell what has a name, not to be shown."""
    return Person.objects.filter(owner_id=world_of(who).owner_id, name="")


def groups_for(who: Who) -> QuerySet[PeopleGroup]:
    """Return the groups of people that the user has made; nobody else sees them."""
    return PeopleGroup.objects.filter(owner_id=_alone(who))


def trainings_for(user: AnyUser) -> QuerySet[Training]:
    """Return the trainings of this user."""
    return Training.objects.defer("clusters").filter(owner_id=user.pk)


def evaluations_for(user: AnyUser) -> QuerySet[Evaluation]:
    """Return the evaluations of this user."""
    return Evaluation.objects.filter(owner_id=user.pk)


def events_for(who: Who) -> QuerySet[LabelEvent]:
    """Return what was said in a world: in somebody else's, by the user alone."""
    world = world_of(who)
    events = LabelEvent.objects.filter(owner_id=world.owner_id)
    return events if world.is_own else events.filter(actor_id=world.user.pk)


def questions_for(user: AnyUser) -> QuerySet[Question]:
    """Return what this user was asked, answered or not."""
    return Question.objects.filter(owner_id=user.pk)


def searches_for(user: AnyUser) -> QuerySet[SavedSearch]:
    """Return the searches that this user keeps."""
    return SavedSearch.objects.filter(owner_id=user.pk)


def dismissals_for(who: Who) -> QuerySet[Dismissal]:
    """Return what was deleted from the photos of a world."""
    world = world_of(who)
    if world.is_own:
        return Dismissal.objects.filter(photo__library__owner_id=world.owner_id)
    return Dismissal.objects.filter(photo__library__in=world.libraries)


def dismissals_to_restore(world: World) -> QuerySet[Dismissal]:
    """Return those that the user may bring back; as ``faces_to_label``."""
    dismissals = dismissals_for(world)
    if world.is_own:
        return dismissals
    return dismissals.filter(photo__library__in=labelled_libraries(world))


def _alone(who: Who) -> int | None:
    """Return the owner of what is shown to the owner alone, nobody to everybody else."""
    world = world_of(who)
    return world.owner_id if world.is_own else None
