"""Classifying faces among the people who have labels, or as nobody among them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from faces.recognition.calibration import (
    Calibration,
    calibrate,
    features_of,
    probabilities_of,
    share_right,
)
from faces.recognition.choosing import ClassifierName as ClassifierName
from faces.recognition.choosing import fitted_classifier
from faces.recognition.embeddings import own_order, unit_rows
from faces.recognition.exclusion import surplus_in_photo
from faces.recognition.metrics import Metric, Space, against_strangers, cohort_of, metric_of
from faces.recognition.portraits import Portraits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Booleans = NDArray[np.bool_]
Rejections = Sequence[tuple[int, int]]

NO_BIRTHS: Mapping[int, float] = MappingProxyType({})

NOBODY = 0
NO_COLUMN = -1
# Evidence from which a face counts as somebody's before anything is known about strangers, so that
# it is no stranger to this person's other faces.
NO_STRANGER_FROM = 3.0
# Evidence from which an unlabelled face is taken as one more exemplar of its person.
BELIEVED_FROM = 10.0
# The two likeliest people are this close in evidence before the classifier decides between them.
CLOSE_RACE = 2.0
EXEMPLARS = 8  # of one person, that the classifier sees at most
TRIALS = 4_000  # labelled faces that are asked for at most to calibrate
FOLDS = 5  # of the labels, one of which is hidden at a time
LABELS_RIGHT = 0.98  # share of labels that are taken to be right before anything is looked at
SMALLEST = np.finfo(np.float64).tiny  # the least probability above 0
BLOCK_ENTRIES = 5_000_000  # numbers held at a time: 20 or 40 MB


@dataclass(frozen=True)
class Classes:
    """For each of n faces the likeliest person and the probability that it is right.

    The runner-up is the likeliest but for ``people``, whatever the threshold.
    """

    people: Ints  # (n,), NOBODY where the probability is below the threshold
    probabilities: Floats  # (n,), 0 for NOBODY
    runners_up: Ints  # (n,), NOBODY where nobody else is possible
    runner_up_probabilities: Floats  # (n,), 0 for NOBODY

    def put(self, rows: Ints, classes: "Classes") -> None:
        """Write the answers for m faces into these rows (m,)."""
        self.people[rows] = classes.people
        self.probabilities[rows] = classes.probabilities
        self.runners_up[rows] = classes.runners_up
        self.runner_up_probabilities[rows] = classes.runner_up_probabilities

    def of(self, rows: Ints) -> "Classes":
        """Return the answers of these rows (m,)."""
        return Classes(
            self.people[rows],
            self.probabilities[rows],
            self.runners_up[rows],
            self.runner_up_probabilities[rows],
        )


@dataclass(frozen=True)
class Fitted:
    """What all faces of a library say together, which a few of them cannot."""

    strangers: Ints  # rows of faces that tell how like anybody a face is
    calibration: Calibration
    share: float  # of the faces whose likeliest person is right


@dataclass(frozen=True)
class Mistakes:
    """Labels that look wrong, m of them, the most suspicious first."""

    rows: Ints  # (m,)
    probabilities: Floats  # (m,) that the label is wrong
    people: Ints  # (m,) who it looks like instead, NOBODY for nobody who has labels


@dataclass(frozen=True)
class _Faces:
    """All n faces, in an order of their own, and what was said of them."""

    order: Ints  # (n,) the rows that they were given in
    metric: Metric
    coordinates: Singles  # (n, r) on the axes of the metric
    space: Space
    photos: Ints  # (n,)
    ids: Ints  # (p,) of the people who have labels; a person's place here is its column
    labels: Ints  # (n,) columns, NO_COLUMN for unlabelled faces
    days: Floats  # (n,) when the photo was taken, NaN where that is not known
    born: Floats  # (p,) on which day the people were, NaN where that is not known
    rejected: csr_array  # (n, p) who a human has said that a face is not
    barred: csr_array  # (n, p) who a face cannot be, unless it is its label
    aside: Booleans  # (n,) who takes nobody's place in a photo

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class _Exemplars:
    """Which faces stand for whom, how like strangers all faces are, and sums for each person."""

    columns: Ints  # (n,), NO_COLUMN for a face that stands for nobody
    excess: Singles  # (n,) evidence to take off
    coordinates: Floats  # (p, r) sums over the exemplars
    excesses: Floats  # (p,)
    counts: Floats  # (p,)

    @classmethod
    def of(cls, faces: _Faces, columns: Ints, excess: Singles) -> "_Exemplars":
        """Return them with their sums."""
        rows, people = np.flatnonzero(columns != NO_COLUMN), len(faces.ids)
        column = columns[rows]
        # Axis by axis: of a million exemplars no second copy is made.
        sums = np.empty((people, faces.coordinates.shape[1]))
        for axis, coordinates in enumerate(faces.coordinates.T):
            sums[:, axis] = np.bincount(column, coordinates[rows], people)
        excesses: Floats = np.bincount(column, excess[rows], people).astype(np.float64)
        counts = np.bincount(column, minlength=people).astype(np.float64)
        return cls(columns, excess, sums, excesses, counts)


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
    days: Floats | None = None,
    born: Mapping[int, float] = NO_BIRTHS,
    aside: Booleans | None = None,
    classifier: ClassifierName = "knn",
    min_probability: float = 0.5,
    fitted: Fitted | None = None,
    keep_going: Callable[[], None] = lambda: None,
) -> Classes:
    """Say who each unlabelled face is, if it is anybody who has labels.

    ``embeddings`` (n, d) are of ``model``, ``photos`` (n,) ids of photos, ``people`` (n,) ids of
    the labels, NOBODY where there is none; labelled faces are the examples and get no answer.
    ``rejected`` are pairs (row, person) that a human has ruled out. A person who is labelled in a
    photo is nobody else there, and of two faces of a photo only the likelier can be the person.
    ``days`` (n,) are when the photos were taken, NaN where that is not known, and ``born`` the days
    of birth by person, on the same count: nobody is in a photo taken before. Faces that stand
    ``aside`` (n,) take nobody's place in a photo from another face, however likely they are.
    What is ``fitted`` to a library is taken for granted where the faces are only some of it.
    ``keep_going`` is called between blocks of work and may raise.
    """
    return classify_and_fit(
        embeddings,
        photos,
        people,
        model=model,
        rejected=rejected,
        days=days,
        born=born,
        aside=aside,
        classifier=classifier,
        min_probability=min_probability,
        fitted=fitted,
        keep_going=keep_going,
    )[0]


def classify_and_fit(
    embeddings: NDArray[np.floating],
    photos: Ints,
    people: Ints,
    *,
    model: str = "",
    rejected: Rejections = (),
    days: Floats | None = None,
    born: Mapping[int, float] = NO_BIRTHS,
    aside: Booleans | None = None,
    classifier: ClassifierName = "knn",
    min_probability: float = 0.5,
    fitted: Fitted | None = None,
    keep_going: Callable[[], None] = lambda: None,
) -> tuple[Classes, Fitted | None]:
    """Return what `classify_faces` does, and what was fitted to do so: None without labels."""
    answers = _nobody(len(people))
    if len(people) == 0:
        return answers, None
    faces = _faces(embeddings, photos, people, model=model, rejected=rejected, days=days, born=born)
    if aside is not None:
        faces = replace(faces, aside=aside[faces.order])
    if fitted is not None:
        place = np.empty(len(faces), dtype=np.int64)
        place[faces.order] = np.arange(len(faces))
        fitted = replace(fitted, strangers=place[fitted.strangers])
    classes, found = _classes(faces, classifier, min_probability, keep_going, fitted=fitted)
    answers.put(faces.order, classes)
    if found is not None:
        found = replace(found, strangers=faces.order[found.strangers])
    return answers, found


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
    faces = _faces(embeddings, photos, people, model=model, rejected=())
    exemplars, _ = _exemplars(faces, keep_going)
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
    return Mistakes(faces.order[rows[first]], wrong[first], better[first])


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
    answers = _nobody(len(people))
    if not (people != NOBODY).any():
        return answers
    faces = _faces(embeddings, photos, people, model=model, rejected=rejected)
    known = np.flatnonzero(faces.labels != NO_COLUMN)
    known = known[np.argsort(faces.labels[known], kind="stable")]
    for fold in range(FOLDS):
        hidden = known[fold::FOLDS]
        classes, _ = _classes(_hiding(faces, hidden), classifier, 0.0, keep_going)
        answers.put(faces.order[hidden], classes.of(hidden))
    return answers


def _nobody(count: int) -> Classes:
    nobody = np.full(count, NOBODY, dtype=np.int64)
    return Classes(nobody, np.zeros(count), nobody.copy(), np.zeros(count))


def _classes(
    faces: _Faces,
    classifier: ClassifierName,
    min_probability: float,
    keep_going: Callable[[], None],
    *,
    fitted: Fitted | None = None,
) -> tuple[Classes, Fitted | None]:
    """Return the answers for the faces in their own order, and what was fitted to them."""
    answers = _nobody(len(faces))
    if len(faces.ids) == 0:  # the only label is hidden
        return answers, None
    unlabelled = np.flatnonzero(faces.labels == NO_COLUMN)
    exemplars, strangers = _exemplars(
        faces, keep_going, None if fitted is None else fitted.strangers
    )
    if fitted is None:
        calibration = _calibration(faces, exemplars, keep_going)
    else:
        calibration = fitted.calibration
    race = _race(faces, exemplars, unlabelled, keep_going)
    race = _decided(faces, race, unlabelled, classifier, keep_going)
    share = _share(race, calibration) if fitted is None else fitted.share
    probabilities, of_second = _probabilities(race, calibration, share)
    first = np.where(probabilities > 0, faces.ids[race.first], NOBODY)
    second = np.where(of_second > 0, faces.ids[race.second], NOBODY)
    # Where all who have labels are ruled out, it is nobody, even at a threshold of 0.
    sure = probabilities >= max(min_probability, SMALLEST)
    guessed = np.where(sure, first, NOBODY)
    firmness = np.where(faces.aside[unlabelled], 0.0, probabilities)
    surplus = surplus_in_photo(guessed, firmness, faces.photos[unlabelled], nobody=NOBODY)
    guessed[surplus] = NOBODY
    answers.put(
        unlabelled,
        Classes(
            guessed,
            np.where(guessed == NOBODY, 0.0, probabilities),
            np.where(sure, second, first),
            np.where(sure, of_second, probabilities),
        ),
    )
    return answers, Fitted(strangers, calibration, share)


def _faces(
    embeddings: NDArray[np.floating],
    photos: Ints,
    people: Ints,
    *,
    model: str,
    rejected: Rejections,
    days: Floats | None = None,
    born: Mapping[int, float] = NO_BIRTHS,
) -> _Faces:
    units = unit_rows(embeddings)
    # The order also decides whose labels are hidden together.
    order = own_order(units, people, photos)
    units = units[order]
    metric = metric_of(model, units)
    photos, people = photos[order], people[order]
    ids = np.unique(people[people != NOBODY])
    labels = np.where(people != NOBODY, np.searchsorted(ids, people), NO_COLUMN)
    said = _rejected(len(people), ids, rejected)[order]
    return _Faces(
        order,
        metric,
        ((units - metric.centre) @ metric.axes).astype(np.float32),
        metric.place(units),
        photos,
        ids,
        labels,
        np.full(len(people), np.nan) if days is None else days[order],
        np.array([born.get(int(person), np.nan) for person in ids]),
        said,
        _barred(photos, labels, said),
        np.zeros(len(people), dtype=bool),
    )


def _hiding(faces: _Faces, rows: Ints) -> _Faces:
    """Return the faces as if the labels of these rows had not been given."""
    labels = faces.labels.copy()
    labels[rows] = NO_COLUMN
    known = labels != NO_COLUMN
    columns, labels[known] = np.unique(labels[known], return_inverse=True)
    rejected = faces.rejected[:, columns]
    return replace(
        faces,
        ids=faces.ids[columns],
        labels=labels,
        born=faces.born[columns],
        rejected=rejected,
        barred=_barred(faces.photos, labels, rejected),
    )


def _rejected(count: int, ids: Ints, rejected: Rejections) -> csr_array:
    """Return (n, p) the rejections of people who have labels."""
    column_of = {int(person): column for column, person in enumerate(ids)}
    pairs = [(row, column_of[person]) for row, person in rejected if person in column_of]
    rows, columns = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return csr_array((np.ones(len(pairs)), (rows, columns)), shape=(count, len(ids)))


def _barred(photos: Ints, labels: Ints, rejected: csr_array) -> csr_array:
    """Return (n, p) who a face cannot be: somebody rejected, or with a label in the same photo."""
    count, known = len(labels), np.flatnonzero(labels != NO_COLUMN)
    names, photo = np.unique(photos, return_inverse=True)
    in_photo = csr_array((np.ones(count), (np.arange(count), photo)), shape=(count, len(names)))
    labelled = csr_array(
        (np.ones(len(known)), (photo[known], labels[known])),
        shape=(len(names), rejected.shape[1]),
    )
    return csr_array(rejected + in_photo @ labelled)


def _exemplars(
    faces: _Faces, keep_going: Callable[[], None], strangers: Ints | None = None
) -> tuple[_Exemplars, Ints]:
    """Return the labelled faces with the unlabelled ones that are surely somebody's.

    And the rows of the ``strangers``, drawn from the faces if not given.
    """
    count, everybody = len(faces), np.arange(len(faces))
    unlabelled = faces.labels == NO_COLUMN
    labelled = _Exemplars.of(faces, faces.labels, np.zeros(count, dtype=np.float32))
    race = _race(faces, labelled, everybody, keep_going)
    own = np.where(race.evidence >= NO_STRANGER_FROM, race.first, len(faces.ids) + everybody)
    groups = np.where(unlabelled, own, faces.labels)
    if strangers is None:
        strangers = cohort_of(faces.space, groups)
    normalised = against_strangers(faces.space, groups, keep_going, cohort=strangers)
    labelled = _Exemplars.of(faces, faces.labels, normalised.offsets - faces.space.offsets)
    race = _race(faces, labelled, everybody, keep_going)
    believed = np.where(unlabelled & (race.evidence >= BELIEVED_FROM), race.first, NO_COLUMN)
    believed[surplus_in_photo(believed, race.evidence, faces.photos, nobody=NO_COLUMN)] = NO_COLUMN
    columns = np.where(unlabelled, believed, faces.labels)
    return _Exemplars.of(faces, columns, labelled.excess), strangers


def _race(
    faces: _Faces, exemplars: _Exemplars, rows: Ints, keep_going: Callable[[], None]
) -> _Race:
    """Return who these faces (m,) are likeliest to be; a labelled face's own person is left out.

    No face is evidence for itself.
    """
    count, people = len(rows), len(faces.ids)
    portraits = Portraits.of(faces.metric.between, exemplars.coordinates, exemplars.counts)
    taken_off = (exemplars.excesses / exemplars.counts).astype(np.float32)
    columns, amounts = np.empty((2, count), dtype=np.int64), np.empty((2, count))
    for some in _blocks(count, people + 4 * len(faces.metric.between)):
        keep_going()
        part = rows[some]
        evidence = faces.metric.scale * portraits.evidence(faces.coordinates[part])
        evidence += faces.metric.shift
        evidence -= exemplars.excess[part][:, None] + taken_off
        evidence[faces.barred[part].nonzero()] = -np.inf
        for column in np.flatnonzero(~np.isnan(faces.born)):
            evidence[faces.days[part] < faces.born[column], column] = -np.inf
        labels, stands_for = faces.labels[part], exemplars.columns[part]
        believed = np.flatnonzero((labels == NO_COLUMN) & (stands_for != NO_COLUMN))
        own = _evidence_for(faces, exemplars, part[believed], stands_for[believed])
        evidence[believed, stands_for[believed]] = own
        known = np.flatnonzero(labels != NO_COLUMN)
        evidence[known, labels[known]] = -np.inf
        columns[:, some], amounts[:, some] = _best_two(evidence)
    return _Race(*columns, *amounts)


def _evidence_for(faces: _Faces, exemplars: _Exemplars, rows: Ints, columns: Ints) -> Floats:
    """Return (m,) the evidence that each face is the one person, from the person's other faces."""
    evidence = np.empty(len(rows))
    # A portrait for each face takes ten times its coordinates for a moment.
    for some in _blocks(len(rows), 10 * len(faces.metric.between)):
        row, column = rows[some], columns[some]
        coordinates, excess = faces.coordinates[row], exemplars.excess[row].astype(np.float64)
        itself = exemplars.columns[row] == column
        others = exemplars.counts[column] - itself
        sums = exemplars.coordinates[column] - coordinates * itself[:, None]
        portraits = Portraits.of(faces.metric.between, sums, others)
        found = faces.metric.scale * portraits.own_evidence(coordinates) + faces.metric.shift
        found -= excess + (exemplars.excesses[column] - excess * itself) / np.maximum(others, 1)
        evidence[some] = np.where(others > 0, found, -np.inf)
    return evidence


def _blocks(count: int, numbers: int) -> Iterator[slice]:
    """Yield slices of ``count`` rows, for each of which so many ``numbers`` are held."""
    block = max(1, BLOCK_ENTRIES // numbers)
    for start in range(0, count, block):
        yield slice(start, start + block)


def _best_two(evidence: Singles) -> tuple[Ints, Floats]:
    """Return (2, m) the columns of the most and second most in each row (m, p), and how much."""
    rows = np.arange(len(evidence))
    first = evidence.argmax(axis=1)
    best = evidence[rows, first]
    evidence[rows, first] = -np.inf
    second = evidence.argmax(axis=1)
    return np.stack([first, second]), np.stack([best, evidence[rows, second]]).astype(np.float64)


def _decided(
    faces: _Faces,
    race: _Race,
    rows: Ints,
    classifier: ClassifierName,
    keep_going: Callable[[], None],
) -> _Race:
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
    score = fitted_classifier(classifier, faces.space.points[seen], columns, keep_going)
    first, second = np.searchsorted(people, first), np.searchsorted(people, second)
    swap = np.zeros(len(rows), dtype=bool)
    # Scores are doubles, and neighbours are as many numbers again.
    for part in _blocks(len(close), 2 * len(people) + faces.space.points.shape[1]):
        keep_going()
        scores = score(faces.space.points[rows[close[part]]])
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
    evidence = _evidence_for(faces, exemplars, rows, labels)
    several = np.bincount(faces.labels[faces.labels != NO_COLUMN])[labels] > 1
    return np.where(several, evidence, -np.inf)


def _rejected_guesses(
    faces: _Faces, exemplars: _Exemplars, keep_going: Callable[[], None]
) -> Floats:
    """Return (m, 3) features of the guesses that rejections are the answer to."""
    rows, columns = faces.rejected.nonzero()
    open_rows = faces.labels[rows] == NO_COLUMN
    rows, columns = rows[open_rows], columns[open_rows]
    evidence = _evidence_for(faces, exemplars, rows, columns)
    rival = _race(faces, exemplars, rows, keep_going).evidence
    likeliest = evidence > rival
    return features_of(evidence[likeliest], rival[likeliest])


def _share(race: _Race, calibration: Calibration) -> float:
    """Return the share of races whose first is right."""
    possible = np.isfinite(race.evidence)
    features = features_of(race.evidence[possible], race.rival[possible])
    return share_right(calibration.log_odds(features))


def _probabilities(race: _Race, calibration: Calibration, share: float) -> tuple[Floats, Floats]:
    """Return (m,) how likely the first, and the second, of each race is right; 0 for nobody."""
    possible = np.isfinite(race.evidence)
    odds = calibration.log_odds(features_of(race.evidence[possible], race.rival[possible]))
    first, second = np.zeros((2, len(possible)))
    first[possible] = probabilities_of(odds, share)
    several = np.isfinite(race.rival)
    odds = calibration.log_odds(features_of(race.rival[several], race.evidence[several]))
    second[several] = np.minimum(probabilities_of(odds, share), 1 - first[several])
    return first, second
