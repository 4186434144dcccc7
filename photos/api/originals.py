"""Sending originals: whole, or the range of bytes that a player of videos asks for."""

import os
import re
from collections.abc import Iterator
from typing import BinaryIO

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from rest_framework.request import Request

from photos.imaging.inside import InsideFile
from project.sending import HARMLESS, left_to_nginx

BLOCK = 1 << 16  # bytes
# What browsers are told that a file is, by its name; the system's table, which others may change,
# knows pages and scripts, too.
KINDS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe"), "image/jpeg"),
    **{".png": "image/png", ".webp": "image/webp", ".avif": "image/avif"},
    **dict.fromkeys((".heic", ".hif"), "image/heic"),
    **{".heif": "image/heif", ".tif": "image/tiff", ".tiff": "image/tiff"},
    **dict.fromkeys((".mp4", ".m4v"), "video/mp4"),
    **{".mov": "video/quicktime", ".3gp": "video/3gpp", ".webm": "video/webm"},
    **{".mkv": "video/x-matroska", ".avi": "video/x-msvideo", ".wmv": "video/x-ms-wmv"},
    **dict.fromkeys((".mts", ".m2ts"), "video/mp2t"),
    **dict.fromkeys((".mpg", ".mpeg"), "video/mpeg"),
}
UNKNOWN = "application/octet-stream"  # RAW files, which are saved and not shown


def original_file(file: InsideFile, request: Request) -> HttpResponseBase:
    """Send a file; 404 if it is not there, 416 for a range that it does not have.

    Under its own name, which is quoted as headers demand; what no browser can show, and all with
    ``download`` in the address, is to be saved.
    """
    try:
        opened = file.open()
    except OSError:
        raise Http404("The file is not there at the moment.") from None
    status = os.fstat(opened.fileno())
    kind = KINDS.get(file.suffix.lower(), UNKNOWN)
    etag = f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
    unchanged = get_conditional_response(request._request, etag=etag)
    elsewhere = unchanged or left_to_nginx(file.place, kind)
    if elsewhere is not None:
        opened.close()
    response = elsewhere or _streamed(opened, status.st_size, kind, _range(request, etag))
    as_attachment = kind == UNKNOWN or "download" in request.query_params
    disposition = content_disposition_header(as_attachment, file.name)
    response.headers["Content-Disposition"] = disposition or "inline"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = etag
    for name, value in HARMLESS.items():
        response.headers[name] = value
    return response


def _range(request: Request, etag: str) -> str:
    """Return the range that is asked for; none of a file that has changed since the first one."""
    condition = request.headers.get("If-Range", etag)
    return request.headers.get("Range", "") if condition == etag else ""


def _streamed(file: BinaryIO, size: int, kind: str, asked: str) -> HttpResponseBase:
    span = _span(asked, size)
    if span is None:
        return FileResponse(file, content_type=kind)
    first, last = span
    if first > last:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(first)
    part = StreamingHttpResponse(_Part(file, last - first + 1), status=206, content_type=kind)
    part.headers["Content-Length"] = str(last - first + 1)
    part.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return part


class _Part:
    """So many bytes of an open file, in blocks; closes it with the response."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self.file, self.left = file, length

    def __iter__(self) -> Iterator[bytes]:
        while self.left > 0 and (block := self.file.read(min(BLOCK, self.left))):
            self.left -= len(block)
            yield block

    def close(self) -> None:
        """Close the file; Django calls this at the end, also of an answer that broke off."""
        self.file.close()


def _span(asked: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte of a range (RFC 9110, 14.1.2); None to send all.

    Of several ranges none is sent, as the RFC allows. A first byte behind the last says that there
    are no such bytes.
    """
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", asked.strip(), re.ASCII)
    if found is None or found[0] == "bytes=-" or len(asked) > 60:
        return None
    first, last = found.groups()
    if not first:
        return max(0, size - int(last)), size - 1
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last), size - 1) if last else size - 1
