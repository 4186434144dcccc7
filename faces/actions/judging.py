"""Judging what is a face at all, by what people have labelled and dismissed."""

from django.contrib.auth.models import User
from django.db import transaction

from faces.arrays import load_measures, save_likelihoods
from faces.models import Dismissal, Face, Training
from faces.recognition.likelihood import learn, shipped

LABELLED_FACES = 2_000  # that are looked at, the newest: more would hardly say more


def judge_faces(*, owner: User) -> None:
    """Move the likelihood of faces without a label to what their owner's words show.

    Only dismissals since the last Train can have changed it.
    """
    dismissed = Dismissal.objects.filter(photo__library__owner=owner)
    training = Training.objects.filter(owner=owner, is_current=True).first()
    if training and not dismissed.filter(created_at__gt=training.started_at).exists():
        return
    own = Face.objects.filter(photo__library__owner=owner)
    newest = own.exclude(person=None).order_by("-labelled_at").values("pk")[:LABELLED_FACES]
    with transaction.atomic():
        for detector in dismissed.order_by().values_list("detector", flat=True).distinct():
            _, faces = load_measures(own.filter(pk__in=newest), detector)
            _, others = load_measures(dismissed, detector)
            likelihood = learn(shipped(detector), faces, others)
            ids, measures = load_measures(own.filter(person=None), detector)
            save_likelihoods(ids, likelihood.probabilities(measures))
