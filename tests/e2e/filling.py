"""Fills the database of a running Kith with guessed faces, for the keeper to do.

Photos and crops have no files.
"""

import numpy as np

# Of each person, three are labelled.
LABELS_EACH = 3


def fill(name: str, sizes: list[int]) -> None:
    """Write faces, labels and guesses for a user; so many of each person, the largest first."""
    from django.contrib.auth.models import User

    from benchmarks.stored import store_guesses, store_library
    from faces.recognition.evaluation.matrices import KnownFaces

    identities = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    count = len(identities)
    embeddings = np.random.default_rng(0).normal(size=(count, 128)).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    within = np.concatenate([np.arange(size) for size in sizes])
    owner = User.objects.get(username=name)
    faces = KnownFaces(embeddings, np.arange(count) // 2, identities, model="made-up")
    store_library(owner, faces, np.where(within < LABELS_EACH, identities, 0))
    store_guesses(owner, identities)
