"""What somebody might send or name to do harm, made up here: files, and paths."""

import struct
import zlib
from io import BytesIO

from PIL import Image

SECRET = b"what nobody but its owner may see"
SCRIPT = b"<script>alert(document.domain)</script>"


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **how: object) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "red").save(buffer, kind, **how)
    return buffer.getvalue()


def _png(width: int, height: int, rows: bytes = b"") -> bytes:
    """Return a PNG that says so large a size, and holds what it is given."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def _bomb_of_text() -> bytes:
    """Return a small PNG with a text that grows to 200 megabytes."""
    whole = _png(1, 1, bytes(4))
    text = b"x\0\0" + zlib.compress(bytes(200_000_000))
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text
    return whole[:33] + chunk + struct.pack(">I", zlib.crc32(b"zTXt" + text)) + whole[33:]


def _tiff(width: int, height: int) -> bytes:
    tags = ((256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (279, 1 << 30))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _reference_movie(url: bytes) -> bytes:
    """Return a QuickTime file whose pictures lie in another file."""
    place = _box(b"url ", bytes(4) + url + b"\0")
    data = _box(b"dinf", _box(b"dref", bytes(4) + struct.pack(">I", 1) + place))
    tracks = _box(b"trak", _box(b"mdia", _box(b"minf", data)))
    return _box(b"ftyp", b"qt  " + bytes(4)) + _box(b"moov", tracks)


def hostile_files() -> list[tuple[str, bytes]]:
    """Return files that must not be taken, by name and content."""
    jpeg = picture()
    return [
        ("empty.jpg", b""),
        ("program.jpg", b"MZ\x90\0" + bytes(500)),
        ("program.exe", b"MZ\x90\0" + bytes(500)),
        ("elf.png", b"\x7fELF" + bytes(500)),
        ("shell.jpg", b"#!/bin/sh\nrm -rf /\n"),
        ("page.jpg", b"<!DOCTYPE html>" + SCRIPT),
        ("page.html", b"<!DOCTYPE html>" + SCRIPT),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>"),
        ("drawing.jpg", b"<?xml version='1.0'?><svg>" + SCRIPT + b"</svg>"),
        ("picture.jpg.html", jpeg),
        ("picture.jpg\0.php", jpeg),
        ("archive.jpg", b"PK\x03\x04" + bytes(500)),
        ("archive.png", b"\x1f\x8b\x08" + zlib.compress(bytes(10**6))),
        ("paper.tif", b"%PDF-1.7\n" + bytes(500)),
        ("postscript.jpg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        ("animation.jpg", b"GIF89a" + SCRIPT),
        ("list.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"),
        ("list.mov", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("elsewhere.mov", _reference_movie(b"file:///etc/passwd")),
        ("called.mov", _reference_movie(b"http://127.0.0.1:1/")),
        ("sound.avi", b"RIFF\0\0\0\0WAVEfmt " + bytes(100)),
        ("stream.mkv", b"\x1a\x45\xdf\xa3" + bytes(1000)),
        ("film.mpg", b"\0\0\x01\xba" + bytes(1000)),
        ("film.wmv", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11" + bytes(1000)),
        ("cut.jpg", jpeg[: len(jpeg) // 2]),
        ("head.jpg", jpeg[:20]),
        ("cut.webp", picture("WEBP")[:40]),
        ("cut.avif", picture("AVIF")[:200]),
        ("cut.png", picture("PNG")[:50]),
        ("bomb.png", _png(60_000, 60_000, bytes(1000))),
        ("widest.png", _png(2**31 - 1, 2**31 - 1)),
        ("nothing.png", _png(0, 0)),
        ("text.png", _bomb_of_text()),
        ("wide.png", _png(30_000, 30_000)),
        ("bomb.tif", _tiff(2**31 - 1, 2**31 - 1)),
        ("lying.tif", _tiff(1000, 1000)),
        ("camera.nef", b"II*\0" + bytes(500)),
        ("camera.cr3", _box(b"ftyp", b"crx " + bytes(4)) + bytes(500)),
        ("camera.raf", b"FUJIFILMCCD-RAW " + b"\xff" * 500),
        ("boxes.heic", _box(b"ftyp", b"heic" + bytes(4)) + _box(b"meta", b"\xff" * 500)),
        ("boxes.mp4", _box(b"ftyp", b"isom" + bytes(4)) + _box(b"moov", b"\xff" * 500)),
    ]


def odd_pictures() -> list[tuple[str, bytes]]:
    """Return whole pictures with something else in them, or under strange names: they are taken."""
    exif = Image.Exif()
    exif[270] = SCRIPT.decode()
    names = [
        "../../../outside/taken.jpg",
        "/etc/cron.d/taken.jpg",
        "..\\..\\outside\\taken2.jpg",
        "C:\\Windows\\taken3.jpg",
        "a/../../b/../taken4.jpg",
        "....//....//taken5.jpg",
        "%2e%2e%2ftaken6.jpg",
        "．．／taken7.jpg",
        "..\u2215taken8.jpg",
        "shown\u202egpj.exe.jpg",
        ".htaccess.jpg",
        "-rf.jpg",
        "$(id).jpg",
        "a';DROP TABLE.jpg",
        "<img src=x onerror=alert(1)>.jpg",
        "new\r\nSet-Cookie: a=b.jpg",
        "n" * 250 + ".jpg",
        "\u0301\u0301\u0301.jpg",
        "CON.jpg",
        "taken.php.jpg",
    ]
    named = [(name, picture(size=(60, 41 + place))) for place, name in enumerate(names)]
    return [
        *named,
        ("page-behind.jpg", picture(size=(61, 40)) + b"<!DOCTYPE html>" + SCRIPT),
        ("archive-behind.jpg", picture(size=(62, 40)) + b"PK\x03\x04" + bytes(100)),
        ("page-within.jpg", picture(size=(63, 40), exif=exif)),
        ("comment.jpg", picture(size=(64, 40), comment=b"*/" + SCRIPT)),
        ("jpeg-as.png", picture(size=(65, 40))),
        ("webp-as.mov", picture("WEBP", (66, 40))),
    ]


def ways_out() -> list[str]:
    """Return paths that lead, or seem to, from a library's folder to ``outside/secret.jpg``."""
    up = "../outside/secret.jpg"
    return [
        up,
        f"./{up}",
        f"2004/../{up}",
        f"2004/{up}",
        "../" * 30 + "etc/passwd",
        "/etc/passwd",
        "//etc/passwd",
        "/proc/self/environ",
        "..",
        ".",
        "",
        "2004/..",
        "..\\outside\\secret.jpg",
        "..%2foutside%2fsecret.jpg",
        "%2e%2e/outside/secret.jpg",
        "．．/outside/secret.jpg",
        "..\u2215outside\u2215secret.jpg",
        "..\u2044outside\u2044secret.jpg",
        "\u202e../outside/secret.jpg",
        "link.jpg",
        "absolute.jpg",
        "chain.jpg",
        "folder/secret.jpg",
        "folder/../outside/secret.jpg",
        "up/outside/secret.jpg",
        "loop/a.jpg",
        "pipe.jpg",
        "socket.jpg",
        "device.jpg",
        "2004",
        "a.jpg/../../outside/secret.jpg",
        "a.jpg/.",
    ]
