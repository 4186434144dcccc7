"""manage.py evaluate_faces."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from faces.models import Evaluation, Face, Person, Rejection
from tests.embeddings import made_up_people
from tests.factories import make_face, make_library, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db


def said(*arguments: str) -> str:
    written = StringIO()
    call_command("evaluate_faces", *arguments, stdout=written)
    return written.getvalue()


@pytest.fixture
def library() -> dict[str, list[Face]]:
    """Alice's Ann and Bob, five labelled faces each."""
    vectors, people = made_up_people([5, 5])
    pictures = make_library()
    persons = [make_person("Ann"), make_person("Bob")]
    faces: dict[str, list[Face]] = {"Ann": [], "Bob": []}
    for number, (vector, person) in enumerate(zip(vectors, people, strict=True)):
        photo = make_photo(pictures, path=f"album/{number}.jpg")
        face = make_face(photo, vector=vector, person=persons[person])
        faces[persons[person].name].append(face)
    return faces


def test_it_says_how_good_the_labels_are(library: dict[str, list[Face]]) -> None:
    text = said()
    assert "alice: 10 labels of 2 people" in text
    assert "100.0% rightly named (10), 0.0% wrongly named (0), 0.0% left open (0)" in text
    assert "Expected calibration error" in text
    assert "0 labels may be wrong" in text
    assert "0 contradictions" in text


def test_it_names_labels_that_look_wrong_and_contradictions(
    library: dict[str, list[Face]],
) -> None:
    wrong, ann = library["Bob"][0], Person.objects.get(name="Ann")
    twice = make_face(library["Ann"][1].photo, person=ann)
    Face.objects.filter(pk=wrong.pk).update(person=ann)
    Rejection.objects.create(face=library["Ann"][2], person=ann)
    text = said("--user", "alice")
    assert "1 label may be wrong" in text
    assert f"face {wrong.pk} in album/5.jpg: Ann is wrong with" in text
    assert "looks like Bob" in text
    assert "2 contradictions" in text
    faces = f"{library['Ann'][1].pk}, {twice.pk}"
    assert f"album/1.jpg: Ann is labelled more than once, faces {faces}" in text
    refused = library["Ann"][2].pk
    assert f"album/2.jpg: face {refused} is labelled Ann, and was said not to be" in text


def test_it_answers_in_json(library: dict[str, list[Face]]) -> None:
    wrong = library["Bob"][0]
    Face.objects.filter(pk=wrong.pk).update(person=library["Ann"][0].person)
    (alice,) = json.loads(said("--json"))
    assert alice["user"] == "alice"
    assert alice["hold_out"]["labels"] == 10
    assert alice["parameters"]["min_probability"] == 0.5
    assert alice["suspicious"][0] | {"probability": 0} == {
        "face": wrong.pk,
        "photo": "album/5.jpg",
        "person": "Ann",
        "probability": 0,
        "looks_like": "Bob",
    }
    assert alice["conflicts"] == []


def test_what_it_found_is_kept_for_the_page(library: dict[str, list[Face]]) -> None:
    said()
    assert Evaluation.objects.get().owner == make_user()


@pytest.mark.parametrize(("labels", "missing"), [(0, "2 more labels"), (1, "1 more label")])
def test_it_says_what_is_missing(labels: int, missing: str) -> None:
    pictures = make_library()
    for vector in made_up_people([labels])[0]:
        make_face(make_photo(pictures), vector=vector, person=make_person())
    assert f"Too few to hide one and guess it: {missing} of one person would do." in said()


def test_users_without_a_library_are_passed_over() -> None:
    make_user("bob")
    assert said() == "Nobody has a library yet.\n"
    assert said("--json") == "[]\n"
    assert said("--user", "bob").startswith("bob: 0 labels of 0 people\n")


def test_a_user_who_is_not_there_is_an_error() -> None:
    with pytest.raises(CommandError, match="There is no user 'zoe'"):
        said("--user", "zoe")
