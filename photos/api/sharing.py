"""Endpoints of sharing: with whom a library is shared, and who there is to share with."""

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from photos.access import check_owner, libraries_for, visible_libraries, world_for
from photos.actions.sharing import change_share, end_share, share_library
from photos.models import Library, Share
from project.api import KeysetPagination, user_of
from project.audit.recording import Verb, record


class ShareSerializer(serializers.ModelSerializer[Share]):
    """A user who may look into a library, or also label."""

    user = serializers.CharField(
        source="user.username", max_length=150, help_text="The name to sign in with."
    )

    class Meta:
        model = Share
        fields = ["id", "user", "role", "created_at"]
        read_only_fields = ["id", "created_at"]


class ShareChangeSerializer(serializers.ModelSerializer[Share]):
    """What the user may do from now on."""

    role = serializers.ChoiceField(Share.Role.choices)

    class Meta:
        model = Share
        fields = ["role"]


class ShareViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[Share]):
    """With whom a library is shared: for its owner to see and say."""

    serializer_class = ShareSerializer
    pagination_class = KeysetPagination
    queryset = Share.objects.none()

    def get_queryset(self) -> QuerySet[Share]:
        """Return the shares of the library, the last one first."""
        return self._library().shares.select_related("user", "library").order_by("-id")

    @extend_schema(request=ShareSerializer, responses={201: ShareSerializer})
    def create(self, request: Request, library: str | None = None) -> Response:
        """Share the library with a user; whom it is shared with already gets the role."""
        shared = self._library()
        asked = ShareSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        share = share_library(
            library=shared,
            username=asked.validated_data["user"]["username"],
            role=asked.validated_data.get("role", Share.Role.VIEWER),
        )
        self._record(Verb.SHARED, share)
        return Response(ShareSerializer(share).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ShareChangeSerializer, responses=ShareSerializer)
    def partial_update(
        self, request: Request, library: str | None = None, pk: str | None = None
    ) -> Response:
        """Give the user another role."""
        share = self.get_object()
        asked = ShareChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        share = change_share(share=share, role=asked.validated_data["role"])
        self._record(Verb.SHARED, share)
        return Response(ShareSerializer(share).data)

    @extend_schema(responses={204: None})
    def destroy(
        self, request: Request, library: str | None = None, pk: str | None = None
    ) -> Response:
        """Share the library with the user no more, from the next request on."""
        share = self.get_object()
        self._record(Verb.UNSHARED, share)
        end_share(share=share)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _library(self) -> Library:
        """Return the library of the address; 403 for whom it is shared with, else 404."""
        shown = visible_libraries(self.request.user)
        library = get_object_or_404(shown, pk=self.kwargs["library"])
        check_owner(world_for(self.request.user, library.owner_id))
        return library

    def _record(self, verb: Verb, share: Share) -> None:
        record(
            actor=user_of(self.request),
            verb=verb,
            subject=f"library {share.library_id}, user {share.user_id}, {share.role}",
            request=self.request,
        )


class UserSerializer(serializers.ModelSerializer[User]):
    """A user, by the name to sign in with and nothing else."""

    name = serializers.CharField(source="username", read_only=True)

    class Meta:
        model = User
        fields = ["id", "name"]
        read_only_fields = fields


class UserViewSet(mixins.ListModelMixin, viewsets.GenericViewSet[User]):
    """The other users, for who has a library to share."""

    serializer_class = UserSerializer
    pagination_class = KeysetPagination
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        """Return the others who can sign in; nobody for whom has no library to share."""
        if not libraries_for(self.request.user).exists():
            return User.objects.none()
        others = User.objects.filter(is_active=True).exclude(pk=user_of(self.request).pk)
        return others.order_by("-id")
