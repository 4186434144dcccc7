"""All settings on the settings page: seen by all, changed by staff, without script."""

import pytest
from django.test import Client

from photos.models import Library
from project.jobs.models import Job
from project.preferences.changing import change_preferences
from project.preferences.forms import SettingsForm
from project.preferences.models import Preference
from project.preferences.reading import value
from tests.factories import make_library, make_user

pytestmark = pytest.mark.django_db
PAGE, CHANGE = "/settings/", "/settings/values/"


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(make_user("bob", is_staff=True))
    return client


def typed(**changes: str) -> dict[str, str]:
    """What a browser sends of the form as it is, but for some fields."""
    form = SettingsForm(make_user("bob", is_staff=True))
    sent = {each.name: each.initial or "" for each in form if not each.field.disabled}
    return {f"setting-{name}": text for name, text in (sent | changes).items()}


def test_what_is_typed_holds_and_the_page_offers_what_is_needed(staff: Client) -> None:
    changes = typed(upsampling="2", min_cluster_size="20, 10, 3", workers="77", watch="on")
    answer = staff.post(CHANGE, changes, follow=True)
    assert (value("upsampling"), value("min_cluster_size")) == (2, [20, 10, 3])
    assert (value("workers"), value("watch")) == (77, True)
    page = answer.content.decode()
    assert all(words in page for words in ("Rescan now", "Train now", "when Kith restarts"))
    assert Preference.objects.count() == 4


def test_an_emptied_field_takes_the_default(staff: Client) -> None:
    change_preferences(make_user("bob"), {"jitters": 5, "watch": True})
    staff.post(CHANGE, typed(jitters="", watch=""))
    assert (value("jitters"), value("watch"), Preference.objects.count()) == (1, False, 0)


def test_what_cannot_be_is_said_at_its_field_and_nothing_is_saved(staff: Client) -> None:
    answer = staff.post(CHANGE, typed(upsampling="7", jitters="5"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "7 is not a whole number from 0 to 3" in page
    # What was typed is still there.
    assert 'value="7"' in page
    assert Preference.objects.count() == 0


def test_what_the_environment_says_is_shown_as_such_and_stays(
    staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_JITTERS", "9")
    assert "KITH_JITTERS says it" in staff.get(PAGE).content.decode()
    staff.post(CHANGE, {"setting-jitters": "5"})
    assert value("jitters") == 9


def test_others_see_the_settings_and_change_none(client: Client) -> None:
    client.force_login(make_user("charlie"))
    page = client.get(PAGE).content.decode()
    assert "KITH_JITTERS" in page
    assert "Save settings" not in page
    assert client.post(CHANGE, {"setting-jitters": "5"}).status_code == 403
    assert client.post("/settings/rescan/").status_code == 403
    assert value("jitters") == 1


def test_rescan_now_looks_again_into_ones_libraries(staff: Client) -> None:
    library = make_library(make_user("bob"))
    make_library(make_user("alice"))
    answer = staff.post("/settings/rescan/")
    assert answer["Location"] == "/jobs/"
    (job,) = Job.objects.all()
    assert (job.kind, job.parameters["library"]) == ("rescan", library.pk)
    assert Library.objects.count() == 2


def test_train_now_trains_with_the_new_settings(staff: Client) -> None:
    change_preferences(make_user("bob"), {"min_cluster_size": "auto"})
    staff.post("/train/")
    (job,) = Job.objects.all()
    assert (job.kind, job.parameters["min_cluster_size"]) == ("train", "auto")
