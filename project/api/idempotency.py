"""Writes that a client may send again: with the same key, they are done once.

The key is a row of the same transaction as the write. So either both are there or neither, also
when the server is killed in between; and who sends the same key meanwhile waits for the first.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils import timezone
from psycopg import errors as postgres
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from project.api.errors import PROBLEM, problem
from project.api.models import KeptAnswer

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
KEY = re.compile("[!-~]{1,255}")  # what can be seen of ASCII
WRITES = {"POST", "PATCH", "PUT", "DELETE"}
KEPT_FOR = timedelta(hours=24)
LONGEST_WAIT = "10s"  # for the same request that is under way

Answering = Callable[[HttpRequest], HttpResponseBase]


def answer_once(request: HttpRequest, answer: Answering) -> HttpResponseBase:
    """Return the answer; of a write with a key that was answered before, that answer again.

    A body that is no JSON is sent on as it is: files say by themselves what is known of them.
    """
    key = request.headers.get(HEADER)
    if not key or request.method not in WRITES or _is_of_files(request):
        return answer(request)
    if not KEY.fullmatch(key):
        words = "Up to 255 characters of ASCII, without spaces."
        return _refusal(400, {HEADER: [words]}, kind="invalid")
    who = _who(request)
    return answer(request) if who is None else _once(request, answer, *who, key)


def forget_old_answers() -> None:
    """Delete what is kept longer than was promised."""
    KeptAnswer.objects.filter(made_at__lt=timezone.now() - KEPT_FOR).delete()


def _once(
    request: HttpRequest, answer: Answering, user: User, scopes: str, key: str
) -> HttpResponseBase:
    asked = _fingerprint(request, scopes)
    with transaction.atomic():
        try:
            kept, is_new = _claim(user, key, asked)
        except OperationalError as error:
            if not isinstance(error.__cause__, postgres.LockNotAvailable):
                raise
            transaction.set_rollback(True)
            return _refusal(409, "The same request is still being done: ask again soon.")
        if not is_new:
            return _again(kept, asked)
        response = answer(request)
        if response.status_code >= 400:
            # Nothing was done, so that there is nothing to keep: the key is free again.
            transaction.set_rollback(True)
            return response
        if not isinstance(response, HttpResponse) or _is_not_to_be_kept(response):
            kept.delete()  # a stream cannot be kept, and a token must not
            return response
        kept.status, kept.content = response.status_code, response.content
        kept.content_type = response.headers.get("Content-Type", "")
        kept.save()
    return response


def _claim(user: User, key: str, asked: bytes) -> tuple[KeptAnswer, bool]:
    """Return the row of a key, and whether it is this request's own.

    PostgreSQL lets the second of two requests wait until the first has ended.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LONGEST_WAIT])
        mine = KeptAnswer.objects.filter(user=user, key=key)
        mine.filter(made_at__lt=timezone.now() - KEPT_FOR).delete()
        empty = KeptAnswer(user=user, key=key, fingerprint=asked, content=b"")
        KeptAnswer.objects.bulk_create([empty], ignore_conflicts=True)
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
    kept = mine.get()
    return kept, kept.status == 0


def _again(kept: KeptAnswer, asked: bytes) -> HttpResponse:
    if bytes(kept.fingerprint) != asked:
        return _refusal(422, "This key was given to another request: give each its own.")
    response = HttpResponse(bytes(kept.content), status=kept.status, headers={REPLAYED: "true"})
    if kept.content_type:
        response.headers["Content-Type"] = kept.content_type
    else:
        del response.headers["Content-Type"]
    return response


def _is_not_to_be_kept(response: HttpResponse) -> bool:
    return "no-store" in response.headers.get("Cache-Control", "")


def _is_of_files(request: HttpRequest) -> bool:
    kind = request.content_type or ""
    return bool(request.META.get("CONTENT_LENGTH") or 0) and kind != "application/json"


def _fingerprint(request: HttpRequest, scopes: str) -> bytes:
    """Return what a request is; that of a token which may do less is another one."""
    asked = f"{request.method} {request.get_full_path()} {scopes}\n".encode()
    return hashlib.sha256(asked + request.body).digest()


def _who(request: HttpRequest) -> tuple[User, str] | None:
    """Return who is asking, as the view will find, and the scopes of the token.

    None leaves it to the view to refuse.
    """
    try:
        view = getattr(resolve(request.path_info).func, "cls", None)
    except Resolver404:
        return None
    if view is None:
        return None
    asked = Request(request, authenticators=[each() for each in view.authentication_classes])
    try:
        user = asked.user
    except APIException:
        return None
    scopes = ",".join(sorted(getattr(asked.auth, "scopes", ())))
    return (user, scopes) if isinstance(user, User) else None


def _refusal(status: int, said: object, kind: str = "") -> HttpResponse:
    return JsonResponse(problem(status, said, kind=kind), status=status, content_type=PROBLEM)
