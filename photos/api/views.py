"""Endpoints of libraries and photos."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import mixins, permissions, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from photos.access import (
    asked_world,
    check_owner,
    found_in,
    libraries_for,
    photos_for,
    shared_worlds,
    visible_libraries,
    world_for,
)
from photos.actions.libraries import add_library, change_library
from photos.actions.previews import make_preview
from photos.actions.uploading import MEGABYTE, take_file
from photos.api.originals import original_file
from photos.api.serializers import (
    CheckSerializer,
    LibraryChangeSerializer,
    LibrarySerializer,
    MonthSerializer,
    PhotoDetailSerializer,
    PhotoFilterSerializer,
    PhotoListSerializer,
    PhotoRescanSerializer,
    PhotoSerializer,
    PicturesSerializer,
    PreviewSerializer,
    RescanSerializer,
)
from photos.api.uploads import TakenSerializer, scan_soon
from photos.imaging.decoding import UnreadableImageError
from photos.jobs import start_rescan, start_rescan_of_photos, start_scan
from photos.models import Library, Photo
from photos.queries import (
    matching_photos,
    newest_first,
    photos_by_month,
    shown_photos,
    with_photo_counts,
)
from photos.upkeep import start_check, start_night, start_pictures
from project.api import OWNER, KeysetPagination, user_of
from project.api.fields import FIELDS, fields_asked
from project.api.pictures import FILES, PICTURE, SizedSerializer
from project.images import image_as_asked, stored_image
from project.jobs.api import JobSerializer
from project.jobs.models import Job
from project.preferences.reading import value
from project.scopes import InScope


class StaffAdds(permissions.BasePermission):
    """Any folder that Kith can read may become a library, so only staff may name one."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Let everybody signed in look, and staff add."""
        return view.action != "create" or bool(request.user.is_staff)


@extend_schema_view(list=extend_schema(parameters=[OWNER]))
class LibraryViewSet(
    mixins.ListModelMixin,
    mixins.CreateModelMixin,
    mixins.RetrieveModelMixin,
    viewsets.GenericViewSet[Library],
):
    """Folders of photos: one's own, and what others share."""

    serializer_class = LibrarySerializer
    pagination_class = KeysetPagination
    permission_classes = [InScope, StaffAdds]
    queryset = Library.objects.none()

    def get_queryset(self) -> Any:
        """Return the libraries that the user may see, newest first; of one owner if asked for."""
        libraries = visible_libraries(self.request.user)
        if "owner" in self.request.query_params:
            libraries = libraries.filter(pk__in=libraries_for(asked_world(self.request)))
        return with_photo_counts(libraries).order_by("-id")

    def get_object(self) -> Library:
        """Return the library of the address; all that is done with it is the owner's to do."""
        library: Library = super().get_object()
        if self.request.method not in permissions.SAFE_METHODS:
            check_owner(world_for(self.request.user, library.owner_id))
        return library

    def perform_create(self, serializer: Any) -> None:
        """Add the folder; it is not scanned yet."""
        library = add_library(owner=user_of(self.request), **serializer.validated_data)
        serializer.instance = self.get_queryset().get(pk=library.pk)

    @extend_schema(request=LibraryChangeSerializer, responses=LibrarySerializer)
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Change what is done with a library."""
        library = self.get_object()
        asked = LibraryChangeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        change_library(library=library, **asked.validated_data)
        return Response(self.get_serializer(library).data)

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def scan(self, request: Request, pk: str | None = None) -> Response:
        """Look for new and changed photos, and for the faces in them."""
        job = start_scan(library=self.get_object(), requested_by=user_of(request))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=RescanSerializer, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def rescan(self, request: Request, pk: str | None = None) -> Response:
        """Look into every photo again with today's settings; labels are kept."""
        options = RescanSerializer(data=request.data)
        options.is_valid(raise_exception=True)
        job = start_rescan(
            library=self.get_object(), requested_by=user_of(request), options=options.validated_data
        )
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=CheckSerializer, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str | None = None) -> Response:
        """Check that all that is kept of the photos is there and agrees, and repair it."""
        return self._upkeep(start_check, CheckSerializer)

    @extend_schema(request=PicturesSerializer, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def pictures(self, request: Request, pk: str | None = None) -> Response:
        """Make thumbnails, previews and crops that are missing or damaged, or all."""
        return self._upkeep(start_pictures, PicturesSerializer)

    def _upkeep(
        self, start: Callable[..., Job], serializer: type[serializers.Serializer[Any]]
    ) -> Response:
        asked = serializer(data=self.request.data)
        asked.is_valid(raise_exception=True)
        job = start(
            library=self.get_object(), requested_by=user_of(self.request), **asked.validated_data
        )
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class NightView(APIView):
    """The nightly round: scan, train, check, clean up."""

    permission_classes = [InScope, permissions.IsAdminUser]

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Begin it now; answers with the one that is under way, if there is one."""
        job = start_night(requested_by=user_of(request))
        return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class PhotoViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Photo]
):
    """Photos and their files."""

    serializer_class = PhotoSerializer
    pagination_class = KeysetPagination
    queryset = Photo.objects.none()
    picture_actions = ("thumbnail", "preview", "original")

    def get_serializer_class(self) -> type[PhotoSerializer]:
        """Tell more of a single photo."""
        return PhotoDetailSerializer if self.action == "retrieve" else PhotoSerializer

    def get_queryset(self) -> Any:
        """Return the photos of a world."""
        return photos_for(asked_world(self.request))

    def get_object(self) -> Photo:
        """Return the photo of the address."""
        return found_in(self.request.user, photos_for, self.kwargs["pk"])[0]

    def get_parsers(self) -> Any:
        """Take files where photos are added."""
        method = self.request.method.lower() if self.request and self.request.method else ""
        adds = self.action_map.get(method) == "create"
        return [MultiPartParser()] if adds else super().get_parsers()

    @extend_schema(
        request={
            "multipart/form-data": {
                "type": "object",
                "properties": {
                    "files": {"type": "array", "items": {"type": "string", "format": "binary"}}
                },
            }
        },
        responses={200: TakenSerializer(many=True)},
    )
    def create(self, request: Request) -> Response:
        """Add files to the user's upload area; of each the answer says what became of it.

        Large files are better sent in pieces, through ``uploads/``.
        """
        most = value("max_upload_mb")
        if int(request.headers.get("Content-Length") or 0) > most * MEGABYTE:
            raise serializers.ValidationError(f"More than {most} MB at a time: send fewer files.")
        files = request.FILES.getlist("files")
        if not files:
            raise serializers.ValidationError({"files": "Send files under the name «files»."})
        taken = [
            take_file(
                owner=user_of(request),
                name=file.name or "",
                size=file.size or 0,
                pieces=file.chunks(),
                and_then=scan_soon,
            )
            for file in files
        ]
        return Response([TakenSerializer(each).data for each in taken])

    @extend_schema(parameters=[PhotoListSerializer, OWNER, FIELDS])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List photos."""
        asked = PhotoListSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        fields = fields_asked(request, PhotoSerializer)
        photos = matching_photos(self.get_queryset(), asked.wanted())
        if asked.validated_data["shown"]:
            photos = shown_photos(photos)
        self.keyset: Sequence[str] = ("id",)
        if asked.validated_data["sort"] == "taken":
            photos, self.keyset = newest_first(photos)
        else:
            photos = photos.order_by("-id")
        self.offset = asked.validated_data["offset"]
        page = self.paginate_queryset(photos)
        told = {"fields": fields}
        return self.get_paginated_response(PhotoSerializer(page, many=True, context=told).data)

    @extend_schema(parameters=[PhotoFilterSerializer, OWNER], responses=MonthSerializer(many=True))
    @action(detail=False, pagination_class=None)
    def months(self, request: Request) -> Response:
        """Count the photos of each month that can be looked at, without copies."""
        asked = PhotoFilterSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        months = photos_by_month(shown_photos(matching_photos(self.get_queryset(), asked.wanted())))
        return Response(MonthSerializer(months, many=True).data)

    @extend_schema(
        request=PhotoRescanSerializer,
        responses={202: inline_serializer("RescanJobs", {"jobs": JobSerializer(many=True)})},
    )
    @action(detail=False, methods=["post"])
    def rescan(self, request: Request) -> Response:
        """Look into chosen photos again; a job for each of their libraries."""
        asked = PhotoRescanSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        options = dict(asked.validated_data)
        chosen = options.pop("photos")
        for world in shared_worlds(request.user):
            if photos_for(world).filter(pk__in=chosen).exists():
                check_owner(world)
        jobs = start_rescan_of_photos(
            photos=photos_for(request.user).filter(pk__in=chosen),
            requested_by=user_of(request),
            options=options,
        )
        answer = {"jobs": JobSerializer(jobs, many=True).data}
        return Response(answer, status=status.HTTP_202_ACCEPTED)

    @extend_schema(parameters=[SizedSerializer], responses=PICTURE)
    @action(detail=True, renderer_classes=FILES)
    def thumbnail(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Return the small picture."""
        name = self.get_object().thumbnail_name
        asked = SizedSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        accept = request.headers.get("Accept", "")
        return image_as_asked(name, **asked.wanted(), accept=accept)

    @extend_schema(
        parameters=[PreviewSerializer], responses={(200, "image/webp"): OpenApiTypes.BINARY}
    )
    @action(detail=True, renderer_classes=FILES)
    def preview(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Return a picture as large as a screen, or larger, made when it is first asked for."""
        photo = self.get_object()
        asked = PreviewSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        large = asked.validated_data["large"]
        name = photo.large_preview_name if large else photo.preview_name
        try:
            return stored_image(name, make=partial(make_preview, photo, large=large))
        except (UnreadableImageError, Photo.DoesNotExist) as error:
            raise Http404(str(error)) from None

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, renderer_classes=FILES)
    def original(self, request: Request, pk: str | None = None) -> HttpResponseBase:
        """Return the file as it is on disk, whole or, as players of videos ask for, a range."""
        return original_file(self.get_object().file, request)
