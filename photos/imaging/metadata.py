"""What other programs have written into and beside an image file: XMP, as it stands there."""

import warnings
from dataclasses import dataclass

import rawpy
from PIL import ExifTags, Image

from photos.imaging.decoding import FORMATS
from photos.imaging.folders import RAW_SUFFIXES, sidecar_names
from photos.imaging.inside import File, InsideFile
from photos.imaging.raw import ORIENTATIONS

MOST_BYTES = 5_000_000  # of one packet; what is larger holds pictures or was made to do harm
EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
HEIF_HEAD = 1_000_000  # bytes in which a HEIF file describes its pictures
# After the signature: a hash of the whole in 32 digits, its length and this part's place in it.
EXTENSION_HEAD = len(EXTENSION) + 32 + 4 + 4


@dataclass(frozen=True)
class Metadata:
    """XMP of a photo, and how its pixels are stored."""

    packets: tuple[bytes, ...]  # what is beside the file first: it was written last
    orientation: int  # as EXIF counts, 1 to 8, of the pixels as they are stored
    size: tuple[int, int]  # width and height as they are stored


def read_metadata(path: File) -> Metadata:
    """Return the XMP in and beside a file that can be decoded; raises what Pillow raises.

    What is too large, or damaged, is left out.
    """
    orientation, size, packets = read_embedded(path)
    beside = [packet for sidecar in sidecars_of(path) if (packet := _read(sidecar))]
    return Metadata((*beside, *packets), orientation, size)


def read_embedded(path: File) -> tuple[int, tuple[int, int], tuple[bytes, ...]]:
    """Return the orientation and size of the stored pixels, and the XMP packets in the file.

    Of a RAW file no packets: programs write beside those.
    """
    if path.suffix.lower() in RAW_SUFFIXES:
        with path.open("rb") as file, rawpy.imread(file) as raw:
            return ORIENTATIONS.get(raw.sizes.flip, 1), (raw.sizes.width, raw.sizes.height), ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
            orientation, size = _stored(image, path)
            return orientation, size, tuple(_packets(image))


def _stored(image: Image.Image, path: File) -> tuple[int, tuple[int, int]]:
    """Return orientation and size of the pixels in the file."""
    is_heif = image.format == "HEIF"
    try:
        if is_heif:  # upright by now, by its own boxes, and whatever EXIF says
            orientation = image.info.get("original_orientation") if _turns(path) else 1
        else:
            orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
        orientation = int(orientation or 1)
    except Exception:  # damaged EXIF: the decoder does not turn the picture either
        orientation = 1
    if not 1 <= orientation <= 8:
        orientation = 1
    is_turned = orientation >= 5 and image.format in ("HEIF", "TIFF")  # Pillow says it so
    return orientation, image.size[::-1] if is_turned else image.size


def _turns(path: File) -> bool:
    """Whether a HEIF file turns or mirrors its picture (ISO/IEC 23008-12, 6.5.10 and 6.5.12)."""
    with path.open("rb") as file:
        head = file.read(HEIF_HEAD)
    return b"irot" in head or b"imir" in head


def _packets(image: Image.Image) -> list[bytes]:
    packet = image.info.get("xmp")
    if isinstance(packet, str):
        packet = packet.encode("utf-8", "replace")
    packets = [packet] if isinstance(packet, bytes) else []
    packets += _extensions(getattr(image, "applist", []))
    return [each for each in packets if 0 < len(each) <= MOST_BYTES]


def _extensions(segments: list[tuple[str, bytes]]) -> list[bytes]:
    """Return what did not fit in a JPEG's first XMP segment and goes on in others.

    XMP specification part 3, 1.1.3.1.
    """
    whole: dict[bytes, bytearray] = {}
    for name, segment in segments:
        if name != "APP1" or not segment.startswith(EXTENSION) or len(segment) < EXTENSION_HEAD:
            continue
        key = segment[len(EXTENSION) : len(EXTENSION) + 32]
        length = int.from_bytes(segment[EXTENSION_HEAD - 8 : EXTENSION_HEAD - 4])
        place = int.from_bytes(segment[EXTENSION_HEAD - 4 : EXTENSION_HEAD])
        part = segment[EXTENSION_HEAD:]
        if length > MOST_BYTES or place + len(part) > length:
            continue
        whole.setdefault(key, bytearray(length))[place : place + len(part)] = part
    return [bytes(each) for each in whole.values()]


def sidecars_of(path: File) -> list[File]:
    """Return the XMP files beside an image, the one that names it in full first."""
    beside = [path.with_name(name) for name in sidecar_names(path.name)]
    return [each for each in beside if _is_ordinary(each)]


def _is_ordinary(path: File) -> bool:
    return path.is_file() and (isinstance(path, InsideFile) or not path.is_symlink())


def _read(path: File) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            return b""
        return path.read_bytes()
    except OSError:  # gone meanwhile, or closed to us
        return b""
