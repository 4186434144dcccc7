"""Faces and people that are shared: what others see of them, and what labellers may say."""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from PIL import Image
from rest_framework.test import APIClient

from faces.access import faces_for, faces_to_label, people_for
from faces.actions.labelling import label_faces
from faces.actions.locking import lock_owner
from faces.actions.undoing import undo_event
from faces.models import Dismissal, Face, LabelEvent, Person
from photos.access import shared_worlds
from photos.actions.sharing import end_share
from photos.models import Library, Photo, Share
from tests.factories import (
    make_face,
    make_guess,
    make_library,
    make_person,
    make_photo,
    make_user,
)

pytestmark = pytest.mark.django_db


@dataclass
class House:
    """Alice shares one of her two libraries."""

    shared: Library = field(default_factory=make_library)
    own: Library = field(default_factory=make_library)
    owner: User = field(default_factory=make_user)

    def face(self, person: Person | None = None, *, shared: bool = True, **fields: Any) -> Face:
        """A face in a photo of its own."""
        photo = make_photo(self.shared if shared else self.own)
        return make_face(photo, person=person, **fields)


@pytest.fixture
def house(db: None) -> House:
    """Bob may look, and Dora may label."""
    house = House()
    Share.objects.create(library=house.shared, user=make_user("bob"), role="viewer")
    Share.objects.create(library=house.shared, user=make_user("dora"), role="labeller")
    return house


@pytest.fixture
def bob(house: House) -> Callable[[str], Any]:
    """Return what a viewer is told at an address about Alice's world."""
    return _asking("bob", house)


def _client(name: str) -> APIClient:
    client = APIClient()
    client.force_login(make_user(name))
    return client


def _asking(name: str, house: House) -> Callable[[str], Any]:
    client = _client(name)

    def ask(place: str) -> Any:
        separator = "&" if "?" in place else "?"
        return client.get(f"/api/{place}{separator}owner={house.owner.pk}").json()

    return ask


def say(house: House, who: str, place: str, /, **body: Any) -> Any:
    """Return the answer to somebody's words about Alice's world."""
    place = f"/api/{place}?owner={house.owner.pk}"
    return _client(who).post(place, body, format="json")


def ids(page: Any) -> set[int]:
    return {each["id"] for each in page["results"]}


class TestWhoIsSeen:
    def test_people_are_seen_who_have_a_label_or_a_guess_in_shared_photos(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann, ben, cid, dan = map(make_person, ("Ann", "Ben", "Cid", "Dan"))
        house.face(ann)
        make_guess(house.face(), classified=ben)
        house.face(cid, shared=False)
        make_guess(house.face(shared=False), classified=dan)
        assert ids(bob("people/")) == {ann.pk, ben.pk}

    def test_a_guess_of_a_labelled_face_brings_nobody_in(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann, ben = make_person("Ann"), make_person("Ben")
        face = house.face(ann)
        make_guess(face, classified=ben)
        assert ids(bob("people/")) == {ann.pk}
        assert bob(f"faces/{face.pk}/")["guess"] is None

    def test_a_second_guess_is_the_owners_alone(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann, zoe = make_person("Ann"), make_person("Zoe")
        face = house.face()
        guess = make_guess(face, classified=ann)
        guess.runner_up, guess.runner_up_probability = zoe, 0.4
        guess.save()
        told = bob(f"faces/{face.pk}/")["guess"]
        assert (told["class_person"]["name"], told["runner_up"]) == ("Ann", None)
        assert told["runner_up_probability"] is None
        assert bob(f"faces/?method=runner-up&person={zoe.pk}")["results"] == []
        assert zoe.pk not in {
            each["person"]["id"] for each in bob("faces/groups/?method=runner-up")
        }
        refused = say(house, "dora", "faces/confirm/", faces=[face.pk], method="runner-up")
        assert refused.status_code == 400

    def test_hidden_people_are_nobody_to_others(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        stranger, hidden = make_person(""), make_person("Hid")
        Person.objects.update(is_hidden=True)
        guessed, labelled = house.face(), house.face(hidden)
        make_guess(guessed, cluster=stranger)
        assert bob("people/?hidden=true")["results"] == []
        assert bob(f"people/{hidden.pk}/")["status"] == 404
        counts = bob("faces/counts/")
        assert (counts["hidden"], counts["labelled"]) == (0, 0)
        assert bob("faces/?tab=hidden")["results"] == []
        told = {each["id"]: each for each in bob("faces/")["results"]}
        assert told[labelled.pk]["person"] is None
        guess = told[guessed.pk]["guess"]
        assert (guess["cluster_person"], guess["cluster_probability"]) == (None, None)
        assert bob("faces/ids/")["people"] == [None, None]
        assert bob(f"search/photos/?all={hidden.pk}")["results"] == []

    def test_nothing_is_told_of_a_person_but_name_and_shared_faces(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann = make_person("Ann")
        seen, best = house.face(ann, quality=0.2), house.face(ann, shared=False, quality=1.0)
        Person.objects.update(
            cover=best, aliases=["Nan"], birth_date="1990-01-01", is_favourite=True
        )
        told = bob(f"people/{ann.pk}/")
        assert (told["faces"], told["crop"], told["cover"]) == (1, seen.crop_url, None)
        assert (told["aliases"], told["birth_date"], told["is_favourite"]) == ([], None, False)
        assert bob("people/?q=nan")["results"] == []
        assert [each["age_months"] for each in bob(f"people/{ann.pk}/photos/")["results"]] == [None]
        page = _client("bob").get(f"/people/{ann.pk}/").content
        assert b"Nan" not in page
        assert b"1990" not in page

    def test_a_cover_that_is_shared_is_shown(self, house: House, bob: Callable[[str], Any]) -> None:
        ann = make_person("Ann")
        cover = house.face(ann, quality=0.1)
        house.face(ann, quality=1.0)
        Person.objects.update(cover=cover)
        assert bob(f"people/{ann.pk}/")["crop"] == cover.crop_url

    def test_counts_photos_months_and_company_are_of_shared_photos(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann, ben, cid = map(make_person, ("Ann", "Ben", "Cid"))
        for shared, other in ((True, ben), (False, cid), (False, ben)):
            face = house.face(ann, shared=shared)
            make_face(face.photo, person=other)
        assert len(bob(f"people/{ann.pk}/photos/")["results"]) == 1
        assert [each["count"] for each in bob(f"people/{ann.pk}/photos/months/")] == [1]
        company = bob(f"people/{ann.pk}/company/")
        assert [(each["person"]["id"], each["photos"]) for each in company] == [(ben.pk, 1)]
        assert bob("faces/counts/")["labelled"] == 2
        assert len(bob("faces/ids/")["ids"]) == 2
        assert len(bob("faces/groups/")) == 2

    def test_lists_by_time_and_size_go_by_shared_photos(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann, ben = make_person("Ann"), make_person("Ben")
        for taken, person, shared in ((2001, ann, True), (2019, ann, False), (2010, ben, True)):
            face = house.face(person, shared=shared)
            Photo.objects.filter(pk=face.photo_id).update(taken_at=f"{taken}-05-05T00:00Z")
        house.face(ann, shared=False)
        recent = [each["id"] for each in bob("people/?sort=recent")["results"]]
        assert recent == [ben.pk, ann.pk]
        assert [each["faces"] for each in bob("people/?sort=count")["results"]] == [1, 1]

    def test_a_search_finds_shared_photos_and_asks_for_nobody_unseen(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann, zoe = make_person("Ann"), make_person("Zoe")
        face = house.face(ann)
        house.face(ann, shared=False)
        house.face(zoe, shared=False)
        assert ids(bob(f"search/photos/?all={ann.pk}")) == {face.photo_id}
        assert [each["count"] for each in bob(f"search/photos/months/?all={ann.pk}")] == [1]
        assert bob(f"search/photos/?any={zoe.pk}")["results"] == []
        assert ids(bob(f"search/photos/?none={zoe.pk}")) == {face.photo_id}

    def test_who_faces_may_be_are_people_who_are_seen(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann, zoe = make_person("Ann"), make_person("Zoe")
        seen, unseen = house.face(), house.face(shared=False)
        guess = make_guess(seen, classified=ann)
        guess.runner_up, guess.runner_up_probability = zoe, 0.4
        guess.save()
        make_guess(unseen, classified=zoe)
        likely = bob(f"people/likely/?faces={seen.pk},{unseen.pk}")
        assert [each["person"]["name"] for each in likely] == ["Ann"]

    def test_second_guesses_and_those_of_labelled_faces_make_nobody_likely(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann, eve = make_person("Ann"), make_person("Eve")
        open_face, labelled = house.face(), house.face(eve)
        guess = make_guess(open_face, classified=ann)
        guess.runner_up, guess.runner_up_probability = eve, 0.4
        guess.save()
        make_guess(labelled, classified=ann)
        likely = bob(f"people/likely/?faces={open_face.pk}")
        assert [each["person"]["name"] for each in likely] == ["Ann"]
        assert bob(f"people/likely/?faces={labelled.pk}") == []

    def test_groups_of_the_owner_filter_nothing(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        ann = make_person("Ann")
        house.face(ann)
        group = house.owner.people_groups.create(name="Family")
        group.people.add(ann)
        assert bob(f"people/?group={group.pk}")["results"] == []
        assert bob(f"faces/?group={group.pk}")["results"] == []

    def test_lists_ask_a_constant_number_of_questions(
        self, house: House, bob: Callable[[str], Any]
    ) -> None:
        asked: list[int] = []
        for _ in range(2):
            for number in range(5):
                face = house.face(make_person(f"Ann {len(asked)} {number}"))
                make_guess(house.face(), classified=face.person)
            with CaptureQueriesContext(connection) as queries:
                assert bob("faces/")["results"]
                assert bob("people/")["results"]
            asked.append(len(queries))
        assert asked[0] == asked[1]


class TestLabellers:
    def test_a_label_is_the_owners_and_remembers_who_said_it(self, house: House) -> None:
        face, ann = house.face(), make_person("Ann")
        house.face(ann)
        answer = say(house, "dora", "faces/label/", faces=[face.pk], person=ann.pk)
        assert answer.json()["changed"] == [face.pk]
        event = LabelEvent.objects.get()
        assert (event.owner, event.actor) == (house.owner, make_user("dora"))
        assert Face.objects.get(pk=face.pk).person == ann

    def test_the_owners_own_words_name_nobody(self, house: House) -> None:
        say(house, "alice", "faces/label/", faces=[house.face().pk], name="Ann")
        assert LabelEvent.objects.get().actor is None

    def test_a_new_name_makes_a_person_of_the_owner(self, house: House) -> None:
        face = house.face()
        say(house, "dora", "faces/label/", faces=[face.pk], name="Eve")
        assert Person.objects.get().owner == house.owner

    def test_the_name_of_somebody_unseen_takes_the_label_and_tells_no_more(
        self, house: House
    ) -> None:
        zoe = make_person("Zoe")
        Person.objects.update(aliases=["Zozo"], birth_date="1990-01-01")
        hidden, face = house.face(zoe, shared=False), house.face()
        told = say(house, "dora", "faces/label/", faces=[face.pk], name="zoe").json()
        assert set(told["person"]) == {"id", "name", "display_name"}
        shown = _asking("dora", house)(f"people/{zoe.pk}/")
        assert (shown["faces"], shown["aliases"], shown["birth_date"]) == (1, [], None)
        assert _client("dora").get(f"/api/faces/{hidden.pk}/").status_code == 404

    def test_somebody_unseen_cannot_be_named_by_id(self, house: House) -> None:
        zoe, face = make_person("Zoe"), house.face()
        house.face(zoe, shared=False)
        for place in ("label", "reject"):
            answer = say(house, "dora", f"faces/{place}/", faces=[face.pk], person=zoe.pk)
            assert answer.status_code == 400
        assert not LabelEvent.objects.exists()

    def test_faces_that_are_not_shared_are_left_as_they_are(self, house: House) -> None:
        seen, unseen = house.face(), house.face(shared=False)
        told = say(house, "dora", "faces/label/", faces=[seen.pk, unseen.pk], name="Eve").json()
        assert told["changed"] == [seen.pk]
        assert told["skipped"] == [{"face": unseen.pk, "reason": "There is no such face."}]

    def test_a_filter_means_faces_that_may_be_labelled(self, house: House) -> None:
        Share.objects.create(library=house.own, user=make_user("dora"), role="viewer")
        labelled, looked_at = house.face(), house.face(shared=False)
        told = say(house, "dora", "faces/label/", filter={"tab": "unassigned"}, name="Eve").json()
        assert told["changed"] == [labelled.pk]
        told = say(house, "dora", "faces/label/", faces=[looked_at.pk], name="Eve").json()
        assert told["changed"] == []
        assert "look" in told["skipped"][0]["reason"]
        assert _client("dora").delete(f"/api/faces/{looked_at.pk}/").status_code == 403

    def test_confirming_rejecting_unassigning_and_dismissing_are_words_of_labellers(
        self, house: House
    ) -> None:
        ann = make_person("Ann")
        faces = [house.face() for _ in range(3)]
        for face in faces:
            make_guess(face, classified=ann)
        say(house, "dora", "faces/confirm/", faces=[faces[0].pk, faces[1].pk])
        say(house, "dora", "faces/unassign/", faces=[faces[0].pk])
        say(house, "dora", "faces/reject/", faces=[faces[0].pk], person=ann.pk)
        say(house, "dora", "faces/dismiss/", faces=[faces[2].pk])
        said = LabelEvent.objects.order_by("pk").values_list("verb", "actor__username")
        assert list(said) == [(verb, "dora") for verb in ("label", "unassign", "reject", "dismiss")]

    def test_what_was_dismissed_is_brought_back_where_it_is_shared(self, house: House) -> None:
        gone = [
            Dismissal.objects.create(
                photo=make_photo(library), left=0.1, top=0.1, width=0.2, height=0.2
            )
            for library in (house.shared, house.own)
        ]
        pks = [each.pk for each in gone]
        told = say(house, "dora", "dismissals/restore/", dismissals=pks).json()
        assert len(told["changed"]) == 1
        assert list(Dismissal.objects.values_list("pk", flat=True)) == pks[1:]
        assert _asking("bob", house)("faces/counts/")["dismissed"] == 0

    def test_nothing_is_drawn_on_the_original_of_a_copy_that_is_shared(
        self, house: House, tmp_path: Any
    ) -> None:
        Library.objects.filter(pk=house.own.pk).update(path=str(tmp_path))

        Image.new("RGB", (600, 400)).save(tmp_path / "original.jpg")
        original = make_photo(house.own, path="original.jpg")
        copy = make_photo(house.shared, copy_of=original)
        box = {"left": 0.1, "top": 0.1, "width": 0.3, "height": 0.3}
        answer = say(house, "dora", "faces/", photo=copy.pk, box=box)
        assert answer.status_code == 403
        assert not Face.objects.exists()


class TestUndoing:
    def test_a_labeller_takes_back_the_own_words_and_no_others(self, house: House) -> None:
        mine, other = house.face(), house.face()
        own = say(house, "dora", "faces/label/", faces=[mine.pk], name="Eve").json()["event"]
        alices = say(house, "alice", "faces/label/", faces=[other.pk], name="Eve").json()["event"]
        shown = _asking("dora", house)("events/")["results"]
        assert [(each["id"], each["details"]) for each in shown] == [(own, {})]
        dora = _client("dora")
        assert dora.post(f"/api/events/{alices}/undo/").status_code == 404
        assert dora.post(f"/api/events/{own}/undo/").status_code == 200
        assert Face.objects.get(pk=mine.pk).person is None
        assert LabelEvent.objects.get(verb="undo").actor == make_user("dora")

    def test_the_owner_takes_back_what_labellers_have_said(self, house: House) -> None:
        face = house.face()
        event = say(house, "dora", "faces/label/", faces=[face.pk], name="Eve").json()["event"]
        assert b"by dora" in _client("alice").get("/history/").content
        assert _client("alice").post(f"/api/events/{event}/undo/").status_code == 200
        assert Face.objects.get().person is None

    def test_who_may_only_look_by_now_takes_nothing_back(self, house: House) -> None:
        face = house.face()
        event = say(house, "dora", "faces/label/", faces=[face.pk], name="Eve").json()["event"]
        Share.objects.filter(user__username="dora").update(role="viewer")
        assert _client("dora").post(f"/api/events/{event}/undo/").status_code == 403
        assert Face.objects.get().person is not None

    def test_words_about_a_library_that_is_shared_no_more_stay(self, house: House) -> None:
        Share.objects.create(library=house.own, user=make_user("dora"), role="labeller")
        face = house.face(shared=False)
        event = say(house, "dora", "faces/label/", faces=[face.pk], name="Eve").json()["event"]
        Share.objects.filter(library=house.own).delete()
        with pytest.raises(PermissionDenied):
            undo_event(
                owner=house.owner,
                event=LabelEvent.objects.get(pk=event),
                actor=make_user("dora"),
            )
        assert Face.objects.get().person is not None


class TestTwoAtOnce:
    @pytest.mark.django_db(transaction=True)
    def test_a_labeller_whose_share_ends_while_the_words_wait_says_nothing(
        self, house: House
    ) -> None:
        face = house.face()
        dora = make_user("dora")
        world = shared_worlds(dora)[0]
        faces = faces_to_label(world, faces_for(world).filter(pk=face.pk))
        assert faces.exists()
        outcomes: list[Any] = []

        def speak() -> None:
            outcomes.append(
                label_faces(owner=house.owner, faces=faces.all(), name="Eve", actor=dora)
            )
            connection.close()

        with transaction.atomic():
            lock_owner(house.owner)
            waiting = Thread(target=speak)
            waiting.start()
            waiting.join(0.5)
            assert waiting.is_alive()
            end_share(share=Share.objects.get(user=dora))
        waiting.join(10)
        assert [each.changed for each in outcomes] == [[]]
        assert not LabelEvent.objects.exists()
        assert not Person.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_owner_and_labeller_speak_one_after_the_other(self, house: House) -> None:
        face = house.face()
        answers: list[int] = []

        def speak(name: str) -> None:
            said = say(house, name, "faces/label/", faces=[face.pk], name=f"By {name}")
            answers.append(said.status_code)
            connection.close()

        both = [Thread(target=speak, args=[name]) for name in ("alice", "dora")]
        for each in both:
            each.start()
        for each in both:
            each.join(20)
        assert answers == [200, 200]
        first, last = LabelEvent.objects.order_by("pk")
        person = Face.objects.get().person_id
        assert last.details["faces"][0]["before"] == first.details["faces"][0]["after"]
        assert last.details["faces"][0]["after"] == person


def test_a_world_of_ones_own_asks_for_no_shares(django_assert_num_queries: Any) -> None:
    user = make_user()
    make_person("Ann")
    with django_assert_num_queries(1):
        assert people_for(user).count() == 1
    assert "photos_share" not in str(people_for(user).query)
    assert "photos_share" not in str(faces_for(user).query)
