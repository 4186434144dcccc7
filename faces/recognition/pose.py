"""Which way a head is turned, from five points of its face."""

from dataclasses import dataclass
from math import cos, exp, sin
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import least_squares

Floats = NDArray[np.float64]

# Which five points. "features": both eyes from left to right in the picture, the tip of the nose,
# both corners of the mouth (SCRFD, YuNet and whatever else follows ArcFace). "corners": dlib's,
# the right eye in the picture from outside inwards, the left one likewise, the base of the nose.
Layout = Literal["features", "corners"]

# Where the points lie on a head that looks at the viewer: right, down and towards the viewer, from
# their middle, as shares of how far they usually lie from it in the picture. Found from 2,700 press
# photos as the shape whose views, at any angle, are nearest to SCRFD's and to dlib's points there.
# The yaw that follows goes with that of a neural network for it (FSA-Net): correlation 0.98 and
# 0.88; the pitch 0.78 and 0.65.
TEMPLATES: dict[Layout, Floats] = {
    "features": np.array(
        [
            (-0.79, -0.84, -0.10),
            (0.79, -0.84, -0.10),
            (0.00, 0.01, 0.69),
            (-0.68, 0.84, -0.25),
            (0.68, 0.84, -0.25),
        ]
    ),
    "corners": np.array(
        [
            (1.17, -0.31, -0.28),
            (0.52, -0.28, -0.13),
            (-1.17, -0.31, -0.28),
            (-0.52, -0.28, -0.13),
            (0.00, 1.18, 0.82),
        ]
    ),
}
# Standard deviations: of the points about where they ought to lie, in the template's unit, and of
# yaw and pitch in radians. Five points alone would take a long nose for a turned head.
POINTS_STRAY, USUAL_YAW, USUAL_PITCH = 0.05, 0.5, 0.35


@dataclass(frozen=True)
class Pose:
    """How a head is turned, in degrees; all 0 where it looks at the viewer, upright."""

    yaw: float  # its nose points to the right of the picture, seen by the viewer
    pitch: float  # its nose points down
    roll: float  # it is tilted clockwise

    @property
    def frontalness(self) -> float:
        """Return 1 for a face that looks at the viewer, 0.5 at 45 degrees, 0 for a profile.

        The square of how much of the face's forward direction points at the viewer; a tilt costs
        nothing, for faces are turned upright before they are embedded.
        """
        return float((np.cos(np.radians(self.yaw)) * np.cos(np.radians(self.pitch))) ** 2)


FRONTAL = Pose(0.0, 0.0, 0.0)


def pose_of(points: ArrayLike, layout: Layout) -> Pose:
    """Return the pose of a face with ``points`` (5, 2): pixels from the left and from the top.

    The head is taken as rigid and far away (weak perspective): a most probable turn is fitted.
    Points that all lie in one place tell nothing: FRONTAL. Raises ValueError for another number
    of points, and for such as are not finite.
    """
    places = np.asarray(points, dtype=np.float64)
    if places.shape != (5, 2) or not np.isfinite(places).all():
        raise ValueError("A pose needs five points, (5, 2) finite numbers.")
    template = TEMPLATES[layout]
    away = places - places.mean(axis=0)
    size = np.sqrt((away**2).sum() / len(away))
    if size == 0:
        return FRONTAL
    # Turned upright first, so that the search begins at zeros: its steps are as long as that.
    tilt = float(np.angle(np.vdot(_complex(template), _complex(away))))
    upright = away @ _turn(0, 0, -tilt)[:, :2].T / size

    def strays(guess: Floats) -> Floats:
        """Return how unlikely yaw, pitch, roll (radians) and logarithmic scale are, as (12,)."""
        yaw, pitch, roll, scale = guess
        seen = template @ (exp(scale) * _turn(yaw, pitch, roll).T)
        away = np.empty(12)
        away[:10] = (upright - seen).ravel() / POINTS_STRAY
        away[10:] = yaw / USUAL_YAW, pitch / USUAL_PITCH
        return away

    yaw, pitch, roll, _ = least_squares(strays, np.zeros(4), method="lm").x
    yaw, pitch, roll = (float(each) for each in np.degrees([yaw, pitch, roll + tilt]))
    return Pose(yaw, pitch, (roll + 180) % 360 - 180)


def _turn(yaw: float, pitch: float, roll: float) -> Floats:
    """Return (2, 3) what takes points of a head so turned to where the viewer sees them."""
    # Plain floats: a search calls this two dozen times a face, and numpy's would take most of it.
    cos_yaw, sin_yaw = cos(yaw), sin(yaw)
    cos_pitch, sin_pitch = cos(pitch), sin(pitch)
    cos_roll, sin_roll = cos(roll), sin(roll)
    return np.array(
        [
            (
                cos_roll * cos_yaw + sin_roll * sin_pitch * sin_yaw,
                -sin_roll * cos_pitch,
                cos_roll * sin_yaw - sin_roll * sin_pitch * cos_yaw,
            ),
            (
                sin_roll * cos_yaw - cos_roll * sin_pitch * sin_yaw,
                cos_roll * cos_pitch,
                sin_roll * sin_yaw + cos_roll * sin_pitch * cos_yaw,
            ),
        ]
    )


def _complex(points: Floats) -> NDArray[np.complex128]:
    return points[:, 0] + 1j * points[:, 1]
