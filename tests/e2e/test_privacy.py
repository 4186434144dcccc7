"""Forgetting a person in the browser, and getting told what is known."""

import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.house import Guest, House

SAID = """
from django.contrib.auth.models import User
from faces.models import Mention
from tests.factories import *
owner = User.objects.get(username=name)
ann = make_person("Zoë Quux", owner)
library = make_library(owner)
for _ in range(3):
    face = make_face(make_photo(library), person=ann)
Mention.objects.create(photo=face.photo, source="written", name=ann.name, person=ann)
make_guess(make_face(make_photo(library)), classified=ann)
result = ann.pk
"""
LEFT = """
from faces.models import Face, Person
owned = {"photo__library__owner__username": name}
result = [Person.objects.filter(owner__username=name).count(), Face.objects.filter(**owned).count()]
"""


@pytest.fixture(scope="module")
def guest(house: House) -> Guest:
    return house.guest("privacy")


@pytest.fixture
def person(guest: Guest, page: Page) -> Page:
    """The page of a person with three faces, and one that is guessed."""
    number = guest.run(SAID)
    guest.visit(page, f"/people/{number}/")
    return page


def test_forgetting_says_what_goes_and_wants_the_name(person: Page, guest: Guest) -> None:
    person.get_by_role("button", name="Forget").click()
    dialog = person.get_by_role("dialog", name="Forget Zoë Quux for good?")
    expect(dialog).to_contain_text("3 faces, with their labels, crops")
    expect(dialog).to_contain_text("written into or beside 1 photo;")
    forget = dialog.get_by_role("button", name="Forget for good")
    expect(forget).to_be_disabled()
    expect(dialog.get_by_label("Type «Zoë Quux» to go on")).to_be_focused()
    person.keyboard.type("zoë")
    person.keyboard.press("Enter")
    expect(forget).to_be_disabled()
    person.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert guest.run(LEFT) == [1, 4]

    person.get_by_role("button", name="Forget").click()
    dialog.get_by_label("Delete the 1 face, too").check()
    dialog.get_by_label("Type «Zoë Quux» to go on").fill(" zoë  quux ")
    person.keyboard.press("Enter")
    expect(person).to_have_url(f"{guest.base}/people/")
    assert guest.run(LEFT) == [0, 0]


def test_what_is_known_of_a_person_can_be_taken_along(person: Page) -> None:
    with person.expect_download() as download:
        person.get_by_role("link", name="Export what is known").click()
    with zipfile.ZipFile(download.value.path()) as file:
        assert "Zoë Quux" in file.read("person.json").decode()


def test_face_recognition_is_switched_off_for_a_library_and_on_again(
    house: House, page: Page
) -> None:
    guest = house.guest("privacy-of-a-library")
    guest.run(SAID)
    guest.visit(page, "/settings/")
    button = page.get_by_role("button", name="Faces in Pictures")
    button.click()
    dialog = page.get_by_role("dialog", name="Face recognition in Pictures")
    expect(dialog).to_contain_text("Keep the 4 faces, with 3 labels")
    expect(dialog).to_contain_text("3 labels are lost for good.")
    dialog.get_by_label("Delete the 4 faces").check()
    dialog.get_by_role("button", name="Switch off").click()
    expect(page.get_by_text("Kith looks for no more faces in Pictures.")).to_be_visible()
    button.click()
    expect(dialog).to_contain_text("It is off.")
    dialog.get_by_role("button", name="Switch on").click()
    expect(page.get_by_text("Kith looks for faces in Pictures again.")).to_be_visible()
