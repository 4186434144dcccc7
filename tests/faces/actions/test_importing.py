"""What is exported and taken over on an empty installation is what was there."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.db.models import Model

from faces.actions.deleting import delete_person
from faces.actions.grouping import make_group
from faces.actions.hiding import hide_person
from faces.actions.importing import import_kith
from faces.actions.joining import choose_merging
from faces.actions.labelling import dismiss_faces, label_faces, reject_person, unassign_faces
from faces.actions.mentions import note_names, take_mentions
from faces.actions.merging import merge_people
from faces.actions.people import change_person
from faces.actions.renumbering import Renumbering
from faces.actions.searches import save_search
from faces.actions.undoing import undo_event
from faces.exports import LEFT_OUT, exported, fields_of, section_rows
from faces.interchange.kith import MEANINGS, ExportError, read, renumbered
from faces.interchange.regions import NamesInFile, Region
from faces.models import (
    Dismissal,
    Embedding,
    Face,
    LabelEvent,
    Mention,
    PeopleGroup,
    Person,
    Preferences,
    Question,
    Rejection,
    SavedSearch,
)
from faces.recognition.geometry import Box
from photos.models import Photo
from tests.factories import (
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_question,
    make_user,
)

pytestmark = pytest.mark.django_db
BOXES = [Box(0.05 + 0.3 * x, 0.1 + 0.4 * y, 0.2, 0.3) for y in (0, 1) for x in (0, 1, 2)]
Export = dict[str, Any]
OF_OWNER: tuple[type[Model], ...] = (
    *(Question, Mention, LabelEvent, Photo, PeopleGroup, Person, SavedSearch, Preferences),
)


def world() -> None:
    """Say something of every kind."""
    owner, library = make_user(), make_library()
    photos = [make_photo(library, path=f"sub/{n}.jpg", size=1000 + n) for n in range(4)]
    faces = [
        make_face(photo, box=box, vector=np.eye(128)[n])
        for n, photo in enumerate(photos)
        for box in BOXES
    ]

    def some(*numbers: int) -> Any:
        return Face.objects.filter(pk__in=[faces[n].pk for n in numbers])

    stranger, other = make_person(""), make_person("")
    label_faces(owner=owner, faces=some(0, 6, 12), name="Änn «A»")
    label_faces(owner=owner, faces=some(1, 7), name="Ben")
    label_faces(owner=owner, faces=some(2), name="Gone")
    ann, ben, gone = (Person.objects.get(name=name) for name in ("Änn «A»", "Ben", "Gone"))
    reject_person(owner=owner, faces=some(3, 9), person=ann)
    unassign_faces(owner=owner, faces=some(12))
    dismissed = dismiss_faces(owner=owner, faces=some(4, 10))
    assert dismissed.event
    dismiss_faces(owner=owner, faces=some(11))
    undo_event(owner=owner, event=dismissed.event)
    label_faces(owner=owner, faces=some(13), name="Cleo")
    merge_people(owner=owner, people=[Person.objects.get(name="Cleo")], into=ben)
    delete_person(owner=owner, person=gone)
    note_names(
        photo=photos[3],
        names=NamesInFile((Region("Dora", BOXES[0]),), ()),
        source=Mention.Source.FILE,
    )
    take_mentions(owner=owner)
    hide_person(owner=owner, person=ann)
    make_question(stranger, other, answer="different")
    ann.refresh_from_db()
    change_person(owner=owner, person=ann, aliases=["Anna"], cover=some(6).get(), is_favourite=True)
    make_group(owner=owner, name="Family", people=[ann, ben])
    query = {"all": f"{ann.pk},{ben.pk}", "none": f"{gone.pk}", "library": f"{library.pk}"}
    save_search(owner=owner, name="Both", query=query)
    choose_merging(owner=owner, merge_from=0.98)


def export(**options: bool) -> str:
    return "".join(exported(make_user(), **options))


def by_nature(text: str) -> Export:
    """An export with what things are in the place of their numbers."""
    told: Export = json.loads(text)
    photos = {row["id"]: row["path"] for row in told["photos"]}
    people = {row["id"]: row["name"] or row["created_at"] for row in told["people"]}
    faces = {
        row["id"]: f"{photos[row['photo']]} {row['left']:.6f} {row['top']:.6f}"
        for row in told["faces"]
    }
    events = {row["id"]: row["verb"] + row["created_at"] for row in told["events"]}
    names = {"photos": photos, "people": people, "faces": faces}
    columns = {
        **dict.fromkeys(("person", "one", "other"), people),
        **dict.fromkeys(("face", "cover"), faces),
        **dict.fromkeys(("undoes", "event"), events),
        "photo": photos,
    }

    def natural(row: dict[str, Any]) -> str:
        plain = {
            name: columns[name].get(value, value) if name in columns else value
            for name, value in row.items()
            if name not in ("id", "library")
        }
        if "members" in plain:
            plain["members"] = sorted(people[number] for number in plain["members"])
        if "query" in plain:
            plain["query"] = {
                part: [people.get(int(each), "gone") for each in value.split(",")]
                for part, value in plain["query"].items()
                if part != "library"
            }
        if "details" in plain:
            plain["details"] = renumbered(
                plain["details"], lambda kind, number: names[kind].get(number, "gone")
            )
        return json.dumps(plain, sort_keys=True)

    sections = section_rows(make_user())
    return {name: sorted(map(natural, told[name])) for name in sections}


def emptied(*, scanned: bool) -> None:
    """An installation with the same photos under other numbers, seen by the same engine or not."""
    boxes = {p.path: [f.box for f in p.faces.all()] for p in Photo.objects.all()}
    dismissed = {p.path: [d.box for d in p.dismissals.all()] for p in Photo.objects.all()}
    LabelEvent.objects.update(undoes=None)
    for model in OF_OWNER:
        model._default_manager.all().delete()
    library = make_library()
    for path in sorted(boxes, reverse=True):
        photo = make_photo(library, path=f"moved/{path}", size=1000 + int(path[4]))
        for box in [*boxes[path], *dismissed[path]] if scanned else []:
            make_face(photo, box=box, vector=np.eye(128)[0])


@pytest.mark.parametrize("scanned", [True, False])
def test_nothing_is_lost_on_the_way_to_an_empty_installation(scanned: bool) -> None:
    world()
    before = export()
    emptied(scanned=scanned)
    imported = import_kith(owner=make_user(), file=StringIO(before))
    assert (imported.photos, imported.missing) == (4, [])
    after = export().replace("moved/", "")
    assert by_nature(after) == by_nature(before)


def test_importing_twice_is_importing_once() -> None:
    world()
    before = export()
    emptied(scanned=True)
    import_kith(owner=make_user(), file=StringIO(before))
    once = export()
    import_kith(owner=make_user(), file=StringIO(before))
    assert by_nature(export()) == by_nature(once)


def test_over_what_is_here_already_nothing_changes() -> None:
    world()
    before = export()
    import_kith(owner=make_user(), file=StringIO(before))
    assert by_nature(export()) == by_nature(before)


def test_a_label_of_here_stays() -> None:
    face = make_face(person=make_person("Ann"))
    told = export()
    label_faces(owner=make_user(), faces=Face.objects.all(), name="Ben")
    import_kith(owner=make_user(), file=StringIO(told))
    face.refresh_from_db()
    assert str(face.person) == "Ben"


def test_what_was_imported_can_be_undone() -> None:
    world()
    before = export()
    emptied(scanned=True)
    import_kith(owner=make_user(), file=StringIO(before))
    event = LabelEvent.objects.get(verb="delete-person")
    undo_event(owner=make_user(), event=event)
    assert Face.objects.filter(person__name="Gone").count() == 1


def test_embeddings_come_along_where_that_is_wished() -> None:
    world()
    before = export(embeddings=True)
    vectors = Embedding.objects.count()
    emptied(scanned=False)
    import_kith(owner=make_user(), file=StringIO(before))
    assert Embedding.objects.count() == vectors
    assert "embeddings" not in json.loads(export())


def test_photos_that_are_not_here_are_told() -> None:
    world()
    before = export()
    Photo.objects.filter(path="sub/0.jpg").delete()
    imported = import_kith(owner=make_user("bob"), file=StringIO(before))
    assert imported.photos == 0
    assert len(imported.missing) == 4
    assert not Face.objects.filter(photo__library__owner=make_user("bob")).exists()


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"people": []}', "no JSON", '{"format": "kith", "version": 9}']
)
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(ExportError):
        assert list(read(StringIO(text))) and False


def test_an_export_that_was_cut_off_changes_nothing() -> None:
    world()
    before = export()
    emptied(scanned=True)
    with pytest.raises(ExportError):
        import_kith(owner=make_user(), file=StringIO(before[: len(before) // 2]))
    assert not Person.objects.exists()


def test_any_layout_of_the_json_is_read() -> None:
    world()
    told = export()
    assert list(read(StringIO(json.dumps(json.loads(told), indent=3)))) == list(
        read(StringIO(told))
    )


def test_every_number_in_an_event_is_one_of_something_that_is_renumbered() -> None:
    world()
    unknown = set()

    def look(value: Any, name: str) -> None:
        if isinstance(value, dict):
            for key, each in value.items():
                look(each, key)
        elif isinstance(value, list):
            for each in value:
                look(each, name)
        elif isinstance(value, int) and not isinstance(value, bool) and name not in MEANINGS:
            unknown.add(name)

    for details in LabelEvent.objects.values_list("details", flat=True):
        look(details, "")
    assert unknown == set()


def test_every_column_but_the_owner_is_exported() -> None:
    for rows in section_rows(make_user()).values():
        names = {field.name for field in rows.model._meta.concrete_fields}
        assert names - {field.name for field in fields_of(rows.model)} <= LEFT_OUT
    assert {rows.model for rows in section_rows(make_user()).values()} == {
        Person, Face, Dismissal, Rejection, Mention, LabelEvent, Question,
        PeopleGroup, SavedSearch, Preferences,
    }  # fmt: skip


def test_a_search_looks_for_the_same_people_in_the_same_library_after_the_move() -> None:
    world()
    before = export()
    emptied(scanned=True)
    import_kith(owner=make_user(), file=StringIO(before))
    ann, ben = (Person.objects.get(name=name) for name in ("Änn «A»", "Ben"))
    query = SavedSearch.objects.get().query
    assert query["all"] == f"{ann.pk},{ben.pk}"
    assert query["library"] == str(Photo.objects.all()[0].library_id)
    assert not Person.objects.filter(pk=query["none"]).exists()


def test_groups_searches_and_choices_of_here_stay() -> None:
    world()
    before = export()
    choose_merging(owner=make_user(), merge_from=None)
    SavedSearch.objects.update(query={"only": "true"})
    group, other = PeopleGroup.objects.get(), make_person("Else")
    group.people.set([other])
    import_kith(owner=make_user(), file=StringIO(before))
    assert Preferences.objects.get().merge_from is None
    assert SavedSearch.objects.get().query == {"only": "true"}
    assert {person.name for person in group.people.all()} == {"Änn «A»", "Ben", "Else"}


@pytest.mark.parametrize(
    ("section", "row"),
    [
        ("people", {"name": 7}),
        ("photos", {"id": 1}),
        ("groups", {"id": 1, "name": "Us", "members": 3}),
        ("searches", {"id": 1, "name": "A", "query": {"all": "x"}}),
        ("faces", {"id": 1, "photo": []}),
    ],
)
def test_rows_that_are_not_as_they_should_be_are_refused(section: str, row: dict[str, Any]) -> None:
    text = json.dumps({"format": "kith", "version": 1, section: [row]})
    with pytest.raises(ExportError, match=section):
        import_kith(owner=make_user(), file=StringIO(text))


def test_no_event_that_is_made_up_brings_anything_of_a_stranger() -> None:
    bob, strange = make_user("bob"), make_face(person=make_person("Ann"))
    facts = {"name": "Eve", "cover": str(strange.pk), "cover_id": strange.pk, "owner_id": bob.pk}
    details = {
        "person": 1, "name": "Eve", "facts": facts, "faces": [], "rejected": [], "guesses": [],
        "left": "unlabelled",
    }  # fmt: skip
    moment = "2026-01-01T00:00:00+00:00"
    row = {"id": 1, "verb": "delete-person", "details": details, "undoes": None}
    text = json.dumps({"format": "kith", "version": 1, "events": [row | {"created_at": moment}]})
    charlie = make_user("charlie")
    import_kith(owner=charlie, file=StringIO(text))
    undo_event(owner=charlie, event=LabelEvent.objects.get(owner=charlie))
    person = Person.objects.get(name="Eve")
    assert (person.owner, person.cover) == (charlie, None)


@pytest.mark.parametrize("number", [str, int])
def test_undoing_what_was_imported_changes_no_guess_of_another_face(
    number: Callable[[int], int | str],
) -> None:
    guess = make_guess(make_face())  # somebody else's, of a number that was another's there
    charlie = make_user("charlie")
    mine = make_face(make_photo(make_library(charlie), path="a.jpg", size=7))
    person = make_person("Eve", charlie)
    withdrawn = {
        "guess": number(guess.pk), "face": number(guess.face_id), "opinion": "class",
        "person": person.pk, "probability": 1.0,
    }  # fmt: skip
    event = LabelEvent.objects.create(
        owner=charlie,
        verb="reject",
        details={
            "person": person.pk, "faces": [mine.pk], "unlabelled": [mine.pk],
            "guesses": [withdrawn],
        },
    )  # fmt: skip
    undo_event(owner=charlie, event=event)
    guess.refresh_from_db()
    assert guess.class_person is None


def test_the_guesses_of_an_event_stay_behind() -> None:
    details = {"guesses": [{"guess": 5, "face": 6}], "people": [{"guesses": {"class": [5]}}]}
    numbers = Renumbering()
    numbers.numbers["faces"][6] = 7
    assert renumbered(details | {"joined": 8}, numbers.number) == {
        "guesses": [{"guess": 0, "face": 7}],
        "people": [{"guesses": {"class": [0]}}],
        "joined": numbers.number("people", 8),
    }


def test_what_was_deleted_or_ruled_out_here_stays_so() -> None:
    owner, photo = make_user(), make_photo()
    one, other = (make_face(photo, box=box, person=make_person(f"{box.left}")) for box in BOXES[:2])
    told = export()
    dismiss_faces(owner=owner, faces=Face.objects.filter(pk=one.pk))
    assert other.person
    reject_person(owner=owner, faces=Face.objects.filter(pk=other.pk), person=other.person)
    import_kith(owner=owner, file=StringIO(told))
    assert Face.objects.get().person is None
    assert Dismissal.objects.count() == Rejection.objects.count() == 1


def test_names_that_differ_for_the_database_are_of_two_people() -> None:
    for name in ("Strauß", "Strauss"):
        make_face(person=make_person(name))
    told = export()
    Person.objects.all().delete()
    for _ in range(2):
        Face.objects.all().delete()
        import_kith(owner=make_user(), file=StringIO(told))
        assert by_nature(export()) == by_nature(told)


@pytest.mark.django_db(transaction=True)
def test_what_is_said_while_an_export_is_sent_is_not_there_in_part() -> None:
    face, owner = make_face(), make_user()
    pieces = exported(owner)
    text = next(piece for piece in pieces if '"people"' in piece)
    aside = ThreadPoolExecutor(1)

    def say() -> None:
        label_faces(owner=owner, faces=Face.objects.filter(pk=face.pk), name="Ann")
        connection.close()

    aside.submit(say).result()
    told = json.loads("{" + (text + "".join(pieces)).lstrip(",\n"))
    assert told["people"] == [] and told["faces"][0]["person"] is None
    assert str(Face.objects.get().person) == "Ann"


def test_faces_go_to_the_original_where_their_photo_is_a_copy_here() -> None:
    make_face(make_photo(path="a/1.jpg", digest="d" * 40), person=make_person("Ann"))
    told = export()
    for model in (Person, Photo):
        model._default_manager.all().delete()
    original = make_photo(path="b/2.jpg", digest="d" * 40)
    make_photo(original.library, path="a/1.jpg", digest="d" * 40, copy_of=original)
    face = make_face(original)
    import_kith(owner=make_user(), file=StringIO(told))
    assert Face.objects.get() == face
    assert str(Face.objects.get().person) == "Ann"
