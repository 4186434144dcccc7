"""People in the API."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from faces.actions.mentions import note_names, take_mentions
from faces.interchange.regions import NamesInFile
from faces.models import Face, Guess, LabelEvent, Mention, Person, Rejection
from faces.queries import listing
from tests.faces.api.test_faces import all_pages
from tests.factories import make_face, make_guess, make_person, make_photo, make_user
from tests.problems import fields_of

pytestmark = pytest.mark.django_db


def test_a_person_is_shown_with_faces_and_the_best_ones_crop(alice: APIClient) -> None:
    ann = make_person()
    make_face(person=ann, quality=0.2)
    best = make_face(person=ann, quality=0.8)
    shown = alice.get(f"/api/people/{ann.pk}/").json()
    assert (shown["id"], shown["name"], shown["display_name"]) == (ann.pk, "Ann", "Ann")
    assert (shown["faces"], shown["crop"]) == (2, best.crop_url)


def test_an_unknown_person_is_shown_with_its_guessed_faces(alice: APIClient) -> None:
    unknown, face = make_person(""), make_face()
    make_guess(face, cluster=unknown)
    shown = alice.get(f"/api/people/{unknown.pk}/").json()
    assert (shown["name"], shown["display_name"]) == ("", f"Unknown person {unknown.pk}")
    assert (shown["faces"], shown["crop"]) == (1, face.crop_url)


def test_a_person_without_faces_has_no_crop(alice: APIClient) -> None:
    shown = alice.get(f"/api/people/{make_person().pk}/").json()
    assert (shown["faces"], shown["crop"]) == (0, None)


@pytest.mark.parametrize("limit", [1, 2])
def test_paging_shows_everybody_once_those_with_most_faces_first(
    alice: APIClient, limit: int
) -> None:
    people = [make_person(name) for name in ("Ann", "Bob", "Cid", "Dan", "Eve", "")]
    for person, faces in zip(people, (1, 3, 0, 1, 0, 0), strict=True):
        for _ in range(faces):
            make_face(person=person)
    shown = all_pages(alice, f"/api/people/?limit={limit}")
    assert [person["name"] for person in shown] == ["Bob", "Dan", "Ann", "", "Eve", "Cid"]
    assert [person["faces"] for person in shown] == [3, 1, 1, 0, 0, 0]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=named", ["Zoë", "Ann"]),
        ("kind=unknown", [""]),
        ("q=zoe", ["Zoë"]),
        ("kind=unknown&q=zoe", []),
        ("q=", ["", "Zoë", "Ann"]),
        ("q=%20zoe%20", ["Zoë"]),
        ("kind=unknown&hidden=true", []),
    ],
)
def test_people_are_found_by_kind_and_name(
    alice: APIClient, query: str, expected: list[str]
) -> None:
    make_person("Ann")
    make_person("Zoë")
    make_guess(make_face(), cluster=make_person(""))
    found = alice.get(f"/api/people/?{query}").json()["results"]
    assert [person["name"] for person in found] == expected


@pytest.mark.parametrize("query", ["kind=dogs", "q=%00", "q=" + "x" * 201, "limit=0", "cursor=x"])
def test_a_bad_question_is_refused_by_the_name_of_its_field(alice: APIClient, query: str) -> None:
    answer = alice.get(f"/api/people/?{query}")
    assert answer.status_code == 400
    assert fields_of(answer) == [query.partition("=")[0]]


def test_the_query_count_of_a_list_is_constant(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (10, 20):
        for index in range(10):
            make_face(person=make_person(f"Person {count} {index}"))
        with django_assert_max_num_queries(4):  # session, user, people, their covers
            assert len(alice.get("/api/people/").json()["results"]) == count


def likely(client: APIClient, *faces: Face) -> list[tuple[str, float]]:
    address = f"/api/people/likely/?faces={','.join(str(face.pk) for face in faces)}"
    return [
        (each["person"]["name"], round(each["probability"], 3))
        for each in client.get(address).json()
    ]


def test_who_faces_may_be_is_the_mean_over_them_by_class_else_by_cluster(alice: APIClient) -> None:
    ann, bob = make_person("Ann"), make_person("Bob")
    first, second, third = make_face(), make_face(), make_face()
    make_guess(first, classified=ann, cluster=bob, probability=0.9)
    make_guess(second, cluster=bob, probability=0.6)
    assert likely(alice, first, second, third) == [("Ann", 0.3), ("Bob", 0.2)]
    Guess.objects.filter(face=first).update(runner_up=bob, runner_up_probability=0.06)
    assert likely(alice, first, second, third) == [("Ann", 0.3), ("Bob", 0.22)]
    assert likely(alice, second) == [("Bob", 0.6)]
    assert likely(alice, third) == []


def test_nobody_is_likely_who_was_rejected_or_has_no_name_or_is_the_label(
    alice: APIClient,
) -> None:
    ann, bob, unknown = make_person("Ann"), make_person("Bob"), make_person("")
    face, stranger, labelled = make_face(), make_face(), make_face(person=bob)
    make_guess(face, classified=ann)
    make_guess(stranger, cluster=unknown)
    make_guess(labelled, classified=bob)
    Rejection.objects.create(face=face, person=ann)
    assert likely(alice, face, stranger, labelled) == []


def test_who_is_in_the_photo_by_its_file_is_likely_until_labelled_there(alice: APIClient) -> None:
    photo = make_photo()
    first, second = make_face(photo), make_face(photo)
    note_names(photo=photo, names=NamesInFile(names=("Ann", "Bob")), source=Mention.Source.FILE)
    take_mentions(owner=make_user())
    assert likely(alice, first) == [("Ann", 0.333), ("Bob", 0.333)]
    make_guess(first, classified=Person.objects.get(name="Bob"), probability=0.8)
    assert likely(alice, first) == [("Bob", 0.8), ("Ann", 0.333)]
    second.person = Person.objects.get(name="Bob")
    second.save()
    assert likely(alice, first) == [("Bob", 0.8), ("Ann", 0.5)]


def test_at_most_eight_are_likely_and_the_query_count_is_constant(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    faces = [make_face() for _ in range(10)]
    for index, face in enumerate(faces):
        make_guess(face, classified=make_person(f"P{index}"), probability=0.05 * (index + 1))
    with django_assert_max_num_queries(8):
        assert [name for name, _ in likely(alice, *faces)] == [f"P{n}" for n in range(9, 1, -1)]


def test_a_stranger_learns_not_who_faces_may_be(charlie: APIClient) -> None:
    face = make_face()
    make_guess(face, classified=make_person())
    assert likely(charlie, face) == []


@pytest.mark.parametrize("faces", ["", "x", "1,,2", "-1", "9" * 30, ",".join(["1"] * 501)])
def test_faces_that_are_no_ids_are_refused(alice: APIClient, faces: str) -> None:
    answer = alice.get(f"/api/people/likely/?faces={faces}")
    assert fields_of(answer) == ["faces"]


def test_a_person_is_added_once(alice: APIClient) -> None:
    first = alice.post("/api/people/", {"name": "Ann"}, format="json")
    again = alice.post("/api/people/", {"name": "ANN"}, format="json")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Person.objects.get().owner == make_user()


def test_a_person_is_renamed(alice: APIClient) -> None:
    ann = make_person()
    answer = alice.patch(f"/api/people/{ann.pk}/", {"name": "Anna"}, format="json")
    assert (answer.status_code, answer.json()["name"]) == (200, "Anna")
    assert Person.objects.get().name == "Anna"


def test_a_name_that_is_taken_is_refused(alice: APIClient) -> None:
    ann = make_person()
    make_person("Bob")
    answer = alice.patch(f"/api/people/{ann.pk}/", {"name": "bob"}, format="json")
    assert answer.status_code == 400
    assert "name" in fields_of(answer)


def test_a_person_is_found_by_aliases_and_they_are_changed_apart_from_the_name(
    alice: APIClient,
) -> None:
    ann = make_person()
    make_person("Bob")
    asked = {"aliases": [" Zoë  Ann ", "zoë ann", "ANN", 'The "Boss"']}
    changed = alice.patch(f"/api/people/{ann.pk}/", asked, format="json").json()
    assert (changed["name"], changed["aliases"]) == ("Ann", ["zoë ann", 'The "Boss"'])
    for text, expected in (
        ("zoe", ["Ann"]),
        ('"boss"', ["Ann"]),
        (",", []),
        ("bo", ["Bob", "Ann"]),
    ):
        found = alice.get("/api/people/", {"q": text}).json()["results"]
        assert [each["name"] for each in found] == expected
    alice.patch(f"/api/people/{ann.pk}/", {"name": "Anna"}, format="json")
    assert alice.get(f"/api/people/{ann.pk}/").json()["aliases"] == ["zoë ann", 'The "Boss"']


@pytest.mark.parametrize(
    "aliases", ["Zoë", [""], ["x" * 201], ["x\x07"], [str(number) for number in range(21)]]
)
def test_what_are_no_aliases_is_refused(alice: APIClient, aliases: Any) -> None:
    ann = make_person()
    answer = alice.patch(f"/api/people/{ann.pk}/", {"aliases": aliases}, format="json")
    assert fields_of(answer)[0].startswith("aliases")


def test_somebody_unknown_has_no_aliases(alice: APIClient) -> None:
    unknown = make_person("")
    asked = {"name": "Ann", "aliases": ["Annie"]}
    assert alice.patch(f"/api/people/{unknown.pk}/", asked, format="json").status_code == 400


def test_naming_an_unknown_person_labels_its_faces(alice: APIClient) -> None:
    unknown, face = make_person(""), make_face()
    make_guess(face, cluster=unknown)
    answer = alice.patch(f"/api/people/{unknown.pk}/", {"name": "Ann"}, format="json")
    assert answer.json()["name"] == "Ann"
    assert answer.json()["faces"] == 1
    labelled = Face.objects.get().person
    assert labelled is not None
    assert labelled.pk == answer.json()["id"]


def test_a_person_is_deleted_and_its_faces_stay(alice: APIClient) -> None:
    ann = make_person()
    make_face(person=ann)
    answer = alice.delete(f"/api/people/{ann.pk}/")
    assert answer.status_code == 200
    assert Face.objects.get().person is None
    assert alice.get(f"/api/people/{ann.pk}/").status_code == 404


@pytest.mark.parametrize(
    "data", [{}, {"name": ""}, {"name": " "}, {"name": "x" * 201}, {"name": None}, {"name": "\x00"}]
)
def test_what_is_no_name_is_refused(alice: APIClient, data: dict[str, Any]) -> None:
    ann = make_person()
    assert alice.post("/api/people/", data, format="json").status_code == 400
    assert alice.patch(f"/api/people/{ann.pk}/", data, format="json").status_code == 400
    assert [person.name for person in Person.objects.all()] == ["Ann"]


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 30, "x"])
def test_a_person_who_is_not_there_is_404(alice: APIClient, pk: str) -> None:
    for answer in (
        alice.get(f"/api/people/{pk}/"),
        alice.patch(f"/api/people/{pk}/", {"name": "Ann"}, format="json"),
        alice.delete(f"/api/people/{pk}/"),
    ):
        assert answer.status_code == 404


def test_a_stranger_can_neither_see_nor_change_people(charlie: APIClient) -> None:
    ann = make_person()
    make_face(person=ann)
    assert charlie.get("/api/people/").json()["results"] == []
    for answer in (
        charlie.get(f"/api/people/{ann.pk}/"),
        charlie.patch(f"/api/people/{ann.pk}/", {"name": "Eve"}, format="json"),
        charlie.delete(f"/api/people/{ann.pk}/"),
    ):
        assert answer.status_code == 404
    assert Face.objects.get().person == ann
    assert Person.objects.get().name == "Ann"


def test_the_card_of_an_unknown_person_has_its_best_faces_and_dates(alice: APIClient) -> None:
    unknown = make_person("")
    days = [datetime(2014 + number, 5, 1, tzinfo=UTC) for number in range(8)]
    faces = [
        make_face(make_photo(taken_at=day), quality=number / 10) for number, day in enumerate(days)
    ]
    for face in faces:
        make_guess(face, cluster=unknown)
    (card,) = alice.get("/api/people/?kind=unknown").json()["results"]
    assert [each["face"] for each in card["best"]] == [face.pk for face in faces[:1:-1]]
    assert card["best"][0]["crop"] == faces[-1].crop_url
    assert (card["first_seen"][:10], card["last_seen"][:10]) == ("2014-05-01", "2021-05-01")
    assert alice.get(f"/api/people/{unknown.pk}/").json() == card


def test_the_query_count_of_cards_is_constant(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (10, 20):
        for _ in range(10):
            make_guess(make_face(), cluster=make_person(""))
        with django_assert_max_num_queries(4):  # session, user, people, their faces
            assert len(alice.get("/api/people/?kind=unknown").json()["results"]) == count


def test_a_stranger_is_hidden_and_shown_again(alice: APIClient) -> None:
    unknown, face = make_person(""), make_face()
    make_guess(face, cluster=unknown)

    def listed() -> list[list[int]]:
        return [
            [each["id"] for each in alice.get(f"/api/people/?{query}").json()["results"]]
            for query in ("kind=unknown", "kind=unknown&hidden=true")
        ]

    answer = alice.post(f"/api/people/{unknown.pk}/hide/")
    assert (answer.status_code, answer.json()["changed"]) == (200, [face.pk])
    assert listed() == [[], [unknown.pk]]
    assert alice.post(f"/api/people/{unknown.pk}/hide/").status_code == 400
    event = alice.post(f"/api/people/{unknown.pk}/show/").json()["event"]
    assert listed() == [[unknown.pk], []]
    assert alice.post(f"/api/events/{event}/undo/").status_code == 200
    assert listed() == [[], [unknown.pk]]


def test_unknown_people_are_merged(alice: APIClient) -> None:
    people = [make_person("") for _ in range(3)]
    faces = [make_face() for _ in people]
    for face, person in zip(faces, people, strict=True):
        make_guess(face, cluster=person)
    one, two, into = (person.pk for person in people)
    answer = alice.post("/api/people/merge/", {"people": [one, two], "into": into}, format="json")
    assert answer.json()["changed"] == [face.pk for face in faces]
    assert answer.json()["person"]["id"] == into
    assert [each["id"] for each in alice.get("/api/people/?kind=unknown").json()["results"]] == [
        into
    ]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"people": [], "into": 1}, "people"),
        ({"into": 1}, "people"),
        ({"people": [1]}, "into"),
        ({"people": ["x"], "into": 1}, "people.0"),
    ],
)
def test_a_merge_of_nobody_is_refused(alice: APIClient, data: dict[str, Any], field: str) -> None:
    answer = alice.post("/api/people/merge/", data, format="json")
    assert answer.status_code == 400
    assert field in fields_of(answer)


def test_a_stranger_can_neither_hide_nor_merge_anybody(charlie: APIClient) -> None:
    unknown, other = make_person(""), make_person("")
    own = make_person("", make_user("charlie"))
    make_guess(make_face(), cluster=unknown)
    for path in ("hide", "show"):
        assert charlie.post(f"/api/people/{unknown.pk}/{path}/").status_code == 404
    for people, into in (([unknown.pk], own.pk), ([own.pk], other.pk), ([unknown.pk], other.pk)):
        data = {"people": people, "into": into}
        assert charlie.post("/api/people/merge/", data, format="json").status_code == 400
    assert not LabelEvent.objects.exists()
    assert Face.objects.get().person is None


def test_a_merge_is_shown_before_it_is_done(alice: APIClient) -> None:
    ann, twin, unknown = make_person(), make_person("Anna"), make_person("")
    photo = make_photo()
    make_face(photo, person=ann)
    make_face(photo, person=twin)
    make_guess(make_face(), cluster=unknown)
    data = {"people": [twin.pk, unknown.pk], "into": ann.pk}
    preview = alice.post("/api/people/merge/preview/", data, format="json").json()
    assert preview == {"faces": 3, "aliases": ["Anna"], "together": [photo.pk]}
    assert not LabelEvent.objects.exists()
    outcome = alice.post("/api/people/merge/", data, format="json").json()
    shown = alice.get(f"/api/people/{ann.pk}/").json()
    assert (shown["faces"], shown["aliases"]) == (3, ["Anna"])
    assert alice.post(f"/api/events/{outcome['event']}/undo/").status_code == 200
    assert alice.get(f"/api/people/{twin.pk}/").json()["faces"] == 1


def test_all_that_is_said_of_a_person_can_be_changed(alice: APIClient) -> None:
    ann, other = make_person(), make_face()
    make_face(person=ann, quality=0.9)
    cover = make_face(person=ann, quality=0.1)
    change = {"birth_date": "2001-02-03", "is_favourite": True, "cover": cover.pk}
    shown = alice.patch(f"/api/people/{ann.pk}/", change, format="json").json()
    assert {fact: shown[fact] for fact in change} == change
    assert shown["crop"] == cover.crop_url
    for bad in ({"cover": other.pk}, {"birth_date": "2999-01-01"}, {"birth_date": "x"}):
        answer = alice.patch(f"/api/people/{ann.pk}/", bad, format="json")
        assert (answer.status_code, fields_of(answer)) == (400, list(bad))


@pytest.mark.parametrize("limit", [1, 2, 10])
@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Zoë", "ann", "Émile", "Eve"]),
        ("count", ["Zoë", "Eve", "Émile", "ann"]),
        ("recent", ["Zoë", "ann", "Eve", "Émile"]),
    ],
)
def test_favourites_come_first_and_the_others_in_order(
    alice: APIClient, limit: int, sort: str, expected: list[str]
) -> None:
    for name, faces, year in [("ann", 0, 2020), ("Émile", 1, 1990), ("Eve", 3, 2010)]:
        person = make_person(name)
        for _ in range(faces):
            make_face(person=person)
        make_face(make_photo(taken_at=datetime(year, 1, 1, tzinfo=UTC)), person=person)
    zoe = make_person("Zoë")
    Person.objects.filter(pk=zoe.pk).update(is_favourite=True)
    shown = all_pages(alice, f"/api/people/?kind=named&sort={sort}&limit={limit}")
    assert [person["name"] for person in shown] == expected


@pytest.mark.parametrize("newest", [0, 1, 2, 3, 10])
def test_who_is_in_no_new_photo_has_been_seen_no_later(
    alice: APIClient, monkeypatch: pytest.MonkeyPatch, newest: int
) -> None:
    monkeypatch.setattr(listing, "NEWEST", newest)
    for name, years in [("Ann", [2020, 1980]), ("Ben", [2015]), ("Cleo", [1990, 1995])]:
        person = make_person(name)
        for year in years:
            make_face(make_photo(taken_at=datetime(year, 1, 1, tzinfo=UTC)), person=person)
    make_face(make_photo(), person=make_person("Undated"))
    shown = all_pages(alice, "/api/people/?kind=named&sort=recent&limit=1")
    assert [person["name"] for person in shown] == ["Ann", "Ben", "Cleo", "Undated"]


def test_hidden_people_are_listed_where_they_are_asked_for(alice: APIClient) -> None:
    make_person("Ann")
    Person.objects.filter(pk=make_person("Bob").pk).update(is_hidden=True)

    def names(query: str) -> list[str]:
        shown = alice.get(f"/api/people/?kind=named&sort=name&{query}").json()["results"]
        return [person["name"] for person in shown]

    assert names("hidden=false") == ["Ann"]
    assert names("hidden=true") == ["Bob"]
    assert names("") == ["Ann", "Bob"]


@pytest.mark.parametrize("values", [[0, 7, 1], ["0", "ANN", 1], [0, "A\0", 1], [0, "\ud800", 1]])
def test_a_cursor_of_the_wrong_kind_is_refused(alice: APIClient, values: list[object]) -> None:
    make_person()
    cursor = urlsafe_b64encode(json.dumps(values).encode()).decode()
    assert alice.get("/api/people/", {"sort": "name", "cursor": cursor}).status_code == 400


def test_an_unknown_person_whose_faces_have_gone_elsewhere_is_not_named(alice: APIClient) -> None:
    person = make_person("")
    answer = alice.patch(f"/api/people/{person.pk}/", {"name": "Ann"}, format="json")
    assert answer.status_code == 400, answer.content
    assert not Person.objects.filter(name="Ann").exists()
