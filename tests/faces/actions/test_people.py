"""People: named once, renamed, deleted without a face lost."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from faces.actions.deleting import delete_person
from faces.actions.people import change_person, clean_name, person_named
from faces.actions.undoing import undo_event
from faces.models import Face, Guess, LabelEvent, Person
from tests.faces.actions.conftest import Meanwhile
from tests.factories import make_face, make_guess, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db


def test_a_name_makes_a_person_once() -> None:
    first = person_named(owner=make_user(), name="  Ann \t Lee ")
    assert first.name == "Ann Lee"
    assert person_named(owner=make_user(), name="ann LEE") == first
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("known", "typed"),
    [("İpek", "ipek"), ("Groß", "GROẞ"), ("ΣΟΦΙΑ", "σοφια"), ("Zoe\u0308", "Zoë")],
)
def test_a_name_in_another_case_is_the_same_person(known: str, typed: str) -> None:
    first = person_named(owner=make_user(), name=known)
    assert person_named(owner=make_user(), name=typed).pk == first.pk


def test_names_that_differ_in_a_dot_are_two_people() -> None:
    first = person_named(owner=make_user(), name="Işık")
    second = person_named(owner=make_user(), name="Işik")
    assert first != second
    assert person_named(owner=make_user(), name="ışık") != second


def test_each_owner_has_people_of_their_own() -> None:
    own = person_named(owner=make_user(), name="Ann")
    theirs = person_named(owner=make_user("charlie"), name="Ann")
    assert own != theirs
    assert theirs.owner == make_user("charlie")


def test_unknown_persons_may_be_many() -> None:
    assert make_person("") != make_person("")


def test_a_person_named_by_two_at_once_is_made_once(meanwhile: Meanwhile) -> None:
    owner = make_user()
    meanwhile(
        lambda: person_named(owner=owner, name="Ann"),
        lambda: person_named(owner=owner, name="ann"),
    )
    assert [person.name for person in Person.objects.all()] == ["Ann"]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("", "Type a name"), (" \n ", "Type a name"), ("x" * 201, "too long"), ("A\x00b", "control")],
)
def test_what_is_no_name_is_refused(name: str, complaint: str) -> None:
    ann = make_person()
    with pytest.raises(ValidationError, match=complaint):
        person_named(owner=make_user(), name=name)
    with pytest.raises(ValidationError, match=complaint):
        change_person(owner=make_user(), person=ann, name=name)
    assert [person.name for person in Person.objects.all()] == ["Ann"]
    assert not LabelEvent.objects.exists()


def test_a_name_is_stored_composed_with_single_spaces() -> None:
    assert clean_name("  Zoe\u0308 \u00a0 van  Dyk ") == "Zoë van Dyk"
    assert len(clean_name("x" * 200)) == 200


def test_renaming_is_remembered_and_keeps_the_faces() -> None:
    ann = make_person()
    face = make_face(person=ann)
    change_person(owner=make_user(), person=ann, name="Anna")
    assert Face.objects.get(pk=face.pk).person == ann
    assert Person.objects.get().name == "Anna"
    event = LabelEvent.objects.get()
    assert (event.verb, event.owner) == ("change-person", make_user())
    assert event.details == {
        "person": ann.pk,
        "name": "Anna",
        "before": {"name": "Ann"},
        "after": {"name": "Anna"},
    }


def test_a_birth_date_a_cover_and_a_favourite_are_remembered_and_can_be_taken_back() -> None:
    ann = make_person()
    cover = make_face(person=ann)
    born = date(2001, 2, 3)
    changes = {"birth_date": born, "is_favourite": True, "cover": cover}
    assert change_person(owner=make_user(), person=ann, **changes).birth_date == born
    event = LabelEvent.objects.get()
    assert event.details["after"] == {
        "birth_date": "2001-02-03",
        "is_favourite": True,
        "cover": cover.pk,
    }
    undo_event(owner=make_user(), event=event)
    again = Person.objects.get()
    assert (again.birth_date, again.is_favourite, again.cover) == (None, False, None)


@pytest.mark.parametrize("fact", ["birth_date", "cover"])
def test_what_cannot_be_is_refused_by_its_name(fact: str) -> None:
    ann = make_person()
    cannot = {"birth_date": timezone.localdate() + timedelta(2), "cover": make_face()}
    with pytest.raises(ValidationError) as error:
        change_person(owner=make_user(), person=ann, **{fact: cannot[fact]})
    assert list(error.value.message_dict) == [fact]
    assert not LabelEvent.objects.exists()


def test_a_deleted_person_comes_back_with_all_that_was_said() -> None:
    ann = make_person()
    facts = {"aliases": ["Annie"], "birth_date": date(2001, 2, 3), "cover": make_face(person=ann)}
    pk = change_person(owner=make_user(), person=ann, **facts).pk
    event = delete_person(owner=make_user(), person=ann).event
    assert event
    undo_event(owner=make_user(), event=event)
    again = Person.objects.get()
    assert (again.pk, again.aliases, again.birth_date) == (pk, ["Annie"], date(2001, 2, 3))
    assert again.cover == facts["cover"]
    assert Face.objects.get().person == again


def test_only_the_case_of_a_name_may_change() -> None:
    ann = make_person("ann")
    assert change_person(owner=make_user(), person=ann, name="Ann").name == "Ann"


def test_a_name_that_is_taken_is_refused_and_nothing_changes() -> None:
    ann = make_person()
    make_person("Bob")
    with pytest.raises(ValidationError, match="called BOB already"):
        change_person(owner=make_user(), person=ann, name="BOB")
    assert Person.objects.get(pk=ann.pk).name == "Ann"
    assert not LabelEvent.objects.exists()


def test_deleting_a_person_keeps_its_faces_and_is_remembered() -> None:
    ann, bob = make_person(), make_person("Bob")
    faces = [make_face(person=ann), make_face(person=ann)]
    other = make_face(person=bob)
    delete_person(owner=make_user(), person=ann)
    for face in Face.objects.filter(pk__in=[each.pk for each in faces]):
        assert (face.person, face.labelled_at) == (None, None)
    assert Face.objects.get(pk=other.pk).person == bob
    event = LabelEvent.objects.get()
    assert event.verb == "delete-person"
    assert event.details["name"] == "Ann"
    assert sorted(event.details["faces"]) == [face.pk for face in faces]


def test_of_a_deleted_person_no_guess_and_no_probability_is_left() -> None:
    ann, bob = make_person(), make_person("Bob")
    make_guess(make_face(), cluster=ann, classified=bob)
    make_guess(make_face(), cluster=bob, classified=ann)
    delete_person(owner=make_user(), person=ann)
    columns = ("cluster_person", "cluster_probability", "class_person", "class_probability")
    assert list(Guess.objects.order_by("id").values_list(*columns)) == [
        (None, None, bob.pk, 0.9),
        (bob.pk, 0.9, None, None),
    ]


def test_nobody_is_guessed_in_a_photo_from_before_the_birth() -> None:
    ann = make_person()
    early, late = (
        make_guess(make_face(make_photo(taken_at=datetime(year, 1, 1, tzinfo=UTC))), classified=ann)
        for year in (1999, 2001)
    )
    change_person(owner=make_user(), person=ann, birth_date=date(2000, 1, 1))
    for guess, who in ((early, None), (late, ann)):
        guess.refresh_from_db()
        assert guess.class_person == who
    undo_event(owner=make_user(), event=LabelEvent.objects.get())
    early.refresh_from_db()
    assert (early.class_person, early.class_probability) == (ann, 0.9)
