"""Face recognition of a library in the API."""

import pytest
from rest_framework.test import APIClient

from faces.models import Face
from project.audit.models import AuditEntry
from tests.factories import make_face, make_library, make_person, make_photo

pytestmark = pytest.mark.django_db


def test_it_is_told_how_much_would_be_lost(alice: APIClient) -> None:
    library = make_library()
    make_face(make_photo(library), person=make_person(), vector=[1.0, 0.0])
    make_face(make_photo(library))
    make_face(person=make_person("Bob"))
    told = {"on": True, "faces": 2, "labels": 1, "embeddings": 1}
    assert alice.get(f"/api/libraries/{library.pk}/recognition/").json() == told


def test_it_is_switched_off_and_on(alice: APIClient) -> None:
    face = make_face()
    address = f"/api/libraries/{face.photo.library_id}/"
    told = alice.post(f"{address}recognition/", {"on": False}, format="json").json()
    assert (told["on"], told["faces"]) == (False, 1)
    assert alice.get(address).json()["finds_faces"] is False
    [entry] = AuditEntry.objects.filter(verb="settings-changed")
    assert entry.subject == f"face recognition of library {face.photo.library_id}"
    assert not AuditEntry.objects.filter(verb="deleted").exists()
    assert alice.post(f"{address}recognition/", {"on": True}, format="json").json()["on"] is True


def test_removing_faces_is_audited(alice: APIClient) -> None:
    library = make_face().photo.library
    asked = {"on": False, "remove": True}
    told = alice.post(f"/api/libraries/{library.pk}/recognition/", asked, format="json").json()
    assert told == {"on": False, "faces": 0, "labels": 0, "embeddings": 0}
    assert not Face.objects.exists()
    [entry] = AuditEntry.objects.filter(verb="deleted")
    assert entry.subject == f"faces of library {library.pk}"


def test_a_stranger_switches_nothing(charlie: APIClient) -> None:
    library = make_library()
    address = f"/api/libraries/{library.pk}/recognition/"
    assert charlie.get(address).status_code == 404
    assert charlie.post(address, {"on": False}, format="json").status_code == 404
    library.refresh_from_db()
    assert library.finds_faces
