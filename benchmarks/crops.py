"""Crops for made-up faces: a few hundred files, each linked to many faces."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

SIDE_PX = 160  # as what scans write
DIFFERENT = 300
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def link_crops(photos: Path | None) -> None:
    """Give each face in the database a crop: part of one of the photos, or a made-up picture."""
    from django.conf import settings

    from faces.models import Face

    root = Path(settings.MEDIA_ROOT)
    pool = root / "pool"
    pool.mkdir(parents=True)
    files = []
    for number, picture in enumerate(_pictures(photos)):
        files.append(pool / f"{number}.webp")
        picture.save(files[-1], quality=80)
    for face in Face.objects.only("id").iterator(chunk_size=10_000):
        crop = root / face.crop_name
        crop.parent.mkdir(parents=True, exist_ok=True)
        os.link(files[face.pk % len(files)], crop)


def _pictures(photos: Path | None) -> Iterator[Image.Image]:
    random = np.random.default_rng(0)
    found = (
        sorted(each for each in photos.rglob("*") if each.suffix.lower() in SUFFIXES)
        if photos
        else []
    )
    for number in range(DIFFERENT):
        if not found:
            # As many bytes as a face has: neither of one colour nor all noise.
            rough = random.integers(0, 256, (20, 20, 3), dtype=np.uint8)
            yield Image.fromarray(rough).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
            continue
        with Image.open(found[number % len(found)]) as photo:
            side = min(photo.size) // 2
            left, top = (int(random.uniform(0, length - side)) for length in photo.size)
            part = photo.convert("RGB").crop((left, top, left + side, top + side))
        yield part.resize((SIDE_PX, SIDE_PX))
