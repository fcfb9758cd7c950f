"""The server that is measured: `dixian serve`, on ports of this machine (which runs Linux)."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from service.config import Settings

START = "from service.cli import main; main()"
START_SECONDS = 30
READY = "Application startup complete."


class ServerFailed(RuntimeError):
    """The server did not start; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Server:
    """Some processes of the service, each with the port it listens at."""

    pids: list[int]
    ports: list[int]

    @property
    def port(self) -> int:
        """The port of the first of them."""
        return self.ports[0]

    def resident_mb(self) -> float:
        """Return the resident memory of one server process, in MB (2^20 bytes)."""
        return fmean(map(_resident_mb, self.pids))

    def processor_seconds(self) -> float:
        """Return what the server processes have used of the processors so far."""
        return sum(map(_processor_seconds, self.pids))


@contextmanager
def serving(settings: Settings, processes: int = 1) -> Iterator[Server]:
    """Run the service as an operator would, with these settings, until the block ends.

    Each process has a port, as behind a balancer: of few connections to a port that several
    processes share, the kernel may give nearly all to one, and no two runs would be alike.
    """
    with ExitStack() as running:
        started = [running.enter_context(_process(settings)) for _ in range(processes)]
        yield Server(*map(list, zip(*started, strict=True)))


@contextmanager
def _process(settings: Settings) -> Iterator[tuple[int, int]]:
    """Run one process; yield its id and its port."""
    port = _free_port()
    log = settings.data_dir / f"server-{port}.log"
    environment = {
        "DIXIAN_DATABASE_URL": settings.url,
        "DIXIAN_DATA_DIR": str(settings.data_dir),
        "DIXIAN_TICK_IN_SERVER": "false",  # on either database; ticks have figures of their own
    }
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - nothing of this comes from outside
            [sys.executable, "-c", START, "serve", f"--port={port}"],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
    try:
        _wait(process, log)
        _wait_for_door(port)
        yield process.pid, port
    finally:
        process.terminate()
        process.wait(START_SECONDS)


def _wait(process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while READY not in (said := log.read_text()):
        if process.poll() is not None or time.monotonic() > until:
            raise ServerFailed(said)
        time.sleep(0.05)


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
