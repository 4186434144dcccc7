"""face_recognition, which dlib's engines are held against."""

from functools import cache
from types import ModuleType

from PIL import ImageFile


@cache
def face_recognition_api() -> ModuleType:
    """Return ``face_recognition.api`` with Pillow's strictness as it was.

    face_recognition has Pillow accept truncated files in the whole process; Kith reports them.
    """
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    from face_recognition import api

    ImageFile.LOAD_TRUNCATED_IMAGES = before
    module: ModuleType = api
    return module
