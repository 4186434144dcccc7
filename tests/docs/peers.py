"""Stand-ins for other photo managers: they answer what those programs' APIs answer."""

import base64
import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

HOSTS = {"immich": 2283, "photoprism": 2342, "librephotos": 3000}
BOX = {"left": 0.6, "top": 0.6, "width": 0.1, "height": 0.1}


class Peers:
    """One server a program, which has one photo with Ann in it."""

    def __init__(self, photo: bytes) -> None:
        self._answers = {
            "immich": _immich(photo),
            "photoprism": _photoprism(photo),
            "librephotos": _librephotos(photo),
        }
        self._servers = {
            program: ThreadingHTTPServer(("127.0.0.1", 0), _handler(routes))
            for program, routes in self._answers.items()
        }
        for server in self._servers.values():
            Thread(target=server.serve_forever, daemon=True).start()
        self.ports = {
            f"{program}:{HOSTS[program]}": server.server_port
            for program, server in self._servers.items()
        }

    def answer_of(self, program: str) -> str:
        """Return the details of the photo, as the program answers."""
        return json.dumps(list(self._answers[program].values())[-1])

    def end(self) -> None:
        """Close them."""
        for server in self._servers.values():
            server.shutdown()
            server.server_close()


def _handler(routes: dict[str, Any]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            address = urlsplit(self.path)
            answer = routes.get(address.path)
            asked = {name: values[0] for name, values in parse_qs(address.query).items()}
            asked |= json.loads(body or "{}")
            # All that there is is on the first page.
            later = int(asked.get("page", 1)) > 1 or int(asked.get("offset", 0)) > 0
            if later:
                answer = {"assets": {"items": []}} if "page" in asked else []
            self.send_response(200 if answer is not None else 404)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_POST = do_GET

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler


def _immich(photo: bytes) -> dict[str, Any]:
    face = {
        "id": "f", "imageWidth": 640, "imageHeight": 480, "sourceType": "machine-learning",
        "boundingBoxX1": 384, "boundingBoxY1": 288, "boundingBoxX2": 448, "boundingBoxY2": 336,
    }  # fmt: skip
    asset = {
        "id": "a",
        "originalPath": "/usr/src/app/upload/3.jpg",
        "originalFileName": "3.jpg",
        "checksum": base64.b64encode(hashlib.sha1(photo).digest()).decode(),
        "exifInfo": {"fileSizeInByte": len(photo)},
        "people": [{"id": "p", "name": "Ann", "faces": [face]}],
    }
    found = {"assets": {"items": [asset], "nextPage": None}}
    return {"/api/search/metadata": found, "/api/assets/a": asset}


def _photoprism(photo: bytes) -> dict[str, Any]:
    marker = {"UID": "m", "Type": "face", "Name": "Ann", "X": 0.6, "Y": 0.6, "W": 0.1, "H": 0.1}
    file = {
        "Name": "3.jpg",
        "Hash": hashlib.sha1(photo).hexdigest(),
        "Primary": True,
        "Markers": [marker],
    }
    told = {"UID": "p", "OriginalName": "", "Files": [file]}
    return {"/api/v1/photos": [told], "/api/v1/photos/p": told}


def _librephotos(photo: bytes) -> dict[str, Any]:
    where = {"left": 384, "top": 288, "right": 448, "bottom": 336}
    told = {
        "image_hash": hashlib.md5(photo).hexdigest() + "1",
        "image_path": ["/data/3.jpg"],
        "size": len(photo),
        "people": [{"name": "Ann", "type": "user", "probability": 1, "location": where}],
    }
    return {
        "/api/albums/date/list/": {"results": [{"id": 1}]},
        "/api/albums/date/1/": {"results": {"items": [{"id": "x"}]}},
        "/api/photos/x/": told,
    }
