"""Telling what is known of a person, and forgetting it, through the API."""

import base64
import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from faces.actions.labelling import label_faces, reject_person
from faces.models import Face, Mention, Person, SavedSearch
from project.audit.models import AuditEntry
from tests.factories import make_face, make_group, make_guess, make_person, make_photo, make_user

VECTOR = [1.0] + [0.0] * 127

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def exported(client: APIClient, person: Person, **asked: Any) -> zipfile.ZipFile:
    answer = client.get(f"/api/people/{person.pk}/export/", asked)
    assert answer.status_code == 200
    return zipfile.ZipFile(BytesIO(answer.getvalue()))


def test_what_would_go_is_counted_first(alice: APIClient) -> None:
    ann = make_person()
    photo = make_photo()
    make_face(photo, person=ann, vector=VECTOR)
    make_guess(make_face(), classified=ann)
    make_guess(make_face(), cluster=ann)
    make_group(ann)
    SavedSearch.objects.create(owner=make_user(), name="a", query={"any": f"{ann.pk},5"})
    SavedSearch.objects.create(owner=make_user(), name="b", query={"all": "5"})
    for source in ("file", "written"):
        Mention.objects.create(photo=photo, source=source, name="Ann", person=ann)
    assert alice.get(f"/api/people/{ann.pk}/forget/").json() == {
        "faces": 1, "embeddings": 1, "guessed": 2, "searches": 1, "groups": 1, "mentions": 1,
        "written": 1,
    }  # fmt: skip
    assert Face.objects.count() == 3


def test_forgetting_tells_what_went_and_is_audited(alice: APIClient) -> None:
    ann = make_person()
    make_guess(make_face(), classified=ann)
    label_faces(owner=make_user(), faces=Face.objects.filter(pk=make_face().pk), person=ann)
    answer = alice.post(f"/api/people/{ann.pk}/forget/", {"guessed": True}, format="json")
    assert answer.json() == {"faces": 2, "searches": 0, "events": 1}
    assert not Person.objects.exists()
    entry = AuditEntry.objects.get(verb="forgotten")
    assert (entry.actor_name, entry.subject) == ("alice", f"person {ann.pk}")


def test_a_stranger_forgets_nobody(charlie: APIClient) -> None:
    ann = make_person()
    assert charlie.post(f"/api/people/{ann.pk}/forget/").status_code == 404
    assert charlie.get(f"/api/people/{ann.pk}/export/").status_code == 404
    assert Person.objects.exists()


def test_the_export_tells_all_that_is_known(alice: APIClient) -> None:
    ann = make_person()
    Person.objects.filter(pk=ann.pk).update(aliases=["Annie"], birth_date="2001-02-03")
    make_group(ann, name="Family")
    face, other, guessed = make_face(vector=VECTOR), make_face(), make_face()
    default_storage.save(face.crop_name, ContentFile(b"crop"))
    label_faces(owner=make_user(), faces=Face.objects.filter(pk=face.pk), person=ann)
    reject_person(owner=make_user(), faces=Face.objects.filter(pk=other.pk), person=ann)
    make_guess(guessed, classified=ann)
    Mention.objects.create(photo=face.photo, source="file", name="Ann", person=ann)

    file = exported(alice, ann)
    told = json.loads(file.read("person.json"))
    assert told["person"]["aliases"] == ["Annie"]
    assert (told["person"]["birth_date"], told["person"]["groups"]) == ("2001-02-03", ["Family"])
    [shown] = told["faces"]
    assert (shown["id"], shown["path"]) == (face.pk, face.photo.path)
    assert shown["box"] == pytest.approx([0.1, 0.1, 0.2, 0.3])
    assert shown["labelled_at"]
    assert [each["face"] for each in told["not_this_person"]] == [other.pk]
    assert [(each["face"], each["by"], each["probability"]) for each in told["guesses"]] == [
        (guessed.pk, "classification", 0.9)
    ]
    assert [each["name"] for each in told["mentions"]] == ["Ann"]
    assert [each["said"] for each in told["history"]] == ["label", "reject"]
    assert "embeddings" not in told
    assert file.read(shown["crop"]) == b"crop"
    assert AuditEntry.objects.get(verb="exported").subject == f"person {ann.pk}"


def test_embeddings_are_told_where_they_are_asked_for(alice: APIClient) -> None:
    ann = make_person()
    make_face(person=ann, vector=VECTOR)
    file = exported(alice, ann, embeddings=True, crops=False)
    [told] = json.loads(file.read("person.json"))["embeddings"]
    assert np.frombuffer(base64.b64decode(told["vector"]), "<f4").tolist() == VECTOR
    assert file.namelist() == ["person.json"]


def test_an_unknown_person_is_told_by_its_cluster(alice: APIClient) -> None:
    somebody = make_person("")
    face = make_guess(make_face(), cluster=somebody).face
    told = json.loads(exported(alice, somebody).read("person.json"))
    assert [each["id"] for each in told["faces"]] == [face.pk]


def test_the_count_asks_as_often_for_many_as_for_few(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ann = make_person()
    for _ in range(20):
        make_face(person=ann)
        make_guess(make_face(), classified=ann)
    with django_assert_max_num_queries(14):
        alice.get(f"/api/people/{ann.pk}/forget/")
