"""Evaluate: how well today's labels and settings do on their owner's own faces."""

from dataclasses import asdict
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from faces.actions.training import Report, TrainingParameters
from faces.arrays import FaceMatrix, load_faces, load_rejections
from faces.models import Evaluation
from faces.recognition.classification import NOBODY, Mistakes, hold_out, likely_mistakes
from faces.recognition.evaluation.hidden import HiddenLabels, score_hidden

STAGES = 3


def evaluate(*, owner: User, parameters: TrainingParameters, report: Report) -> Evaluation:
    """Hide labels and guess them, look for those that seem wrong, and keep what came of it.

    ``report`` is called with (stage, done, total) and may raise to end it.
    """
    report("Reading faces", 0, STAGES)
    faces = load_faces(owner.pk, parameters.embedding_model)
    guessing = partial(report, "Guessing labels that are hidden for a moment", 1, STAGES)
    doubting = partial(report, "Looking for labels that seem wrong", 2, STAGES)
    answers = hold_out(
        faces.embeddings,
        faces.photos,
        faces.named,
        model=parameters.embedding_model,
        rejected=load_rejections(owner.pk, faces),
        classifier=parameters.classifier,
        keep_going=guessing,
    )
    mistakes = likely_mistakes(
        faces.embeddings,
        faces.photos,
        faces.named,
        model=parameters.embedding_model,
        keep_going=doubting,
    )
    hidden = score_hidden(faces.named, answers, min_probability=parameters.min_probability)
    with transaction.atomic():
        evaluation = Evaluation.objects.create(
            owner=owner,
            embedding_model=parameters.embedding_model,
            parameters=asdict(parameters),
            report=_report(faces, hidden, mistakes),
        )
        report("Done", STAGES, STAGES)
    return evaluation


def _report(faces: FaceMatrix, hidden: HiddenLabels, mistakes: Mistakes) -> dict[str, Any]:
    """Return the numbers as JSON keeps them."""
    return {
        "labels": hidden.labels + hidden.only_labels,
        "people": hidden.people,
        "labels_needed": _labels_needed(hidden),
        "hold_out": {
            "labels": hidden.labels,
            "right": hidden.right,
            "wrong": hidden.wrong,
            "open": hidden.labels - hidden.right - hidden.wrong,
            "only_labels": hidden.only_labels,
            "only_named": hidden.only_named,
        },
        "calibration": {
            "error": hidden.curve.error,
            "bins": [
                {"probability": probability, "right": right, "guesses": guesses}
                for probability, right, guesses in zip(
                    hidden.curve.probabilities.tolist(),
                    hidden.curve.right.tolist(),
                    hidden.curve.counts.tolist(),
                    strict=True,
                )
            ],
        },
        "suspicious": [
            {
                "face": face,
                "person": person,
                "probability": probability,
                "looks_like": None if other == NOBODY else other,
            }
            for face, person, probability, other in zip(
                faces.faces[mistakes.rows].tolist(),
                faces.named[mistakes.rows].tolist(),
                mistakes.probabilities.tolist(),
                mistakes.people.tolist(),
                strict=True,
            )
        ],
    }


def _labels_needed(hidden: HiddenLabels) -> int:
    """Return how many labels are missing until one can be hidden: a person needs two."""
    if hidden.labels:
        return 0
    return 1 if hidden.only_labels else 2
