"""The one table of all settings that a user may change."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from project.preferences.kinds import Choice, Kind, Number, Stages, Switch, TimeOfDay

MOST_WORKERS = 256


class Acts(TextChoices):
    """When a change shows."""

    AT_ONCE = "at once", _("At once")
    RESCAN = "rescan", _("With the next scan of a photo; rescan for all")
    TRAIN = "train", _("With the next Train")
    RESTART = "restart", _("When Kith starts again")


class Group(TextChoices):
    """What settings are about."""

    FINDING = "finding", _("Finding faces")
    GROUPING = "grouping", _("Unknown people")
    COMPARING = "comparing", _("People you have named")
    BY_ITSELF = "by itself", _("What Kith does by itself")
    SERVER = "server", _("Server")


@dataclass(frozen=True)
class Option:
    """A setting."""

    name: str
    group: Group
    acts: Acts
    kind: Kind
    default: Any
    title: str | Promise
    meaning: str | Promise
    unit: str | Promise = ""

    @property
    def variable(self) -> str:
        """The variable of the environment that beats what is chosen in the pages."""
        return f"KITH_{self.name.upper()}"


def _by_name(options: Iterable[Option]) -> dict[str, Option]:
    return {option.name: option for option in options}


OPTIONS = _by_name(
    [
        Option(
            "upsampling", Group.FINDING, Acts.RESCAN, Number(0, 3), 1,
            _("Upsampling"),
            _(
                "How often a photo is doubled to find smaller faces; each time takes four times as"
                " long. With YuNet and SCRFD: how often the 640 pixels are doubled at which they"
                " look at a larger photo."
            ),
            _("times"),
        ),
        Option(
            "jitters", Group.FINDING, Acts.RESCAN, Number(1, 100), 1,
            _("Jitters"),
            _("Shifted copies of a face that are averaged for its embedding, by dlib's model."),
            _("copies"),
        ),
        Option(
            "time_limit", Group.SERVER, Acts.AT_ONCE, Number(1.0, 86_400.0), 300.0,
            _("Time for a photo"),
            _(
                "A photo, or a frame of a video, that takes longer ends its worker; the second time"
                " it is set aside."
            ),
            _("seconds"),
        ),
        Option(
            "min_face_size", Group.FINDING, Acts.RESCAN, Number(0, 1000), 0,
            _("Smallest face"),
            _(
                "A face whose box has a shorter side of fewer pixels of the photo is not kept; 0"
                " for no limit. Faces that you have named stay."
            ),
            _("pixels"),
        ),
        Option(
            "min_detection_score", Group.FINDING, Acts.RESCAN, Number(0.0, 5.0), 0.0,
            _("Least detection score"),
            _(
                "A face of which the detector is less sure is not kept; 0 for all that it reports."
                " Each detector has a scale of its own: HOG's scores go from 0 to about 3, those of"
                " the others from 0 to 1."
            ),
        ),
        Option(
            "overlap_threshold", Group.FINDING, Acts.RESCAN, Number(0.1, 0.9), 0.3,
            _("Overlap of one face"),
            _(
                "The share of their common area that the box of a rescan and a known one must both"
                " cover to be the same face, which keeps its name."
            ),
        ),
        Option(
            "min_quality", Group.GROUPING, Acts.TRAIN, Number(0.0, 1.0), 0.1,
            _("Least quality"),
            _(
                "A face whose picture is poorer than this (its size, sharpness, exposure and pose"
                " in one number) may join an unknown person, but never makes or links one."
            ),
        ),
        Option(
            "min_cluster_size", Group.GROUPING, Acts.TRAIN, Stages(2, 1000), 2,
            _("Least faces"),
            _(
                "Faces that make an unknown person. Several numbers are stages: large groups first,"
                " which take what fits them, then smaller ones of what is left. auto chooses the"
                " stages by the library's size."
            ),
            _("faces"),
        ),
        Option(
            "cluster_core", Group.GROUPING, Acts.TRAIN, Number(-10.0, 10.0), 0.0,
            _("Cluster core"),
            _(
                "How much more evidence than usual (as a natural logarithm) faces need to be linked"
                " to one unknown person: higher gives more and purer groups, lower fewer and"
                " larger ones."
            ),
        ),
        Option(
            "classifier", Group.COMPARING, Acts.TRAIN, Choice(("knn", "svm")), "knn",
            _("Classifier"),
            _("Compares faces with the people you have named."),
        ),
        Option(
            "min_probability", Group.COMPARING, Acts.TRAIN, Number(0.0, 1.0), 0.5,
            _("Least probability"),
            _("A guess less probable than this is not shown: nobody you know."),
        ),
        Option(
            "tolerance", Group.COMPARING, Acts.TRAIN, Number(0.0, 2.0), 0.0,
            _("Tolerance"),
            _(
                "How far a face may be from the nearest label of the person it is guessed to be"
                " (face_recognition's tolerance, there 0.6); 0 for no limit beside the probability."
            ),
        ),
        Option(
            "auto_train", Group.BY_ITSELF, Acts.AT_ONCE, Number(0, 1_000_000), 0,
            _("Train by itself"),
            _(
                "So many new labels and faces since the last Train start the next one, once nobody"
                " has labelled for five minutes and no scan is under way; 0 for never."
            ),
            _("labels and faces"),
        ),
        Option(
            "nightly", Group.BY_ITSELF, Acts.AT_ONCE, Switch(), False,
            _("Every night"),
            _("Scan all libraries every night, train if anything is new, and clean up."),
        ),
        Option(
            "nightly_at", Group.BY_ITSELF, Acts.AT_ONCE, TimeOfDay(), "03:00",
            _("Time of the night"),
            _("When the night's work begins, in the zone of KITH_TIME_ZONE."),
        ),
        Option(
            "watch", Group.BY_ITSELF, Acts.AT_ONCE, Switch(), False,
            _("Watch folders"),
            _("Look into new photos as soon as they appear in the libraries' folders."),
        ),
        Option(
            "workers", Group.SERVER, Acts.RESTART, Number(1, MOST_WORKERS),
            min(os.cpu_count() or 1, MOST_WORKERS),
            _("Workers"),
            _("Worker processes on this machine; the default is the number of its cores."),
            _("processes"),
        ),
        Option(
            "audit_days", Group.SERVER, Acts.AT_ONCE, Number(1, 3650), 365,
            _("Audit log"),
            _("For so long is it kept who signed in, shared, deleted and exported."),
            _("days"),
        ),
        Option(
            "max_uploads", Group.SERVER, Acts.AT_ONCE, Number(1, 100_000), 500,
            _("Uploads at a time"),
            _("So many files may a user have on their way to Kith, sent in pieces or begun."),
            _("files"),
        ),
        Option(
            "keep_free_mb", Group.SERVER, Acts.AT_ONCE, Number(0, 10_000_000), 200,
            _("Kept free"),
            _("Uploads are refused that would leave less of the disk: the database needs it, too."),
            _("megabytes"),
        ),
        Option(
            "max_upload_mb", Group.SERVER, Acts.AT_ONCE, Number(1, 1_000_000), 4000,
            _("Largest upload"),
            _("So large may a file be that is sent to Kith, and a request with several."),
            _("megabytes"),
        ),
    ]
)  # fmt: skip
