"""How well Train names people from a few labels, through the whole product.

``python -m benchmarks.naming ALBUM [--labels 3]``: scans the folder, whose ``faces.csv`` says who
is where (photo, x1, y1, x2, y2, identity, status), labels a few faces of each person, trains, and
compares the class guesses of all other faces with the truth.
"""

import argparse
import csv
from collections import Counter, defaultdict
from pathlib import Path
from random import Random
from statistics import mean

from benchmarks.installation import Installation, installation
from benchmarks.results import print_results

Truth = dict[int, tuple[str, str]]  # id of a face: identity, status


def true_identities(album: Path) -> Truth:
    """Match the found faces to the album's table."""
    from faces.models import Face
    from faces.recognition.geometry import Box, match_faces

    rows = defaultdict(list)
    with (album / "faces.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table):
            rows[row["photo"]].append(row)
    found: dict[str, list[Face]] = defaultdict(list)
    for face in Face.objects.select_related("photo"):
        found[face.photo.path].append(face)
    truth: Truth = {}
    for path, faces in found.items():
        width, height = faces[0].photo.width, faces[0].photo.height
        boxes = []
        for row in rows[path]:
            left, top, right, bottom = (float(row[key]) for key in ("x1", "y1", "x2", "y2"))
            boxes.append(
                Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
            )
        for index, true in match_faces([face.box for face in faces], boxes):
            truth[faces[index].pk] = (rows[path][true]["identity"], rows[path][true]["status"])
    return truth


def label_and_train(
    place: Installation, truth: Truth, labels: int, classifier: str, seed: int
) -> dict[str, float]:
    """Label, train, and return shares; everything is unlabelled again afterwards."""
    from faces.actions.labelling import label_faces
    from faces.actions.people import person_named
    from faces.actions.training import TrainingParameters, train
    from faces.models import Face, Guess, Person
    from faces.vision.embedders import DlibEmbedder

    chance = Random(seed)
    faces_of = defaultdict(list)
    for face, (identity, status) in sorted(truth.items()):
        if status == "labelled":
            faces_of[identity].append(face)
    known = {name: faces for name, faces in faces_of.items() if len(faces) > labels}
    labelled = set()
    for name, faces in known.items():
        chosen = chance.sample(faces, labels)
        person = person_named(owner=place.owner, name=name)
        label_faces(owner=place.owner, faces=Face.objects.filter(pk__in=chosen), person=person)
        labelled.update(chosen)
    train(
        owner=place.owner,
        parameters=TrainingParameters(
            embedding_model=DlibEmbedder.model,
            classifier=classifier,  # type: ignore[arg-type]
        ),
        report=lambda *_: None,
    )
    guesses = dict(
        Guess.objects.filter(class_person__isnull=False).values_list(
            "face_id", "class_person__name"
        )
    )
    rest = [face for faces in known.values() for face in faces if face not in labelled]
    strangers = [
        face
        for face, (identity, status) in truth.items()
        if status in ("labelled", "single") and identity not in known
    ]
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("album", type=Path)
    parser.add_argument("--labels", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    measured: dict[str, float] = {}
    with installation() as place:
        from django.conf import settings

        from photos.actions import add_library
        from photos.jobs import start_scan

        place.start_workers(settings.KITH_WORKERS)
        library = add_library(owner=place.owner, path=str(arguments.album.resolve()))
        place.wait_for(start_scan(library=library, requested_by=place.owner))
        truth = true_identities(arguments.album)
        for classifier in ("knn", "svm"):
            runs = [
                label_and_train(place, truth, arguments.labels, classifier, seed)
                for seed in range(arguments.seeds)
            ]
            for key in runs[0]:
                measured[f"{classifier}: {key}"] = mean(run[key] for run in runs)
    print_results("naming", measured, {})


if __name__ == "__main__":
    main()
