"""Classifying faces among the people who have labels, or as nobody among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from faces.recognition.calibration import (
    Calibration,
    calibrate,
    features_of,
    probabilities_of,
    share_right,
)
from faces.recognition.embeddings import Matrix, unit_rows
from faces.recognition.exclusion import surplus_in_photo
from faces.recognition.metrics import (
    Metric,
    Space,
    against_strangers,
    metric_of,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Booleans = NDArray[np.bool_]
Rejections = Sequence[tuple[int, int]]
ClassifierName = Literal["knn", "svm"]

NOBODY = 0
NO_COLUMN = -1
# Faces of one person resemble each other in more than the person (the same day, the same camera):
# each one more says so much less than a first would.
REPETITION = 0.05
# Evidence from which a face counts as somebody's before anything is known about strangers, so that
# it is no stranger to this person's other faces.
NO_STRANGER_FROM = 3.0
# Evidence from which an unlabelled face is taken as one more exemplar of its person.
BELIEVED_FROM = 10.0
# The two likeliest people are this close in evidence before the classifier decides between them.
CLOSE_RACE = 2.0
NEIGHBOURS = 5  # that vote, or as many as the rarest person has labels
EXEMPLARS = 8  # of one person, that the classifier sees at most
TRIALS = 4_000  # labelled faces that are asked for at most to calibrate
FOLDS = 5  # of the labels, one of which is hidden at a time
LABELS_RIGHT = 0.98  # share of labels that are taken to be right before anything is looked at
SMALLEST = np.finfo(np.float64).tiny  # the least probability above 0
BLOCK_ENTRIES = 5_000_000  # evidence held at a time: 20 MB


@dataclass(frozen=True)
class Classes:
    """For each of n faces the likeliest person and the probability that it is right."""

    people: Ints  # (n,), NOBODY where the probability is below the threshold
    probabilities: Floats  # (n,), 0 for NOBODY


@dataclass(frozen=True)
class Mistakes:
    """Labels that look wrong, m of them, the most suspicious first."""

    rows: Ints  # (m,)
    probabilities: Floats  # (m,) that the label is wrong
    people: Ints  # (m,) who it looks like instead, NOBODY for nobody who has labels


@dataclass(frozen=True)
class _Faces:
    """All n faces, in an order of their own, and what was said of them."""

    metric: Metric
    coordinates: Singles  # (n, r) on the axes of the metric
    space: Space
    photos: Ints  # (n,)
    ids: Ints  # (p,) of the people who have labels; a person's place here is its column
    labels: Ints  # (n,) columns, NO_COLUMN for unlabelled faces
    rejected: csr_array  # (n, p) who a human has said that a face is not
    barred: csr_array  # (n, p) who a face cannot be, unless it is its label

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class _Exemplars:
    """Which faces stand for whom, and how like strangers all faces are."""

    columns: Ints  # (n,), NO_COLUMN for a face that stands for nobody
    excess: Singles  # (n,) evidence to take off


@dataclass(frozen=True)
class _Portraits:
    """What is known of p people from their exemplars: where their faces lie, and how surely.

    By the two-covariance model the person's own place is Gaussian given the exemplars, and a new
    face is as far from it as one person's faces are. The evidence is the log-likelihood ratio of
    that to a face of anybody (Brummer and de Villiers, 2010).
    """

    squares: Floats  # (p, r) what a face's squared coordinates count for
    places: Floats  # (p, r) what its coordinates count for
    constants: Floats  # (p,)

    @classmethod
    def of(cls, between: Singles, sums: Floats, counts: Floats) -> "_Portraits":
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
        weights = np.hstack([self.squares, self.places]).astype(np.float32)
        evidence: Singles = np.hstack([coordinates**2, coordinates]) @ weights.T
        return evidence + self.constants.astype(np.float32)

    def own_evidence(self, coordinates: Singles) -> Floats:
        """Return (m,) the evidence that each face (m, r) is the one person in its own row."""
        evidence: Floats = (coordinates**2 * self.squares + coordinates * self.places).sum(axis=1)
        return evidence + self.constants


@dataclass(frozen=True)
class _Race:
    """For each of m faces the two people whom most evidence is for, in columns."""

    first: Ints
    second: Ints
    evidence: Floats  # for the first, -inf where everybody is ruled out
    rival: Floats  # for the second, -inf where there is none


def classify_faces(
    embeddings: NDArray[np.floating],
    photos: Ints,
    people: Ints,
    *,
    model: str = "",
    rejected: Rejections = (),
    classifier: ClassifierName = "knn",
    min_probability: float = 0.5,
    keep_going: Callable[[], None] = lambda: None,
) -> Classes:
    """Say who each unlabelled face is, if it is anybody who has labels.

    ``embeddings`` (n, d) are of ``model``, ``photos`` (n,) ids of photos, ``people`` (n,) ids of
    the labels, NOBODY where there is none; labelled faces are the examples and get no answer.
    ``rejected`` are pairs (row, person) that a human has ruled out. A person who is labelled in a
    photo is nobody else there, and of two faces of a photo only the likelier can be the person.
    ``keep_going`` is called between blocks of work and may raise.
    """
    answers = Classes(np.full(len(people), NOBODY, dtype=np.int64), np.zeros(len(people)))
    embeddings = unit_rows(embeddings)
    if (people != NOBODY).all() or not (people != NOBODY).any():
        return answers
    order = _own_order(embeddings, photos, people)
    faces = _faces(embeddings, photos, people, order, model=model, rejected=rejected)
    exemplars = _exemplars(faces, keep_going)
    calibration = _calibration(faces, exemplars, keep_going)
    unlabelled = np.flatnonzero(faces.labels == NO_COLUMN)
    race = _race(faces, exemplars, unlabelled, keep_going)
    race = _decided(faces, race, unlabelled, classifier)
    probabilities = _probabilities(race, calibration)
    # Where all who have labels are ruled out, it is nobody, even at a threshold of 0.
    sure = probabilities >= max(min_probability, SMALLEST)
    guessed = np.where(sure, faces.ids[race.first], NOBODY)
    surplus = surplus_in_photo(guessed, probabilities, faces.photos[unlabelled], nobody=NOBODY)
    guessed[surplus] = NOBODY
    answers.people[order[unlabelled]] = guessed
    answers.probabilities[order[unlabelled]] = np.where(guessed == NOBODY, 0.0, probabilities)
    return answers


def likely_mistakes(
    embeddings: NDArray[np.floating],
    photos: Ints,
    people: Ints,
    *,
    model: str = "",
    min_probability: float = 0.5,
    keep_going: Callable[[], None] = lambda: None,
) -> Mistakes:
    """Return the labels that look wrong beside the other labels of their person.

    Arguments are those of ``classify_faces``. A person's only label cannot be judged.
    """
    nothing = np.empty(0, dtype=np.int64)
    if not (people != NOBODY).any():
        return Mistakes(nothing, np.empty(0), nothing)
    order = _own_order(embeddings, photos, people)
    faces = _faces(embeddings, photos, people, order, model=model, rejected=())
    exemplars = _exemplars(faces, keep_going)
    calibration = _calibration(faces, exemplars, keep_going)
    rows = np.flatnonzero(faces.labels != NO_COLUMN)
    own = _evidence_of_labels(faces, exemplars, rows)
    judged = np.isfinite(own)
    rows, own = rows[judged], own[judged]
    race = _race(faces, exemplars, rows, keep_going)
    right = calibration.log_odds(features_of(own, race.evidence))
    wrong = 1 - probabilities_of(right, LABELS_RIGHT)
    other = calibration.log_odds(features_of(race.evidence, np.maximum(own, race.rival)))
    better = np.where(other > 0, faces.ids[race.first], NOBODY)
    first = np.argsort(-wrong, kind="stable")
    first = first[wrong[first] >= min_probability]
    return Mistakes(order[rows[first]], wrong[first], better[first])


def hold_out(
    embeddings: NDArray[np.floating],
    photos: Ints,
    people: Ints,
    *,
    model: str = "",
    rejected: Rejections = (),
    classifier: ClassifierName = "knn",
    keep_going: Callable[[], None] = lambda: None,
) -> Classes:
    """Return for each labelled face the guess that it would get if its label were not known.

    Arguments are those of ``classify_faces``; unlabelled faces get no answer. A fifth of each
    person's labels is hidden at a time.
    """
    answers = Classes(np.full(len(people), NOBODY, dtype=np.int64), np.zeros(len(people)))
    order = _own_order(embeddings, photos, people)
    known = order[people[order] != NOBODY]
    known = known[np.argsort(people[known], kind="stable")]
    for fold in range(FOLDS):
        hidden = known[fold::FOLDS]
        if len(hidden) == 0:
            break
        classes = classify_faces(
            embeddings,
            photos,
            np.where(np.isin(np.arange(len(people)), hidden), NOBODY, people),
            model=model,
            rejected=rejected,
            classifier=classifier,
            min_probability=0.0,
            keep_going=keep_going,
        )
        answers.people[hidden] = classes.people[hidden]
        answers.probabilities[hidden] = classes.probabilities[hidden]
    return answers


def _own_order(embeddings: NDArray[np.floating], photos: Ints, people: Ints) -> Ints:
    """Return (n,) an order of the rows that depends on what is in them alone."""
    return np.lexsort((people, photos, *embeddings.T[:4]))


def _faces(
    embeddings: NDArray[np.floating],
    photos: Ints,
    people: Ints,
    order: Ints,
    *,
    model: str,
    rejected: Rejections,
) -> _Faces:
    units = unit_rows(embeddings[order])
    metric = metric_of(model, units)
    ids = np.unique(people[people != NOBODY])
    labels = np.where(people != NOBODY, np.searchsorted(ids, people), NO_COLUMN)
    said = _rejected(len(people), ids, rejected)
    barred = csr_array(said + _labelled_in_photo(photos, labels, len(ids)))
    return _Faces(
        metric,
        ((units - metric.centre) @ metric.axes).astype(np.float32),
        metric.place(units),
        photos[order],
        ids,
        labels[order],
        said[order],
        barred[order],
    )


def _rejected(count: int, ids: Ints, rejected: Rejections) -> csr_array:
    """Return (n, p) the rejections of people who have labels."""
    column_of = {int(person): column for column, person in enumerate(ids)}
    pairs = [(row, column_of[person]) for row, person in rejected if person in column_of]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return csr_array((np.ones(len(pairs)), (rows, columns)), shape=(count, len(ids)))


def _labelled_in_photo(photos: Ints, labels: Ints, people: int) -> csr_array:
    """Return (n, p) who has a label in the same photo."""
    count, known = len(labels), np.flatnonzero(labels != NO_COLUMN)
    _, photo = np.unique(photos, return_inverse=True)
    in_photo = csr_array((np.ones(count), (np.arange(count), photo)))
    labelled = csr_array(
        (np.ones(len(known)), (photo[known], labels[known])), shape=(in_photo.shape[1], people)
    )
    return in_photo @ labelled


def _exemplars(faces: _Faces, keep_going: Callable[[], None]) -> _Exemplars:
    """Return the labelled faces, and the unlabelled ones that are surely somebody's."""
    count, everybody = len(faces), np.arange(len(faces))
    unlabelled = faces.labels == NO_COLUMN
    labelled = _Exemplars(faces.labels, np.zeros(count, dtype=np.float32))
    race = _race(faces, labelled, everybody, keep_going)
    own = np.where(race.evidence >= NO_STRANGER_FROM, race.first, len(faces.ids) + everybody)
    groups = np.where(unlabelled, own, faces.labels)
    normalised = against_strangers(faces.space, groups, keep_going)
    labelled = _Exemplars(faces.labels, normalised.offsets - faces.space.offsets)
    race = _race(faces, labelled, everybody, keep_going)
    believed = np.where(unlabelled & (race.evidence >= BELIEVED_FROM), race.first, NO_COLUMN)
    believed[surplus_in_photo(believed, race.evidence, faces.photos, nobody=NO_COLUMN)] = NO_COLUMN
    return replace(labelled, columns=np.where(unlabelled, believed, faces.labels))


@dataclass(frozen=True)
class _Circle:
    """Sums over the exemplars of each of p people."""

    coordinates: Floats  # (p, r)
    excess: Floats  # (p,)
    counts: Floats  # (p,)


def _circle(faces: _Faces, exemplars: _Exemplars) -> _Circle:
    rows = np.flatnonzero(exemplars.columns != NO_COLUMN)
    columns, people = exemplars.columns[rows], len(faces.ids)
    member = csr_array((np.ones(len(rows)), (columns, np.arange(len(rows)))), (people, len(rows)))
    return _Circle(
        member @ faces.coordinates[rows].astype(np.float64),
        np.bincount(columns, exemplars.excess[rows], people).astype(np.float64),
        np.bincount(columns, minlength=people).astype(np.float64),
    )


def _race(
    faces: _Faces, exemplars: _Exemplars, rows: Ints, keep_going: Callable[[], None]
) -> _Race:
    """Return who these faces (m,) are likeliest to be; a labelled face's own person is left out.

    No face is evidence for itself.
    """
    circle = _circle(faces, exemplars)
    portraits = _Portraits.of(faces.metric.between, circle.coordinates, circle.counts)
    taken_off = (circle.excess / circle.counts).astype(np.float32)
    parts = []
    block = max(1, BLOCK_ENTRIES // len(faces.ids))
    for start in range(0, max(len(rows), 1), block):
        keep_going()
        part = rows[start : start + block]
        evidence = faces.metric.scale * portraits.evidence(faces.coordinates[part])
        evidence += faces.metric.shift
        evidence -= exemplars.excess[part][:, None] + taken_off
        evidence[faces.barred[part].nonzero()] = -np.inf
        labels, columns = faces.labels[part], exemplars.columns[part]
        believed = np.flatnonzero((labels == NO_COLUMN) & (columns != NO_COLUMN))
        own = _evidence_for(faces, exemplars, circle, part[believed], columns[believed])
        evidence[believed, columns[believed]] = own
        known = np.flatnonzero(labels != NO_COLUMN)
        evidence[known, labels[known]] = -np.inf
        parts.append(_best_two(evidence))
    return _Race(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def _evidence_for(
    faces: _Faces, exemplars: _Exemplars, circle: _Circle, rows: Ints, columns: Ints
) -> Floats:
    """Return (m,) the evidence that each face is the one person, from the person's other faces."""
    coordinates, excess = faces.coordinates[rows], exemplars.excess[rows].astype(np.float64)
    itself = exemplars.columns[rows] == columns
    others = circle.counts[columns] - itself
    portraits = _Portraits.of(
        faces.metric.between, circle.coordinates[columns] - coordinates * itself[:, None], others
    )
    evidence = faces.metric.scale * portraits.own_evidence(coordinates) + faces.metric.shift
    evidence -= excess + (circle.excess[columns] - excess * itself) / np.maximum(others, 1)
    return np.where(others > 0, evidence, -np.inf)


def _best_two(evidence: Singles) -> tuple[Ints, Ints, Floats, Floats]:
    """Return the columns of the most and second most in each row of (m, p), and how much."""
    rows = np.arange(len(evidence))
    first = evidence.argmax(axis=1)
    best = evidence[rows, first].astype(np.float64)
    evidence[rows, first] = -np.inf
    second = evidence.argmax(axis=1)
    return first, second, best, evidence[rows, second].astype(np.float64)


def _decided(faces: _Faces, race: _Race, rows: Ints, classifier: ClassifierName) -> _Race:
    """Return the race with the classifier's choice first where two people are close together."""
    close = np.flatnonzero(np.isfinite(race.rival) & (race.rival > race.evidence - CLOSE_RACE))
    if len(close) == 0:
        return race
    first, second = race.first[close], race.second[close]
    # The people in these races, at least two, are all whom the classifier needs to know.
    people = np.unique(np.concatenate([first, second]))
    seen = _seen_by_classifier(faces)
    seen = seen[np.isin(faces.labels[seen], people)]
    columns = np.searchsorted(people, faces.labels[seen])
    model = _fitted_classifier(classifier, faces.space.points[seen], columns)
    first, second = np.searchsorted(people, first), np.searchsorted(people, second)
    swap = np.zeros(len(rows), dtype=bool)
    block = max(1, BLOCK_ENTRIES // len(people))
    for start in range(0, len(close), block):
        part = slice(start, start + block)
        scores = model(faces.space.points[rows[close[part]]])
        own = np.arange(len(scores))
        swap[close[part]] = scores[own, second[part]] > scores[own, first[part]]
    return _Race(
        np.where(swap, race.second, race.first),
        np.where(swap, race.first, race.second),
        np.where(swap, race.rival, race.evidence),
        np.where(swap, race.evidence, race.rival),
    )


def _seen_by_classifier(faces: _Faces) -> Ints:
    """Return the rows of at most EXEMPLARS labelled faces of each person, spread evenly."""
    known = np.flatnonzero(faces.labels != NO_COLUMN)
    known = known[np.argsort(faces.labels[known], kind="stable")]
    _, starts, counts = np.unique(faces.labels[known], return_index=True, return_counts=True)
    rank = np.arange(len(known)) - np.repeat(starts, counts)
    counts = np.repeat(counts, counts)
    step = rank * EXEMPLARS // np.maximum(counts, EXEMPLARS)
    before = (rank - 1) * EXEMPLARS // np.maximum(counts, EXEMPLARS)
    return known[(counts <= EXEMPLARS) | (step != before)]


def _fitted_classifier(
    name: ClassifierName, points: Matrix, columns: Ints
) -> Callable[[Matrix], Floats]:
    """Return what scores faces (m, r) for each of p >= 2 people (m, p)."""
    if name == "knn":
        # No more votes than the rarest person has labels, lest a frequent one outvote it.
        fewest = int(np.bincount(columns).min())
        knn = KNeighborsClassifier(min(NEIGHBOURS, fewest), weights="distance")
        with catch_warnings():
            # It takes many people with one label each for a regression.
            simplefilter("ignore", UserWarning)
            score: Callable[[Matrix], Floats] = knn.fit(points, columns).predict_proba
        return score
    svm = LinearSVC(class_weight="balanced").fit(points, columns)

    def decision(faces: Matrix) -> Floats:
        scores: Floats = svm.decision_function(faces)
        return np.column_stack([-scores, scores]) if scores.ndim == 1 else scores

    return decision


def _calibration(
    faces: _Faces, exemplars: _Exemplars, keep_going: Callable[[], None]
) -> Calibration:
    """Return the shipped calibration, moved to what the labels and rejections show.

    Labelled faces are guessed with their own label hidden, and once more with their whole person
    left out, as strangers. A rejected person is a wrong guess where nobody else is likelier.
    """
    known = np.flatnonzero(faces.labels != NO_COLUMN)
    known = known[:: -(-len(known) // TRIALS)]
    race = _race(faces, exemplars, known, keep_going)
    own = _evidence_of_labels(faces, exemplars, known)
    asked, stranger = np.isfinite(own), np.isfinite(race.evidence)
    best, next_best = np.maximum(own, race.evidence), np.minimum(own, race.evidence)
    hidden = features_of(best[asked], np.maximum(next_best, race.rival)[asked])
    left_out = features_of(race.evidence[stranger], race.rival[stranger])
    rejected = _rejected_guesses(faces, exemplars, keep_going)
    wrong = np.zeros(len(left_out) + len(rejected), dtype=bool)
    return calibrate(
        np.concatenate([hidden, left_out, rejected]),
        np.concatenate([(own > race.evidence)[asked], wrong]),
    )


def _evidence_of_labels(faces: _Faces, exemplars: _Exemplars, rows: Ints) -> Floats:
    """Return (m,) the evidence for the labels of labelled faces, -inf for a person's only label."""
    labels = faces.labels[rows]
    evidence = _evidence_for(faces, exemplars, _circle(faces, exemplars), rows, labels)
    several = np.bincount(faces.labels[faces.labels != NO_COLUMN])[labels] > 1
    return np.where(several, evidence, -np.inf)


def _rejected_guesses(
    faces: _Faces, exemplars: _Exemplars, keep_going: Callable[[], None]
) -> Floats:
    """Return (m, 3) features of the guesses that rejections are the answer to."""
    rows, columns = faces.rejected.nonzero()
    open_rows = faces.labels[rows] == NO_COLUMN
    rows, columns = rows[open_rows], columns[open_rows]
    evidence = _evidence_for(faces, exemplars, _circle(faces, exemplars), rows, columns)
    rival = _race(faces, exemplars, rows, keep_going).evidence
    likeliest = evidence > rival
    return features_of(evidence[likeliest], rival[likeliest])


def _probabilities(race: _Race, calibration: Calibration) -> Floats:
    """Return (m,) how likely the first of each race is right; 0 where nobody is possible."""
    possible = np.isfinite(race.evidence)
    odds = calibration.log_odds(features_of(race.evidence[possible], race.rival[possible]))
    probabilities = np.zeros(len(possible))
    probabilities[possible] = probabilities_of(odds, share_right(odds))
    return probabilities
