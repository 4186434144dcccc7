"""What a file is, by its first bytes."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from photos.imaging.folders import SUFFIXES
from photos.imaging.kinds import HEAD, suffixes_of
from tests.videos import make_video, plain


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif", "avif"])
def test_pictures_are_told_by_what_they_begin_with(suffix: str) -> None:
    buffer = BytesIO()
    kind = {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper())
    Image.new("RGB", (8, 8)).save(buffer, kind)
    assert suffixes_of(buffer.getvalue()[:HEAD])[0] == f".{suffix}"


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "avi", "mpg", "mts"])
def test_videos_are_told_by_what_they_begin_with(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    make_video(path, [plain("red")] * 3)
    assert path.suffix in suffixes_of(path.read_bytes()[:HEAD])


@pytest.mark.parametrize(
    "head",
    [
        *(b"", b"MZ\x90\0", b"\x7fELF", b"<svg xmlns=", b"<!DOCTYPE html>", b"%PDF-1.7", b"GIF89a"),
        *(b"PK\x03\x04", b"RIFF\0\0\0\0WAVE", b"#!/bin/sh", b"\x1f\x8b\x08", b"#EXTM3U", b"BM\0\0"),
    ],
)
def test_everything_else_is_nothing(head: bytes) -> None:
    assert suffixes_of(head) == ()
    assert suffixes_of(head + bytes(HEAD)) == ()


def test_the_real_files_of_a_folder_are_what_they_are_called(shared: Path) -> None:
    wrong = []
    for path in sorted((shared / "photos" / "formats").iterdir()):
        if path.suffix.lower() in SUFFIXES:
            with path.open("rb") as file:
                suffixes = suffixes_of(file.read(HEAD))
            if path.suffix.lower() not in suffixes:
                wrong.append((path.name, suffixes))
    assert wrong == []
