"""How well Train names people from a few labels, through the whole product.

``python -m benchmarks.naming ALBUM [--labels 3] [--engines NAME …] [--weights FOLDER]``: scans the
folder with each engine, labels a few faces of each person, trains, and compares the class guesses
of all other faces with the truth. Who is where says the album's ``faces.csv`` (photo, x1, y1, x2,
y2, identity, status; somebody seen once has no identity); without one, each folder is a person,
whose face is the one nearest the centre of each photo. The clusters that there are before any
label are compared with the truth, too. Faces that an engine doesn't find count only in the share
of those found.
"""

import argparse
import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.installation import Installation, installation
from benchmarks.results import print_results
from benchmarks.verification import nearest_centre
from faces.recognition.clustering import NOBODY as NO_CLUSTER
from faces.recognition.evaluation.scores import bcubed
from faces.recognition.geometry import Box, match_faces
from faces.vision.catalogue import MissingWeightsError, UnknownEngineError, engine_named
from faces.vision.weights import WeightsError, take_from

if TYPE_CHECKING:
    from faces.actions.training import TrainingParameters
    from faces.models import Face
    from faces.recognition.classification import ClassifierName

Truth = dict[int, tuple[str, str]]  # id of a face: identity, status
Measured = dict[str, float]

CLASSIFIERS: tuple["ClassifierName", ...] = ("knn", "svm")
LABELLED, SINGLE = "labelled", "single"  # statuses of faces of which it is known whose they are


def true_identities(album: Path) -> tuple[Truth, float]:
    """Return who the found faces are, and the share of the known faces that was found."""
    from faces.models import Face
    from photos.models import Photo

    found: dict[str, list[Face]] = {
        path: [] for path in Photo.objects.values_list("path", flat=True)
    }
    for face in Face.objects.select_related("photo"):
        found[face.photo.path].append(face)
    by_table = (album / "faces.csv").is_file()
    truth, known = _by_table(album / "faces.csv", found) if by_table else _by_folder(found)
    return truth, len(_known(truth)) / known


def _by_table(table: Path, found: dict[str, list["Face"]]) -> tuple[Truth, int]:
    """Match faces to a table; return it with the number of its faces whose identity is known."""
    rows = defaultdict(list)
    with table.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows[row["photo"]].append(row)
    truth: Truth = {}
    for path, faces in found.items():
        boxes = []
        for row in rows[path] if faces else ():
            width, height = faces[0].photo.width, faces[0].photo.height
            left, top, right, bottom = (float(row[key]) for key in ("x1", "y1", "x2", "y2"))
            boxes.append(
                Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
            )
        for index, true in match_faces([face.box for face in faces], boxes):
            row = rows[path][true]
            truth[faces[index].pk] = (row["identity"] or f"{path} {true}", row["status"])
    every = [row["status"] for each in rows.values() for row in each]
    return truth, sum(status in (LABELLED, SINGLE) for status in every)


def _by_folder(found: dict[str, list["Face"]]) -> tuple[Truth, int]:
    """Take each photo's face nearest the centre for its folder's; return it with the photos."""
    truth = {
        faces[nearest_centre([face.box for face in faces])].pk: (Path(path).parent.name, LABELLED)
        for path, faces in found.items()
        if faces
    }
    return truth, len(found)


def _known(truth: Truth) -> dict[int, str]:
    """Return {face: identity} where that is known."""
    return {face: who for face, (who, status) in truth.items() if status in (LABELLED, SINGLE)}


def cluster_quality(
    place: Installation, truth: Truth, parameters: "TrainingParameters"
) -> Measured:
    """Train without a label, and return BCubed of the clusters on faces of known identity."""
    from faces.actions.training import train
    from faces.models import Guess

    train(owner=place.owner, parameters=parameters, report=lambda *_: None)
    cluster_of = dict(Guess.objects.values_list("face_id", "cluster_person_id"))
    known = _known(truth)
    clusters = np.array([cluster_of.get(face) or NO_CLUSTER for face in known])
    agreement = bcubed(clusters, np.unique(list(known.values()), return_inverse=True)[1])
    return {
        "clusters: BCubed F": agreement.f,
        "clusters: BCubed precision": agreement.precision,
        "clusters: BCubed recall": agreement.recall,
    }


def label_and_train(
    place: Installation, truth: Truth, labels: int, parameters: "TrainingParameters", seed: int
) -> Measured:
    """Label, train, and return shares; everything is unlabelled again afterwards."""
    from faces.actions.labelling import label_faces
    from faces.actions.people import person_named
    from faces.actions.training import train
    from faces.models import Face, Guess, Person

    chance = Random(seed)
    faces_of = defaultdict(list)
    for face, (identity, status) in sorted(truth.items()):
        if status == LABELLED:
            faces_of[identity].append(face)
    known = {name: faces for name, faces in faces_of.items() if len(faces) > labels}
    labelled = set()
    for name, faces in known.items():
        chosen = chance.sample(faces, labels)
        person = person_named(owner=place.owner, name=name)
        label_faces(owner=place.owner, faces=Face.objects.filter(pk__in=chosen), person=person)
        labelled.update(chosen)
    train(owner=place.owner, parameters=parameters, report=lambda *_: None)
    guesses = dict(
        Guess.objects.filter(class_person__isnull=False).values_list(
            "face_id", "class_person__name"
        )
    )
    rest = [face for faces in known.values() for face in faces if face not in labelled]
    strangers = [face for face, identity in _known(truth).items() if identity not in known]
    outcome = Counter(
        "unnamed"
        if face not in guesses
        else "right"
        if guesses[face] == truth[face][0]
        else "wrong"
        for face in rest
    )
    Person.objects.all().delete()
    return {
        "people": len(known),
        "their other faces": len(rest),
        "rightly named": outcome["right"] / len(rest),
        "wrongly named": outcome["wrong"] / len(rest),
        "strangers": len(strangers),
        "strangers named": sum(face in guesses for face in strangers) / len(strangers),
    }


def measure(
    place: Installation, album: Path, engine: str, model: str, *, labels: int, seeds: int
) -> Measured:
    """Scan with an engine, and return what is measured; the library is removed afterwards."""
    from faces.actions.training import TrainingParameters
    from faces.models import EngineChoice, Training
    from photos.actions.libraries import add_library
    from photos.jobs import start_scan

    EngineChoice.objects.all().delete()
    EngineChoice.objects.create(name=engine, state=EngineChoice.State.IN_FORCE)
    library = add_library(owner=place.owner, path=str(album))
    place.wait_for(start_scan(library=library, requested_by=place.owner))
    truth, found = true_identities(album)
    measured: Measured = {
        "known faces found": found,
        **cluster_quality(place, truth, TrainingParameters(model)),
    }
    for classifier in CLASSIFIERS:
        parameters = TrainingParameters(model, classifier=classifier)
        runs = [label_and_train(place, truth, labels, parameters, seed) for seed in range(seeds)]
        for key in runs[0]:
            measured[f"{classifier}: {key}"] = mean(run[key] for run in runs)
    library.delete()
    Training.objects.all().delete()
    return {f"{engine}: {key}": value for key, value in measured.items()}


def main() -> int:
    """Measure and print; return the exit code, 2 where an engine cannot be had."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("album", type=Path)
    parser.add_argument("--labels", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--engines", nargs="+", default=["dlib-hog"])
    parser.add_argument("--weights", type=Path, help="a folder with the engines' weights")
    asked = parser.parse_args()
    measured: Measured = {}
    with installation() as place:
        from django.conf import settings

        from project.preferences.reading import value

        try:
            if asked.weights:
                take_from(asked.weights, settings.WEIGHTS_ROOT)
            models = {
                name: engine_named(name, settings.WEIGHTS_ROOT).embedder.model
                for name in asked.engines
            }
        except (WeightsError, UnknownEngineError, MissingWeightsError) as error:
            sys.stderr.write(f"{error.args[-1]}\n")
            return 2
        place.start_workers(value("workers"))
        for name, model in models.items():
            album = asked.album.resolve()
            measured |= measure(place, album, name, model, labels=asked.labels, seeds=asked.seeds)
    print_results("naming", measured, {})
    return 0


if __name__ == "__main__":
    sys.exit(main())
