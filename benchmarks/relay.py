"""A wire to a server's socket by TCP, which can be cut and mended: hosts that share servers."""

import contextlib
import socket
import socketserver
import threading
from pathlib import Path


class Relay:
    """Listens on a port of this machine and passes on to a Unix socket."""

    def __init__(self, target: Path) -> None:
        self.is_cut = False
        self._open: set[socket.socket] = set()
        relay = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                if relay.is_cut:
                    return
                with socket.socket(socket.AF_UNIX) as server:
                    server.connect(str(target))
                    relay.pass_on(self.request, server)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def pass_on(self, one: socket.socket, other: socket.socket) -> None:
        """Send what either says to the other until one of them ends."""
        ends = {one, other}
        self._open |= ends
        back = threading.Thread(target=_pump, args=(other, one), daemon=True)
        back.start()
        _pump(one, other)
        back.join()
        self._open -= ends

    def cut(self) -> None:
        """End all connections, and take no new ones."""
        self.is_cut = True
        for end in list(self._open):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        """Take connections again."""
        self.is_cut = False

    def close(self) -> None:
        """End it for good."""
        self.cut()
        self._server.shutdown()
        self._server.server_close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
