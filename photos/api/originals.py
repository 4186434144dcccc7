"""Sending originals: whole, or the range of bytes that a player of videos asks for."""

import os
import re
from collections.abc import Iterator
from mimetypes import guess_type
from typing import BinaryIO

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from photos.imaging.inside import InsideFile

BLOCK = 1 << 16  # bytes


def original_file(path: InsideFile, request: Request) -> HttpResponseBase:
    """Send a file; 404 if it is not there, 416 for a range that it does not have.

    Under its own name, which is quoted as headers demand; with ``download`` in the address, to be
    saved rather than shown.
    """
    try:
        file = path.open()
    except OSError:
        raise Http404("The file is not there at the moment.") from None
    size = os.fstat(file.fileno()).st_size
    kind = guess_type(path.name)[0] or ""
    if not kind.startswith(("image/", "video/")) or "svg" in kind:
        kind = "application/octet-stream"
    span = _span(request.headers.get("Range", ""), size)
    if span is None:
        response: HttpResponseBase = FileResponse(
            file,
            filename=path.name,
            content_type=kind,
            as_attachment="download" in request.query_params,
        )
    else:
        first, last = span
        if first > last:
            file.close()
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        file.seek(first)
        response = StreamingHttpResponse(
            _Part(file, last - first + 1), status=206, content_type=kind
        )
        response.headers["Content-Length"] = str(last - first + 1)
        response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"
    return response


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
