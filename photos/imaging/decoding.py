"""Decoding an image file into upright pixels, with its size and the time it was taken."""

import errno
import re
import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cached_property

import pi_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from photos.imaging.inside import File, LeadsOutsideError

pi_heif.register_heif_opener()

# Decoders that are opened for a file, whatever its name says; fewer decoders, fewer holes.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF", "AVIF", "TIFF")  # JPEG includes MPO
# The largest cameras make 150 megapixels; more is a decompression bomb or a scan to be split.
MAX_MEGAPIXELS = 200
# What a detector makes use of, and thumbnails: HOG sees no more once it has doubled the sides.
ENOUGH_PIXELS = 3_000_000
# Years in which a photo can have been taken; what a broken camera writes beyond them, a database
# or a time zone cannot hold.
FIRST_YEAR, LAST_YEAR = 1800, 2200
# Pillow refuses at twice its limit and warns from once on.
Image.MAX_IMAGE_PIXELS = MAX_MEGAPIXELS * 1_000_000 // 2


class UnreadableImageError(Exception):
    """This file gives no picture; the message tells the user why."""


@dataclass(frozen=True)
class DecodedImage:
    """A decoded file: as large as is needed to look at it, and whole on demand."""

    path: File
    image: Image.Image  # RGB, upright; a large JPEG is shrunk by 2, 4 or 8
    size: tuple[int, int]  # width and height of the whole picture, upright
    taken_at: datetime | None  # without zone where the camera wrote none

    @cached_property
    def whole(self) -> Image.Image:
        """The picture in all its pixels, RGB and upright; raises as ``decode_image`` does."""
        if self.image.size == self.size:
            return self.image
        return decode_image(self.path, pixels=None).image


def decode_image(path: File, *, pixels: int | None = ENOUGH_PIXELS) -> DecodedImage:
    """Decode a file and turn it upright by its EXIF orientation.

    Of a large JPEG no more is decoded than leaves so many ``pixels``; that takes half the time and
    a fourth of the memory or less. Raises UnreadableImageError with a reason for people, and
    OSError only for a full disk or too many open files, which are no fault of the file.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of bombs below the limit, and of odd EXIF blocks
            if path.stat().st_size == 0:
                raise UnreadableImageError("The file is empty (0 bytes).")
            with path.open("rb") as file, Image.open(file, formats=FORMATS) as opened:
                if opened.format == "HEIF" and is_cut_off(path):
                    raise UnreadableImageError(CUT_OFF)
                size = _shrunk_from(opened, pixels)
                opened.load()
                # Pillow has turned a TIFF by now, and says so.
                turn = _turn_of(opened)
                upright = opened if turn is None else opened.transpose(turn)
                if size is None:
                    size = upright.size
                elif turn in SIDEWAYS:
                    size = size[::-1]
                return DecodedImage(path, _to_rgb(upright), size, _time_taken(opened))
    except UnreadableImageError:
        raise
    except Exception as error:  # decoders raise whatever their formats' authors thought of
        raise why_unreadable(error) from error


NO_MEMORY = "There was not enough memory for this picture."
CUT_OFF = "The file ends too early: it was cut off or copied in part."
# What a decoder raises, and what that means to a person; the first that fits counts.
EXPLANATIONS: tuple[tuple[type[Exception], str], ...] = (
    (
        Image.DecompressionBombError,
        f"The picture says that it is larger than {MAX_MEGAPIXELS} megapixels;"
        " Kith does not open such files.",
    ),
    (UnidentifiedImageError, "This is no picture that Kith knows, whatever its name says."),
    (
        LeadsOutsideError,
        "A symbolic link, or something else that is no ordinary file, has taken its place: links"
        " are not followed.",
    ),
    (FileNotFoundError, "The file was gone when Kith came to read it."),
    (PermissionError, "Kith may not read this file: check its permissions."),
    (MemoryError, NO_MEMORY),
)


def why_unreadable(error: Exception) -> Exception:
    """Return the error to be raised for what a decoder or the disk said of a file.

    That is an UnreadableImageError with a reason for people, or the error itself where it is no
    fault of the file.
    """
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EMFILE):
        return error
    for kind, reason in EXPLANATIONS:
        if isinstance(error, kind):
            return UnreadableImageError(reason)
    if isinstance(error, OSError) and error.errno is not None:
        return UnreadableImageError(f"The file cannot be read: {error.strerror}.")
    message = " ".join(str(error).split()).rstrip(".")
    if "truncated" in message.lower() or "end of file" in message.lower():
        return UnreadableImageError(CUT_OFF)
    return UnreadableImageError(f"The file is damaged: {message}.")


def is_cut_off(path: File) -> bool:
    """Return whether a HEIF file ends inside one of its boxes; libheif fills the rest with green.

    ISO/IEC 14496-12, 4.2: each box begins with its size and type, four bytes each; size 1 says
    that eight bytes of size follow, size 0 that the box goes on to the end of the file.
    """
    end = path.stat().st_size
    place = 0
    with path.open("rb") as file:
        while place < end:
            file.seek(place)
            head = file.read(16)
            size = int.from_bytes(head[:4])
            if size == 1:
                size = int.from_bytes(head[8:])
            if size == 0:
                return False
            place += max(size, 8)
    return place > end


# What undoes each EXIF orientation; 1 is upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


SIDEWAYS = {TURNS[orientation] for orientation in (5, 6, 7, 8)}


def _turn_of(image: Image.Image) -> Image.Transpose | None:
    try:
        return TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged EXIF is no reason to refuse the picture
        return None


def _shrunk_from(image: Image.Image, pixels: int | None) -> tuple[int, int] | None:
    """Have a JPEG decoded at 1/2, 1/4 or 1/8 of its sides, if that leaves so many pixels.

    Return its whole size then, else None.
    """
    whole = image.size
    share = (pixels / (image.width * image.height)) ** 0.5 if pixels else 1
    if share < 1 and image.format in ("JPEG", "MPO"):
        image.draft(None, (int(image.width * share), int(image.height * share)))
    return whole if image.size != whole else None


def _to_rgb(image: Image.Image) -> Image.Image:
    """Return 8-bit RGB; what is transparent becomes white, 16-bit grey is scaled."""
    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _time_taken(image: Image.Image) -> datetime | None:
    try:
        return exif_time(image.getexif())
    except Exception:  # damaged EXIF is no reason to refuse the picture
        return None


def exif_time(exif: Image.Exif) -> datetime | None:
    """Return when EXIF data says that a picture was taken, without zone where it names none."""
    details = exif.get_ifd(ExifTags.IFD.Exif)
    for written, offset in (
        (details.get(ExifTags.Base.DateTimeOriginal), ExifTags.Base.OffsetTimeOriginal),
        (details.get(ExifTags.Base.DateTimeDigitized), ExifTags.Base.OffsetTimeDigitized),
        (exif.get(ExifTags.Base.DateTime), ExifTags.Base.OffsetTime),
    ):
        moment = _parse_exif_time(str(written or ""), str(details.get(offset) or ""))
        if moment is not None:
            return moment
    return None


def _parse_exif_time(written: str, offset: str) -> datetime | None:
    """Return the time of an EXIF date such as ``2004:07:21 15:08:34``; None for a blank one."""
    digits = re.match(r"(\d{4})\D(\d\d)\D(\d\d)\D(\d\d)\D(\d\d)\D(\d\d)", written)
    if digits is None:
        return None
    try:
        moment = datetime(*map(int, digits.groups()))  # type: ignore[arg-type]
    except ValueError:  # a camera whose clock was never set writes 0000:00:00
        return None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        return None
    zone = re.fullmatch(r"([+-])(\d\d):(\d\d)", offset)
    if zone is None:
        return moment
    sign = -1 if zone[1] == "-" else 1
    shift = sign * timedelta(hours=int(zone[2]), minutes=int(zone[3]))
    return moment.replace(tzinfo=timezone(shift)) if abs(shift) < timedelta(days=1) else moment
