"""Real photos, upright."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from photos.imaging.decoding import DecodedImage, decode_image

Open = Callable[[str], Image.Image]
Weights = Callable[[str], Path]


@pytest.fixture(scope="session")
def photo(shared: Path) -> Open:
    """Open a photo by its place in ../shared/photos."""
    return lambda name: decode_image(shared / "photos" / name).image


def as_photo(image: Image.Image) -> DecodedImage:
    """Return a picture as if it had been decoded from a file."""
    return DecodedImage(Path(), image, image.size, None)


@pytest.fixture(scope="session")
def weights_file(shared: Path) -> Weights:
    """Give a file of ../shared/models by its name; skips where it is absent."""

    def path(name: str) -> Path:
        if not (shared / "models" / name).is_file():
            pytest.skip(f"needs {name} of ../shared/models")
        return shared / "models" / name

    return path
