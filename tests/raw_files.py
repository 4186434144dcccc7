"""Small RAW files for tests, made on the spot: DNGs, as Adobe describes them (1.4)."""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

SHORT, LONG, RATIONAL, SIGNED_RATIONAL, ASCII, BYTE = 3, 4, 5, 10, 2, 1
Entry = tuple[int, int, list[int] | bytes]


def make_dng(path: Path, picture: Image.Image, *, orientation: int = 1, preview: bool) -> Path:
    """Write a picture (even sides) as a sensor's mosaic, with or without a preview as large."""
    rgb = np.asarray(picture.convert("RGB")).astype(np.uint16) * 257
    mosaic = rgb[:, :, 1].copy()
    mosaic[::2, ::2], mosaic[1::2, 1::2] = rgb[::2, ::2, 0], rgb[1::2, 1::2, 2]
    jpeg = BytesIO()
    picture.save(jpeg, "JPEG", quality=95)
    width, height = picture.size
    sensor: list[Entry] = [
        *((254, LONG, [0]), (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [16])),
        *((259, SHORT, [1]), (262, SHORT, [32803]), (277, SHORT, [1]), (278, LONG, [height])),
        *((33421, SHORT, [2, 2]), (33422, BYTE, b"\0\1\1\2"), (50717, LONG, [65535])),
    ]
    camera: list[Entry] = [
        *((271, ASCII, b"Kith\0"), (272, ASCII, b"Kith One\0"), (274, SHORT, [orientation])),
        *((306, ASCII, b"2020:05:04 10:20:30\0"), (50706, BYTE, b"\1\4\0\0")),
        *((50707, BYTE, b"\1\1\0\0"), (50708, ASCII, b"Kith One\0"), (50778, SHORT, [21])),
        (50721, SIGNED_RATIONAL, [3, 1, 0, 1, 0, 1, 0, 1, 3, 1, 0, 1, 0, 1, 0, 1, 3, 1]),
        (50728, RATIONAL, [1, 1, 1, 1, 1, 1]),
    ]
    out = bytearray(struct.pack("<2sHI", b"II", 42, 8))
    if not preview:
        _directory(out, sensor + camera, mosaic.tobytes())
        path.write_bytes(out)
        return path
    shown: list[Entry] = [
        *((254, LONG, [1]), (256, LONG, [width]), (257, LONG, [height]), (277, SHORT, [3])),
        *((258, SHORT, [8, 8, 8]), (259, SHORT, [7]), (262, SHORT, [6]), (278, LONG, [height])),
        (330, LONG, [0]),
    ]
    sub = _directory(out, shown + camera, jpeg.getvalue())
    struct.pack_into("<I", out, sub, len(out))
    _directory(out, sensor, mosaic.tobytes())
    path.write_bytes(out)
    return path


def _directory(out: bytearray, entries: list[Entry], strip: bytes) -> int:
    """Append a directory with its one strip; return where the address of a further one goes."""
    entries = sorted([*entries, (273, LONG, [0]), (279, LONG, [len(strip)])], key=lambda e: e[0])
    start = len(out)
    out += bytes(2 + 12 * len(entries) + 4)
    further = 0
    struct.pack_into("<H", out, start, len(entries))
    for number, (tag, kind, values) in enumerate(entries):
        place = start + 2 + 12 * number
        letter = {SHORT: "H", LONG: "I", RATIONAL: "I", SIGNED_RATIONAL: "i"}.get(kind, "B")
        if tag == 273:
            values = [len(out)]
            out += strip + bytes(len(strip) % 2)
        packed = struct.pack(f"<{len(values)}{letter}", *values)
        count = len(values) // (2 if kind in (RATIONAL, SIGNED_RATIONAL) else 1)
        if len(packed) > 4:
            packed = struct.pack("<I", len(out)) + b""
            out += struct.pack(f"<{len(values)}{letter}", *values) + bytes(len(values) % 2)
        struct.pack_into("<HHI4s", out, place, tag, kind, count, packed.ljust(4, b"\0"))
        if tag == 330:
            further = place + 8
    return further
