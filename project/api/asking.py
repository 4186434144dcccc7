"""Who asks."""

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter
from rest_framework import exceptions
from rest_framework.request import Request

if TYPE_CHECKING:
    from django.contrib.auth.models import User  # models are there only when the apps are

# Of lists: whose world is meant.
OWNER = OpenApiParameter(
    "owner",
    int,
    description="Whose photos and people: a user who shares libraries with you; else your own.",
)


def user_of(request: Request) -> "User":
    """Return who is asking; views of the API are for users who are signed in."""
    if not request.user.is_authenticated:
        raise exceptions.NotAuthenticated
    return request.user
