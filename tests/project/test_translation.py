"""Another language: where there is a catalogue, pages speak it."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from project.jobs.models import Job
from tests.german import GERMAN, german

__all__ = ["german"]  # a fixture


@pytest.mark.usefixtures("german")
def test_a_page_is_translated_and_loads_the_words_of_its_elements(client: Client) -> None:
    page = client.get("/login/", headers=GERMAN).content.decode()
    assert "Anmelden bei Kith" in page
    assert '<html lang="de">' in page
    assert '<script src="/jsi18n/?de">' in page
    assert "jsi18n" not in client.get("/login/").content.decode()


@pytest.mark.usefixtures("german", "db")
def test_what_a_state_is_called_is_said_in_the_language_of_the_page(admin: Client) -> None:
    Job.objects.create(kind=Job.Kind.SCAN, state=Job.State.QUEUED, requested_by=User.objects.get())
    assert "Wartet" in admin.get("/jobs/", headers=GERMAN).content.decode()
    assert "Wartet" not in admin.get("/jobs/").content.decode()
