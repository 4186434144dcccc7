"""Changes in the API, for clients that keep a copy."""

from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from photos.access import World, photos_for, world_for
from photos.api.serializers import PhotoSerializer
from project.api import user_of
from project.api.waiting import PREFER, Patience
from project.changes.cursors import Cursor, OutdatedCursorError, UnreadableCursorError
from project.changes.kinds import KINDS, Told, register
from project.changes.log import horizon_now
from project.changes.models import Change
from project.changes.reading import ORDER, REPLACED, Page, anything_behind, beginning, page_behind

MOST, USUALLY = 5000, 1000


class BeginAgain(APIException):
    """The copy is too old, or of something else than is visible now."""

    status_code = status.HTTP_410_GONE
    default_code = "begin-again"


class ChangesAskedSerializer(serializers.Serializer[Any]):
    """Of what, from where on, and how much."""

    since = serializers.CharField(
        required=False,
        help_text="«since» of the last answer, as it is; without it, a copy begins.",
    )
    owner = serializers.IntegerField(
        required=False, help_text="Of what this user shares; without it, of what is one's own."
    )
    limit = serializers.IntegerField(default=USUALLY, min_value=1, max_value=MOST)


class ChangeSerializer(serializers.Serializer[Any]):
    """Something to take over into the copy."""

    kind = serializers.ChoiceField([(kind.value, kind.label) for kind in ORDER])
    id = serializers.IntegerField(
        allow_null=True, help_text="A guess has its face's; null where the whole kind is replaced."
    )
    change = serializers.ChoiceField([*Change.What.choices, (REPLACED, "Replaced")])
    data = serializers.SerializerMethodField()  # type: ignore[assignment]

    @extend_schema_field(
        PolymorphicProxySerializer(
            component_name="ChangeData",
            serializers=lambda: [told.serializer for told in KINDS.values()],
            resource_type_field_name=None,
        )
    )
    def get_data(self, entry: Any) -> Any:
        """Return the object as it is now; null where it is gone."""
        return entry.data


class ChangePageSerializer(serializers.Serializer[Page]):
    """What to take over, in this order."""

    results = ChangeSerializer(many=True, source="entries")
    since = serializers.CharField(source="cursor", help_text="Ask with it next.")
    has_more = serializers.BooleanField(
        help_text="Whether to ask at once; the copy is whole when there is no more."
    )


class ChangesView(APIView):
    """What happened to photos, faces and people."""

    @extend_schema(parameters=[ChangesAskedSerializer, PREFER], responses=ChangePageSerializer)
    def get(self, request: Request) -> Response:
        """Tell what was created, updated and deleted; without «since», all that is there.

        Nothing is skipped, whoever writes meanwhile. 410 where that cannot be told any more: begin
        again without «since».
        """
        serializer = ChangesAskedSerializer(data=request.query_params.dict())
        serializer.is_valid(raise_exception=True)
        asked, patience = serializer.validated_data, Patience(request)
        if "since" in asked:
            sight, cursor = _place_of(request, asked)
            patience.wait_for(lambda: anything_behind(cursor, sight))
        # What is shared may be something else by now.
        sight, cursor = _place_of(request, asked)
        page = page_behind(cursor, sight, horizon_now(), asked["limit"])
        return patience.noted_on(Response(ChangePageSerializer(page).data))


def _place_of(request: Request, asked: dict[str, Any]) -> tuple[World, Cursor]:
    """Return what a client has a copy of, and how far it is."""
    sight, horizon = world_for(user_of(request), asked.get("owner")), horizon_now()
    if "since" not in asked:
        return sight, beginning(sight, horizon)
    try:
        cursor = Cursor.read(asked["since"])
        cursor.check(sight, horizon)
    except UnreadableCursorError:
        words = "Take it from «since» of an answer as it is."
        raise serializers.ValidationError({"since": words}) from None
    except OutdatedCursorError as error:
        raise BeginAgain(f"{error} Begin again without «since».") from None
    return sight, cursor


register(Change.Kind.PHOTO, Told(photos_for, PhotoSerializer))
