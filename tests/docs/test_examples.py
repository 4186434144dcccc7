"""The client of the documents, against a server that runs."""

import sys
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from docs.examples.client import Kith, ProblemError, main
from project.accounts.tokens import make_token
from project.api.models import KeptAnswer
from project.scopes import Scope
from tests.factories import make_face, make_person, make_user

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def token() -> str:
    return make_token(
        user=make_user("alice"),
        name="Test",
        scopes=Scope.values,
        expires_at=timezone.now() + timedelta(days=1),
    )[1]


def test_the_client_of_the_documents_reads_and_writes(
    live_server: LiveServer,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("Ann", "Ben", "Cleo"):
        make_face(person=make_person(name))
    kith = Kith(live_server.url, token)
    names = [each["name"] for each in kith.pages("people/", kind="named", sort="name", limit=1)]
    assert names == ["Ann", "Ben", "Cleo"]
    made = kith.write("groups/", {"name": "Family"})
    assert kith.get(f"groups/{made['id']}/")["name"] == "Family"
    assert KeptAnswer.objects.count() == 1
    monkeypatch.setenv("KITH_TOKEN", token)
    monkeypatch.setattr(sys, "argv", ["client", live_server.url])
    main()
    assert "1 Ann" in capsys.readouterr().out


def test_the_client_of_the_documents_says_what_was_wrong(
    live_server: LiveServer, token: str
) -> None:
    with pytest.raises(ProblemError, match="name: "):
        Kith(live_server.url, token).write("groups/", {"name": ""})
