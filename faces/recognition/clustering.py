"""Clustering faces into persons that nobody has named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from faces.recognition.embeddings import Matrix, own_order, unit_rows
from faces.recognition.exclusion import pairs_in_photos, surplus_in_photo
from faces.recognition.grouping import SAME_PERSON, group_faces, same_person
from faces.recognition.linkage import Groups
from faces.recognition.matching import most_shared
from faces.recognition.metrics import Space, against_strangers, cohort_of, metric_of
from faces.recognition.neighbours import Pairs, unique_pairs

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOBODY = -1
# The fewest faces of a cluster: one number, several from stage to stage, or AUTO.
Stages = int | Sequence[int] | str
AUTO = "auto"
# A stage for clusters of so many faces, in libraries of at least so many.
AUTO_STAGES = ((20, 20_000), (10, 2_000), (2, 0))
# To be raised with every change after which the same faces give other clusters.
REVISION = 3
# Log-odds that a face is who most others of its group are, from its surplus with them: a logistic
# regression on the same photos.
FIRM_CONSTANT, FIRM_SURPLUS = 0.2, 0.27
# A face that is not somebody is kept apart from so many of this person's faces.
MOST_REJECTED_FACES = 50
BLOCK_ENTRIES = 10_000_000  # evidence held at a time: 40 MB


@dataclass(frozen=True)
class Clusters:
    """For each of n faces its cluster, numbered from 0 without gaps, or NOBODY."""

    labels: Ints  # (n,)
    probabilities: Floats  # (n,), that a face belongs with its cluster; 0 for NOBODY

    @property
    def count(self) -> int:
        """How many clusters there are."""
        return int(self.labels.max(initial=NOBODY)) + 1


def cluster_faces(
    embeddings: Matrix,
    photos: Ints,
    *,
    model: str = "",
    poor: Flags | None = None,
    apart: Sequence[tuple[int, int]] = (),
    min_cluster_size: Stages = 2,
    core: float = 0.0,
    keep_going: Callable[[], None] = lambda: None,
) -> Clusters:
    """Cluster unit-length embeddings (n, d) of a ``model``; ``photos`` (n,) are their photos' ids.

    Two faces of a photo are two people, and so are the pairs of rows that are ``apart``. ``poor``
    faces (n,) may join a cluster, but make none and bridge none. Groups of fewer faces than
    ``min_cluster_size`` make no cluster, and those that are one person need ``core`` more evidence
    than usual. ``keep_going`` is called every second or so and may raise, to cancel. The order of
    the faces does not matter. Raises InvalidEmbeddingsError for a row that is zero or not finite.
    """
    embeddings = unit_rows(embeddings)
    count = len(embeddings)
    if count == 0:
        return Clusters(np.empty(0, dtype=np.int64), np.empty(0))
    order, place = _ordered(embeddings, photos)
    barred = _barred(photos[order], [(place[one], place[other]) for one, other in apart])
    space = metric_of(model, embeddings[order]).place(embeddings[order])
    good = np.ones(count, dtype=bool) if poor is None else ~poor[order]
    stages = sizes_of_stages(min_cluster_size, count)
    space, labels = _founded(space, good, barred, keep_going, stages=stages, core=core)
    clusters = Clusters(labels, _firmness(space, labels))
    clusters = _joined(space, clusters, np.flatnonzero(~good), barred, keep_going, core=core)
    clusters = _once_in_photo(clusters, photos[order], stages[-1])
    return Clusters(_renumbered(clusters.labels[place]), clusters.probabilities[place])


def sizes_of_stages(smallest: Stages, count: int) -> tuple[int, ...]:
    """Return the fewest faces of a cluster, stage by stage, in a library of ``count`` faces."""
    if smallest == AUTO:
        return tuple(size for size, faces in AUTO_STAGES if count >= faces)
    sizes = [smallest] if isinstance(smallest, int) else smallest
    return tuple(sorted({max(2, int(size)) for size in sizes}, reverse=True))


def _founded(
    space: Space,
    good: Flags,
    barred: Pairs,
    keep_going: Callable[[], None],
    *,
    stages: Sequence[int],
    core: float,
) -> tuple[Space, Ints]:
    """Return the space against strangers, and (n,) clusters of the ``good`` faces.

    What a stage founds stands, and may take further faces; the next groups those that are left.
    """
    labels = np.full(len(space), NOBODY, dtype=np.int64)
    for smallest in stages:
        left = good & (labels == NOBODY)
        groups = labels.copy()
        groups[left] = labels.max(initial=NOBODY) + 1
        groups[left] += group_faces(
            space[np.flatnonzero(left)], barred.among(left), same_person(core), keep_going
        )
        even = against_strangers(space, groups, keep_going, nobody=NOBODY)
        labels = _of_size(groups, smallest)
        if smallest != stages[-1]:
            known = Clusters(labels, np.zeros(len(labels)))
            left = good & (labels == NOBODY)
            labels = _joined(
                even, known, np.flatnonzero(left), barred, keep_going, core=core
            ).labels
    return even, labels


def hash_of_question(
    embeddings: Matrix,
    photos: Ints,
    *,
    model: str,
    poor: Flags,
    rejected: Sequence[tuple[int, int]],
    min_cluster_size: Stages,
    core: float,
) -> str:
    """Return 64 hexadecimal digits that change with all that moves clusters; labels do not."""
    stages = sizes_of_stages(min_cluster_size, len(embeddings))
    question = f"{REVISION} {model} {stages} {core} {sorted(rejected)}"
    asked = blake2b(question.encode(), digest_size=32)
    for array in (embeddings, photos, poor):
        asked.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return asked.hexdigest()


def are_apart(labels: Ints, apart: Sequence[tuple[int, int]]) -> bool:
    """Return whether no cluster of ``labels`` (n,) holds a pair of rows that are ``apart``."""
    pairs = np.array(apart, dtype=np.int64).reshape(-1, 2)
    return not ((labels[pairs] != NOBODY).all(axis=1) & (np.ptp(labels[pairs], axis=1) == 0)).any()


def place_faces(
    embeddings: Matrix,
    photos: Ints,
    people: Ints,
    rows: Ints,
    *,
    nobody: int,
    model: str = "",
    apart: Sequence[tuple[int, int]] = (),
    core: float = 0.0,
    strangers: Ints | None = None,
    keep_going: Callable[[], None] = lambda: None,
) -> tuple[Ints, Floats]:
    """Return the person whom each of the new ``rows`` (m,) fits, and how probably it does.

    ``people`` (n,) are who the other faces are so far, by label or by cluster, and ``nobody``.
    It is what a full clustering would say, as long as new faces make no cluster of their own.
    ``strangers`` are the rows that `strangers_of` has drawn, from these faces if not given.
    ``keep_going`` is called every second or so and may raise.
    """
    keep_going()
    embeddings = unit_rows(embeddings)
    order, back = _ordered(embeddings, photos)
    names, labels, groups = _known(people[order], back[rows], nobody)
    space = metric_of(model, embeddings[order]).place(embeddings[order])
    cohort = None if strangers is None else back[strangers]
    space = against_strangers(space, groups, keep_going, nobody=NOBODY, cohort=cohort)
    keep_going()
    barred = _barred(photos[order], [(back[one], back[other]) for one, other in apart])
    known = Clusters(labels, np.zeros(len(labels)))
    placed = _joined(space, known, np.sort(back[rows]), barred, keep_going, core=core)
    firmness = np.where(labels == NOBODY, placed.probabilities, np.inf)
    surplus = surplus_in_photo(placed.labels, firmness, photos[order], nobody=NOBODY)
    found = np.where(surplus, NOBODY, placed.labels)[back[rows]]
    return (
        np.append(names, nobody)[found],
        np.where(found == NOBODY, 0.0, placed.probabilities[back[rows]]),
    )


def strangers_of(
    embeddings: Matrix, photos: Ints, people: Ints, *, nobody: int, model: str = ""
) -> Ints:
    """Return the rows of the strangers that `place_faces` compares faces with.

    Among faces of which none is new; the arguments are its own.
    """
    embeddings, nothing = unit_rows(embeddings), np.empty(0, dtype=np.int64)
    if len(embeddings) == 0:
        return nothing
    order, _ = _ordered(embeddings, photos)
    _, _, groups = _known(people[order], nothing, nobody)
    space = metric_of(model, embeddings[order]).place(embeddings[order])
    return order[cohort_of(space, groups, nobody=NOBODY)]


def _known(people: Ints, new: Ints, nobody: int) -> tuple[Ints, Ints, Ints]:
    """Return people by number, and (n,) each face's, and its group among strangers; or NOBODY."""
    names, label = np.unique(people, return_inverse=True)
    named = np.flatnonzero(names != nobody)
    number = np.full(len(names), NOBODY, dtype=np.int64)
    number[named] = np.arange(len(named))
    labels = number[label]
    labels[new] = NOBODY
    alone = len(named) + np.arange(len(labels))
    groups = np.where(labels == NOBODY, alone, labels)
    # The other new faces may be the same person's.
    groups[new] = NOBODY
    return names[named], labels, groups


def _ordered(embeddings: Matrix, photos: Ints) -> tuple[Ints, Ints]:
    """Return (n,) the rows' own order, and each row's place in it."""
    order = own_order(embeddings, photos)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return order, place


def _barred(photos: Ints, apart: Sequence[tuple[int, int]]) -> Pairs:
    """Return the pairs of rows that are two people: in one photo, or by what somebody said."""
    shared, said = pairs_in_photos(photos), np.array(apart, dtype=np.int64).reshape(-1, 2)
    return unique_pairs(
        np.concatenate([shared.first, said[:, 0]]),
        np.concatenate([shared.second, said[:, 1]]),
        len(photos),
    )


def _of_size(labels: Ints, smallest: int) -> Ints:
    """Return labels numbered without gaps; those of fewer faces become NOBODY."""
    names, label, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    kept = (names != NOBODY) & (sizes >= max(2, smallest))
    number = np.where(kept, np.cumsum(kept) - 1, NOBODY)
    return number[label]


def _firmness(space: Space, labels: Ints) -> Floats:
    """Return (n,) the probability that each face belongs with the others of its cluster."""
    rows = np.flatnonzero(labels != NOBODY)
    groups = Groups.of(space, labels, int(labels.max(initial=NOBODY)) + 1)
    member = np.ones(len(rows), dtype=bool)
    probabilities = np.zeros(len(labels))
    surplus = groups.surplus(space, rows, labels[rows], member, SAME_PERSON)
    probabilities[rows] = expit(FIRM_CONSTANT + FIRM_SURPLUS * surplus)
    return probabilities


def _joined(
    space: Space,
    clusters: Clusters,
    rows: Ints,
    barred: Pairs,
    keep_going: Callable[[], None],
    *,
    core: float,
) -> Clusters:
    """Return the clusters with each of these faces in the one that it fits best, if it fits any."""
    labels, probabilities = clusters.labels.copy(), clusters.probabilities.copy()
    if clusters.count == 0 or len(rows) == 0:
        return clusters
    groups = Groups.of(space, labels, clusters.count)
    closed: dict[int, list[int]] = {}
    asked = np.zeros(len(labels), dtype=bool)
    asked[rows] = True
    barred = barred[asked[barred.first] | asked[barred.second]]
    for one, other in zip(barred.first.tolist(), barred.second.tolist(), strict=True):
        for row, neighbour in ((one, other), (other, one)):
            if labels[neighbour] != NOBODY:
                closed.setdefault(row, []).append(int(labels[neighbour]))
    block = max(1, BLOCK_ENTRIES // clusters.count)
    for start in range(0, len(rows), block):
        keep_going()
        some = rows[start : start + block]
        surplus = groups.surplus_of_all(space[some], SAME_PERSON)
        for position, row in enumerate(some.tolist()):
            surplus[position, closed.get(row, [])] = -np.inf
        best = surplus.argmax(axis=1)
        most = surplus[np.arange(len(some)), best]
        fits = most > core
        labels[some[fits]] = best[fits]
        probabilities[some[fits]] = expit(FIRM_CONSTANT + FIRM_SURPLUS * most[fits])
    clash = (labels[barred.first] == labels[barred.second]) & (labels[barred.first] != NOBODY)
    lesser = _lesser(barred[clash], probabilities)
    labels[lesser], probabilities[lesser] = NOBODY, 0.0
    return Clusters(labels, probabilities)


def _once_in_photo(clusters: Clusters, photos: Ints, smallest: int) -> Clusters:
    """Return the clusters without a second face of a crowd, whose pairs are not looked at."""
    surplus = surplus_in_photo(clusters.labels, clusters.probabilities, photos, nobody=NOBODY)
    if not surplus.any():
        return clusters
    labels = _of_size(np.where(surplus, NOBODY, clusters.labels), smallest)
    return Clusters(labels, np.where(labels == NOBODY, 0.0, clusters.probabilities))


def _lesser(clashing: Pairs, firmness: Floats) -> list[int]:
    """Return the rows that leave, so that of each pair one does: the firmest stays first.

    Who leaves bars nobody. Of equally firm rows the first stays.
    """
    rank = np.empty(len(firmness), dtype=np.int64)
    rank[np.argsort(-firmness, kind="stable")] = np.arange(len(firmness))
    first_stays = rank[clashing.first] < rank[clashing.second]
    stays = np.where(first_stays, clashing.first, clashing.second)
    leaves = np.where(first_stays, clashing.second, clashing.first)
    gone: set[int] = set()
    order = np.argsort(rank[stays])
    for firmer, lesser in zip(stays[order].tolist(), leaves[order].tolist(), strict=True):
        if firmer not in gone:
            gone.add(lesser)
    return list(gone)


def carry_over(previous: Ints, current: Ints) -> dict[int, int]:
    """Return which previous cluster each current one continues: {current: previous}.

    Both are (n,) for the same faces. Clusters are paired one to one such that most faces stay
    where they were; NOBODY continues nothing.
    """
    both = (previous != NOBODY) & (current != NOBODY)
    if not both.any():
        return {}
    old, old_of_face = np.unique(previous[both], return_inverse=True)
    new, new_of_face = np.unique(current[both], return_inverse=True)
    pairs = most_shared(new_of_face, old_of_face)
    return dict(zip(new[pairs[:, 0]].tolist(), old[pairs[:, 1]].tolist(), strict=True))


def rejected_pairs(
    people: Ints, rejected: Sequence[tuple[int, int]], *, nobody: int
) -> list[tuple[int, int]]:
    """Return pairs of rows that rejections (row, person) keep apart: they are two people.

    ``people`` (n,) are who the faces are so far, by label or by cluster, or ``nobody``.
    """
    rows = np.flatnonzero(people != nobody)
    rows = rows[np.argsort(people[rows], kind="stable")]
    starts = dict(zip(*np.unique(people[rows], return_index=True), strict=True))
    pairs = []
    for row, person in rejected:
        if people[row] == person:
            continue  # a label wins over what was said before
        start = starts.get(person, len(rows))
        faces = rows[start : start + MOST_REJECTED_FACES]
        pairs += [(row, face) for face in faces[people[faces] == person].tolist()]
    return pairs


def majority_people(clusters: Ints, people: Ints, *, nobody: int) -> dict[int, int]:
    """Return {cluster: person} for the clusters most of whose labelled faces are one person.

    ``people`` (n,) are what people said, ``nobody`` where they said nothing.
    """
    labelled = (people != nobody) & (clusters != NOBODY)
    votes, counts = np.unique(
        np.stack([clusters[labelled], people[labelled]]), axis=1, return_counts=True
    )
    _, all_of_cluster = np.unique(clusters[labelled], return_counts=True)
    _, place = np.unique(votes[0], return_inverse=True)
    won = 2 * counts > all_of_cluster[place]
    return dict(zip(votes[0, won].tolist(), votes[1, won].tolist(), strict=True))


def people_of_faces(
    clusters: Clusters,
    person_of: Mapping[int, int],
    *,
    photos: Ints,
    labels: Ints,
    rejected: Sequence[tuple[int, int]],
    nobody: int,
) -> Ints:
    """Return (n,) the person of each face's cluster, but for pairs (row, person) ruled out.

    Several clusters may be one person, who is still only once in a photo: as the face that
    ``labels`` (n,) say, else as the one that belongs most firmly to its cluster.
    """
    known = [person_of.get(cluster, nobody) for cluster in range(clusters.count)]
    people = np.array([*known, nobody], dtype=np.int64)[clusters.labels]
    rows, ruled_out = np.array(rejected, dtype=np.int64).reshape(-1, 2).T
    people[rows[people[rows] == ruled_out]] = nobody
    unlabelled = labels == nobody
    surplus = surplus_in_photo(
        np.where(unlabelled, people, labels),
        np.where(unlabelled, clusters.probabilities, np.inf),
        photos,
        nobody=nobody,
    )
    people[surplus & unlabelled] = nobody
    return people


def _renumbered(labels: Ints) -> Ints:
    """Return labels without gaps, numbered by first appearance."""
    found, first = np.unique(labels[labels != NOBODY], return_index=True)
    ranks = np.empty(len(found), dtype=np.int64)
    ranks[np.argsort(first)] = np.arange(len(found))
    renumbered = np.full(len(labels), NOBODY, dtype=np.int64)
    somebody = labels != NOBODY
    renumbered[somebody] = ranks[np.searchsorted(found, labels[somebody])]
    return renumbered
