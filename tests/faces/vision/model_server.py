"""A small true model, and a server on this machine that gives it out well or badly."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from onnx import TensorProto, helper

from faces.vision.weights import Weights

ANSWERS = 12  # as YuNet gives


def small_model(length: int = 300_000) -> bytes:
    """Return an ONNX model of YuNet's outer form and at least this length."""
    shape = [1, 3, 32, 32]
    names = [f"answer{each}" for each in range(ANSWERS)]
    graph = helper.make_graph(
        [helper.make_node("Identity", ["pixels"], [name]) for name in names],
        "small",
        [helper.make_tensor_value_info("pixels", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in names],
    )
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6, doc_string="." * length
    )
    return bytes(model.SerializeToString())


def weights_of(content: bytes, *sources: str) -> Weights:
    """Return the entry of these bytes."""
    digest = hashlib.sha256(content).hexdigest()
    return Weights("small", "", "yunet", len(content), digest, "MIT", True, sources)


@dataclass
class ModelServer:
    """Gives out ``content`` at every address, as its fields say."""

    content: bytes
    address: str = ""
    status: int = 200
    knows_ranges: bool = True
    says_length: bool = True
    cut_after: list[int] = field(default_factory=list)  # bytes of the first, second … answer
    ranges: list[str | None] = field(default_factory=list)  # what was asked for

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        asked = handler.headers["Range"]
        self.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if self.status != 200:
            handler.send_error(self.status)
            return
        partial = asked is not None and self.knows_ranges
        if partial and start >= len(self.content):
            handler.send_error(416)
            return
        body = self.content[start:] if partial else self.content
        handler.send_response(206 if partial else 200)
        if self.says_length:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: self.cut_after.pop(0)] if self.cut_after else body)


@contextmanager
def serving(content: bytes) -> Iterator[ModelServer]:
    """Start a server on this machine and stop it afterwards."""
    served = ModelServer(content)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.answer(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.address = f"http://127.0.0.1:{server.server_port}/model.onnx"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
