"""What is known of people from their exemplars: where their faces lie, and how surely."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]

# Faces of one person resemble each other in more than the person (the same day, the same camera):
# each one more says so much less than a first would.
REPETITION = 0.05


@dataclass(frozen=True)
class Portraits:
    """What p people look like.

    By the two-covariance model the person's own place is Gaussian given the exemplars, and a new
    face is as far from it as one person's faces are. The evidence is the log-likelihood ratio of
    that to a face of anybody (Brummer and de Villiers, 2010).
    """

    squares: Floats  # (p, r) what a face's squared coordinates count for
    places: Floats  # (p, r) what its coordinates count for
    constants: Floats  # (p,)

    @classmethod
    def of(cls, between: Singles, sums: Floats, counts: Floats) -> "Portraits":
        """Return those of people whose exemplars' coordinates add up to ``sums`` (p, r)."""
        counts = np.maximum(counts, 1)[:, None]
        repetition = 1 + REPETITION * (counts - 1)
        unsure = 1 / (1 / between + counts / repetition)
        mean = unsure * sums / repetition
        precision = 1 / (1 + unsure)
        return cls(
            (1 / (1 + between) - precision) / 2,
            precision * mean,
            (np.log(precision * (1 + between)) - precision * mean**2).sum(axis=1) / 2,
        )

    def evidence(self, coordinates: Singles) -> Singles:
        """Return (m, p) the evidence that faces (m, r) are these people."""
        evidence: Singles = np.hstack([coordinates**2, coordinates]) @ self._weights.T
        evidence += self.constants.astype(np.float32)
        return evidence

    def own_evidence(self, coordinates: Singles) -> Floats:
        """Return (m,) the evidence that each face (m, r) is the one person in its own row."""
        evidence: Floats = (coordinates**2 * self.squares + coordinates * self.places).sum(axis=1)
        return evidence + self.constants

    @cached_property
    def _weights(self) -> Singles:
        """(p, 2 r), made once for all blocks of faces."""
        return np.hstack([self.squares, self.places]).astype(np.float32)
