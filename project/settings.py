"""Django's settings, from the environment; what can be changed later is in preferences."""

from pathlib import Path
from typing import Any

from project.environment.hosts import names_of_this_machine
from project.environment.variables import env
from project.home import kith_home, secret_key, socket_folder
from project.logs import log_format
from project.security import *  # noqa: F403
from project.wires import watched

BASE_DIR = Path(__file__).resolve().parent.parent

KITH_HOME = kith_home()
SECRET_KEY = env("KITH_SECRET_KEY") or secret_key(KITH_HOME)
DEBUG = env("KITH_DEBUG")
ALLOWED_HOSTS = [
    *names_of_this_machine(env("KITH_HOST")),
    *env("KITH_ALLOWED_HOSTS"),
]

# The engine is chosen in the pages, unless it is said here.
KITH_ENGINE = env("KITH_ENGINE")
WEIGHTS_ROOT = KITH_HOME / "weights"
UPLOADS_ROOT = KITH_HOME / "uploads"
# Where nginx keeps what only Kith may have it send, such as /protected; empty to send it ourselves.
KITH_ACCEL = env("KITH_ACCEL")
# The folders in which libraries may lie; none for wherever Kith can read.
KITH_LIBRARY_ROOTS = env("KITH_LIBRARY_ROOTS")

INSTALLED_APPS = [
    "faces",
    "photos",
    "project.api",
    "project.accounts",
    "project.audit",
    "project.changes",
    "project.jobs",
    "project.preferences",
    "project.moving",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "django_rq",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "project.logs.number_requests",
    "project.metrics.measure_requests",
    "project.addresses.heed_trusted_proxies",
    "csp.middleware.CSPMiddleware",
    "project.headers.add_headers",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "project.audit.asking.remember_request",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "project.api.middleware.ApiMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
CSRF_FAILURE_VIEW = "project.api.errors.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 << 20  # a hundred thousand faces and what was shown take four
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "photos.views.worlds",
                "faces.views.header",
            ]
        },
    }
]

EMBEDDED_DATABASE: dict[str, Any] = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "kith",
    "USER": "kith",
    "HOST": str(socket_folder(KITH_HOME)),
    "PORT": "5432",  # lest PGPORT of another database count
}
DATABASES = {"default": env("DATABASE_URL") or EMBEDDED_DATABASE}
DATABASES["default"].update(CONN_MAX_AGE=60, CONN_HEALTH_CHECKS=True)
DATABASES["default"]["OPTIONS"] = watched(DATABASES["default"].get("OPTIONS", {}))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL") or f"unix://{socket_folder(KITH_HOME)}/valkey.sock"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "kith",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}
# Two queues, so that Train does not wait behind a scan of a hundred thousand photos.
RQ_QUEUES = {name: {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 24 * 3600} for name in ("default", "bulk")}

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "faces:dashboard"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]  # what the pages are translated into
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env("KITH_TIME_ZONE")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / ".build" / "static"
STATICFILES_DIRS = [("kith", BASE_DIR / "frontend" / "dist")]
MEDIA_ROOT = KITH_HOME / "media"  # unless KITH_STORAGE names another place
STORAGES = {
    "default": env("KITH_STORAGE"),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "project.accounts.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["project.scopes.InScope"],
    "DEFAULT_THROTTLE_CLASSES": ["project.limits.PerMinute"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["project.api.parsing.ShallowJSONParser"],
    "EXCEPTION_HANDLER": "project.api.errors.handle_exception",
    "DEFAULT_SCHEMA_CLASS": "project.api.schema.KithSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Kith",
    "DESCRIPTION": "Photos, faces and people of one household, for clients of every kind.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "ENUM_NAME_OVERRIDES": {
        "PhotoStateEnum": "photos.models.Photo.State",
        "ShareRoleEnum": "photos.models.Share.Role",
    },
    "COMPONENT_SPLIT_REQUEST": True,  # what is sent has not all that is answered
    "SCHEMA_PATH_PREFIX": "/api/",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["project.scopes.InScope"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"chosen": log_format(env("KITH_LOG_FORMAT"))},
    "filters": {"origin": {"()": "project.logs.Origin"}},
    "handlers": {
        "console": {
            "class": "project.silence.DiscreetHandler",
            "formatter": "chosen",
            "filters": ["origin"],
        }
    },
    "root": {"handlers": ["console"], "level": env("KITH_LOG_LEVEL")},
    "loggers": {
        "axes": {"level": "WARNING"},  # every sign-in, which is in the audit log
        "faiss.loader": {"level": "WARNING"},  # which of its builds suits the machine
        "watchfiles": {"level": "WARNING"},  # that something has changed
    },
}
