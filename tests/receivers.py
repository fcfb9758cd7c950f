"""Receivers of notices on real sockets, which behave as told: well, badly, or not at all."""

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True)
class Received:
    """A request as it came in; the names of its headers in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Says:
    """An answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


HANGS, RESETS = "hangs", "resets"
Behaviour = Callable[[Received], Says | str]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    receiver: "Receiver"


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def setup(self) -> None:
        self.server.receiver.connections += 1
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        got = Received(self.path, headers, body)
        self.server.receiver.received.append(got)
        answer = self.server.receiver.behaves(got)
        if isinstance(answer, Says):
            self._answer(answer)
        elif answer == HANGS:
            self.server.receiver.over.wait()
        else:
            linger = struct.pack("ii", 1, 0)  # closing sends RST
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()

    def _answer(self, answer: Says) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def finish(self) -> None:
        with suppress(OSError):  # the connection was reset on purpose, or the client went away
            super().finish()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Receiver:
    """A server on a loopback port. `behaves` may be changed while it runs."""

    def __init__(self, tls: SSLContext | None = None) -> None:
        self.behaves: Behaviour = lambda _: Says()
        self.received: list[Received] = []
        self.connections = 0
        self.over = Event()
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.receiver = self
        self.port = self.server.server_address[1]
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def says(self, *answers: Says | str) -> None:
        """Give these answers one after the other, and the last one ever after."""
        waiting = list(answers)
        self.behaves = lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def close(self) -> None:
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def receiving(count: int = 1, tls: SSLContext | None = None) -> Iterator[list[Receiver]]:
    receivers = [Receiver(tls) for _ in range(count)]
    try:
        yield receivers
    finally:
        for one in receivers:
            one.close()
