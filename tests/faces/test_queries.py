"""What pages and the API ask: tabs, filters, orders, counts, groups, people."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.models import QuerySet
from pytest_django import DjangoAssertNumQueries

from faces.models import Face, Guess, Person, Rejection, Training
from faces.queries import (
    FaceFilter,
    Method,
    Sort,
    Tab,
    current_training,
    face_groups,
    matching_faces,
    ordered_faces,
    tab_counts,
    with_guesses,
)
from faces.queries.conflicts import Contradiction, label_conflicts
from faces.queries.people import people_found
from tests.factories import (
    MODEL,
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db

Cast = dict[str, Face]


@pytest.fixture
def cast(db: None) -> Cast:
    """A face in every state that there is, named after its label, cluster and class."""
    ann, bob, unknown = make_person("Ann"), make_person("Bob"), make_person("")
    faces = {
        "bare": make_face(),
        "labelled": make_face(person=ann),
        "labelled, both guesses": make_face(person=ann),
        "cluster Ann": make_face(),
        "class Bob": make_face(),
        "cluster Ann, class Bob": make_face(),
        "unknown": make_face(),
        "unknown, class Bob": make_face(),
        "guess withdrawn": make_face(),
    }
    make_guess(faces["labelled, both guesses"], cluster=unknown, classified=bob)
    make_guess(faces["cluster Ann"], cluster=ann, probability=0.7)
    make_guess(faces["class Bob"], classified=bob, probability=0.8)
    make_guess(faces["cluster Ann, class Bob"], cluster=ann, classified=bob, probability=0.9)
    make_guess(faces["unknown"], cluster=unknown, probability=0.6)
    make_guess(faces["unknown, class Bob"], cluster=unknown, classified=bob, probability=0.5)
    make_guess(faces["guess withdrawn"])
    return faces


def names(cast: Cast, faces: Iterable[Face]) -> set[str]:
    return {name for face in faces for name, row in cast.items() if row.pk == face.pk}


def found(wanted: FaceFilter, user: str = "alice") -> QuerySet[Face]:
    return matching_faces(make_user(user), wanted)


def person(name: str) -> int:
    return Person.objects.get(name=name).pk


@pytest.mark.parametrize(
    ("tab", "method", "expected"),
    [
        (Tab.LABELLED, Method.CLUSTER, {"labelled", "labelled, both guesses"}),
        (Tab.LABELLED, Method.CLASSIFICATION, {"labelled", "labelled, both guesses"}),
        (Tab.INFERRED, Method.CLUSTER, {"cluster Ann", "cluster Ann, class Bob"}),
        (
            Tab.INFERRED,
            Method.CLASSIFICATION,
            {"class Bob", "cluster Ann, class Bob", "unknown, class Bob"},
        ),
        (Tab.UNKNOWN, Method.CLUSTER, {"unknown", "unknown, class Bob"}),
        (Tab.UNKNOWN, Method.CLASSIFICATION, {"unknown"}),
        (Tab.UNASSIGNED, Method.CLUSTER, {"bare", "class Bob", "guess withdrawn"}),
        (Tab.UNASSIGNED, Method.CLASSIFICATION, {"bare", "cluster Ann", "guess withdrawn"}),
    ],
)
def test_each_tab_has_its_faces_and_counts_them(
    cast: Cast, tab: str, method: str, expected: set[str]
) -> None:
    assert names(cast, found(FaceFilter(tab=tab, method=method))) == expected
    assert tab_counts(make_user(), FaceFilter(method=method))[tab] == len(expected)


@pytest.mark.parametrize("method", Method)
def test_under_each_method_every_face_is_in_one_tab(cast: Cast, method: Method) -> None:
    tabs = [names(cast, found(FaceFilter(tab=tab, method=method))) for tab in Tab]
    assert set().union(*tabs) == set(cast)
    assert sum(len(tab) for tab in tabs) == len(cast)


def test_guesses_of_a_training_that_does_not_stand_count_for_nothing(cast: Cast) -> None:
    before = tab_counts(make_user(), FaceFilter(method=Method.CLUSTER))
    old = Training.objects.create(owner=make_user(), embedding_model=MODEL)
    unknown = make_person("")
    for face in cast.values():
        Guess.objects.create(
            training=old, face=face, cluster_person=unknown, cluster_probability=1.0
        )
    assert tab_counts(make_user(), FaceFilter(method=Method.CLUSTER)) == before
    assert found(FaceFilter()).count() == len(cast)
    assert face_groups(make_user(), FaceFilter(tab=Tab.UNKNOWN))[0].count == 1


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"person": "Ann"}, {"labelled", "labelled, both guesses"}),
        (
            {"person": "Ann", "method": Method.CLUSTER},
            {"labelled", "labelled, both guesses", "cluster Ann", "cluster Ann, class Bob"},
        ),
        (
            {"person": "Bob"},
            {"class Bob", "cluster Ann, class Bob", "unknown, class Bob"},
        ),
        ({"person": "Bob", "method": Method.CLUSTER}, set()),
        ({"person": "", "tab": Tab.UNKNOWN}, {"unknown"}),
        ({"tab": Tab.INFERRED, "min_probability": 0.8}, {"class Bob", "cluster Ann, class Bob"}),
        ({"tab": Tab.INFERRED, "min_probability": 0.85}, {"cluster Ann, class Bob"}),
        ({"tab": Tab.LABELLED, "min_probability": 1.0}, {"labelled", "labelled, both guesses"}),
        ({"tab": Tab.UNKNOWN, "min_probability": 0.65}, set()),
        ({"tab": Tab.UNKNOWN, "min_probability": 0.55}, {"unknown"}),
    ],
)
def test_filters_narrow_a_tab(cast: Cast, wanted: dict[str, object], expected: set[str]) -> None:
    if "person" in wanted:
        wanted = wanted | {"person": person(str(wanted["person"]))}
    assert names(cast, found(FaceFilter(**wanted))) == expected  # type: ignore[arg-type]


def test_photo_and_library_narrow_faces_and_counts(cast: Cast) -> None:
    bare = cast["bare"]
    for wanted in (FaceFilter(photo=bare.photo_id), FaceFilter(library=bare.photo.library_id)):
        assert [face.pk for face in found(wanted)] == [bare.pk]
        assert tab_counts(make_user(), wanted) == {
            "labelled": 0,
            "inferred": 0,
            "unknown": 0,
            "unassigned": 1,
            "doubtful": 0,
            "hidden": 0,
            "dismissed": 0,
        }


def test_the_faces_of_a_copy_are_those_of_its_original(db: None) -> None:
    face = make_face()
    make_face()
    copy = make_photo(copy_of=face.photo)
    for wanted in (FaceFilter(photo=copy.pk), FaceFilter(library=copy.library_id)):
        assert list(found(wanted)) == [face]


def test_a_stranger_sees_none_of_it(cast: Cast) -> None:
    face, ann = cast["labelled"], person("Ann")
    for wanted in (
        FaceFilter(),
        FaceFilter(person=ann),
        FaceFilter(photo=face.photo_id),
        FaceFilter(library=face.photo.library_id),
    ):
        assert not found(wanted, "charlie").exists()
        assert face_groups(make_user("charlie"), wanted) == []
    assert set(tab_counts(make_user("charlie"), FaceFilter()).values()) == {0}
    assert not people_found(make_user("charlie")).exists()
    assert current_training(make_user("charlie")) is None


def test_faces_come_by_person_the_one_with_most_faces_first(cast: Cast) -> None:
    faces, columns = ordered_faces(found(FaceFilter(tab=Tab.INFERRED)), Sort.PERSON)
    assert [names(cast, [face]).pop() for face in faces] == [
        "cluster Ann, class Bob",
        "class Bob",
        "unknown, class Bob",
    ]
    faces, columns = ordered_faces(found(FaceFilter()), Sort.PERSON)
    subjects = [face.subject_id for face in faces]  # type: ignore[attr-defined]
    # Three are nobody's, three are thought to be Bob, two are labelled Ann.
    assert [subjects.count(subject) for subject in dict.fromkeys(subjects)] == [4, 3, 2]
    assert columns[-1] == "id"


def test_the_most_certain_come_first(cast: Cast) -> None:
    faces, _ = ordered_faces(found(FaceFilter(tab=Tab.INFERRED)), Sort.PROBABILITY)
    assert [face.probability for face in faces] == [0.9, 0.8, 0.5]  # type: ignore[attr-defined]


def test_the_newest_photo_comes_first_and_undated_ones_last() -> None:
    undated = make_face()
    oldest, old, new = (
        make_face(make_photo(taken_at=datetime(year, 1, 1, tzinfo=UTC)))
        for year in (1890, 1999, 2020)
    )
    faces, _ = ordered_faces(found(FaceFilter()), Sort.DATE)
    assert [face.pk for face in faces] == [new.pk, old.pk, oldest.pk, undated.pk]


def test_the_least_certain_the_largest_and_the_best_come_first_when_asked_for() -> None:
    ann = make_person()
    faces = {
        "labelled": make_face(person=ann, size_px=90, quality=0.4),
        "sure": make_face(size_px=70, quality=0.9),
        "unsure": make_face(size_px=80, quality=0.5),
    }
    make_guess(faces["sure"], classified=ann, probability=0.9)
    make_guess(faces["unsure"], classified=ann, probability=0.6)

    def order(sort: str) -> list[str]:
        return [names(faces, [face]).pop() for face in ordered_faces(found(FaceFilter()), sort)[0]]

    assert order(Sort.DOUBT) == ["unsure", "sure", "labelled"]
    assert order(Sort.SIZE) == ["labelled", "unsure", "sure"]
    assert order(Sort.QUALITY) == ["sure", "unsure", "labelled"]


@pytest.mark.parametrize("sort", Sort)
def test_the_columns_of_an_order_are_unique_together(cast: Cast, sort: str) -> None:
    faces, columns = ordered_faces(found(FaceFilter()), sort)
    values = [tuple(getattr(face, column) for column in columns) for face in faces]
    assert len(set(values)) == len(cast)
    assert values == sorted(values, reverse=True)


def test_groups_count_each_persons_faces_the_largest_first(cast: Cast) -> None:
    groups = face_groups(make_user(), FaceFilter())
    assert [(group.person.name, group.count) for group in groups] == [("Bob", 3), ("Ann", 2)]
    (unknown,) = face_groups(make_user(), FaceFilter(tab=Tab.UNKNOWN))
    assert (unknown.person.display_name, unknown.count) == (
        f"Unknown person {unknown.person.pk}",
        1,
    )


def test_the_query_count_of_a_page_is_constant_from_10_to_20_faces(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    ann, unknown = make_person("Ann"), make_person("")

    user = make_user()

    def show() -> list[object]:
        faces = with_guesses(user, matching_faces(user, FaceFilter(method=Method.CLUSTER)))
        shown: list[object] = []
        for face in ordered_faces(faces, Sort.PERSON)[0]:
            shown += [face.person, face.photo.taken_at, face.crop_url]
            shown += [
                (guess.cluster_person, guess.class_person)
                for guess in face.standing  # type: ignore[attr-defined]
            ]
        return shown

    def add_ten() -> None:
        for index in range(10):
            face = make_face(person=ann if index % 3 == 0 else None)
            make_guess(face, cluster=unknown, classified=ann)

    add_ten()
    with django_assert_num_queries(3):  # the current training, the faces, their guesses
        assert len(show()) == 40
    add_ten()
    with django_assert_num_queries(3):
        assert len(show()) == 80


def test_people_are_found_with_the_number_of_their_faces() -> None:
    ann, bob, unknown = make_person("Ann"), make_person("Bob"), make_person("")
    worse, better = make_face(person=ann, quality=0.2), make_face(person=ann, quality=0.8)
    make_guess(worse, cluster=ann, classified=ann)
    make_guess(better, cluster=ann)
    for quality in (0.3, 0.9):
        last = make_face(quality=quality)
        make_guess(last, cluster=unknown)
    make_guess(make_face(person=ann, quality=0.1), cluster=unknown)
    # Hardly a face: shown by itself, and not with an unknown person.
    make_guess(make_face(quality=0.95, likelihood=0.1), cluster=unknown)
    shown = {
        row.pk: (row.face_count, row.face_shown)  # type: ignore[attr-defined]
        for row in people_found(make_user())
    }
    assert shown == {ann.pk: (3, better.pk), bob.pk: (0, None), unknown.pk: (2, last.pk)}


def test_people_with_thousands_of_faces_and_guesses_are_found_at_once() -> None:
    ann, training, first = make_person("Ann"), make_training(), make_face()
    fields = {
        field.name: getattr(first, field.name)
        for field in Face._meta.fields
        if field.name not in ("id", "person")
    }
    faces = Face.objects.bulk_create(Face(person=ann, **fields) for _ in range(3000))
    Guess.objects.bulk_create(
        Guess(training=training, face=face, cluster_person=ann, cluster_probability=1.0)
        for face in faces
    )
    with connection.cursor() as cursor:
        # Faces times guesses would be nine million rows: minutes.
        cursor.execute("SET LOCAL statement_timeout = '5s'")
    assert people_found(make_user()).get().face_count == 3000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("kind", "expected"), [("named", ["Ann"]), ("unknown", [""]), (None, ["", "Ann"])]
)
def test_people_are_found_by_kind(kind: str | None, expected: list[str]) -> None:
    make_person("Ann")
    make_guess(make_face(), cluster=make_person(""))
    assert sorted(row.name for row in people_found(make_user(), kind=kind)) == expected


def test_an_unknown_person_without_faces_is_no_card() -> None:
    make_person("")
    assert not people_found(make_user(), kind="unknown").exists()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Zoë Élise", "zoe"),
        ("Zoë Élise", "ELISE"),
        ("Zoe", "zoë"),
        ("José", "JOSÉ"),
        ("Жанна", "жАННА"),
        ("ΣΟΦΟΣ", "σοφος"),
        ("ΣΟΦΟΣ", "ΣΟΦΟΣ"),
        ("Σοφος", "σοφοσ"),
        ("İpek", "ipek"),
        ("50 % off_brand", "% off_"),
    ],
)
def test_names_are_found_whatever_their_case_and_accents(name: str, text: str) -> None:
    person = make_person(name)
    make_person("Somebody")
    assert list(people_found(make_user(), text=text)) == [person]


def test_a_wildcard_is_searched_for_as_it_is() -> None:
    make_person("Ann")
    assert not people_found(make_user(), text="%").exists()
    assert not people_found(make_user(), text="A_n").exists()


def test_the_current_training_is_the_owners() -> None:
    training = make_training()
    Training.objects.create(owner=make_user(), embedding_model=MODEL)
    assert current_training(make_user()) == training
    make_library(make_user("charlie"))
    assert current_training(make_user("charlie")) is None


def test_labels_that_contradict_each_other_or_a_rejection_are_conflicts() -> None:
    ann, bob, library = make_person(), make_person("Bob"), make_library()
    first, second = make_photo(library, path="a.jpg"), make_photo(library, path="b.jpg")
    twice = [make_face(first, person=ann) for _ in range(3)]
    make_face(first, person=bob)
    make_face(second, person=ann)
    refused = make_face(second, person=bob)
    Rejection.objects.create(face=refused, person=bob)
    Rejection.objects.create(face=refused, person=ann)
    found = [(each.kind, each.person, each.faces) for each in label_conflicts(make_user())]
    assert found == [
        (Contradiction.TWICE_IN_PHOTO, ann, twice),
        (Contradiction.REJECTED, bob, [refused]),
    ]
    assert label_conflicts(make_user("charlie")) == []


def test_unlabelled_faces_of_a_photo_are_no_conflict() -> None:
    photo = make_photo()
    for _ in range(2):
        make_face(photo)
    assert label_conflicts(make_user()) == []


def test_what_is_hardly_a_face_is_doubtful_whoever_it_is_like_unless_it_has_a_label() -> None:
    ann = make_person()
    guessed = make_face(make_photo(), likelihood=0.3)
    make_guess(guessed, classified=ann, cluster=ann)
    make_face(make_photo(), likelihood=0.3, person=ann)
    make_face(make_photo(), likelihood=0.9)
    for method in Method:
        counts = tab_counts(make_user(), FaceFilter(method=method))
        assert (counts["doubtful"], counts["labelled"], counts["unassigned"]) == (1, 1, 1)
        assert sum(counts.values()) == 3
    [doubtful] = matching_faces(make_user(), FaceFilter(tab=Tab.DOUBTFUL))
    assert doubtful == guessed
