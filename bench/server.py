"""The server that is measured: uvicorn, in processes of its own, on a port of this machine."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from service.config import Settings

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


@contextmanager
def serving(settings: Settings, workers: int) -> Iterator[Server]:
    """Run the service as an operator would, with these settings, until the block ends."""
    port, log = _free_port(), settings.data_dir / "server.log"
    command = [sys.executable, "-m", "uvicorn", "--factory", "service.main:create_app"]
    options = {"port": port, "workers": workers, "log-level": "info"}
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = {
        "DIXIAN_DATABASE_URL": settings.url,
        "DIXIAN_DATA_DIR": str(settings.data_dir),
    }
    with log.open("wb") as said:
        process = subprocess.Popen(  # noqa: S603 - nothing of this comes from outside
            [*command, "--no-access-log"],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
    try:
        yield Server(port, _wait(process, log, workers))
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


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _resident_mb(pid: int) -> float:
    """Read what Linux says; where there is no /proc, there is no figure."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
