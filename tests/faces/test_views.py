"""The dashboard, the page that evaluates the labels, and the one of engines."""

from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from faces.actions.labelling import dismiss_faces
from faces.models import EngineChoice, Face, LabelEvent, Person
from project.jobs.models import Job
from tests.factories import (
    make_evaluation,
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db

DASHBOARD, EVALUATION = "/", "/evaluation/"


def shown(client: APIClient, **query: str) -> dict[str, Any]:
    """What the page is made of."""
    answer = client.get(DASHBOARD, query)
    assert answer.status_code == 200
    context: Any = answer.context
    names = ("tab", "method", "person", "filters", "counts", "libraries", "active_jobs")
    return {name: context[name] for name in (*names, "training")}


def test_the_dashboard_needs_a_user() -> None:
    answer = Client().get(DASHBOARD)
    assert answer.status_code == 302
    assert answer["Location"] == f"{reverse('login')}?next=/"


def test_it_opens_on_unassigned_faces_before_the_first_training_and_on_guesses_after(
    alice: APIClient,
) -> None:
    assert shown(alice)["tab"] == "unassigned"
    make_training()
    assert shown(alice)["tab"] == "inferred"


def test_it_shows_what_its_address_says(alice: APIClient) -> None:
    ann = make_person()
    page = shown(alice, tab="inferred", method="cluster", person=str(ann.pk), min_probability="0.8")
    assert (page["tab"], page["method"], page["person"]) == ("inferred", "cluster", ann)
    assert page["filters"] == "sort=probability&min_probability=0.8"
    library = str(make_library().pk)
    days = {"taken_from": "2001-05-01", "taken_to": "2001-05-02"}
    page = shown(alice, tab="labelled", sort="size", together="1", library=library, **days)
    assert dict(parse_qsl(page["filters"])) == {
        "sort": "size",
        "together": "True",
        "library": library,
        **days,
    }
    content = alice.get(f"/?person={ann.pk}").content.decode()
    assert f'person="{ann.pk}"' in content


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "everything"},
        {"method": "magic"},
        {"person": "Ann"},
        {"person": "9" * 30},
        {"person": "999999"},
        {"min_probability": "2"},
        {"min_probability": "nan"},
        {"sort": "name"},
        {"library": "999999"},
        {"library": "9" * 30},
        {"taken_from": "May"},
        {"taken_to": "2001-13-01"},
        {"tab": "\x00"},
    ],
)
def test_what_the_address_gets_wrong_is_as_if_it_were_not_there(
    alice: APIClient, query: dict[str, str]
) -> None:
    page, plain = shown(alice, **query), shown(alice)
    for name in ("tab", "method", "person", "filters"):
        assert page[name] == plain[name]


def test_the_numbers_are_those_of_the_photos_that_are_asked_for(alice: APIClient) -> None:
    library = make_library()
    make_face(make_photo(library, taken_at="2001-05-01T12:00:00Z"))
    make_face(make_photo(library, taken_at="2002-05-01T12:00:00Z"))
    make_face()
    assert shown(alice, library=str(library.pk))["counts"]["unassigned"] == 2
    assert shown(alice, taken_from="2002-01-01")["counts"]["unassigned"] == 1


def test_each_tab_has_the_number_of_its_faces(alice: APIClient) -> None:
    ann = make_person()
    make_face(person=ann)
    make_guess(make_face(), classified=ann)
    make_guess(make_face(), cluster=make_person(""))
    make_face()
    assert shown(alice)["counts"] == {
        "labelled": 1,
        "inferred": 1,
        "unknown": 1,
        "unassigned": 1,
        "doubtful": 0,
        "hidden": 0,
        "dismissed": 0,
    }


def test_a_name_is_text_and_no_markup(alice: APIClient) -> None:
    ann = make_person("<script>alert(1)</script>")
    content = alice.get(f"/?tab=labelled&person={ann.pk}").content.decode()
    assert "<script>alert" not in content
    assert "&lt;script&gt;alert" in content


def test_a_stranger_sees_nothing_of_alice(charlie: APIClient) -> None:
    ann = make_person()
    library = make_library()
    make_guess(make_face(make_photo(library)), classified=ann)
    make_face(make_photo(library), person=ann)
    Job.objects.create(kind=Job.Kind.SCAN, scope="alice", requested_by=make_user())
    page = shown(charlie, person=str(ann.pk))
    assert page["person"] is None
    assert set(page["counts"].values()) == {0}
    assert list(page["libraries"]) == list(page["active_jobs"]) == []
    assert page["training"] is None
    assert b"Ann" not in charlie.get(f"/?person={ann.pk}").content


def test_the_query_count_is_constant_from_10_to_20_faces(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ann = make_person()
    for _ in range(2):
        for _ in range(10):
            make_guess(make_face(make_photo()), classified=ann)
        with django_assert_max_num_queries(12):
            shown(alice)


def suspicion(face: Face, looks_like: Person | None, probability: float = 0.976) -> dict[str, Any]:
    return {
        "face": face.pk,
        "person": face.person_id,
        "probability": probability,
        "looks_like": looks_like.pk if looks_like else None,
    }


def test_the_evaluation_needs_a_user() -> None:
    assert Client().get(EVALUATION).status_code == 302
    assert Client().post(EVALUATION).status_code == 302
    assert not Job.objects.exists()


def test_before_the_first_evaluation_the_page_says_what_it_is(alice: APIClient) -> None:
    assert "How good are the guesses?" in alice.get(EVALUATION).content.decode()


def test_the_button_starts_an_evaluation_once(alice: APIClient) -> None:
    for _ in range(2):
        assert alice.post(EVALUATION)["Location"] == EVALUATION
    assert [job.kind for job in Job.objects.all()] == [Job.Kind.EVALUATE]
    assert "An evaluation is under way." in alice.get(EVALUATION).content.decode()


def test_the_button_is_bound_to_the_page() -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_user())
    assert client.post(EVALUATION).status_code == 403


def test_the_latest_evaluation_is_shown(alice: APIClient) -> None:
    make_evaluation(labels=99)
    make_evaluation()
    content = " ".join(alice.get(EVALUATION).content.decode().split())
    assert "10 labels of 2 people" in content
    assert "<b>78 %</b> rightly named" in content
    assert 'points="950,900 "' in content
    assert 'd="M500 0v1000"' in content
    assert 'r="37"' in content
    assert "No label looks wrong" in content


def test_too_few_labels_are_said_to_be_too_few(alice: APIClient) -> None:
    make_evaluation(labels=1, people=1, labels_needed=1)
    content = " ".join(alice.get(EVALUATION).content.decode().split())
    assert "Name 1 more face of somebody" in content
    assert "rightly named" not in content


def test_labels_that_look_wrong_are_shown_until_they_are_changed(alice: APIClient) -> None:
    ann, bob = make_person(), make_person("Bob")
    faces = [make_face(person=ann) for _ in range(3)]
    make_evaluation(suspicious=[suspicion(face, bob) for face in faces])
    content = " ".join(alice.get(EVALUATION).content.decode().split())
    assert "3 labels look wrong" in content
    assert "97 % likely to be wrong" in content
    assert "looks like <b>Bob</b>" in content
    assert faces[0].crop_url in content
    Face.objects.filter(pk=faces[0].pk).update(person=bob)
    faces[1].delete()
    content = " ".join(alice.get(EVALUATION).content.decode().split())
    assert "1 label looks wrong" in content
    assert faces[2].crop_url in content


def test_contradictions_are_shown_without_an_evaluation(alice: APIClient) -> None:
    ann, photo = make_person(), make_photo()
    for _ in range(2):
        make_face(photo, person=ann)
    content = " ".join(alice.get(EVALUATION).content.decode().split())
    assert "1 contradiction" in content
    assert "Ann is labelled 2 times in one photo" in content


def test_a_stranger_sees_no_evaluation_of_alice(charlie: APIClient) -> None:
    ann, bob = make_person("<b>Ann"), make_person("Bob")
    face = make_face(person=ann)
    make_face(face.photo, person=ann)
    make_evaluation(suspicious=[suspicion(face, bob)])
    content = charlie.get(EVALUATION).content.decode()
    assert "Ann" not in content
    assert "How good are the guesses?" in content


def test_a_report_that_names_faces_of_others_shows_none(charlie: APIClient) -> None:
    face = make_face(person=make_person())
    make_evaluation(make_user("charlie"), suspicious=[suspicion(face, None)])
    assert "No label looks wrong" in charlie.get(EVALUATION).content.decode()


def test_the_evaluations_query_count_is_constant_from_10_to_20_labels(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ann, bob = make_person(), make_person("Bob")
    faces: list[Face] = []
    for _ in range(2):
        for _ in range(10):
            photo = make_photo()
            faces += [make_face(photo, person=ann), make_face(photo, person=ann)]
        make_evaluation(suspicious=[suspicion(face, bob) for face in faces])
        with django_assert_max_num_queries(14):
            alice.get(EVALUATION)


ENGINES = "/engines/"


def staff() -> Client:
    client = Client()
    client.force_login(make_user("admin", is_staff=True))
    return client


def test_a_better_engine_is_offered_to_staff_until_they_have_chosen(alice: APIClient) -> None:
    offer = "A better engine is there"
    admin = staff()
    assert offer in admin.get(DASHBOARD).content.decode()
    assert offer not in alice.get(DASHBOARD).content.decode()
    admin.post(ENGINES, {"name": "yunet-sface", "action": "decline"})
    assert offer not in admin.get(DASHBOARD).content.decode()
    assert not Job.objects.exists()


def test_engines_are_shown_to_all_and_changed_by_staff_alone(alice: APIClient) -> None:
    assert "dlib-cnn" in alice.get(ENGINES).content.decode()
    assert "Take it" not in alice.get(ENGINES).content.decode()
    assert alice.post(ENGINES, {"name": "dlib-cnn", "action": "take"}).status_code == 403
    make_face()
    assert staff().post(ENGINES, {"name": "dlib-cnn", "action": "take"})["Location"] == ENGINES
    assert [job.kind for job in Job.objects.all()] == [Job.Kind.PREPARE]
    assert EngineChoice.objects.get(name="dlib-cnn").take_when_ready


def test_what_an_engine_would_change_is_shown_before_it_is_put_in_force() -> None:
    report = {"found_again": 645, "found_new": 130, "lost": 2, "guesses_other": 3}
    ready = EngineChoice.State.READY
    EngineChoice.objects.create(name="dlib-cnn", state=ready, report=report)
    content = " ".join(staff().get(ENGINES).content.decode().split())
    assert "<b>645</b> faces found again" in content
    assert "Change to it" in content


def test_a_job_is_shown_with_its_own_engine_alone() -> None:
    for name in ("dlib-cnn", "yunet-sface"):
        EngineChoice.objects.create(name=name, state=EngineChoice.State.PREPARING)
    admin = staff()
    assert admin.get(ENGINES).content.decode().count("press Try it first again") == 2
    Job.objects.create(
        kind=Job.Kind.PREPARE,
        requested_by=make_user(),
        scope="engine",
        subject="dlib-cnn",
        state=Job.State.RUNNING,
        stage="Looking into photos",
    )
    content = admin.get(ENGINES).content.decode()
    assert content.count("Looking into photos") == 1
    assert "press Try it first again" not in content


def test_what_cannot_be_done_with_an_engine_is_said_on_the_page() -> None:
    admin = staff()
    answer = admin.post(ENGINES, {"name": "dlib-hog", "action": "try"}, follow=True)
    assert "dlib-hog is in force already." in answer.content.decode()
    assert admin.post(ENGINES, {"name": "dlib-cnn", "action": "drop"}).status_code == 404


HISTORY = "/history/"


def test_the_history_tells_who_was_named_and_undoes_it(alice: APIClient) -> None:
    faces = [make_face(make_photo()).pk for _ in range(2)]
    alice.post("/api/faces/label/", {"faces": faces, "name": "Ann"}, "json")
    content = " ".join(alice.get(HISTORY).content.decode().split())
    assert "Labelled" in content
    assert ">Ann</td>" in content
    event = LabelEvent.objects.get()
    assert alice.post(HISTORY, {"event": event.pk})["Location"] == HISTORY
    assert not Face.objects.exclude(person=None).exists()
    assert "undone" in alice.get(HISTORY).content.decode()


def test_nobody_sees_or_undoes_what_others_said(alice: APIClient, charlie: APIClient) -> None:
    alice.post("/api/faces/label/", {"faces": [make_face(make_photo()).pk], "name": "Ann"}, "json")
    assert "Ann" not in charlie.get(HISTORY).content.decode()
    assert charlie.post(HISTORY, {"event": LabelEvent.objects.get().pk}).status_code == 404


def test_the_history_takes_as_many_queries_for_many_events_as_for_one(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(12):
        face = make_face(make_photo())
        alice.post("/api/faces/label/", {"faces": [face.pk], "name": f"Ann {number}"}, "json")
    with django_assert_max_num_queries(9):
        alice.get(HISTORY)


def test_the_tab_of_what_was_dismissed_has_its_count_and_its_own_list(client: Client) -> None:
    client.force_login(make_user())
    face = make_face(make_photo())
    dismiss_faces(owner=make_user(), faces=Face.objects.filter(pk=face.pk))
    page = client.get("/?tab=dismissed").content.decode()
    assert '<span data-count="dismissed">1</span>' in page
    assert "<dismissed-grid>" in page
    assert "<face-grid" not in page


def test_the_search_has_a_page_for_who_is_signed_in(client: Client) -> None:
    assert client.get("/search/").status_code == 302
    library = make_library()
    client.force_login(library.owner)
    page = client.get("/search/?all=1&none=2").content.decode()
    assert "<photo-search>" in page
    assert f'"id": {library.pk}' in page
