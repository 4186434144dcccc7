"""face_recognition's tolerance: how far a face may be from those of whom it is guessed to be."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from faces.recognition.classification import NOBODY, Classes
from faces.recognition.embeddings import Matrix

Ints = NDArray[np.int64]

# face_recognition measures between vectors as dlib gives them, Kith keeps unit vectors. Of 14,000
# press and family photos, dlib's are 1.43 long (standard deviation 0.07).
USUAL_LENGTH = {"dlib-resnet-128": 1.43}


def within_tolerance(
    classes: Classes, embeddings: Matrix, people: Ints, *, tolerance: float, model: str
) -> Classes:
    """Return the guesses (n,) without those further than ``tolerance`` from each of their labels.

    ``embeddings`` (n, d) are unit vectors, ``people`` (n,) ids of the labels, NOBODY for none. The
    tolerance is a distance as face_recognition has it, and between unit vectors under models of
    others; 0 for none.
    """
    if tolerance == 0:
        return classes
    # Between unit vectors, the squared distance is 2 - 2 times the product.
    least = 1 - (tolerance / USUAL_LENGTH.get(model, 1.0)) ** 2 / 2
    far = np.zeros(len(people), dtype=bool)
    for person in np.unique(classes.people[classes.people != NOBODY]):
        rows, own = classes.people == person, people == person
        far[rows] = (embeddings[rows] @ embeddings[own].T).max(axis=1, initial=-1.0) < least
    return replace(
        classes,
        people=np.where(far, NOBODY, classes.people),
        probabilities=np.where(far, 0.0, classes.probabilities),
    )
