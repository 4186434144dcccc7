"""Same person? in the API."""

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from faces.models import Face, LabelEvent, Person, Question, Rejection
from faces.queries.questions import open_questions
from tests.factories import make_face, make_guess, make_person, make_question, make_user
from tests.problems import fields_of

pytestmark = pytest.mark.django_db


def unknown_person(faces: int = 1) -> Person:
    person = make_person("")
    for _ in range(faces):
        make_guess(make_face(), cluster=person)
    return person


def known_person() -> Person:
    ann = make_person()
    make_face(person=ann)
    return ann


def listed(client: APIClient) -> list[int]:
    return [each["id"] for each in client.get("/api/questions/").json()["results"]]


def answered(client: APIClient, question: Question, answer: str) -> dict[str, object]:
    answer_ = client.post(
        f"/api/questions/{question.pk}/answer/", {"answer": answer}, format="json"
    )
    assert answer_.status_code == 200, answer_.json()
    return dict(answer_.json())


def test_questions_show_both_people_the_most_useful_first(alice: APIClient) -> None:
    one, other, ann = unknown_person(3), unknown_person(), known_person()
    small, large = make_question(one, other), make_question(ann, one, settles=3.0)
    first, second = alice.get("/api/questions/").json()["results"]
    assert (first["id"], second["id"]) == (large.pk, small.pk)
    assert (first["one"]["name"], first["other"]["id"]) == ("Ann", one.pk)
    assert len(first["other"]["best"]) == first["other"]["faces"] == 3
    assert (first["probability"], first["settles"]) == (0.9, 3.0)


def test_the_query_count_of_questions_is_constant(
    alice: APIClient, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (10, 20):
        for _ in range(10):
            make_question(unknown_person(), unknown_person())
        with django_assert_max_num_queries(5):  # session, user, questions, people, their faces
            assert len(listed(alice)) == count


def test_same_merges_the_smaller_and_is_not_asked_again(alice: APIClient) -> None:
    large, small = unknown_person(2), unknown_person()
    outcome = answered(alice, make_question(small, large), "same")
    assert outcome["person"] == {"id": large.pk, "name": "", "display_name": large.display_name}
    assert Face.objects.filter(person=large).count() == 3
    assert listed(alice) == []


def test_same_as_somebody_known_names_the_faces(alice: APIClient) -> None:
    ann, unknown = known_person(), unknown_person(2)
    outcome = answered(alice, make_question(unknown, ann), "same")
    assert len(outcome["changed"]) == 2  # type: ignore[arg-type]
    assert Face.objects.filter(person=ann).count() == 3


def test_different_rules_the_other_out(alice: APIClient) -> None:
    ann, unknown = known_person(), unknown_person(2)
    answered(alice, make_question(ann, unknown), "different")
    assert Rejection.objects.filter(person=ann).count() == 2
    assert not Face.objects.filter(person=ann, guesses__isnull=False).exists()
    assert listed(alice) == []


def test_not_sure_changes_nothing_and_is_not_asked_again(alice: APIClient) -> None:
    outcome = answered(alice, make_question(unknown_person(), unknown_person()), "unsure")
    assert (outcome["event"], outcome["changed"]) == (None, [])
    assert not LabelEvent.objects.exists()
    assert listed(alice) == []


@pytest.mark.parametrize("answer", ["same", "different"])
def test_an_answer_that_is_undone_is_asked_again(alice: APIClient, answer: str) -> None:
    question = make_question(unknown_person(), unknown_person(2))
    event = answered(alice, question, answer)["event"]
    assert alice.post(f"/api/events/{event}/undo/").status_code == 200
    assert listed(alice) == [question.pk]
    assert not Rejection.objects.exists()
    assert not Face.objects.exclude(person=None).exists()


def test_what_was_to_be_asked_of_a_merged_person_is_asked_of_the_other(alice: APIClient) -> None:
    small, large, third = unknown_person(), unknown_person(3), unknown_person()
    question = make_question(small, large)
    carried = make_question(small, third)
    double = make_question(third, large)
    answered(alice, question, "same")
    (left,) = alice.get("/api/questions/").json()["results"]
    assert left["id"] == double.pk
    assert {left["one"]["id"], left["other"]["id"]} == {third.pk, large.pk}
    assert not Question.objects.filter(pk=carried.pk).exists()


def test_a_question_is_answered_once(alice: APIClient) -> None:
    question = make_question(unknown_person(), unknown_person())
    answered(alice, question, "different")
    again = alice.post(f"/api/questions/{question.pk}/answer/", {"answer": "same"}, format="json")
    assert again.status_code == 400
    assert LabelEvent.objects.count() == 1


def test_whoever_was_not_sure_may_go_back_and_be_sure(alice: APIClient) -> None:
    question = make_question(unknown_person(), unknown_person(2))
    answered(alice, question, "unsure")
    assert len(answered(alice, question, "same")["changed"]) == 3  # type: ignore[arg-type]
    assert listed(alice) == []


def test_people_who_were_named_or_hidden_meanwhile_are_not_asked_about(alice: APIClient) -> None:
    named, hidden, other = unknown_person(), unknown_person(), unknown_person()
    make_question(named, other)
    make_question(hidden, other)
    alice.patch(f"/api/people/{named.pk}/", {"name": "Zoe"}, format="json")
    alice.post(f"/api/people/{hidden.pk}/hide/")
    assert listed(alice) == []


def test_who_has_no_faces_any_more_is_not_asked_about(alice: APIClient) -> None:
    make_question(unknown_person(), make_person(""))
    ann = make_person()
    make_guess(make_face(), cluster=ann)
    make_question(unknown_person(), ann)
    assert listed(alice) == []
    assert open_questions(make_user()).count() == 0


def test_an_answer_that_is_none_is_refused(alice: APIClient) -> None:
    question = make_question(unknown_person(), unknown_person())
    answer = alice.post(f"/api/questions/{question.pk}/answer/", {"answer": "maybe"}, format="json")
    assert fields_of(answer) == ["answer"]


def test_a_stranger_can_neither_see_nor_answer(charlie: APIClient) -> None:
    question = make_question(unknown_person(), unknown_person())
    assert listed(charlie) == []
    answer = charlie.post(
        f"/api/questions/{question.pk}/answer/", {"answer": "same"}, format="json"
    )
    assert answer.status_code == 404
    question.refresh_from_db()
    assert question.answer == ""


@pytest.mark.parametrize("strange", ["6$", "x", "9" * 30])
def test_what_is_no_id_is_not_found(alice: APIClient, strange: str) -> None:
    place = f"/api/questions/{strange}/answer/"
    assert alice.post(place, {"answer": "same"}, format="json").status_code == 404
