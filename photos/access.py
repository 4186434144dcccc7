"""Who may see which photos: the owner of a library, and those whom it is shared with.

A user looks into one *world* at a time: the photos of one owner and the people in them, as far as
the user may see them. Nothing else knows who that is: all rows that leave Kith come through here
and ``faces.access``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.db.models import Case, CharField, Model, OuterRef, Q, QuerySet, Subquery, Value, When
from django.http import Http404, HttpRequest
from rest_framework.request import Request

from photos.models import Library, Photo, Share

AnyUser = User | AnonymousUser
Row = TypeVar("Row", bound=Model)
CHOSEN = "owner"  # in the session: whose photos pages show
MOST_DIGITS = 18  # of an id


@dataclass(frozen=True)
class World:
    """The photos and people of one owner, as far as a user may see them."""

    user: AnyUser
    owner: AnyUser
    # Ids of what is shared; of one's own world every library is there, and none is named here.
    libraries: frozenset[int] = frozenset()
    labelled: frozenset[int] = frozenset()  # those of them in which the user may say who is who

    @property
    def is_own(self) -> bool:
        """Whether the user sees all of it, and may do everything."""
        return self.owner.pk == self.user.pk

    @property
    def owner_id(self) -> int | None:
        """Whose it is; None for nobody's."""
        return self.owner.pk

    @property
    def role(self) -> str:
        """What the user may do at most: «owner», «labeller», «viewer»."""
        if self.is_own:
            return "owner"
        return Share.Role.LABELLER if self.labelled else Share.Role.VIEWER

    @property
    def labeller(self) -> User | None:
        """The user who speaks of somebody else's photos; None where it is the owner."""
        return None if self.is_own or not isinstance(self.user, User) else self.user

    @property
    def may_label(self) -> bool:
        """Whether the user may say who is who, in some of its libraries at least."""
        return self.is_own or bool(self.labelled)


# Wherever it says «who», a user stands for the user's own world.
Who = AnyUser | World


def own_world(user: AnyUser) -> World:
    """Return all that is a user's own."""
    return World(user, user)


def world_of(who: Who) -> World:
    """Return the world that is meant."""
    return who if isinstance(who, World) else own_world(who)


def shared_worlds(user: AnyUser) -> list[World]:
    """Return what others share with a user, a world for each owner, by their names."""
    shares = Share.objects.filter(user_id=user.pk or 0).select_related("library__owner")
    found: dict[User, list[Share]] = {}
    for share in shares.order_by("library__owner__username", "library_id"):
        found.setdefault(share.library.owner, []).append(share)
    return [
        World(
            user,
            owner,
            frozenset(each.library_id for each in shares),
            frozenset(each.library_id for each in shares if each.role == Share.Role.LABELLER),
        )
        for owner, shares in found.items()
    ]


def world_for(user: AnyUser, owner: str | int | None) -> World:
    """Return the world of an owner, by the id as an address has it; the user's own without one.

    404 where the owner shares nothing with the user, or is nobody.
    """
    if owner in (None, "", user.pk, str(user.pk)):
        return own_world(user)
    for world in shared_worlds(user):
        if str(world.owner_id) == str(owner):
            return world
    raise Http404("Nobody of this id shares anything with you.")


def asked_world(request: Request) -> World:
    """Return the world that a request of the API is about: «owner» in its address says whose."""
    return world_for(request.user, request.query_params.get("owner"))


def chosen_world(request: HttpRequest) -> World:
    """Return the world that the user has chosen to see on pages; one's own where it has gone.

    Who has chosen nothing and has no library sees what is shared: there is nothing else to see.
    """
    nothing_chosen = request.user.pk and CHOSEN not in request.session
    if nothing_chosen and not libraries_for(request.user).exists():
        return next(iter(shared_worlds(request.user)), own_world(request.user))
    try:
        return world_for(request.user, request.session.get(CHOSEN))
    except Http404:
        return own_world(request.user)


def choose_world(request: HttpRequest, world: World) -> None:
    """See a world on pages from now on, in this session."""
    request.session[CHOSEN] = world.owner_id


def found_in(
    user: AnyUser, rows: Callable[[World], QuerySet[Row]], pk: str | int | None
) -> tuple[Row, World]:
    """Return the row of this id and the world that it was found in: the user's own comes first.

    ``rows`` returns those of a world. 404 where the user may see no such row.
    """
    if str(pk).isdecimal() and len(str(pk)) <= MOST_DIGITS:
        own = own_world(user)
        row = rows(own).filter(pk=pk).first()
        if row is not None:
            return row, own
        for world in shared_worlds(user):
            row = rows(world).filter(pk=pk).first()
            if row is not None:
                return row, world
    raise Http404("There is no such row.")


def check_owner(world: World) -> None:
    """Refuse what only the owner may do: whoever sees a row may know that it is there."""
    if not world.is_own:
        raise PermissionDenied("Only the owner of these photos may do this.")


def check_labeller(world: World) -> None:
    """Refuse the words of those who may only look."""
    if not world.may_label:
        raise PermissionDenied("You may look at these photos, and not say who is in them.")


def libraries_for(who: Who) -> QuerySet[Library]:
    """Return the libraries of a world."""
    world = world_of(who)
    if world.is_own:
        return Library.objects.filter(owner_id=world.owner_id)
    return Library.objects.filter(pk__in=world.libraries)


def visible_libraries(user: AnyUser) -> QuerySet[Library]:
    """Return the libraries of all worlds of a user, with the user's ``role`` in each."""
    shares = Share.objects.filter(user_id=user.pk or 0)
    role = Case(
        When(owner_id=user.pk, then=Value("owner")),
        default=Subquery(shares.filter(library=OuterRef("pk")).values("role")),
        output_field=CharField(),
    )
    libraries = Library.objects.filter(Q(owner_id=user.pk) | Q(pk__in=shares.values("library")))
    return libraries.annotate(role=role).select_related("owner")


def photos_for(who: Who) -> QuerySet[Photo]:
    """Return the photos of a world; those of somebody else's are marked as ``is_shared``."""
    world = world_of(who)
    if world.is_own:
        return Photo.objects.filter(library__owner_id=world.owner_id)
    return Photo.objects.filter(library__in=world.libraries).annotate(is_shared=Value(True))


def labelled_libraries(world: World) -> QuerySet[Library]:
    """Return those in which the user may say who is who at the moment when the rows are read.

    Asked while the owner is held, it cannot change before what is said is written.
    """
    if world.is_own:
        return libraries_for(world)
    return Library.objects.filter(
        owner_id=world.owner_id,
        shares__user_id=world.user.pk or 0,
        shares__role=Share.Role.LABELLER,
    )
