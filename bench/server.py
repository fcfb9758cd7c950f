"""The server that is measured: `dixian serve`, on a port of this machine (which runs Linux)."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from service.config import Settings

START = "from service.cli import main; main()"
START_SECONDS = 30
STARTED = re.compile(r"Started server process \[(\d+)\]")
READY = "Application startup complete."


class ServerFailed(RuntimeError):
    """The server did not start; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    workers: list[int]

    def resident_mb(self) -> float:
        """Return the resident memory of one server process, in MB (2^20 bytes)."""
        return fmean(_resident_mb(pid) for pid in self.workers)

    def processor_seconds(self) -> float:
        """Return what the server processes have used of the processors so far."""
        return sum(_processor_seconds(pid) for pid in self.workers)


@contextmanager
def serving(settings: Settings, workers: int) -> Iterator[Server]:
    """Run the service as an operator would, with these settings, until the block ends."""
    port, log = _free_port(), settings.data_dir / "server.log"
    options = [f"--port={port}", f"--workers={workers}"]
    environment = {
        "DIXIAN_DATABASE_URL": settings.url,
        "DIXIAN_DATA_DIR": str(settings.data_dir),
        "DIXIAN_TICK_IN_SERVER": "false",  # on either database; ticks have figures of their own
    }
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - nothing of this comes from outside
            [sys.executable, "-c", START, "serve", *options],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
    try:
        pids = _wait(process, log, workers)
        _wait_for_door(port)
        yield Server(port, pids)
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait(process: subprocess.Popen[bytes], log: Path, workers: int) -> list[int]:
    """Return the process ids of the workers once all of them answer."""
    until = time.monotonic() + START_SECONDS
    while (said := log.read_text()).count(READY) < workers:
        if process.poll() is not None or time.monotonic() > until:
            raise ServerFailed(said)
        time.sleep(0.05)
    return [int(pid) for pid in STARTED.findall(said)]


def _wait_for_door(port: int) -> None:
    """Wait until a server listens, which it does a moment after it says that it has started."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.05)
    raise ServerFailed(f"Nobody listens at {port}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def resident_with_children_mb(pids: Iterable[int]) -> float:
    """Return the resident memory of some processes and of all that came of them, in MB."""
    total = 0.0
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError, ValueError, IndexError):
            total += _resident_mb(pid)
            for thread in Path(f"/proc/{pid}/task").iterdir():
                children = (thread / "children").read_text().split()
                total += resident_with_children_mb(map(int, children))
    return total


def _processor_seconds(pid: int) -> float:
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")
