"""What tells files apart, whatever they are called: a hash of all their bytes."""

import hashlib
from functools import partial

from photos.imaging.decoding import UnreadableImageError, why_unreadable
from photos.imaging.inside import File

DIGEST_BYTES = 20  # no two of 10**12 files have the same by chance


def file_digest(path: File) -> str:
    """Return the BLAKE2b hash of a file, 40 hexadecimal digits; the file is read in pieces.

    Raises UnreadableImageError with a reason for people, and OSError only for what is no fault of
    the file, as ``decode_image`` does.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, partial(hashlib.blake2b, digest_size=DIGEST_BYTES))
    except OSError as error:
        raise why_unreadable(error) from error
    if digest.digest() == NOTHING:
        raise UnreadableImageError("The file is empty (0 bytes).")
    return digest.hexdigest()


NOTHING = hashlib.blake2b(digest_size=DIGEST_BYTES).digest()
