"""Of one person in one shot the best face stands for all."""

import numpy as np

from faces.recognition.footage import best_of_shots
from tests.embeddings import made_up_people

EMBEDDINGS, PEOPLE = made_up_people([4, 4])
FRAMES = np.array([0, 1, 2, 3, 0, 1, 2, 3])
SHOTS = np.array([0, 0, 1, 1, 0, 0, 0, 0])
QUALITIES = np.array([0.1, 0.9, 0.8, 0.2, 0.3, 0.4, 0.7, 0.6])
NONE = np.zeros(8, dtype=bool)


def best(
    qualities: np.ndarray = QUALITIES, kept: np.ndarray = NONE, unwanted: np.ndarray = NONE
) -> list[int]:
    return best_of_shots(
        EMBEDDINGS,
        FRAMES,
        SHOTS,
        qualities,
        model="dlib-resnet-128",
        kept=kept,
        unwanted=unwanted,
    )


def marked(*rows: int) -> np.ndarray:
    return np.isin(np.arange(8), rows)


def test_the_best_of_each_person_and_shot_stands_for_all() -> None:
    assert best() == [1, 2, 6]


def test_poor_faces_of_one_person_are_one_too() -> None:
    assert len(best(qualities=np.zeros(8))) == 3


def test_what_somebody_has_spoken_of_stands_whatever_it_is_like() -> None:
    assert best(kept=marked(0)) == [0, 2, 6]
    assert best(kept=marked(4, 5)) == [1, 2, 4, 5]


def test_where_one_was_dismissed_the_person_is_not_shown_in_that_shot() -> None:
    assert best(unwanted=marked(0)) == [2, 6]
    assert best(unwanted=marked(5), kept=marked(7)) == [1, 2, 7]


def test_two_faces_of_one_frame_are_two_people() -> None:
    chosen = best_of_shots(
        EMBEDDINGS[:2],
        np.array([0, 0]),
        np.array([0, 0]),
        np.array([0.5, 0.5]),
        model="dlib-resnet-128",
        kept=marked(0)[:2] & False,
        unwanted=marked(0)[:2] & False,
    )
    assert chosen == [0, 1]


def test_a_video_without_faces_has_none() -> None:
    nothing = np.empty(0, dtype=np.int64)
    assert (
        best_of_shots(
            EMBEDDINGS[:0],
            nothing,
            nothing,
            np.empty(0),
            model="",
            kept=nothing.astype(bool),
            unwanted=nothing.astype(bool),
        )
        == []
    )
