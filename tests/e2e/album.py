"""The sample album that the tests work on, and who is who in it by the table that people made."""

import csv
import shutil
from collections import defaultdict
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from faces.recognition.geometry import Box, match_faces
from tests.e2e.client import read

# They are often in one photo.
PEOPLE = ("Jennifer_Aniston", "Matthew_Perry", "Lisa_Kudrow", "Courteney_Cox")


def copy_album(shared: Path, folder: Path, photos: int) -> Path:
    """Copy so many photos, those that show most of the four people."""
    shown = defaultdict(set)
    for row in _truth(shared):
        if row["status"] == "labelled":
            shown[row["photo"]].add(row["identity"])
    best = sorted(shown, key=lambda photo: (-len(shown[photo] & set(PEOPLE)), photo))
    for photo in best[:photos]:
        shutil.copy(shared / "photos" / "album" / photo, folder)
    return folder


def copy_photos(shared: Path, folder: Path, *names: str) -> Path:
    """Copy photos of the album by their names, as «friends_003.jpg»."""
    for name in names:
        places = {"friends": "friends", "summit": "summits"}
        shutil.copy(shared / "photos" / "album" / places[name.split("_")[0]] / name, folder)
    return folder


def all_faces(page: Page, base: str) -> list[dict[str, Any]]:
    faces: list[dict[str, Any]] = read(page, base, "faces/?limit=500")["results"]
    return faces


def faces_by_identity(page: Page, base: str, shared: Path) -> dict[str, list[int]]:
    """Return the ids of found faces of each person."""
    photos = read(page, base, "photos/?limit=500")["results"]
    rows = defaultdict(list)
    for row in _truth(shared):
        rows[Path(row["photo"]).name].append(row)
    found = defaultdict(list)
    for face in all_faces(page, base):
        found[face["photo"]].append(face)
    identities = defaultdict(list)
    for photo in photos:
        width, height = photo["width"], photo["height"]
        annotated = rows[photo["path"]]
        pairs = match_faces(
            [box_of(face) for face in found[photo["id"]]],
            [_true_box(row, width, height) for row in annotated],
        )
        for index, line in pairs:
            if annotated[line]["status"] == "labelled":
                identities[annotated[line]["identity"]].append(found[photo["id"]][index]["id"])
    return identities


def box_of(face: dict[str, Any]) -> Box:
    return Box(**face["box"])


def _truth(shared: Path) -> list[dict[str, str]]:
    with (shared / "photos" / "album" / "faces.csv").open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


def _true_box(row: dict[str, str], width: int, height: int) -> Box:
    left, top, right, bottom = (float(row[key]) for key in ("x1", "y1", "x2", "y2"))
    return Box(left / width, top / height, (right - left) / width, (bottom - top) / height)
