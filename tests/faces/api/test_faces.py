"""Faces in the API: lists, pages, actions on ids and on filters, and what strangers get."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from faces.models import Dismissal, Face, Guess, LabelEvent, Person, Rejection
from faces.queries import Sort
from project.images import image_address
from tests.factories import (
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_user,
)
from tests.problems import fields_of, problem_of

pytestmark = pytest.mark.django_db

ACTIONS = ("label", "confirm", "reject", "unassign", "dismiss")


def post(client: APIClient, action: str, **data: Any) -> Any:
    return client.post(f"/api/faces/{action}/", data, format="json")


def needs(action: str, person: Person) -> dict[str, int]:
    """What an action asks for beside the faces."""
    return {"person": person.pk} if action in ("label", "reject") else {}


def all_pages(client: APIClient, address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    pages = 0
    following: str | None = address
    while following:
        answer = client.get(following)
        assert answer.status_code == 200, answer.json()
        found += answer.json()["results"]
        following = answer.json()["next"]
        pages += 1
        assert pages < 100
    return found


def test_a_face_is_shown_with_box_label_and_both_guesses(alice: APIClient) -> None:
    ann, bob = make_person(), make_person("Bob")
    face = make_face(person=ann)
    make_guess(face, cluster=ann, classified=bob, probability=0.75)
    shown = alice.get(f"/api/faces/{face.pk}/").json()
    assert shown["id"] == face.pk
    assert shown["photo"] == face.photo_id
    assert shown["box"] == {"left": 0.1, "top": 0.1, "width": 0.2, "height": 0.3}
    assert shown["person"] == {"id": ann.pk, "name": "Ann", "display_name": "Ann"}
    assert shown["guess"]["cluster_person"]["name"] == "Ann"
    assert shown["guess"]["class_person"]["name"] == "Bob"
    assert shown["guess"]["cluster_probability"] == shown["guess"]["class_probability"] == 0.75
    assert shown["crop"] == image_address(face.crop_name, int(face.seen_at.timestamp()))


def test_a_face_of_whom_nothing_is_said_has_neither_person_nor_guess(alice: APIClient) -> None:
    shown = alice.get(f"/api/faces/{make_face().pk}/").json()
    assert (shown["person"], shown["guess"]) == (None, None)


@pytest.mark.parametrize("sort", Sort)
@pytest.mark.parametrize("limit", [1, 3])
def test_paging_shows_every_face_once_in_the_order_of_one_page(
    alice: APIClient, sort: str, limit: int
) -> None:
    people = [make_person(name) for name in ("Ann", "Bob", "Eve")]
    for index in range(14):
        labelled = index % 5 == 0
        face = make_face(
            make_photo(taken_at=f"20{index // 2:02}-01-01T00:00:00.1Z" if index % 3 else None),
            person=people[index % 3] if labelled else None,
        )
        if index % 4:
            guessed = people[index % 2] if index % 3 else None
            make_guess(face, classified=guessed, cluster=people[2], probability=index % 3 / 3)
    whole = alice.get(f"/api/faces/?sort={sort}").json()
    assert whole["next"] is None
    paged = all_pages(alice, f"/api/faces/?sort={sort}&limit={limit}")
    assert [face["id"] for face in paged] == [face["id"] for face in whole["results"]]
    assert len({face["id"] for face in paged}) == 14


def test_a_list_is_narrowed_by_its_filter(alice: APIClient) -> None:
    ann = make_person()
    sure, unsure = make_face(), make_face()
    make_face(person=ann)
    make_guess(sure, classified=ann, probability=0.9)
    make_guess(unsure, classified=ann, probability=0.6)

    def listed(query: str) -> list[int]:
        return [face["id"] for face in all_pages(alice, f"/api/faces/?{query}")]

    assert listed("tab=inferred&sort=probability") == [sure.pk, unsure.pk]
    assert listed("tab=inferred&min_probability=0.8") == [sure.pk]
    assert listed("tab=inferred&method=cluster") == []
    assert listed(f"tab=inferred&person={ann.pk}&photo={unsure.photo_id}") == [unsure.pk]
    assert listed(f"library={sure.photo.library_id}") == [sure.pk]


def listed(client: APIClient, query: str) -> list[int]:
    return [face["id"] for face in all_pages(client, f"/api/faces/?{query}")]


def ids(client: APIClient, query: str) -> list[int]:
    answer = client.get(f"/api/faces/ids/?{query}")
    assert answer.status_code == 200, answer.json()
    found: list[int] = answer.json()["ids"]
    return found


def make_guessed_faces() -> tuple[list[Person], dict[str, list[int]]]:
    """Eve, Bob and Ann, and their guessed faces by name, the likeliest first."""
    people = [make_person(name) for name in ("Eve", "Bob", "Ann")]
    faces: dict[str, list[int]] = {}
    for person, count in zip(people, (1, 3, 2), strict=True):
        for index in range(count):
            face = make_face()
            make_guess(face, classified=person, probability=0.9 - index / 10)
            faces.setdefault(person.name, []).append(face.pk)
    return people, faces


def test_faces_of_some_people_come_in_the_order_in_which_these_are_named(alice: APIClient) -> None:
    (eve, bob, ann), faces = make_guessed_faces()
    make_face(person=eve)
    query = f"tab=inferred&people={ann.pk},{bob.pk}&sort=doubt"
    expected = faces["Ann"][::-1] + faces["Bob"][::-1]
    assert listed(alice, query) == listed(alice, f"{query}&limit=2") == expected
    assert ids(alice, query) == expected


def test_a_list_begins_as_far_on_as_it_is_asked_to_and_goes_on_from_there(
    alice: APIClient,
) -> None:
    (eve, bob, ann), faces = make_guessed_faces()
    query = f"people={bob.pk},{eve.pk},{ann.pk}&sort=probability"
    everybody = [*faces["Bob"], *faces["Eve"], *faces["Ann"]]
    assert listed(alice, f"{query}&offset=2") == everybody[2:]
    assert listed(alice, f"{query}&offset=2&limit=2") == everybody[2:]
    assert listed(alice, f"{query}&offset=6") == []


@pytest.mark.parametrize("sort", Sort)
def test_grouped_faces_stay_with_their_person_whatever_their_order(
    alice: APIClient, sort: str
) -> None:
    make_guessed_faces()
    query = f"tab=inferred&sort={sort}&grouped=true"
    answer = alice.get(f"/api/faces/ids/?{query}").json()
    assert list(dict.fromkeys(answer["people"])) == [
        group["person"]["id"] for group in alice.get("/api/faces/groups/?tab=inferred").json()
    ]
    assert len(answer["people"]) == len(answer["ids"]) == 6
    assert listed(alice, f"{query}&limit=2") == answer["ids"]


@pytest.mark.parametrize("sort", Sort)
def test_the_ids_are_those_of_the_list_in_its_order(alice: APIClient, sort: str) -> None:
    make_guessed_faces()
    make_face(person=make_person("Kim"))
    make_face()
    for query in (f"sort={sort}", f"tab=inferred&min_probability=0.75&sort={sort}"):
        assert ids(alice, query) == listed(alice, query)


def test_the_ids_come_with_whom_each_face_is_thought_to_be(alice: APIClient) -> None:
    (eve, *_), faces = make_guessed_faces()
    bare = make_face()
    answer = alice.get("/api/faces/ids/").json()
    people = dict(zip(answer["ids"], answer["people"], strict=True))
    assert people[faces["Eve"][0]] == eve.pk
    assert people[bare.pk] is None


def test_a_range_of_days_narrows_faces_groups_and_counts(alice: APIClient) -> None:
    ann = make_person()
    for day in ("2001-05-01T23:59:59Z", "2001-05-02T00:00:00Z", "2001-05-03T23:59:59Z", None):
        make_face(make_photo(taken_at=day), person=ann)
    days = "taken_from=2001-05-02&taken_to=2001-05-03"
    assert len(listed(alice, days)) == 2
    assert alice.get(f"/api/faces/groups/?{days}").json()[0]["count"] == 2
    assert alice.get(f"/api/faces/counts/?{days}").json()["labelled"] == 2
    assert len(listed(alice, "taken_from=0001-01-01&taken_to=9999-12-31")) == 3


def test_counts_and_groups_are_those_of_the_filter(alice: APIClient) -> None:
    ann, face = make_person(), make_face()
    make_guess(face, classified=ann)
    make_face(person=ann)
    counts = alice.get("/api/faces/counts/").json()
    assert {tab: count for tab, count in counts.items() if count} == {"labelled": 1, "inferred": 1}
    groups = alice.get("/api/faces/groups/?tab=inferred").json()
    assert groups == [{"person": {"id": ann.pk, "name": "Ann", "display_name": "Ann"}, "count": 1}]


@pytest.mark.parametrize(
    "query",
    [
        "tab=everything",
        "method=magic",
        "sort=name",
        "person=Ann",
        "min_probability=2",
        "min_probability=-1",
        "min_probability=nan",
        "photo=x",
        "library=x",
        "people=Ann",
        "people=1,,2",
        "people=1" + "0" * 30,
        "offset=-1",
        "offset=1" + "0" * 30,
        "grouped=perhaps",
        "taken_from=May",
        "taken_to=2001-13-01",
        "limit=0",
        "limit=501",
        "limit=x",
        "cursor=nonsense",
    ],
)
def test_a_bad_filter_is_refused_by_the_name_of_its_field(alice: APIClient, query: str) -> None:
    answer = alice.get(f"/api/faces/?{query}")
    assert answer.status_code == 400
    assert fields_of(answer) == [query.partition("=")[0]]


@pytest.mark.parametrize("query", ["person=1" + "0" * 30, "photo=1" + "0" * 30])
def test_numbers_beyond_all_rows_find_nothing(alice: APIClient, query: str) -> None:
    make_face(person=make_person())
    assert alice.get(f"/api/faces/?{query}").json()["results"] == []


def test_the_query_count_of_a_list_is_constant(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ann = make_person()
    for faces in (10, 20):
        for _ in range(10):
            make_guess(make_face(), classified=ann)
        # Session, user, current training, which faces, the faces, guesses.
        for query in ("", f"people={ann.pk}&sort=size", "offset=0&sort=date&grouped=true"):
            with django_assert_max_num_queries(6):
                assert len(alice.get(f"/api/faces/?{query}").json()["results"]) == faces
        with django_assert_max_num_queries(4):
            assert len(ids(alice, "")) == faces


def test_a_face_is_labelled_with_a_known_person(alice: APIClient) -> None:
    ann, face = make_person(), make_face()
    answer = post(alice, "label", faces=[face.pk], person=ann.pk)
    assert answer.status_code == 200
    assert answer.json() == {
        "person": {"id": ann.pk, "name": "Ann", "display_name": "Ann"},
        "changed": [face.pk],
        "skipped": [],
        "event": LabelEvent.objects.get().pk,
    }
    assert Face.objects.get(pk=face.pk).person == ann


def test_only_ones_own_faces_are_left_out(alice: APIClient, charlie: APIClient) -> None:
    face, left_out = make_face(), make_face()
    strangers = make_face(make_photo(make_library(make_user("charlie"))))
    post(alice, "label", faces=[face.pk], name="Eve", left_out=[left_out.pk, strangers.pk])
    assert Rejection.objects.get().face == left_out
    answer = post(alice, "label", faces=[face.pk], name="Eve", left_out=["x"])
    assert fields_of(answer) == ["left_out.0"]


def test_a_new_name_makes_a_person_and_a_known_one_finds_it(alice: APIClient) -> None:
    first, second = make_face(), make_face()
    made = post(alice, "label", faces=[first.pk], name="Eve").json()["person"]
    again = post(alice, "label", faces=[second.pk], name=" eve ").json()["person"]
    assert made == again
    assert Person.objects.get().name == "Eve"


def test_a_guess_is_confirmed_by_its_method(alice: APIClient) -> None:
    ann, bob, face = make_person(), make_person("Bob"), make_face()
    make_guess(face, cluster=ann, classified=bob)
    assert post(alice, "confirm", faces=[face.pk], method="cluster").json()["changed"] == [face.pk]
    assert Face.objects.get(pk=face.pk).person == ann


def test_guesses_are_confirmed_by_filter_as_long_as_those_stand_that_were_shown(
    alice: APIClient,
) -> None:
    (_, bob, _), faces = make_guessed_faces()
    shown = training_of(faces["Bob"][0])
    asked = {"tab": "inferred", "person": bob.pk, "min_probability": 0.75}
    answer = post(alice, "confirm", filter=asked, training=shown + 1)
    assert answer.status_code == 409
    assert "look at them again" in problem_of(answer)["detail"]
    assert not LabelEvent.objects.exists()
    assert not Face.objects.exclude(person=None).exists()
    answer = post(alice, "confirm", filter=asked, training=shown)
    assert sorted(answer.json()["changed"]) == sorted(faces["Bob"][:2])


def training_of(face: int) -> int:
    """Return the training that made the guess of a face."""
    return Guess.objects.get(face=face).training_id


@pytest.mark.parametrize("action", ACTIONS)
def test_what_somebody_has_labelled_meanwhile_is_left_alone_and_told(
    alice: APIClient, action: str
) -> None:
    ann, bob = make_person(), make_person("Bob")
    seen = ann if action == "unassign" else None
    same, other = make_face(person=seen), make_face(person=bob)
    for face in (same, other):
        make_guess(face, classified=ann)
    labels = {str(face.pk): seen.pk if seen else None for face in (same, other)}
    ids = [same.pk, other.pk]
    answer = post(alice, action, faces=ids, labels=labels, **needs(action, ann)).json()
    assert answer["changed"] == [same.pk]
    assert answer["skipped"] == [
        {"face": other.pk, "reason": "Its label has changed since: look at it again."}
    ]
    assert Face.objects.get(pk=other.pk).person == bob


def test_thousands_of_faces_are_taken_at_once_and_no_more_than_a_hundred_thousand(
    alice: APIClient,
) -> None:
    faces = [make_face().pk for _ in range(3)]
    many = [*faces, *range(10**9, 10**9 + 20_000)]
    answer = post(alice, "label", faces=many, name="Ann")
    assert answer.json()["changed"] == faces
    assert len(answer.json()["skipped"]) == 20_000
    assert post(alice, "label", faces=[1] * 100_001, name="Ann").status_code == 400


def test_a_rejected_guess_is_gone(alice: APIClient) -> None:
    ann, face = make_person(), make_face()
    make_guess(face, classified=ann)
    assert post(alice, "reject", faces=[face.pk], person=ann.pk).json()["changed"] == [face.pk]
    assert Rejection.objects.filter(face=face, person=ann).exists()
    assert alice.get("/api/faces/?tab=inferred").json()["results"] == []


def test_a_label_is_taken_away(alice: APIClient) -> None:
    face = make_face(person=make_person())
    assert post(alice, "unassign", faces=[face.pk]).json()["changed"] == [face.pk]
    assert Face.objects.get(pk=face.pk).person is None


def test_a_face_is_dismissed_by_its_address_or_in_bulk(alice: APIClient) -> None:
    first, second = make_face(), make_face()
    assert alice.delete(f"/api/faces/{first.pk}/").status_code == 204
    assert post(alice, "dismiss", faces=[second.pk]).json()["changed"] == [second.pk]
    assert not Face.objects.exists()
    assert Dismissal.objects.count() == 2


@pytest.mark.parametrize("action", ACTIONS)
def test_bulk_by_filter_acts_on_what_the_filter_means_on_the_server(
    alice: APIClient, action: str
) -> None:
    ann, bob = make_person(), make_person("Bob")
    meant = [make_face() for _ in range(3)]
    for face in meant:
        make_guess(face, classified=ann)
    others = [make_face(), make_face(person=bob)]
    if action == "unassign":
        Face.objects.filter(pk__in=[face.pk for face in meant]).update(person=ann)
    tab = "labelled" if action == "unassign" else "inferred"
    person = bob if action == "label" else ann
    answer = post(alice, action, filter={"tab": tab, "person": ann.pk}, **needs(action, person))
    assert sorted(answer.json()["changed"]) == [face.pk for face in meant]
    unchanged = {face.pk: face.person_id for face in others}
    assert dict(Face.objects.filter(pk__in=unchanged).values_list("pk", "person")) == unchanged


@pytest.mark.parametrize("action", ACTIONS)
def test_bulk_refuses_a_selection_that_is_not_clear(alice: APIClient, action: str) -> None:
    ann = make_person()
    face = make_face(person=ann)
    selections: tuple[dict[str, Any], ...] = (
        {},
        {"faces": []},
        {"faces": ["x"]},
        {"faces": [face.pk], "filter": {"tab": "labelled"}},
        {"filter": {"tab": "everything"}},
        {"filter": {}},
        {"filter": {"persn": ann.pk}},
        {"filter": {"tab": "labelled", "persn": ann.pk}},
    )
    for selection in selections:
        answer = post(alice, action, **selection, **needs(action, ann))
        assert answer.status_code == 400, selection
    assert Face.objects.get().person == ann
    assert not LabelEvent.objects.exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_a_strangers_faces_are_left_alone_and_said_not_to_exist(
    charlie: APIClient, action: str
) -> None:
    ann = make_person()
    labelled, guessed = make_face(person=ann), make_face()
    make_guess(guessed, classified=ann)
    own = make_face(make_photo(make_library(make_user("charlie"))))
    eve = make_person("Eve", make_user("charlie"))
    before = list(Face.objects.filter(photo__library__owner=make_user()).values())
    ids = [labelled.pk, guessed.pk, own.pk]
    skipped = post(charlie, action, faces=ids, **needs(action, eve)).json()["skipped"]
    strange = [each["face"] for each in skipped if each["reason"] == "There is no such face."]
    assert strange == ids[:2]
    for narrowed in ({"person": ann.pk}, {"photo": labelled.photo_id}):
        answer = post(charlie, action, filter=narrowed, **needs(action, eve))
        assert answer.json()["changed"] == []
    assert list(Face.objects.filter(photo__library__owner=make_user()).values()) == before


@pytest.mark.parametrize("action", ["label", "reject"])
def test_a_strangers_person_is_refused(charlie: APIClient, action: str) -> None:
    ann = make_person()
    own = make_face(make_photo(make_library(make_user("charlie"))))
    answer = post(charlie, action, faces=[own.pk], person=ann.pk)
    assert answer.status_code == 400
    assert fields_of(answer) == ["person"]
    assert Face.objects.get(pk=own.pk).person is None
    assert not Rejection.objects.exists()


def test_a_stranger_gets_404_for_a_face_and_its_crop(charlie: APIClient) -> None:
    face = make_face()
    default_storage.save(face.crop_name, ContentFile(b"crop"))
    assert charlie.get(f"/api/faces/{face.pk}/").status_code == 404
    assert charlie.get(f"/api/faces/{face.pk}/crop/").status_code == 404
    assert charlie.delete(f"/api/faces/{face.pk}/").status_code == 404
    assert Face.objects.filter(pk=face.pk).exists()


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 30, "x"])
def test_a_face_that_is_not_there_is_404(alice: APIClient, pk: str) -> None:
    assert alice.get(f"/api/faces/{pk}/").status_code == 404
    assert alice.get(f"/api/faces/{pk}/crop/").status_code == 404
    assert alice.delete(f"/api/faces/{pk}/").status_code == 404


def test_ids_that_are_not_there_are_told_not_to_exist(alice: APIClient) -> None:
    answer = post(alice, "unassign", faces=[10**30, 5])
    assert answer.json()["changed"] == []
    assert [each["face"] for each in answer.json()["skipped"]] == [5, 10**30]


def test_a_crop_is_a_private_picture(alice: APIClient) -> None:
    face = make_face()
    assert alice.get(f"/api/faces/{face.pk}/crop/").status_code == 404  # not made yet
    default_storage.save(face.crop_name, ContentFile(b"picture"))
    answer = alice.get(f"/api/faces/{face.pk}/crop/")
    assert b"".join(answer.streaming_content) == b"picture"  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "image/webp"
    assert "private" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"person": 1, "name": "Ann"},
        {"name": ""},
        {"name": " "},
        {"name": "x" * 201},
        {"name": "A\x00"},
        {"name": "A\x07"},
        {"person": 999_999},
        {"person": "Ann"},
    ],
)
def test_labelling_needs_one_good_person_or_name(alice: APIClient, data: dict[str, Any]) -> None:
    face = make_face()
    assert post(alice, "label", faces=[face.pk], **data).status_code == 400
    assert Face.objects.get().person is None
    assert not Person.objects.exists()


def test_an_unknown_person_cannot_be_a_label(alice: APIClient) -> None:
    face, unknown = make_face(), make_person("")
    assert post(alice, "label", faces=[face.pk], person=unknown.pk).status_code == 400
    assert Face.objects.get().person is None


def test_confirming_refuses_an_unknown_method(alice: APIClient) -> None:
    assert post(alice, "confirm", faces=[make_face().pk], method="magic").status_code == 400


def test_faces_are_split_off_an_unknown_person(alice: APIClient, charlie: APIClient) -> None:
    unknown, faces = make_person(""), [make_face() for _ in range(3)]
    for face in faces:
        make_guess(face, cluster=unknown)
    data = {"faces": [faces[0].pk], "person": unknown.pk}
    assert charlie.post("/api/faces/split/", data, format="json").status_code == 400
    outcome = alice.post("/api/faces/split/", data, format="json").json()
    assert outcome["changed"] == [faces[0].pk]
    assert outcome["person"]["id"] != unknown.pk
    shown = alice.get(f"/api/faces/?tab=unknown&person={outcome['person']['id']}").json()
    assert [face["id"] for face in shown["results"]] == [faces[0].pk]
