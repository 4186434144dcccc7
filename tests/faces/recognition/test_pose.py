"""Pose: a head that is turned is seen to be, wherever and however large it is in the picture."""

from math import cos, radians, sin

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faces.recognition.pose import FRONTAL, TEMPLATES, Floats, Layout, Pose, pose_of

layouts = st.sampled_from(["features", "corners"])


def seen(
    layout: Layout, yaw: float = 0, pitch: float = 0, roll: float = 0, scale: float = 40
) -> Floats:
    """Return (5, 2) where the landmarks of a head turned by so many degrees are seen."""
    yaw, pitch, roll = (radians(each) for each in (yaw, pitch, roll))
    right, down, near = TEMPLATES[layout].T
    right, near = cos(yaw) * right + sin(yaw) * near, cos(yaw) * near - sin(yaw) * right
    down = cos(pitch) * down + sin(pitch) * near
    turned = [cos(roll) * right - sin(roll) * down, sin(roll) * right + cos(roll) * down]
    return scale * np.column_stack(turned) + (300, 200)


@given(layouts, st.floats(-50, 50), st.floats(-20, 20))
def test_the_turn_is_found_but_for_what_is_taken_as_unlikely(
    layout: Layout, yaw: float, pitch: float
) -> None:
    pose = pose_of(seen(layout, yaw, pitch), layout)
    assert pose.yaw == pytest.approx(yaw, abs=6)
    assert pose.pitch == pytest.approx(pitch, abs=6)
    assert pose.roll == pytest.approx(0, abs=6)


@given(layouts, st.floats(-40, 40), st.floats(-170, 170), st.floats(2, 2000))
def test_tilt_and_size_do_not_change_how_frontal_a_face_is(
    layout: Layout, yaw: float, roll: float, scale: float
) -> None:
    upright = pose_of(seen(layout, yaw), layout)
    tilted = pose_of(seen(layout, yaw, roll=roll, scale=scale), layout)
    assert tilted.frontalness == pytest.approx(upright.frontalness, abs=1e-3)
    assert tilted.roll == pytest.approx(roll, abs=1)


@given(layouts, st.floats(0, 60), st.floats(0, 60))
def test_the_further_a_head_is_turned_the_less_frontal_it_is(
    layout: Layout, one: float, other: float
) -> None:
    less, more = sorted([one, other])
    nearer, further = (pose_of(seen(layout, each), layout).frontalness for each in (less, more))
    assert 0 <= further <= nearer + 1e-6 <= 1 + 1e-6


def test_frontalness_is_half_at_45_degrees_and_nothing_in_profile() -> None:
    assert FRONTAL.frontalness == 1
    assert Pose(45, 0, 30).frontalness == pytest.approx(0.5)
    assert Pose(90, 0, 0).frontalness == pytest.approx(0)


@given(layouts, st.lists(st.tuples(*[st.floats(-1e4, 1e4)] * 2), min_size=5, max_size=5))
def test_any_points_have_a_pose(layout: Layout, points: list[tuple[float, float]]) -> None:
    pose = pose_of(points, layout)
    assert 0 <= pose.frontalness <= 1
    assert -180 <= pose.roll <= 180


def test_points_in_one_place_tell_nothing() -> None:
    assert pose_of([(3.0, 4.0)] * 5, "features") == FRONTAL


@pytest.mark.parametrize("points", [[(1.0, 2.0)], [(1.0, 2.0)] * 4 + [(np.nan, 0.0)], []])
def test_other_than_five_points_are_refused(points: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="five points"):
        pose_of(points, "corners")
