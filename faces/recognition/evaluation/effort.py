"""How much a library asks of its user: the labelling flow, with a simulated user who knows all.

In each round the method trains with the labels so far, and the user works down one list of
groups, largest first: each person's guesses, and the unknown persons. One action each is to name
or confirm a group, to deselect a wrong face in it, and to answer a question. What the user passes
over costs nothing. Rounds end at ever smaller groups; in the last one faces without any group are
named one by one. The work is over when enough faces of the people who matter have their name.

The user looks at every face of a group before naming it, so the only wrong labels are those of
faces in a cluster that a question's answer names unseen.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Rejections = Sequence[tuple[int, int]]

NOBODY = 0  # people: no label, no guess
NO_CLUSTER = -1
# A round ends at groups smaller than this; then the method trains again.
SMALLEST_GROUPS = (8, 4, 3, 2, 1)
# The user stops answering questions for the round after so many in a row that settled nothing.
PATIENCE = 3
ENOUGH = 0.95  # share of the faces that matter that have their name when the work is over
FEWEST_FACES = 3  # people with fewer do not matter


@dataclass(frozen=True)
class Trained:
    """What one training says of n faces."""

    clusters: Ints  # (n,), NO_CLUSTER for none
    guesses: Ints  # (n,) people, NOBODY for none; only those that the user is shown


# Two parties of a question: ("cluster", its number) or ("person", its id).
Party = tuple[Literal["cluster", "person"], int]
# Faces that the user has said are two people: by deselecting one, or by answering no.
Different = Sequence[tuple[int, int]]
# (clusters (n,), labels (n,), different) -> pairs that may be one person, the most useful first.
Questions = Callable[[Ints, Ints, Different], Iterable[tuple[Party, Party]]]


@dataclass(frozen=True)
class Method:
    """A way to train: ``train(labels (n,), rejections)``, and perhaps questions for the user."""

    train: Callable[[Ints, Rejections], Trained]
    questions: Questions | None = None


@dataclass(frozen=True)
class Effort:
    """What the user had to do."""

    actions: int
    people: int  # who mattered
    named: float  # share of their faces rightly named at the end, 0-1
    wrong_labels: int  # faces of anybody that carry another's name at the end

    @property
    def actions_per_person(self) -> float:
        """Actions for each of the people who mattered."""
        return self.actions / self.people if self.people else 0.0


def user_effort(method: Method, truth: Ints) -> Effort:
    """Label faces of identities ``truth`` (n,), positive numbers, as the module's head says."""
    user = _User(truth)
    for smallest in SMALLEST_GROUPS:
        if user.done:
            break
        trained = method.train(user.labels.copy(), tuple(user.rejections))
        if method.questions is not None:
            pairs = method.questions(trained.clusters, user.labels.copy(), tuple(user.different))
            trained = replace(trained, clusters=user.answer(pairs, trained.clusters))
        user.work_down(trained, smallest)
    user.name_singly()
    return user.effort()


@dataclass
class _User:
    """The simulated user, and what was said so far."""

    truth: Ints
    labels: Ints = field(init=False)
    rejections: list[tuple[int, int]] = field(default_factory=list)
    different: list[tuple[int, int]] = field(default_factory=list)
    actions: int = 0

    def __post_init__(self) -> None:
        self.labels = np.full(len(self.truth), NOBODY, dtype=np.int64)
        self.matters = np.bincount(self.truth)[self.truth] >= FEWEST_FACES
        self.goal = int(np.ceil(ENOUGH * self.matters.sum()))

    @property
    def named(self) -> int:
        return int((self.matters & (self.labels == self.truth)).sum())

    @property
    def done(self) -> bool:
        return self.named >= self.goal

    def work_down(self, trained: Trained, smallest: int) -> None:
        """Confirm and name groups, largest first, nobody's twice unless it is the last round."""
        last_round = smallest == SMALLEST_GROUPS[-1]
        served: set[int] = set()
        for guess, rows in _groups(trained, self.labels == NOBODY, smallest):
            if self.done:
                return
            rows = rows[self.labels[rows] == NOBODY]
            if len(rows) < smallest:
                continue
            person = self._majority(rows) if guess == NOBODY else guess
            if (last_round or person not in served) and self._name(rows, person, guess):
                served.add(person)

    def _majority(self, rows: Ints) -> int:
        return int(np.bincount(self.truth[rows]).argmax())

    def _name(self, rows: Ints, person: int, guess: int) -> bool:
        """Give the group a name unless its faces are named one by one with fewer actions."""
        right = self.truth[rows] == person
        cost = 1 + int((~right).sum())
        if int((right & self.matters[rows]).sum()) < cost:
            return False
        self.actions += cost
        self.labels[rows[right]] = person
        self.different += [(int(row), int(rows[right][0])) for row in rows[~right]]
        if guess != NOBODY:
            self.rejections += [(int(row), person) for row in rows[~right]]
        return True

    def answer(self, questions: Iterable[tuple[Party, Party]], clusters: Ints) -> Ints:
        """Say whether pairs are the same person; return clusters (n,) after that.

        Of two parties that are, the one without a name takes the other's; two clusters without
        names become one.
        """
        clusters, in_vain = clusters.copy(), 0
        for pair in questions:
            if self.done or in_vain == PATIENCE:
                break
            first, second = (self._rows(party, clusters) for party in pair)
            if len(first) == 0 or len(second) == 0:
                continue
            self.actions += 1
            in_vain += 1
            if self._majority(first) == self._majority(second):
                self._join(np.concatenate([first, second]), clusters)
                in_vain = 0
            else:
                self.different.append((int(first[0]), int(second[0])))
        return clusters

    def _join(self, rows: Ints, clusters: Ints) -> None:
        person = self._majority(rows)
        if (self.labels[rows] == person).any():
            self.labels[rows[self.labels[rows] == NOBODY]] = person
        else:
            clusters[rows] = clusters[rows].min()

    def _rows(self, party: Party, clusters: Ints) -> Ints:
        kind, number = party
        if kind == "person":
            return np.flatnonzero(self.labels == number)
        return np.flatnonzero((clusters == number) & (self.labels == NOBODY))

    def name_singly(self) -> None:
        """Name faces one by one until enough have their name."""
        left = np.flatnonzero(self.matters & (self.labels != self.truth))
        still = left[: max(0, self.goal - self.named)]
        self.labels[still] = self.truth[still]
        self.actions += len(still)

    def effort(self) -> Effort:
        """Return what it took."""
        wrong = (self.labels != NOBODY) & (self.labels != self.truth)
        matter = int(self.matters.sum())
        return Effort(
            actions=self.actions,
            people=len(np.unique(self.truth[self.matters])),
            named=self.named / matter if matter else 1.0,
            wrong_labels=int(wrong.sum()),
        )


def _groups(trained: Trained, unlabelled: Booleans, smallest: int) -> list[tuple[int, Ints]]:
    """Return (person guessed or NOBODY, rows) of groups of unlabelled faces, largest first.

    Of equally large groups guesses come first.
    """
    guessed = _rows_of(np.where(unlabelled, trained.guesses, NOBODY), nobody=NOBODY)
    clustered = _rows_of(np.where(unlabelled, trained.clusters, NO_CLUSTER), nobody=NO_CLUSTER)
    groups = [*guessed.items(), *((NOBODY, rows) for rows in clustered.values())]
    large = [group for group in groups if len(group[1]) >= smallest]
    return sorted(large, key=lambda group: -len(group[1]))


def _rows_of(assigned: Ints, *, nobody: int) -> dict[int, Ints]:
    """Return the rows of each number in ``assigned`` (n,) but ``nobody``."""
    order = np.argsort(assigned, kind="stable")
    order = order[assigned[order] != nobody]
    numbers, starts = np.unique(assigned[order], return_index=True)
    parts = np.split(order, starts[1:])
    return dict(zip(numbers.tolist(), parts, strict=False))
