"""What the page of a person asks of the API."""

from datetime import UTC, date, datetime

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from faces.models import Guess, Person
from photos.models import Photo
from tests.faces.api.test_faces import all_pages
from tests.factories import make_face, make_guess, make_person, make_photo

pytestmark = pytest.mark.django_db


def photo_of(person: Person, year: int, month: int = 6) -> Photo:
    photo = make_photo(taken_at=datetime(year, month, 15, 12, tzinfo=UTC))
    make_face(photo, person=person)
    return photo


def test_photos_come_by_time_with_the_age_and_the_persons_best_face(alice: APIClient) -> None:
    ann = make_person()
    Person.objects.filter(pk=ann.pk).update(birth_date=date(2000, 7, 1))
    older, newer = photo_of(ann, 2003), photo_of(ann, 2010)
    best = make_face(newer, person=ann, quality=1.0)
    undated = make_photo()
    make_face(undated, person=ann)
    make_face(make_photo(), person=make_person("Bob"))
    shown = all_pages(alice, f"/api/people/{ann.pk}/photos/?limit=1")
    assert [each["id"] for each in shown] == [newer.pk, older.pk, undated.pk]
    assert [each["age_months"] for each in shown] == [119, 35, None]
    assert shown[0]["face"] == best.pk
    of_month = alice.get(f"/api/people/{ann.pk}/photos/?month=2003-06").json()["results"]
    assert [each["id"] for each in of_month] == [older.pk]
    assert alice.get(f"/api/people/{ann.pk}/photos/?month=2003").status_code == 400


def test_months_are_counted_and_tell_the_age(alice: APIClient) -> None:
    ann = make_person()
    Person.objects.filter(pk=ann.pk).update(birth_date=date(2003, 6, 1))
    for year in (2001, 2003, 2010, 2010):
        photo_of(ann, year)
    make_face(make_photo(), person=ann)
    months = alice.get(f"/api/people/{ann.pk}/photos/months/").json()
    assert [(each["month"], each["count"], each["age_months"]) for each in months] == [
        ("2010-06", 2, 84),
        ("2003-06", 1, 0),
        ("2001-06", 1, None),  # before the birth
        ("none", 1, None),
    ]


def test_company_is_who_is_in_the_same_photos_most_often_first(alice: APIClient) -> None:
    ann, bob, cid = (make_person(name) for name in ("Ann", "Bob", "Cid"))
    for others in ([bob], [bob, cid], [bob, bob], []):
        photo = photo_of(ann, 2010)
        for other in others:
            make_face(photo, person=other)
    make_face(photo_of(ann, 2011), person=make_person(""))
    photo_of(cid, 2012)
    company = alice.get(f"/api/people/{ann.pk}/company/").json()
    assert [(each["person"]["name"], each["photos"]) for each in company] == [
        ("Bob", 3),
        ("Cid", 1),
    ]


def test_labelled_faces_of_another_cluster_are_proposed_until_that_is_denied(
    alice: APIClient,
) -> None:
    ann, bob = make_person(), make_person("Bob")
    faces = [make_face(person=ann) for _ in range(5)]
    for face in faces[:3]:
        make_guess(face, cluster=bob)
    make_guess(faces[3], cluster=make_person(""))  # one alone is not worth a question
    make_guess(faces[4], cluster=ann)
    place = f"/api/people/{ann.pk}/astray/"
    (proposal,) = alice.get(place).json()
    assert proposal["looks_like"]["name"] == "Bob"
    assert proposal["faces"] == [face.pk for face in faces[:3]]
    assert [each["face"] for each in proposal["best"]] == proposal["faces"]
    alice.post("/api/faces/reject/", {"faces": proposal["faces"], "person": bob.pk}, format="json")
    assert alice.get(place).json() == []


def test_second_guesses_are_listed_and_confirmed_as_their_own_method(alice: APIClient) -> None:
    ann, face = make_person(), make_face()
    make_guess(face)
    Guess.objects.update(runner_up=ann, runner_up_probability=0.3)
    filters = {"tab": "inferred", "method": "runner-up", "person": str(ann.pk)}
    assert [each["id"] for each in alice.get("/api/faces/", filters).json()["results"]] == [face.pk]
    answer = alice.post(
        "/api/faces/confirm/", {"filter": filters, "method": "runner-up"}, format="json"
    )
    assert answer.json()["changed"] == [face.pk]
    face.refresh_from_db()
    assert face.person == ann


@pytest.mark.parametrize("page", ["photos", "photos/months", "company", "astray"])
def test_more_faces_are_no_more_queries(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries, page: str
) -> None:
    ann, bob = make_person(), make_person("Bob")
    for year in range(2000, 2015):
        make_face(photo_of(ann, year), person=bob)
        make_guess(make_face(person=ann), cluster=bob)
    with django_assert_max_num_queries(8):
        assert alice.get(f"/api/people/{ann.pk}/{page}/").status_code == 200


def test_deleting_takes_what_becomes_of_the_faces(alice: APIClient) -> None:
    ann = make_person()
    make_face(person=ann)
    assert alice.delete(f"/api/people/{ann.pk}/?left=thrown-away").status_code == 400
    outcome = alice.delete(f"/api/people/{ann.pk}/?left=unknown").json()
    assert Person.objects.get().name == ""
    alice.post(f"/api/events/{outcome['event']}/undo/")
    assert Person.objects.get().name == "Ann"
