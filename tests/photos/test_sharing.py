"""Sharing: what a world holds, who may share, and when it ends."""

import pytest
from rest_framework.test import APIClient

from photos.access import own_world, shared_worlds, world_for
from photos.models import Library, Photo, Share
from project.audit.models import AuditEntry
from tests.factories import make_library, make_photo, make_user
from tests.problems import fields_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(db: None) -> APIClient:
    """The client of Bob, with whom Alice shares."""
    client = APIClient()
    client.force_login(make_user("bob"))
    return client


def share(library: Library, role: str = "viewer", name: str = "bob") -> Share:
    return Share.objects.create(library=library, user=make_user(name), role=role)


def of_alice() -> str:
    return f"owner={make_user().pk}"


class TestSharing:
    def test_the_owner_shares_a_library_by_the_name_of_a_user(self, alice: APIClient) -> None:
        library, bob = make_library(), make_user("bob")
        answer = alice.post(f"/api/libraries/{library.pk}/shares/", {"user": "bob"}, format="json")
        assert answer.status_code == 201
        assert (answer.json()["user"], answer.json()["role"]) == ("bob", "viewer")
        assert list(Share.objects.values_list("library", "user")) == [(library.pk, bob.pk)]

    def test_sharing_twice_changes_the_role(self, alice: APIClient) -> None:
        library = make_library()
        first = share(library)
        place = f"/api/libraries/{library.pk}/shares/"
        answer = alice.post(place, {"user": "bob", "role": "labeller"}, format="json")
        assert answer.json()["id"] == first.pk
        assert (
            alice.patch(f"{place}{first.pk}/", {"role": "viewer"}, format="json").json()["role"]
            == "viewer"
        )
        assert Share.objects.get().role == "viewer"

    @pytest.mark.parametrize("name", ["alice", "nobody", ""])
    def test_it_is_shared_with_another_user_that_there_is(
        self, alice: APIClient, name: str
    ) -> None:
        library = make_library()
        answer = alice.post(f"/api/libraries/{library.pk}/shares/", {"user": name}, format="json")
        assert answer.status_code == 400
        assert fields_of(answer) == ["user"]

    def test_a_share_of_another_library_is_not_there(self, alice: APIClient) -> None:
        other, shared = make_library(), share(make_library())
        answer = alice.delete(f"/api/libraries/{other.pk}/shares/{shared.pk}/")
        assert answer.status_code == 404
        assert Share.objects.exists()

    def test_the_audit_log_tells_of_it_by_ids(self, alice: APIClient) -> None:
        library = make_library()
        place = f"/api/libraries/{library.pk}/shares/"
        made = alice.post(place, {"user": make_user("bob").username}, format="json").json()
        alice.delete(f"{place}{made['id']}/")
        told = AuditEntry.objects.filter(verb__in=["shared", "unshared"]).order_by("pk")
        assert [each.verb for each in told] == ["shared", "unshared"]
        assert all("bob" not in each.subject for each in told)

    def test_only_who_has_a_library_sees_other_users(
        self, alice: APIClient, charlie: APIClient
    ) -> None:
        make_library()
        assert [each["name"] for each in alice.get("/api/users/").json()["results"]] == ["charlie"]
        assert charlie.get("/api/users/").json()["results"] == []


class TestLooking:
    def test_libraries_tell_whose_they_are_and_what_may_be_done(
        self, alice: APIClient, bob: APIClient
    ) -> None:
        library, own = make_library(), make_library(make_user("bob"))
        share(library, "labeller")
        make_library()
        told = {each["id"]: each for each in bob.get("/api/libraries/").json()["results"]}
        assert set(told) == {library.pk, own.pk}
        assert told[library.pk]["role"] == "labeller"
        assert told[library.pk]["owner_name"] == "alice"
        assert (told[library.pk]["path"], told[own.pk]["path"]) == ("", own.path)
        assert told[own.pk]["role"] == "owner"
        only = bob.get(f"/api/libraries/?{of_alice()}").json()["results"]
        assert [each["id"] for each in only] == [library.pk]

    def test_photos_of_another_world_are_listed_only_when_it_is_asked_for(
        self, bob: APIClient
    ) -> None:
        library = make_library()
        share(library)
        photo = make_photo(library)
        own = make_photo(make_library(make_user("bob")))
        make_photo(make_library())
        assert [each["id"] for each in bob.get("/api/photos/").json()["results"]] == [own.pk]
        shared = bob.get(f"/api/photos/?{of_alice()}").json()["results"]
        assert [each["id"] for each in shared] == [photo.pk]

    def test_months_and_pages_count_what_is_shared_alone(self, bob: APIClient) -> None:
        library, hidden = make_library(), make_library()
        share(library)
        photos = [make_photo(library).pk for _ in range(3)]
        for _ in range(4):
            make_photo(hidden)
        months = bob.get(f"/api/photos/months/?{of_alice()}").json()
        assert [each["count"] for each in months] == [3]
        page, seen = bob.get(f"/api/photos/?{of_alice()}&limit=2").json(), []
        while page:
            seen += [each["id"] for each in page["results"]]
            page = page["next"] and bob.get(page["next"]).json()
        assert seen == photos[::-1]
        asked = bob.get(f"/api/photos/?{of_alice()}&library={hidden.pk}").json()
        assert asked["results"] == []

    def test_a_copy_tells_nothing_of_photos_that_are_not_shared(self, bob: APIClient) -> None:
        library = make_library()
        share(library)
        original = make_photo()
        copy = make_photo(library, copy_of=original)
        seen = make_photo(library)
        make_photo(copy_of=seen)
        assert bob.get(f"/api/photos/{copy.pk}/").json()["copy_of"] is None
        assert bob.get(f"/api/photos/{seen.pk}/").json()["copies"] == []
        assert bob.get(f"/api/photos/{original.pk}/").status_code == 404

    def test_nothing_is_seen_from_the_request_after_the_share_has_ended(
        self, alice: APIClient, bob: APIClient
    ) -> None:
        library = make_library()
        shared = share(library)
        photo = make_photo(library)
        assert bob.get(f"/api/photos/{photo.pk}/").status_code == 200
        place = f"/api/libraries/{library.pk}/shares/{shared.pk}/"
        assert alice.delete(place).status_code == 204
        assert bob.get(f"/api/photos/{photo.pk}/").status_code == 404
        assert bob.get(f"/api/photos/?{of_alice()}").status_code == 404
        assert bob.get("/api/libraries/").json()["results"] == []

    def test_what_two_owners_share_are_two_worlds(self, bob: APIClient) -> None:
        anns = make_library(make_user("ann"))
        alices = [make_library(), make_library()]
        for library in (anns, *alices):
            share(library)
        share(alices[0], name="dora")
        worlds = shared_worlds(make_user("bob"))
        assert [(each.owner.pk, each.libraries) for each in worlds] == [
            (make_user().pk, frozenset(each.pk for each in alices)),
            (anns.owner_id, frozenset([anns.pk])),
        ]

    @pytest.mark.parametrize("owner", ["x", "0", "-1", "99999999999999999999999", "1.5", "é"])
    def test_an_owner_that_there_is_not_is_not_found(self, bob: APIClient, owner: str) -> None:
        assert bob.get("/api/photos/", {"owner": owner}).status_code == 404

    def test_ones_own_world_is_meant_without_an_owner(self) -> None:
        user = make_user("bob")
        for owner in (None, "", user.pk, str(user.pk)):
            assert world_for(user, owner) == own_world(user)

    def test_a_viewer_rescans_nothing(self, bob: APIClient) -> None:
        library = make_library()
        share(library, "labeller")
        photo = make_photo(library)
        answer = bob.post("/api/photos/rescan/", {"photos": [photo.pk]}, format="json")
        assert answer.status_code == 403
        assert Photo.objects.get().state == "scanned"


class TestPages:
    def test_the_header_offers_the_worlds_that_are_shared(
        self, alice: APIClient, bob: APIClient
    ) -> None:
        share(make_library())
        assert b'name="owner"' in bob.get("/photos/").content
        assert b'name="owner"' not in alice.get("/photos/").content

    def test_pages_show_the_world_that_was_chosen(self, bob: APIClient) -> None:
        library, owner = make_library(), make_user()
        share(library)
        assert bob.post("/world/", {"owner": owner.pk}).status_code == 302
        shown = bob.get("/photos/").content.decode()
        assert f'data-owner="{owner.pk}" data-role="viewer"' in shown
        assert "train-button" not in bob.get("/").content.decode()
        # Settings are one's own, whatever was chosen.
        assert "data-owner" not in bob.get("/settings/").content.decode()
        assert library.path not in bob.get("/settings/").content.decode()

    def test_who_has_no_library_first_sees_what_is_shared(self, bob: APIClient) -> None:
        owner, own = make_user(), make_user("bob")
        share(make_library())
        assert f'data-owner="{owner.pk}"' in bob.get("/").content.decode()
        # Unless it was chosen otherwise.
        bob.post("/world/", {"owner": own.pk})
        assert "data-owner" not in bob.get("/").content.decode()

    def test_who_has_a_library_first_sees_it(self, bob: APIClient) -> None:
        share(make_library())
        make_library(make_user("bob"))
        assert "data-owner" not in bob.get("/").content.decode()

    def test_pages_show_ones_own_again_when_the_share_has_ended(self, bob: APIClient) -> None:
        shared = share(make_library())
        bob.post("/world/", {"owner": make_user().pk})
        shared.delete()
        answer = bob.get("/photos/")
        assert answer.status_code == 200
        assert "data-owner" not in answer.content.decode()

    def test_a_photo_page_is_of_the_world_that_the_photo_is_in(self, bob: APIClient) -> None:
        library = make_library()
        share(library, "labeller")
        shown = bob.get(f"/photos/{make_photo(library).pk}/").content.decode()
        assert 'data-role="labeller"' in shown
