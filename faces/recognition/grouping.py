"""Grouping faces that are one person's: bursts first, then by average linkage."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from faces.recognition.linkage import Groups, Threshold, link, settle
from faces.recognition.metrics import Space, against_strangers
from faces.recognition.neighbours import Pairs, alike_pairs, unique_pairs

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# So many neighbours of a face, and of these the ones with more evidence than this, are looked at.
# Twice as many, and ten times weaker ones, change nothing on press and family photos.
NEIGHBOURS, LEAST_EVIDENCE = 32, -25.0
# A first, careful clustering only tells who is a stranger to whom.
CAREFUL = Threshold(alone=-2.0, relief=0.0)
# Chosen on press and on family photos (halves of LFW and FIW) under two models, as one for all.
SAME_PERSON = Threshold(alone=-5.9, relief=1.25)
# How often faces whose group was found otherwise move to the group that suits them best.
SETTLING_ROUNDS = 10
# A face leaves a group in which it lacks so much: without it, groups would drift.
TOLERANCE = 4.0
# Pictures of a burst differ by less than this share of what two pictures of a person usually do.
BURST = 0.1
BLOCK_ENTRIES = 10_000_000  # evidence held at a time: 40 MB


def same_person(core: float) -> Threshold:
    """Return the evidence that two groups need to be one person, and ``core`` more than usual."""
    return replace(SAME_PERSON, alone=SAME_PERSON.alone + core)


def group_faces(
    space: Space, barred: Pairs, threshold: Threshold, keep_going: Callable[[], None]
) -> Ints:
    """Return (n,) the groups of the faces of a space, each named by a number.

    The ``barred`` pairs of rows are two people. ``keep_going`` may raise.
    """
    search = partial(
        alike_pairs, neighbours=NEIGHBOURS, least=LEAST_EVIDENCE, keep_going=keep_going
    )
    pairs = search(space)
    burst = _bursts(space, pairs, barred)
    series, first_of_series = np.unique(burst, return_inverse=True)
    one_each, links, apart = space, pairs, barred
    if len(series) < len(space):
        means = Groups.of(space, first_of_series, len(series))
        one_each = replace(
            space,
            points=means.points / means.sizes[:, None],
            offsets=means.offsets / means.sizes,
        )
        apart = unique_pairs(
            first_of_series[barred.first], first_of_series[barred.second], len(series)
        )
        # A long burst has no neighbours but itself until it counts as one.
        links = search(one_each)
    groups = link(one_each, links, CAREFUL, apart=apart, keep_going=keep_going)
    for _ in range(2):
        # With each clustering it is better known who is a stranger to whom.
        even = against_strangers(one_each, groups, keep_going)
        groups = link(even, links, threshold, apart=apart, keep_going=keep_going)
    groups = settle(
        even,
        groups,
        links,
        threshold,
        apart=apart,
        rounds=SETTLING_ROUNDS,
        tolerance=TOLERANCE,
        keep_going=keep_going,
    )
    return groups[first_of_series]


def _bursts(space: Space, pairs: Pairs, barred: Pairs) -> Ints:
    """Return (n,) the first row of each face's burst, of near-identical faces; else its own."""
    near = _near(space, pairs)
    count = len(space)
    one, other = pairs.first[near], pairs.second[near]
    graph = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(count, count))
    _, component = connected_components(graph, directed=False)
    # A burst with two faces of one photo is none: copies, a collage. And neither is a chain of
    # faces of which each is like the next, and the first unlike the last.
    doubtful = component[barred.first] == component[barred.second]
    means = Groups.of(space, component, int(component.max(initial=-1)) + 1)
    away = space.points - (means.points / means.sizes[:, None])[component]
    wide = np.einsum("ij,ij->i", away, away) > BURST * space.spread
    own = np.isin(component, np.append(component[barred.first[doubtful]], component[wide]))
    first = np.unique(component, return_index=True)[1]
    return np.where(own, np.arange(count), first[component])


def _near(space: Space, pairs: Pairs) -> Flags:
    near = np.empty(len(pairs), dtype=bool)
    block = BLOCK_ENTRIES // space.points.shape[1]
    for start in range(0, len(pairs), block):
        rows = slice(start, start + block)
        apart = space.points[pairs.first[rows]] - space.points[pairs.second[rows]]
        near[rows] = np.einsum("ij,ij->i", apart, apart) < BURST * space.spread
    return near
