"""A load client of its own process: 32 connections, each leading one case after the other.

A whole HTTP library would cost more than the server that is measured. This one sends bytes
that were prepared before, and reads of an answer only its status and its length.
"""

import asyncio
import re
import statistics
import time
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle, islice
from multiprocessing import get_context
from typing import cast

import uvloop

CONNECTIONS = 32
OK, CREATED = 200, 201
END_OF_HEAD = b"\r\n\r\n"
STATUS = slice(len("HTTP/1.1 "), len("HTTP/1.1 201"))
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

WireWalk = list[bytes]


@dataclass(slots=True)
class Load:
    """What was answered, until time was up or the first connection found no case left.

    `warm_up` counts the answers before, which are in no other number.
    """

    seconds: float = 0.0
    warm_up: int = 0
    milliseconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.milliseconds) / self.seconds

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.milliseconds, n=100)[percent - 1]


class Connection(asyncio.Protocol):
    """One keep-alive connection: a request, its answer, the next request."""

    def __init__(self) -> None:
        self._read = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's own is no subclass

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed by the server"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._read += data
        head = self._read.find(END_OF_HEAD)
        if head < 0 or (length := LENGTH.search(self._read, 0, head)) is None:
            return
        start = head + len(END_OF_HEAD)
        if len(self._read) >= start + int(length[1]):
            answer = int(self._read[STATUS]), bytes(self._read[start:])
            self._read.clear()
            self._answer.set_result(answer)


def wire(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return a request as HTTP/1.1 writes it."""
    told = {"Host": "127.0.0.1", **headers, "Content-Length": str(len(body))}
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def read(port: int, requests: list[tuple[str, dict[str, str]]]) -> list[float]:
    """Return how many milliseconds each GET took, one after the other on one connection."""
    return uvloop.run(_read(port, [wire("GET", *request) for request in requests]))


async def _read(port: int, requests: list[bytes]) -> list[float]:
    connection, waited = await _connect(port), list[float]()
    for request in requests:
        began = time.perf_counter()
        status, body = await connection.ask(request)
        waited.append((time.perf_counter() - began) * 1000)
        assert status == OK, body
    connection.transport.close()
    return waited


async def _connect(port: int) -> Connection:
    loop = asyncio.get_running_loop()
    return (await loop.create_connection(Connection, "127.0.0.1", port))[1]


def run(ports: list[int], walks: list[WireWalk], *, warm_up: int, seconds: float) -> Load:
    """Put a load on the servers at ports of this machine, from another process.

    The first `warm_up` walks do not count: caches are filled, connections made.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_run, ports, walks[:warm_up], walks[warm_up:], seconds).result()


def _run(ports: list[int], warm_up: list[WireWalk], walks: list[WireWalk], seconds: float) -> Load:
    return uvloop.run(_load(ports, warm_up, walks, seconds))


async def _load(
    ports: list[int], warm_up: list[WireWalk], walks: list[WireWalk], seconds: float
) -> Load:
    connections = [await _connect(port) for port in islice(cycle(ports), CONNECTIONS)]
    cold = await _all(connections, warm_up, seconds)
    load = await _all(connections, walks, seconds)
    load.errors += cold.errors
    load.warm_up = len(cold.milliseconds)
    for connection in connections:
        connection.transport.close()
    return load


async def _all(connections: list[Connection], walks: list[WireWalk], seconds: float) -> Load:
    load, waiting, began = Load(), deque(walks), time.perf_counter()

    def is_over() -> bool:
        passed = time.perf_counter() - began
        if not load.seconds and (passed > seconds or not waiting):
            load.seconds = passed
        return bool(load.seconds)

    async def lead(connection: Connection) -> None:
        while not is_over():
            await _walk(connection, waiting.popleft(), load)

    await asyncio.gather(*map(lead, connections))
    return load


async def _walk(connection: Connection, walk: WireWalk, load: Load) -> None:
    """Lead one case as far as it goes; after an error nothing that follows can be right."""
    for request in walk:
        sent = time.perf_counter()
        status, body = await connection.ask(request)
        if load.seconds:
            return
        if status != CREATED:
            load.errors.append(f"{status} {body.decode()}")
            return
        load.milliseconds.append((time.perf_counter() - sent) * 1000)
