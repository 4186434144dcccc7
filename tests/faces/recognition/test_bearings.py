"""What Train keeps of a whole library, packed and read again."""

import numpy as np
import pytest

from faces.recognition.bearings import (
    MOST_BYTES,
    MOST_RUNS,
    Bearings,
    end_of_bearings,
    pack_bearings,
    runs_of,
    unpack_bearings,
)
from faces.recognition.calibration import SHIPPED, Calibration
from faces.recognition.metrics import COHORT


def bearings(seen: list[int], calibration: Calibration | None = SHIPPED) -> Bearings:
    ids = np.array(seen, dtype=np.int64)
    return Bearings(len(ids), runs_of(ids), ids[:2], ids[2:], calibration, 0.4)


@pytest.mark.parametrize("calibration", [SHIPPED, None])
def test_what_is_packed_is_read_again_whatever_lies_behind(calibration: Calibration | None) -> None:
    kept = bearings([3, 4, 5, 9], calibration)
    packed = pack_bearings(kept)
    read = unpack_bearings(packed + b"anything")
    assert read is not None
    assert (read.faces, read.share) == (4, 0.4)
    assert read.seen.tolist() == [[3, 5], [9, 9]]
    assert (read.strangers.tolist(), read.class_strangers.tolist()) == ([3, 4], [5, 9])
    assert (read.calibration is None) == (calibration is None)
    assert end_of_bearings(packed + b"anything") == len(packed)


@pytest.mark.parametrize("stored", [b"", b"clusters of before", bytes(1200)])
def test_what_an_older_training_stored_has_none(stored: bytes) -> None:
    assert unpack_bearings(stored) is None
    assert end_of_bearings(stored) == 0


def test_only_faces_that_train_has_not_seen_are_new() -> None:
    kept = bearings([3, 4, 5, 9])
    assert kept.unseen([1, 3, 4, 5, 6, 9, 10]) == [1, 6, 10]
    assert bearings([]).unseen([1, 2]) == [1, 2]
    assert kept.unseen([]) == []


def test_bearings_stay_small_however_scattered_the_faces_are() -> None:
    ids = np.random.default_rng(0).integers(0, 2**40, 50_000)
    runs = runs_of(ids)
    assert len(runs) == MOST_RUNS
    assert runs[-1, 1] == ids.max()
    kept = Bearings(len(ids), runs, ids[:COHORT], ids[-COHORT:], SHIPPED, 0.5)
    assert len(pack_bearings(kept)) <= MOST_BYTES
