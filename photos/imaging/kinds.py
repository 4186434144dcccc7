"""What a file is by its first bytes, whatever its name says."""

from photos.imaging.folders import RAW_SUFFIXES

HEAD = 256  # bytes that tell
JPEG, PNG, WEBP, TIFF = (".jpg", ".jpeg", ".jpe"), (".png",), (".webp",), (".tif", ".tiff")
HEIF = (".heic", ".heif", ".hif", ".avif")
ISO_VIDEO = (".mp4", ".mov", ".m4v", ".3gp")
RAW = tuple(sorted(RAW_SUFFIXES))
# First bytes, and the suffixes that such a file may have, the usual one first.
BEGINNINGS: tuple[tuple[bytes, tuple[str, ...]], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\0", (*TIFF, *RAW)),
    (b"MM\0*", (*TIFF, *RAW)),
    (b"II+\0", TIFF),
    (b"MM\0+", TIFF),
    *((each, RAW) for each in (b"IIU\0", b"IIRO", b"IIRS", b"MMOR", b"IIII")),
    *((each, RAW) for each in (b"FUJIFILMCCD-RAW", b"FOVb", b"\0MRM")),
    (b"\x1a\x45\xdf\xa3", (".mkv", ".webm")),
    (b"\0\0\x01\xba", (".mpg", ".mpeg")),
    (b"\0\0\x01\xb3", (".mpg", ".mpeg")),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", (".wmv",)),
)
RIFF = {b"WEBP": WEBP, b"AVI ": (".avi",)}
# ISO/IEC 14496-12: the type of the first box, which old QuickTime files begin without "ftyp".
OLD_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
PICTURE_BRANDS = (b"mif1", b"msf1", b"hei", b"hev", b"avif", b"avis")
# MPEG transport streams repeat this byte every 188 bytes, cameras' files from the fifth on, 192.
SYNC = 0x47


def suffixes_of(head: bytes) -> tuple[str, ...]:
    """Return the suffixes that a file may have that begins so, the usual one first; () for none."""
    for beginning, suffixes in BEGINNINGS:
        if head.startswith(beginning):
            return suffixes
    if head.startswith(b"RIFF"):
        return RIFF.get(head[8:12], ())
    if head[4:8] == b"ftyp":
        return _of_brand(head[8:12])
    if head[4:8] in OLD_BOXES:
        return ISO_VIDEO
    if any(len(head) > at + step and head[at] == head[at + step] == SYNC for at, step in STREAMS):
        return (".mts", ".m2ts")
    return ()


STREAMS = ((0, 188), (4, 192))


def _of_brand(brand: bytes) -> tuple[str, ...]:
    if brand == b"crx ":
        return (".cr3",)
    if brand in (b"avif", b"avis"):
        return (".avif", *HEIF)
    return HEIF if brand.startswith(PICTURE_BRANDS) else ISO_VIDEO
