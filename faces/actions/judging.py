"""Judging what is a face at all, by what people have labelled and dismissed."""

from django.contrib.auth.models import User
from django.db import transaction

from faces.actions.locking import lock_owner
from faces.arrays import load_measures, save_likelihoods
from faces.models import DRAWN, Dismissal, Face, Training
from faces.recognition.likelihood import learn, shipped

LABELLED_FACES = 2_000  # that are looked at, the newest: more would hardly say more


def judge_faces(*, owner: User) -> None:
    """Move the likelihood of faces without a label to what their owner's words show.

    Only dismissals and faces found since the last Train can have changed it: a scan writes what
    shipped. Train calls it before it computes, since clustering reads the likelihood; where it is
    cancelled after that, what was learnt stands all the same.
    """
    dismissed = Dismissal.objects.filter(photo__library__owner=owner)
    own = Face.objects.filter(photo__library__owner=owner)
    unlabelled = own.filter(person=None)
    training = Training.objects.filter(owner=owner, is_current=True).first()
    if (
        training
        and not dismissed.filter(created_at__gt=training.started_at).exists()
        and not unlabelled.filter(seen_at__gt=training.started_at).exists()
    ):
        return
    newest = own.exclude(person=None).order_by("-labelled_at").values("pk")[:LABELLED_FACES]
    learnt = []
    by_machine = dismissed.exclude(detector__in=DRAWN)  # what a person has drawn is a face
    for detector in by_machine.order_by().values_list("detector", flat=True).distinct():
        _, faces = load_measures(own.filter(pk__in=newest), detector)
        _, others = load_measures(dismissed, detector)
        likelihood = learn(shipped(detector), faces, others)
        ids, measures = load_measures(unlabelled, detector)
        learnt.append((ids, likelihood.probabilities(measures)))
    with transaction.atomic():
        lock_owner(owner)
        for ids, likelihoods in learnt:
            save_likelihoods(ids, likelihoods)
