"""How alike two faces are, as evidence: fitted to a model, or found from the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from faces.recognition.embeddings import Matrix

Ints = NDArray[np.int64]
Floats = NDArray[np.floating]

# How much of the variance within people is taken as equal in all directions: the rest is what
# the labelled faces showed. Anything from 0.2 to 0.5 does as well on people not fitted to.
SHRINKAGE = 0.3
# A person with hundreds of faces counts as this many, lest the fit be about one person.
MOST_FACES_OF_ONE = 10
# Directions in which people differ less than this share of how much one person's faces do say
# next to nothing, and are left out.
LEAST_BETWEEN = 0.02
# What a face is compared with to learn how like strangers it is: so many faces of other people at
# most, and of those the most alike, by share and at least so many.
COHORT, COHORT_SHARE, COHORT_LEAST = 1_000, 0.01, 5
# How far a face's own likeness to strangers is taken off its evidence, and what is usual.
STRANGER_WEIGHT, USUAL_STRANGER = 0.66, -17.0
BLOCK_ENTRIES = 10_000_000  # evidence held at a time: 40 MB
# So many must be in the cohort before it is believed by half.
STRANGERS_TO_BELIEVE = 100
KNUTH = 2_654_435_761  # multiplying by it spreads numbers over 32 bits
# For a model that nobody has fitted: the share of the variance that lies within people (0.29 and
# 0.37 with dlib's model on press and on family photos, 0.42 and 0.56 with an ArcFace model).
USUAL_WITHIN = 0.4
# So many faces must speak before the directions that they vary in are believed by half, and before
# their mean is.
FACES_TO_BELIEVE, FACES_TO_BELIEVE_MEAN = 500, 2_000
# How far strangers usually are apart, as 1 less the product of two unit vectors. Models with an
# angular margin spread people over the whole sphere; dlib's puts all into a corner, where the
# mean's squared length is more than this.
USUAL_SPREAD, USUAL_SPREAD_IN_CORNER, CORNER = 1.0, 0.17, 0.65
# Between strangers' evidence and one person's lies so much of what the covariances promise, ...
USUAL_GAP = 0.75
# ... which on the measure that thresholds are made for is this much,
GAP = 45.0
# and there the threshold between two single faces is this (grouping.SAME_PERSON).
THRESHOLD = -5.9
# Log-odds that a pair must overcome, and how they grow with the logarithm of the number of faces.
# Chosen, as the gap, on press and family photos under two models, as one for all.
ODDS, ODDS_BY_COUNT = 1.4, 0.2
# So many standard deviations above the mean of strangers lie the most alike of them.
STRANGER_LEVEL = 2.15
# Standard deviations between the quantiles 0.05 and 0.25, and the faces whose pairs are measured.
QUARTILE_FROM_TWENTIETH, MEASURED_FACES = 0.97, 1_500


@dataclass(frozen=True)
class Space:
    """Faces as points whose products are evidence.

    The evidence that faces i and j are one person is ``points[i] @ points[j] - offsets[i] -
    offsets[j]``: a log-likelihood ratio up to scale and constant. Its mean over all pairs of two
    groups is had from the groups' mean point and mean offset.
    """

    points: Matrix  # (n, r) float32
    offsets: NDArray[np.float32]  # (n,)
    spread: float  # squared distance at which two pictures of one person usually lie

    def __len__(self) -> int:
        return len(self.points)

    def evidence(self, rows: Ints | slice, columns: Ints | slice) -> NDArray[np.float32]:
        """Return (rows, columns) the evidence for each pair of these faces."""
        product = self.points[rows] @ self.points[columns].T
        product -= self.offsets[rows][:, None]
        product -= self.offsets[columns][None, :]
        return product

    def __getitem__(self, rows: Ints | slice) -> "Space":
        return replace(self, points=self.points[rows], offsets=self.offsets[rows])


def against_strangers(
    space: Space,
    groups: Ints,
    keep_going: Callable[[], None] = lambda: None,
    *,
    nobody: int | None = None,
    cohort: Ints | None = None,
) -> Space:
    """Return the space with the evidence of faces that are like everybody lessened.

    ``groups`` (n,) are a first clustering, so that a face's own person is no stranger to it; faces
    of the group ``nobody``, whose person is not known yet, are strangers to none. The
    adaptive score normalisation of speaker recognition (Matějka and others, "Analysis of score
    normalization in multilingual speaker recognition", 2017), which makes one threshold fit
    children and adults, sharp faces and blurred ones. The ``cohort`` are the rows of the strangers,
    where they were drawn before, from more faces. ``keep_going`` is called between blocks.
    """
    cohort = np.sort(cohort_of(space, groups, nobody=nobody) if cohort is None else cohort)
    # Labels may have made one group of several since. In the order of the groups, so that sums come
    # out the same to the last digit, drawn or given.
    stands_for, one_each = np.unique(groups[cohort], return_index=True)
    cohort = cohort[one_each]
    if len(cohort) < 2:
        return space
    strangers = max(COHORT_LEAST, round(COHORT_SHARE * len(cohort)))
    # Of a small cohort, not all can be the most alike.
    strangers = min(strangers, -(-(len(cohort) - 1) // 2))
    likeness = np.empty(len(space), dtype=np.float32)
    block = max(1, BLOCK_ENTRIES // len(cohort))
    for start in range(0, len(space), block):
        keep_going()
        rows = np.arange(start, min(start + block, len(space)))
        evidence = space.evidence(rows, cohort)
        place = np.searchsorted(stands_for, groups[rows]).clip(max=len(stands_for) - 1)
        own = np.flatnonzero(stands_for[place] == groups[rows])
        evidence[own, place[own]] = -np.inf
        # The other way round, so that the most alike come first where they lie.
        np.negative(evidence, out=evidence)
        evidence.partition(strangers - 1, axis=1)
        likeness[rows] = -evidence[:, :strangers].mean(axis=1)
    # In a small library, most of those who are alike are the same few people.
    belief = len(cohort) / (len(cohort) + STRANGERS_TO_BELIEVE)
    excess = (belief * STRANGER_WEIGHT / 2) * (likeness - USUAL_STRANGER)
    return replace(space, offsets=space.offsets + excess)


def cohort_of(space: Space, groups: Ints, *, nobody: int | None = None) -> Ints:
    """Return the rows of the strangers: one face each of ``COHORT`` groups at most.

    ``groups`` (n,) and ``nobody`` are those of ``against_strangers``.
    """
    names, representatives = np.unique(groups, return_index=True)
    representatives = representatives[names != nobody]
    # By lot, drawn from the faces themselves: when some are added, most of the cohort stays.
    lots = _lots(space.points[representatives])
    return representatives[np.argsort(lots, kind="stable")[:COHORT]]


@dataclass(frozen=True)
class Metric:
    """What is known of a model: along which axes people differ, and one person's faces do.

    The two-covariance model (probabilistic linear discriminant analysis; Brümmer and de Villiers,
    "The speaker partitioning problem", 2010): a face is its person plus a deviation, both
    Gaussian. On ``axes``, deviations have variance 1 and people ``between``.
    """

    centre: NDArray[np.float32]  # (d,)
    axes: NDArray[np.float32]  # (d, r)
    between: NDArray[np.float32]  # (r,)
    # They bring the evidence of all models to one measure, for which thresholds are made.
    scale: float
    shift: float

    def place(self, embeddings: Matrix) -> Space:
        """Return unit-length embeddings (n, d) as points of evidence."""
        coordinates = (embeddings - self.centre) @ self.axes
        total = self.between + 1
        determinant = total**2 - self.between**2
        alike, apart = self.between / determinant, total / determinant - 1 / total
        points = coordinates * np.sqrt(alike * self.scale)
        offsets = (coordinates**2) @ (apart * (self.scale / 2))
        offsets -= self.shift / 2
        spread = 2 * self.scale * float(alike.sum())
        return Space(points.astype(np.float32), offsets.astype(np.float32), spread)


def fit_metric(
    people_of_sets: Sequence[tuple[Matrix, Ints]], *, scale: float, shift: float
) -> Metric:
    """Return the metric that labelled sets (embeddings (n, d) unit length, people (n,)) show."""
    nothing: Floats = np.zeros(())
    within, between, centre, freedom, count = nothing, nothing, nothing, 0, 0
    for embeddings, people in people_of_sets:
        _, person, sizes = np.unique(people, return_inverse=True, return_counts=True)
        means = _means(embeddings, person, sizes)
        several = sizes >= 2
        votes = np.minimum(sizes - 1, MOST_FACES_OF_ONE)
        rows = several[person]
        weights = np.sqrt(votes[person] / np.maximum(sizes[person] - 1, 1))[rows]
        deviations = (embeddings - means[person])[rows] * weights[:, None]
        own_freedom = int(votes[several].sum())
        own_within = deviations.T @ deviations / own_freedom
        # The means of few faces vary by their faces, too.
        own_between = np.cov(means.T) - own_within * np.mean(1 / sizes)
        within = within + own_within * own_freedom
        between = between + own_between * len(means)
        centre = centre + means.sum(axis=0)
        freedom, count = freedom + own_freedom, count + len(means)
    return _metric(centre / count, within / freedom, between / count, scale, shift)


def _means(embeddings: Floats, group: Ints, sizes: Ints) -> Floats:
    sums = np.zeros((len(sizes), embeddings.shape[1]))
    np.add.at(sums, group, embeddings)
    return sums / sizes[:, None]


def _metric(centre: Floats, within: Floats, between: Floats, scale: float, shift: float) -> Metric:
    within = (1 - SHRINKAGE) * within + SHRINKAGE * _as_round(within)
    variances, directions = np.linalg.eigh(within)
    whiten = directions / np.sqrt(variances)
    between_variances, rotation = np.linalg.eigh(whiten.T @ between @ whiten)
    told = between_variances > LEAST_BETWEEN
    axes = (whiten @ rotation)[:, told]
    return Metric(
        centre.astype(np.float32),
        axes.astype(np.float32),
        between_variances[told].astype(np.float32),
        scale,
        shift,
    )


def _as_round(covariance: Floats) -> Floats:
    """Return the covariance (d, d) with as much variance, but the same in all directions."""
    return np.eye(len(covariance)) * (np.trace(covariance) / len(covariance))


def metric_of(model: str, embeddings: Matrix) -> Metric:
    """Return the metric of a model: the one that ships, or what its embeddings themselves show."""
    return fitted_metric(model) or metric_of_data(embeddings)


def fitted_metric(model: str) -> Metric | None:
    """Return the metric that ships for a model, None for one that nobody has fitted."""
    return _fitted().get(model)


@cache
def _fitted() -> dict[str, Metric]:
    metrics = {}
    for file in files(__package__).joinpath("fitted").iterdir():
        if file.name.endswith(".npz"):
            with file.open("rb") as stream, np.load(stream) as data:
                metrics[file.name.removesuffix(".npz")] = Metric(
                    data["centre"].astype(np.float32),
                    data["axes"].astype(np.float32),
                    data["between"].astype(np.float32),
                    float(data["scale"]),
                    float(data["shift"]),
                )
    return metrics


def metric_of_data(embeddings: Matrix) -> Metric:
    """Return a metric for a model that nobody has fitted, from unlabelled unit faces (n, d).

    How people vary, and one person's faces do, is guessed from how all faces vary: that says
    where strangers' evidence lies, and one person's. What is measured is how widely strangers'
    scatters, in the lower half of all pairs, where hardly any two are one person. The threshold
    between two normal distributions so far apart (a linear discriminant) is brought to where the
    shipped one is. The rows must be in an order of their own.
    """
    count, dimension = embeddings.shape
    if count == 0:
        nothing = np.zeros((dimension, 0), dtype=np.float32)
        return Metric(np.zeros(dimension, dtype=np.float32), nothing, nothing.sum(axis=0), 1.0, 0.0)
    # At first each face counts for one, then each person does, as far as one can tell.
    metric = _metric_of_weighted(embeddings, np.ones(count, dtype=np.float32))
    return _metric_of_weighted(embeddings, _parts_of_people(metric, embeddings))


def _parts_of_people(metric: Metric, embeddings: Matrix) -> NDArray[np.float32]:
    """Return (n,) for each face 1 by the number of faces that seem to be its person."""
    space, count = metric.place(embeddings), len(embeddings)
    few = _drawn(embeddings, np.ones(count, dtype=np.float32))
    others = np.zeros(count, dtype=np.float32)
    block = max(1, BLOCK_ENTRIES // len(few))
    for start in range(0, count, block):
        rows = slice(start, start + block)
        others[rows] = (space.evidence(rows, few) > THRESHOLD).sum(axis=1)
    others[few] -= 1  # itself
    return (1 / (1 + np.maximum(others, 0) * (count / len(few)))).astype(np.float32)


def _metric_of_weighted(embeddings: Matrix, weights: NDArray[np.float32]) -> Metric:
    """Return the metric of faces (n, d) of which each counts for so much (n,)."""
    people = float(weights.sum())
    centre = _centre_of_data(embeddings, weights)
    deviations = embeddings - centre
    total = (deviations * weights[:, None]).T @ deviations
    belief = people / (people + FACES_TO_BELIEVE)
    total = (belief * total + (1 - belief) * _as_round(total)) / people
    within = USUAL_WITHIN * _as_round(total)
    metric = _metric(centre, within, total - within, 1.0, 0.0)
    return _on_measure(metric, embeddings, weights)


def _drawn(embeddings: Matrix, weights: NDArray[np.float32]) -> Ints:
    """Return rows to measure: by lot, each with a chance that grows with its weight (n,).

    The lots come from the faces themselves (`_lots`), so most stay drawn when some are added.
    Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006.
    """
    waits = -np.log((_lots(embeddings) + 0.5) / 2**32) / weights
    return np.sort(np.argsort(waits, kind="stable")[:MEASURED_FACES])


def _lots(points: Matrix) -> NDArray[np.uint32]:
    """Return (n,) a number for each point that looks as if drawn by lot."""
    return np.ascontiguousarray(points[:, 0]).view(np.uint32) * np.uint32(KNUTH)


def _centre_of_data(embeddings: Matrix, weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (d,) the mean, or less: that of few people's faces is theirs, not the model's.

    As much of it as leaves strangers as far apart as they usually are; with many faces, all.
    """
    people = float(weights.sum())
    mean = (weights @ embeddings).astype(np.float64) / people
    alike = float(mean @ mean)
    usual = USUAL_SPREAD_IN_CORNER if alike > CORNER else USUAL_SPREAD
    least = usual * FACES_TO_BELIEVE_MEAN / (people + FACES_TO_BELIEVE_MEAN)
    # About this share of the mean, the faces' squared distance is 1 - alike * (2 share - share²).
    share = 1 - np.sqrt(1 - min(1.0, (1 - least) / max(alike, 1e-9)))
    return (share * mean).astype(np.float32)


def _on_measure(metric: Metric, embeddings: Matrix, weights: NDArray[np.float32]) -> Metric:
    """Return the metric with scale and shift such that the shipped threshold fits the faces."""
    total = metric.between.astype(np.float64) + 1
    determinant = total**2 - (total - 1) ** 2
    strangers = float((1 - total**2 / determinant).sum())
    gap = USUAL_GAP * float(((total - 1) ** 2 / determinant).sum())
    few = _drawn(embeddings, weights)
    space = metric.place(embeddings[few])
    pairs = space.evidence(slice(None), slice(None))[np.triu_indices(len(few), 1)]
    low, high = np.quantile(pairs, [0.05, 0.25]) if len(pairs) else (0.0, 0.0)
    deviation = np.clip((high - low) / QUARTILE_FROM_TWENTIETH, gap / 8, gap / 2)
    # The more faces, the rarer it is that two are one person.
    odds = ODDS + ODDS_BY_COUNT * np.log(len(embeddings))
    threshold = strangers + gap / 2 + odds * deviation**2 / gap
    scale = GAP / gap
    # Taking off what is usual of strangers (`against_strangers`) must leave it there.
    cohort = min(float(weights.sum()), COHORT)
    weight = STRANGER_WEIGHT * cohort / (cohort + STRANGERS_TO_BELIEVE)
    level = strangers + STRANGER_LEVEL * deviation
    taken = weight * (scale * level - USUAL_STRANGER)
    shift = (THRESHOLD - scale * threshold + taken) / (1 - weight)
    return replace(metric, scale=float(scale), shift=float(shift))
