"""Files for tests, as a library's are opened."""

from pathlib import Path

from photos.imaging.inside import InsideFile


def inside(path: Path) -> InsideFile:
    """Return the file of a path as one of a library that is its folder."""
    return InsideFile(path.parent, path.name)
