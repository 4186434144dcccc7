"""Fills the database of a running Kith with guessed faces: ``python -m tests.e2e.filling``.

Its data folder is that of KITH_HOME. Photos and crops have no files.
"""

import django
import numpy as np

# Of each person, the largest group first; three of each are labelled.
FACES = (2003, 503, 103)
LABELS_EACH = 3


def main() -> None:
    """Write faces, labels and guesses for the first user."""
    django.setup()
    from django.contrib.auth.models import User

    from benchmarks.stored import store_guesses, store_library
    from faces.recognition.evaluation.matrices import KnownFaces

    identities = np.repeat(np.arange(1, len(FACES) + 1), FACES)
    count = len(identities)
    embeddings = np.random.default_rng(0).normal(size=(count, 128)).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    within = np.concatenate([np.arange(faces) for faces in FACES])
    owner = User.objects.get()
    faces = KnownFaces(embeddings, np.arange(count) // 2, identities, model="made-up")
    store_library(owner, faces, np.where(within < LABELS_EACH, identities, 0))
    store_guesses(owner, identities)


if __name__ == "__main__":
    main()
