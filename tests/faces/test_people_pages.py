"""The page of all people, and the page of each."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from faces.models import Person
from tests.factories import make_face, make_guess, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client: Client) -> Client:
    client.force_login(make_user())
    return client


def test_a_persons_page_tells_what_the_labels_come_to(alice: Client) -> None:
    ann = make_person()
    Person.objects.filter(pk=ann.pk).update(aliases=["Annie"], birth_date=date(1990, 3, 1))
    for year in (1999, 2010):
        photo = make_photo(taken_at=datetime(year, 5, 5, tzinfo=UTC))
        make_face(photo, person=ann, quality=0.1)
    best = make_face(photo, person=ann, quality=0.9)
    page = alice.get(f"/people/{ann.pk}/")
    text = " ".join(page.content.decode().split())
    assert "also Annie" in text
    assert "<dt>Faces</dt><dd>3</dd>" in text
    assert "<dt>Photos</dt><dd>2</dd>" in text
    assert "<dt>Born</dt><dd>1 March 1990</dd>" in text
    assert "<dt>First seen</dt><dd>May 1999</dd>" in text
    assert "<dt>Last seen</dt><dd>May 2010</dd>" in text
    assert best.crop_url in text


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("", "<photo-timeline"),
        ("?view=faces", 'tab="labelled"'),
        ("?view=more", 'method="classification"'),
        ("?view=perhaps", 'method="runner-up"'),
        ("?view=nonsense", "<photo-timeline"),
    ],
)
def test_each_view_has_its_own_board(alice: Client, view: str, shown: str) -> None:
    assert shown in alice.get(f"/people/{make_person().pk}/{view}").content.decode()


def test_somebody_unknown_is_shown_among_the_unknown(alice: Client) -> None:
    unknown = make_person("")
    make_guess(make_face(), cluster=unknown)
    answer = alice.get(f"/people/{unknown.pk}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/?tab=unknown&person={unknown.pk}")


def test_a_stranger_does_not_learn_that_somebody_is_there(client: Client) -> None:
    client.force_login(make_user("charlie"))
    assert client.get(f"/people/{make_person().pk}/").status_code == 404


def test_more_faces_are_no_more_queries(
    alice: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ann = make_person()
    for _ in range(20):
        make_face(person=ann)
    with django_assert_max_num_queries(12):
        alice.get(f"/people/{ann.pk}/")
