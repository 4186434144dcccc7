"""All addresses."""

from django.contrib import admin
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, reverse_lazy
from django.views.i18n import JavaScriptCatalog
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from faces.api.dismissals import DismissalViewSet
from faces.api.engines import EngineViewSet
from faces.api.events import EventViewSet
from faces.api.groups import PeopleGroupViewSet
from faces.api.imports import ImportsView
from faces.api.interchange import ExportView, NamesViewSet
from faces.api.merging import MergingView
from faces.api.people import PersonViewSet
from faces.api.questions import QuestionViewSet
from faces.api.recognition import RecognitionView
from faces.api.searching import PhotoSearchViewSet, SavedSearchViewSet
from faces.api.views import EvaluationViewSet, FaceViewSet, TrainingViewSet
from photos.api.changes import ChangesView
from photos.api.sharing import ShareViewSet, UserViewSet
from photos.api.uploads import UploadViewSet
from photos.api.views import LibraryViewSet, NightView, PhotoViewSet
from project.accounts.api import TokenViewSet
from project.accounts.views import SignInView, oidc_callback, oidc_login
from project.audit.api import AuditView
from project.health import healthz, readyz
from project.images import image
from project.jobs.api import JobViewSet
from project.limits import SIGN_INS, limited
from project.metrics import MetricsView
from project.preferences.api import SettingsView

router = SimpleRouter()
router.register("libraries", LibraryViewSet, basename="library")
router.register(r"libraries/(?P<library>[0-9]{1,18})/shares", ShareViewSet, basename="share")
router.register("users", UserViewSet, basename="user")
router.register("photos", PhotoViewSet, basename="photo")
router.register("uploads", UploadViewSet, basename="upload")
router.register("faces", FaceViewSet, basename="face")
router.register("dismissals", DismissalViewSet, basename="dismissal")
router.register("people", PersonViewSet, basename="person")
router.register("groups", PeopleGroupViewSet, basename="group")
router.register("trainings", TrainingViewSet, basename="training")
router.register("evaluations", EvaluationViewSet, basename="evaluation")
router.register("questions", QuestionViewSet, basename="question")
router.register("search/photos", PhotoSearchViewSet, basename="photo-search")
router.register("searches", SavedSearchViewSet, basename="search")
router.register("events", EventViewSet, basename="event")
router.register("engines", EngineViewSet, basename="engine")
router.register("names", NamesViewSet, basename="names")
router.register("tokens", TokenViewSet, basename="token")
router.register("jobs", JobViewSet, basename="job")

api = [
    *router.urls,
    path("changes/", ChangesView.as_view(), name="changes"),
    path("libraries/<int:pk>/recognition/", RecognitionView.as_view(), name="library-recognition"),
    path("settings/", SettingsView.as_view(), name="settings"),
    path("export/", ExportView.as_view(), name="export"),
    path("imports/", ImportsView.as_view(), name="imports"),
    path("merging/", MergingView.as_view(), name="merging"),
    path("audit/", AuditView.as_view(), name="audit"),
    path("night/", NightView.as_view(), name="night"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(template_name="docs.html", url_name="api:schema"),
        name="docs",
    ),
]

handler400 = "project.api.errors.bad_request"
handler403 = "project.api.errors.permission_denied"
handler404 = "project.api.errors.not_found"
handler500 = "project.api.errors.server_error"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", login_not_required(MetricsView.as_view()), name="metrics"),
    path(
        "login/",
        limited("login", most=SIGN_INS)(SignInView.as_view()),
        name="login",
    ),
    path("login/oidc/", oidc_login, name="oidc-login"),
    path("login/oidc/callback/", oidc_callback, name="oidc-callback"),
    path("logout/", auth.LogoutView.as_view(), name="logout"),
    path(
        "welcome/<uidb64>/<token>/",
        limited("welcome", most=30)(
            auth.PasswordResetConfirmView.as_view(
                template_name="registration/welcome.html",
                post_reset_login=True,
                post_reset_login_backend="django.contrib.auth.backends.ModelBackend",
                success_url=reverse_lazy("faces:dashboard"),
            )
        ),
        name="welcome",
    ),
    path("jsi18n/", login_not_required(JavaScriptCatalog.as_view()), name="words"),
    path("admin/queues/", include("django_rq.urls")),
    path("admin/login/", limited("login", most=SIGN_INS)(admin.site.login)),
    path("admin/", admin.site.urls),
    path("api/", include((api, "api"))),
    path("images/<int:version>.<int:week>.<str:signature>/<path:name>", image, name="image"),
    path("jobs/", include("project.jobs.urls")),
    path("", include("photos.urls")),
    path("", include("faces.urls")),
]
