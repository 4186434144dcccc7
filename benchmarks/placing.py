"""How long it takes until new faces have their place, in a library as it stands in the database."""

import time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.stored import MADE_UP

if TYPE_CHECKING:
    from django.contrib.auth.models import User

COUNTS = (1, 10, 100)  # new faces at once
TIMES = 5  # so often each; the median counts
ALIKE = 0.03  # how far a new face lies from one that is there, in each of 128 directions


def placing_seconds(owner: "User") -> dict[int, float]:
    """Return how long Place takes, from its beginning to standing guesses, by new faces.

    The faces are like some that are there, and are gone again afterwards. Nothing else may be new.
    """
    from faces.actions.placing import place_new_faces
    from photos.models import Photo

    took = {}
    for count in COUNTS:
        each = []
        for turn in range(TIMES):
            photos = store_new_faces(owner, count, seed=count + turn)
            began = time.perf_counter()
            placed = place_new_faces(owner=owner, report=lambda *_: None)
            each.append(time.perf_counter() - began)
            Photo.objects.filter(pk__in=photos).delete()
            assert placed == count, f"{placed} of {count} new faces were placed"
        took[count] = float(np.median(each))
    return took


def store_new_faces(owner: "User", count: int, *, seed: int) -> list[int]:
    """Write so many faces, each in a photo of its own, and return the photos' ids."""
    from django.utils import timezone

    from faces.models import Embedding, Face
    from faces.recognition.embeddings import unit_rows
    from photos.models import Photo

    random = np.random.default_rng(seed)
    mine = Face.objects.filter(photo__library__owner=owner)
    first, last = mine.order_by("pk").first(), mine.order_by("pk").last()
    assert first is not None and last is not None
    some = random.integers(first.pk, last.pk + 1, 20 * count).tolist()
    like = list(Embedding.objects.filter(face__in=mine.filter(pk__in=some))[:count])
    vectors = np.array([np.asarray(each.vector) for each in like], dtype=np.float32)
    vectors = unit_rows(vectors + random.normal(scale=ALIKE, size=vectors.shape))
    now = timezone.now()
    photos = []
    for each, vector in zip(like, vectors, strict=True):
        photo = Photo.objects.create(
            library=first.photo.library,
            path=f"new/{each.pk}-{seed}.jpg",
            size=1,
            modified_ns=1,
            width=4000,
            height=3000,
            state=Photo.State.SCANNED,
            scanned_at=now,
            taken_at=now,
        )
        face = Face.objects.create(
            photo=photo,
            left=0.1,
            top=0.1,
            **MADE_UP,
            quality=0.9,
            seen_at=now,
        )
        Embedding.objects.create(face=face, owner=owner, model=each.model, vector=vector)
        photos.append(photo.pk)
    return photos


def keep_bearings(owner: "User") -> None:
    """Have a made-up training keep what Train would have kept, so that Place finds its way."""
    from django.utils import timezone

    from faces.actions.training import classified, parameters_of
    from faces.arrays import (
        bearings_of,
        load_faces,
        load_rejections,
        load_standing_clusters,
        pack_clusters,
    )
    from faces.models import Training

    training = Training.objects.get(owner=owner, is_current=True)
    model = training.embedding_model
    faces = load_faces(owner.pk, model)
    clusters = load_standing_clusters(owner.pk, faces)
    rejected = load_rejections(owner.pk, faces)
    parameters = parameters_of(training)
    _, fitted = classified(owner, faces, rejected, parameters, keep_going=lambda: None)
    bearings = bearings_of(faces, clusters, model=model, fitted=fitted)
    training.started_at = timezone.now()
    training.clusters = pack_clusters(clusters, bearings)
    training.save()


def make_indexes(model: str) -> None:
    """Make what large owners' faces are found by."""
    from faces.actions.indexing import index_changes, make_index

    for large in index_changes(model).make:
        make_index(large, report=lambda _: None)
