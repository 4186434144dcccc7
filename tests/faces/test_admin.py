"""Faces, people and trainings in the Django admin: to look at, and to press Train."""

import pytest
from django.test import Client
from django.urls import reverse

from faces.models import Dismissal, Face, LabelEvent, Rejection, Training
from project.jobs.models import Job
from tests.factories import (
    make_evaluation,
    make_face,
    make_person,
    make_photo,
    make_training,
    make_user,
)

pytestmark = pytest.mark.django_db

MODELS = ("face", "person", "training", "evaluation", "labelevent", "rejection", "dismissal")


@pytest.fixture
def admin() -> Client:
    """A client of somebody who runs this Kith."""
    user = make_user("admin", is_staff=True)
    user.is_superuser = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def ids(db: None) -> dict[str, int]:
    """A row of every model."""
    ann = make_person()
    face = make_face(person=ann)
    event = LabelEvent.objects.create(owner=make_user(), verb="label", details={"faces": []})
    rejection = Rejection.objects.create(face=face, person=ann)
    dismissal = Dismissal.objects.create(photo=make_photo(), left=0, top=0, width=1, height=1)
    return {
        "face": face.pk,
        "person": ann.pk,
        "training": make_training().pk,
        "evaluation": make_evaluation().pk,
        "labelevent": event.pk,
        "rejection": rejection.pk,
        "dismissal": dismissal.pk,
    }


@pytest.mark.parametrize("model", MODELS)
def test_rows_can_be_listed_searched_and_looked_at(
    admin: Client, ids: dict[str, int], model: str
) -> None:
    rows = reverse(f"admin:faces_{model}_changelist")
    assert admin.get(rows).status_code == 200
    assert admin.get(rows, {"q": "Ann"}).status_code in (200, 302)
    row = reverse(f"admin:faces_{model}_change", args=[ids[model]])
    assert admin.get(row).status_code == 200


@pytest.mark.parametrize("model", MODELS)
def test_nothing_is_added_changed_or_deleted_by_hand(
    admin: Client, ids: dict[str, int], model: str
) -> None:
    before = list(Face.objects.values()), list(Training.objects.values())
    for action, arguments in (("add", []), ("change", [ids[model]]), ("delete", [ids[model]])):
        address = reverse(f"admin:faces_{model}_{action}", args=arguments)
        assert admin.post(address, {"post": "yes"}).status_code == 403
    assert (list(Face.objects.values()), list(Training.objects.values())) == before


def test_faces_are_listed_without_their_pictures(admin: Client, ids: dict[str, int]) -> None:
    content = admin.get(reverse("admin:faces_face_changelist")).content.decode()
    assert Face.objects.get().crop_url.split("?")[0] not in content


def test_train_starts_one_job_for_each_of_the_selected_users(admin: Client) -> None:
    alice, charlie = make_user(), make_user("charlie")
    make_user("bob")
    for _ in range(2):  # the second time their jobs are under way already
        answer = admin.post(
            reverse("admin:auth_user_changelist"),
            {"action": "train", "_selected_action": [alice.pk, charlie.pk]},
        )
        assert answer.status_code == 302
    jobs = Job.objects.filter(kind=Job.Kind.TRAIN)
    assert {job.requested_by for job in jobs} == {alice, charlie}
    assert len(jobs) == 2


@pytest.mark.parametrize("model", MODELS)
def test_nobody_but_staff_comes_in(ids: dict[str, int], model: str) -> None:
    client = Client()
    client.force_login(make_user())
    rows = reverse(f"admin:faces_{model}_changelist")
    for visitor in (client, Client()):
        answer = visitor.get(rows)
        assert answer.status_code == 302
        assert "login" in answer["Location"]
