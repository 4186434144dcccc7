"""Forgetting a person: nothing that tells who it was stays, and nothing of others is touched."""

import json
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.models import ForeignKey, TextField
from django.db.models.functions import Cast
from PIL import Image
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from faces.actions.asking import answer_question
from faces.actions.deleting import delete_person
from faces.actions.drawing import draw_face
from faces.actions.forgetting import forget_person
from faces.actions.importing import import_kith
from faces.actions.labelling import confirm_guesses, dismiss_faces, label_faces, reject_person
from faces.actions.mentions import note_names, take_mentions
from faces.actions.merging import merge_people, split_person
from faces.actions.people import change_person
from faces.actions.undoing import undo_event
from faces.arrays import pack_vectors
from faces.exports import exported
from faces.interchange.regions import NamesInFile, Region
from faces.models import (
    Dismissal,
    Draft,
    Embedding,
    EngineChoice,
    Evaluation,
    Face,
    Guess,
    LabelEvent,
    Mention,
    Person,
    Question,
    Rejection,
    SavedSearch,
    Training,
)
from faces.queries.mentions import photos_to_write
from faces.recognition.geometry import Box
from photos.models import Photo
from project.api.models import KeptAnswer
from project.jobs.models import Job, JobItem
from tests.factories import (
    MODEL,
    make_evaluation,
    make_face,
    make_group,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_question,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db

NAME, ALIAS = "Zebulon Quux", "Zebby Quuxling"
ELSEWHERE = Box(0.6, 0.5, 0.2, 0.3)
RNG = np.random.default_rng(8)


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def of(*faces: Face) -> Any:
    return Face.objects.filter(pk__in=[face.pk for face in faces])


def some_vector() -> np.ndarray:
    vector = RNG.normal(size=128)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def face_with_crop(photo: Photo | None = None, **fields: Any) -> Face:
    face = make_face(photo, vector=some_vector(), **fields)
    default_storage.save(face.crop_name, ContentFile(b"crop"))
    return face


def a_picture() -> Photo:
    folder = Path(settings.MEDIA_ROOT).parent / "pictures"
    folder.mkdir(exist_ok=True)
    Image.new("RGB", (600, 400), "teal").save(folder / "a.jpg")
    return make_photo(make_library(path=folder), path="a.jpg")


def everything_said_of(zebulon: Person, bob: Person) -> list[Face]:
    """Say, guess and keep all that can be; return the faces that are Zebulon's in the end."""
    owner = zebulon.owner
    own = [face_with_crop() for _ in range(4)]
    label_faces(owner=owner, faces=of(*own[:3]), person=bob)
    label_faces(owner=owner, faces=of(*own[:2]), person=zebulon)
    make_guess(own[3], classified=zebulon)
    confirm_guesses(owner=owner, faces=of(own[3]), method="classification")
    reject_person(owner=owner, faces=of(own[0], own[2]), person=bob)
    label_faces(owner=owner, faces=of(own[2]), name=NAME)
    change_person(
        owner=owner,
        person=zebulon,
        aliases=[ALIAS],
        birth_date=date(1970, 1, 2),
        cover=of(own[0]).get(),
    )
    event = label_faces(owner=owner, faces=of(own[1]), person=bob).event
    assert event
    undo_event(owner=owner, event=event)
    twin = make_person("Zeb")
    change_person(owner=owner, person=twin, name=NAME.upper() + " the elder")
    label_faces(owner=owner, faces=of(more := face_with_crop()), person=twin)
    merge_people(owner=owner, people=[twin], into=zebulon)
    drawn = draw_face(owner=owner, photo=a_picture(), box=ELSEWHERE, person=zebulon)
    engine = EngineChoice.objects.create(name="another", state=EngineChoice.State.PREPARING)
    drafted = {"box": [0.1, 0.1, 0.2, 0.3], "time": None, "crop": "drafts/1/000000/1-0.webp"}
    default_storage.save(str(drafted["crop"]), ContentFile(b"crop"))
    vectors = pack_vectors([some_vector()])
    Draft.objects.create(engine=engine, photo=own[0].photo, faces=[drafted], vectors=vectors)
    make_group(zebulon, bob)
    query = {"all": str(zebulon.pk)}
    SavedSearch.objects.create(owner=owner, name="At the sea", query=query)
    for face in own:
        Mention.objects.create(photo=face.photo, source="file", name=NAME, person=zebulon)
    make_evaluation(
        suspicious=[
            {"face": own[0].pk, "person": zebulon.pk, "probability": 0.1, "looks_like": bob.pk},
        ]
    )
    Training.objects.update(clusters=b"clusters", clustered="hash")
    job = Job.objects.create(kind="write-names", scope="x", requested_by=owner, error=f"«{NAME}»")
    JobItem.objects.create(job=job, name="a.jpg", outcome="failed", reason=f"«{NAME}» was not read")
    for number, name in enumerate((NAME, ALIAS)):
        told = json.dumps({"person": {"name": name}}).encode()
        KeptAnswer.objects.create(
            user=owner, key=str(number), fingerprint=b"", status=200, content=told
        )
    kept = b'{"name": "Bob"}'
    KeptAnswer.objects.create(user=owner, key="Bob", fingerprint=b"", status=200, content=kept)
    LogEntry.objects.create(
        user=owner,
        content_type=ContentType.objects.get_for_model(Person),
        object_id=str(zebulon.pk),
        object_repr=NAME,
        action_flag=CHANGE,
    )
    return [*own, more, *Face.objects.filter(pk__in=drawn.changed)]


def of_others(bob: Person) -> list[Face]:
    """Say some things of others in which Zebulon's name is beside theirs."""
    owner, zebulon = bob.owner, Person.objects.get(name=NAME)
    labelled, open_ = face_with_crop(), face_with_crop()
    label_faces(owner=owner, faces=of(labelled), person=bob)
    reject_person(owner=owner, faces=of(labelled, open_), person=zebulon)
    guess = make_guess(open_, cluster=bob, classified=bob)
    Guess.objects.filter(pk=guess.pk).update(runner_up=zebulon, runner_up_probability=0.2)
    make_guess(labelled, cluster=bob, classified=zebulon)
    stranger = make_person("")
    make_question(stranger, bob)
    question = make_question(stranger, zebulon)
    answer_question(owner=owner, question=question, answer=Question.Answer.UNSURE)
    query = {"all": str(bob.pk)}
    SavedSearch.objects.create(owner=owner, name="Bob alone", query=query)
    make_evaluation(
        suspicious=[
            {"face": labelled.pk, "person": bob.pk, "probability": 0.1, "looks_like": None},
        ]
    )
    return [labelled, open_]


def rows_as_text() -> Iterator[tuple[str, str]]:
    """Yield (table, all its columns as text) of every row that there is in the database."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT each::text FROM "{table}" each')
            yield from ((table, row) for (row,) in cursor.fetchall())


def vectors_as_text(faces: list[Face]) -> list[str]:
    """Return the embeddings of faces as a table shows them, and as a draft does."""
    found = Embedding.objects.filter(face__in=faces).annotate(text=Cast("vector", TextField()))
    packed = [pack_vectors([each.vector]).hex() for each in found]
    return [each.text.strip("[]") for each in found] + packed


def references() -> Iterator[tuple[str, int]]:
    """Yield (column, number) of all that points to a person."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model is Person:
                for number in model._default_manager.values_list(field.attname, flat=True):
                    if number is not None:
                        yield f"{model.__name__}.{field.name}", number


def test_nothing_that_tells_who_it_was_stays(
    storage: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    zebulon, bob = make_person(NAME), make_person("Bob")
    own = everything_said_of(zebulon, bob)
    others = of_others(bob)
    told = [*vectors_as_text(own), *(bytes(each.vectors).hex() for each in Draft.objects.all())]
    assert len(told) == 11
    seen = "".join(row for _, row in rows_as_text())
    assert [NAME in seen, ALIAS in seen, told[0] in seen, told[-1] in seen] == [True] * 4
    others_before = as_they_are(others)

    with django_capture_on_commit_callbacks(execute=True):
        forget_person(owner=make_user(), person=zebulon)

    for table, row in rows_as_text():
        for name in (NAME, ALIAS):
            assert name.casefold() not in row.casefold(), f"{table}: {row[:300]}"
            assert name.encode().hex() not in row, f"{table}: {row[:300]}"
        assert not any(vector in row for vector in told), f"{table}: {row[:300]}"
    assert zebulon.pk not in {number for _, number in references()}
    for event in LabelEvent.objects.all():
        assert f'"person": {zebulon.pk}' not in json.dumps(event.details)
        assert f'"after": {zebulon.pk}' not in json.dumps(event.details)
        for face in own:
            assert f'"face": {face.pk}' not in json.dumps(event.details)
    left = {path.name for path in storage.rglob("*.webp")}
    assert left == {f"{face.pk}.webp" for face in others}
    assert Dismissal.objects.filter(photo__in=[face.photo_id for face in own]).count() == len(own)
    assert as_they_are(others) == others_before
    assert not bytes(Training.objects.get().clusters)
    assert KeptAnswer.objects.get().key == "Bob"


def as_they_are(faces: list[Face]) -> Any:
    return (
        list(of(*faces).order_by("pk").values()),
        [each.pk for each in Embedding.objects.filter(face__in=faces).order_by("pk")],
        list(Guess.objects.filter(face__in=faces).order_by("pk").values("cluster_person", "face")),
        list(SavedSearch.objects.filter(name="Bob alone").values()),
        [
            each
            for report in Evaluation.objects.values_list("report", flat=True)
            for each in report["suspicious"]
            if each["face"] in {face.pk for face in faces}
        ],
    )


def test_what_kith_guesses_of_others_is_of_others_still() -> None:
    zebulon, bob = make_person(NAME), make_person("Bob")
    guess = make_guess(make_face(), cluster=zebulon, classified=bob)
    Guess.objects.update(runner_up=zebulon, runner_up_probability=0.2)
    forget_person(owner=make_user(), person=zebulon)
    guess.refresh_from_db()
    assert (guess.class_person, guess.class_probability) == (bob, 0.9)
    assert (guess.cluster_person, guess.cluster_probability) == (None, None)
    assert (guess.runner_up, guess.runner_up_probability) == (None, None)


@pytest.mark.parametrize("guessed", [False, True])
def test_faces_that_are_only_guessed_go_where_that_is_asked_for(guessed: bool) -> None:
    zebulon = make_person(NAME)
    labelled, by_cluster, by_class = (make_face() for _ in range(3))
    label_faces(owner=make_user(), faces=of(labelled), person=zebulon)
    make_guess(by_cluster, cluster=zebulon)
    make_guess(by_class, classified=zebulon)
    forgotten = forget_person(owner=make_user(), person=zebulon, guessed=guessed)
    assert forgotten.faces == (3 if guessed else 1)
    assert Face.objects.count() == (0 if guessed else 2)


def test_an_unknown_person_goes_with_the_faces_that_clustering_put_together() -> None:
    somebody, other = make_person(""), make_person("")
    make_guess(make_face(), cluster=somebody)
    kept = make_guess(make_face(), cluster=other).face
    forget_person(owner=make_user(), person=somebody)
    assert Face.objects.get() == kept
    assert Dismissal.objects.count() == 1


def test_the_history_says_that_somebody_was_forgotten_and_not_who() -> None:
    zebulon = make_person(NAME)
    label_faces(owner=make_user(), faces=of(make_face()), person=zebulon)
    forget_person(owner=make_user(), person=zebulon)
    forgotten, labelled = LabelEvent.objects.order_by("-pk")
    assert (forgotten.verb, forgotten.details) == ("forget", {})
    assert not forgotten.can_be_undone and not labelled.can_be_undone
    with pytest.raises(ValidationError, match="forgotten"):
        undo_event(owner=make_user(), event=labelled)


def test_what_was_said_of_others_in_the_same_breath_can_still_be_undone() -> None:
    zebulon, bob = make_person(NAME), make_person("Bob")
    make_training()
    one, other = make_face(), make_face()
    make_guess(one, classified=zebulon)
    make_guess(other, classified=bob)
    event = confirm_guesses(owner=make_user(), faces=of(one, other), method="classification").event
    assert event
    forget_person(owner=make_user(), person=zebulon)
    undo_event(owner=make_user(), event=event)
    assert Face.objects.get(pk=other.pk).person is None


def test_a_name_in_a_file_does_not_bring_anybody_back() -> None:
    zebulon, photo = make_person(NAME), make_photo()
    change_person(owner=make_user(), person=zebulon, aliases=[ALIAS])
    label_faces(owner=make_user(), faces=of(make_face(photo)), person=zebulon)
    forget_person(owner=make_user(), person=zebulon)
    regions = (Region(NAME.upper(), ELSEWHERE), Region("Bob", Box(0.1, 0.5, 0.2, 0.3)))
    names = NamesInFile(regions=regions, names=(ALIAS,))
    noted = note_names(photo=photo, names=names, source=Mention.Source.FILE)
    assert [each.name for each in noted] == ["Bob"]


def test_a_name_that_a_scan_noted_meanwhile_is_dropped() -> None:
    zebulon, photo = make_person(NAME), make_photo()
    forget_person(owner=make_user(), person=zebulon)
    Mention.objects.create(photo=photo, source="file", name=NAME)
    take_mentions(owner=make_user())
    assert not Mention.objects.exists() and not Person.objects.exists()


def test_a_name_that_is_given_again_is_read_from_files_again() -> None:
    forget_person(owner=make_user(), person=make_person(NAME))
    make_person(NAME.lower())
    names = NamesInFile(names=(NAME,))
    assert note_names(photo=make_photo(), names=names, source=Mention.Source.FILE)


def test_a_name_that_is_somebody_elses_too_stays_theirs() -> None:
    zebulon, bob = make_person(NAME), make_person("Bob")
    for person in (zebulon, bob):
        change_person(owner=make_user(), person=person, aliases=[ALIAS])
    forget_person(owner=make_user(), person=zebulon)
    names = NamesInFile(names=(ALIAS,))
    assert note_names(photo=make_photo(), names=names, source=Mention.Source.FILE)
    assert any(ALIAS in str(event.details) for event in LabelEvent.objects.all())


def test_no_import_of_an_older_export_brings_anybody_back() -> None:
    owner = make_user()
    zebulon, bob = make_person(NAME), make_person("Bob")
    everything_said_of(zebulon, bob)
    of_others(bob)
    told = "".join(exported(owner, embeddings=True))
    forget_person(owner=owner, person=zebulon)
    before = (Face.objects.count(), Rejection.objects.count(), Embedding.objects.count())
    import_kith(owner=owner, file=StringIO(told))
    assert before == (Face.objects.count(), Rejection.objects.count(), Embedding.objects.count())
    for table, row in rows_as_text():
        assert NAME.casefold() not in row.casefold(), f"{table}: {row[:300]}"


def test_an_import_into_an_empty_kith_leaves_out_who_was_forgotten_there() -> None:
    owner, bob = make_user("bob"), make_user()
    forget_person(owner=bob, person=make_person(NAME))
    zebulon = make_person(NAME)
    photo = make_photo(path="a.jpg")
    face_with_crop(photo, person=zebulon)
    told = "".join(exported(bob, embeddings=True))
    forget_person(owner=bob, person=zebulon)
    Dismissal.objects.all().delete()
    import_kith(owner=bob, file=StringIO(told))
    assert owner and not Face.objects.exists() and not Person.objects.exists()


def test_who_was_deleted_before_under_the_same_name_is_forgotten_too() -> None:
    earlier = make_person(NAME)
    delete_person(owner=make_user(), person=earlier)
    forget_person(owner=make_user(), person=make_person(NAME))
    assert all(NAME not in str(event.details) for event in LabelEvent.objects.all())


def test_what_an_engine_has_kept_aside_of_others_stays() -> None:
    zebulon, photo = make_person(NAME), make_photo()
    face = make_face(photo, person=zebulon)
    engine = EngineChoice.objects.create(name="another", state=EngineChoice.State.PREPARING)
    vectors = [some_vector(), some_vector()]
    boxes = [[face.left, face.top, face.width, face.height], [0.6, 0.5, 0.2, 0.3]]
    found = [{"box": box, "time": None, "crop": f"{n}.webp"} for n, box in enumerate(boxes)]
    packed = pack_vectors(vectors)
    draft = Draft.objects.create(engine=engine, photo=photo, faces=found, vectors=packed)
    forget_person(owner=make_user(), person=zebulon)
    draft.refresh_from_db()
    assert [each["crop"] for each in draft.faces] == ["1.webp"]
    assert bytes(draft.vectors) == vectors[1].astype("<f4").tobytes()


def test_nobody_forgets_twice() -> None:
    zebulon = make_person(NAME)
    forget_person(owner=make_user(), person=zebulon)
    with pytest.raises(ValidationError, match="no longer there"):
        forget_person(owner=make_user(), person=Person(pk=zebulon.pk, owner=make_user()))


def test_what_fails_in_the_middle_has_not_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    zebulon = make_person(NAME)
    face = face_with_crop(person=zebulon)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("faces.actions.forgetting.blot_out", killed)
    with pytest.raises(KeyboardInterrupt):
        forget_person(owner=make_user(), person=zebulon)
    assert Face.objects.get().person == zebulon
    assert default_storage.exists(face.crop_name)
    monkeypatch.undo()
    forget_person(owner=make_user(), person=zebulon)
    assert not Face.objects.exists()


def test_no_photo_is_written_to_because_of_who_was_forgotten() -> None:
    zebulon, photo = make_person(NAME), make_photo()
    Mention.objects.create(photo=photo, source="written", name=NAME, person=zebulon)
    forget_person(owner=make_user(), person=zebulon)
    assert not photos_to_write(photo.library).exists()


def test_faces_that_were_dismissed_by_hand_lose_whose_they_were() -> None:
    zebulon = make_person(NAME)
    face = make_face(person=zebulon)
    dismiss_faces(owner=make_user(), faces=of(face))
    forget_person(owner=make_user(), person=zebulon)
    assert str(zebulon.pk) not in {
        str(each.get("person"))
        for event in LabelEvent.objects.all()
        for each in event.details.get("faces", [])
    }


def test_faces_that_were_split_off_are_somebody_elses_and_stay() -> None:
    zebulon = make_person(NAME)
    kept, gone = make_face(person=zebulon), make_face(person=zebulon)
    split_person(owner=make_user(), faces=of(kept), person=zebulon)
    forget_person(owner=make_user(), person=zebulon)
    assert Face.objects.get() == kept and gone.pk
    assert MODEL
