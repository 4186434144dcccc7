"""The settings in the API."""

import pytest
from rest_framework.test import APIClient

from project.preferences.options import OPTIONS
from project.preferences.reading import value
from tests.factories import make_user
from tests.problems import fields_of, problem_of

ADDRESS = "/api/settings/"


@pytest.fixture
def bob(db: None) -> APIClient:
    """The client of Bob, who runs the server."""
    client = APIClient()
    client.force_login(make_user("bob", is_staff=True))
    return client


def test_everybody_may_see_what_each_setting_is_and_means(
    alice: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KITH_JITTERS", "9")
    listed = {each["name"]: each for each in alice.get(ADDRESS).json()}
    assert set(listed) == set(OPTIONS)
    jitters = listed["jitters"]
    assert (jitters["value"], jitters["default"], jitters["source"]) == (9, 1, "environment")
    assert (jitters["lowest"], jitters["highest"], jitters["acts"]) == (1, 100, "rescan")
    assert listed["classifier"]["choices"] == ["knn", "svm"]
    assert APIClient().get(ADDRESS).status_code in (401, 403)


def test_staff_change_settings_and_see_what_came_of_it(bob: APIClient) -> None:
    answer = bob.patch(ADDRESS, {"min_cluster_size": [20, 10, 3], "watch": True}, format="json")
    listed = {each["name"]: each for each in answer.json()}
    assert listed["min_cluster_size"]["value"] == [20, 10, 3]
    assert (listed["watch"]["value"], listed["watch"]["source"]) == (True, "chosen")
    assert value("watch") is True


def test_what_cannot_be_is_said_under_its_name(bob: APIClient) -> None:
    answer = bob.patch(ADDRESS, {"upsampling": 7, "jitters": 5}, format="json")
    assert answer.status_code == 400
    assert fields_of(answer) == ["upsampling"]
    assert problem_of(answer)["detail"] == "7 is not a whole number from 0 to 3"
    assert value("jitters") == 1
    assert bob.patch(ADDRESS, [1], format="json").status_code == 400


def test_others_than_staff_change_nothing(alice: APIClient) -> None:
    assert alice.patch(ADDRESS, {"jitters": 5}, format="json").status_code == 403
    assert value("jitters") == 1
