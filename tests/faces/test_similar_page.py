"""The page of faces like one: whom it is for, and what it is about."""

import pytest
from django.test import Client

from photos.models import Share
from tests.factories import make_face, make_library, make_person, make_photo, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(client: Client) -> Client:
    client.force_login(make_user())
    return client


def test_the_page_says_like_whom_and_lists_faces_on_a_board(alice: Client) -> None:
    face = make_face(person=make_person("Ann"))
    page = alice.get(f"/faces/{face.pk}/similar/").content.decode()
    assert "Faces like this one of Ann" in page
    assert f'like="{face.pk}"' in page
    assert face.crop_url.replace("&", "&amp;") in page


def test_a_viewer_sees_it_in_the_owners_world_and_no_name_of_somebody_hidden(
    client: Client,
) -> None:
    shared = make_library()
    ann = make_person("Ann")
    face = make_face(make_photo(shared), person=ann)
    client.force_login(make_user("charlie"))
    assert client.get(f"/faces/{face.pk}/similar/").status_code == 404
    Share.objects.create(library=shared, user=make_user("charlie"), role="viewer")
    assert "Ann" in client.get(f"/faces/{face.pk}/similar/").content.decode()
    ann.is_hidden = True
    ann.save()
    assert "Ann" not in client.get(f"/faces/{face.pk}/similar/").content.decode()
