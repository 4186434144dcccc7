"""Real photos, upright."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from photos.imaging.decoding import decode_image

Open = Callable[[str], Image.Image]


@pytest.fixture(scope="session")
def photo(shared: Path) -> Open:
    """Open a photo by its place in ../shared/photos."""
    return lambda name: decode_image(shared / "photos" / name).image
