"""Receivers of notices on real sockets, which behave as told: well, badly, or not at all."""

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from threading import Event, Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.clock import SystemClock


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
        length = int(self.headers.get("content-length", 0))
        body = self.rfile.read(length)
        if len(body) < length:  # whoever sent it was killed on the way: it never arrived
            return
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


def certificate(folder: Path, name: str) -> tuple[SSLContext, Path]:
    """Return a server's context with a certificate for a name, and the file to trust it by."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = SystemClock().now()
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = SSLContext(PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, file
