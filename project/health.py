"""Whether this process lives, and whether it can serve: for proxies, containers and monitors."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from project.storage.base import StorageAwayError, pictures

SECONDS = 2  # for an answer of the queue
OK = "ok"


@never_cache
@login_not_required
def healthz(_request: HttpRequest) -> HttpResponse:
    """Answer, which tells that the process lives; asks nobody else."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@login_not_required
def readyz(_request: HttpRequest) -> JsonResponse:
    """Tell whether all is there that requests need; 503 with what is not, and no addresses."""
    found = {name: check() for name, check in CHECKS.items()}
    return JsonResponse(found, status=200 if set(found.values()) == {OK} else 503)


def _database() -> str:
    try:
        behind = tables_are_behind()
    except Error:
        return "does not answer"
    return "its tables are older than this Kith: run manage.py migrate" if behind else OK


def tables_are_behind() -> bool:
    """Whether the tables are not yet as this Kith needs them."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _queue() -> str:
    try:
        with redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=SECONDS, socket_timeout=SECONDS
        ) as client:
            client.ping()
    except redis.RedisError:
        return "does not answer"
    return OK


def _pictures() -> str:
    try:
        pictures().check()
    except StorageAwayError as error:
        return str(error)
    return OK


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "queue": _queue,
    "pictures": _pictures,
}
