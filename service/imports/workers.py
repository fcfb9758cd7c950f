"""Who does the work on imports and exports: processes of their own, so that nobody waits for it.

Reading a workbook takes a processor for many seconds, and as much memory as it likes within
its bounds; a process gives both back. One thing is worked on at a time by each server.
"""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import datetime
from multiprocessing import get_context
from threading import Condition, Lock
from typing import ParamSpec, Protocol, TypeVar
from uuid import UUID

import structlog

from service.clock import SetClock
from service.config import Settings
from service.consequences import follow
from service.imports.work import Order, Workshop
from service.registry import Registry
from service.store.calendars import Calendars
from service.store.database import Database
from service.store.uploads import Uploads
from service.store.vault import Vault, load_keys
from service.workflows.rulebook import Rulebook

P = ParamSpec("P")
T = TypeVar("T")


class Ordered(Protocol):
    """A piece of work: on what, and at which instant it was ordered."""

    @property
    def id(self) -> UUID: ...

    @property
    def at(self) -> datetime: ...


Work = TypeVar("Work", bound=Ordered)
Step = Callable[[Workshop, Work], None]
Writer = Callable[[Workshop, Order, str], bytes]

log = structlog.get_logger("imports")


class Workers:
    """Takes orders, and sees to it that each ends: well, or noted as broken off.

    Without processes of their own (`import_processes` 0) they are a thread of the server.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._executor: Executor | None = None
        self._idle = Condition()
        self._under_way = 0

    def begin(self, step: Step[Work], order: Work, otherwise: Step[Work]) -> None:
        """Let a step be done, at once or after those ordered before; `otherwise` where it fails."""
        with self._idle:
            self._under_way += 1
        future = self._submit(_do, self._settings, step, order)
        future.add_done_callback(lambda done: self._ended(done, order, otherwise))

    def written(self, writer: Writer, order: Order, about: str) -> Future[bytes]:
        """Let a workbook be written: what it is about is for its writer to know."""
        return self._submit(_written, self._settings, writer, order, about)

    def wait(self) -> None:
        """Wait until nothing is under way."""
        with self._idle:
            self._idle.wait_for(lambda: not self._under_way)

    def close(self) -> None:
        """End what is under way, and take nothing more."""
        with self._lock:
            if self._executor:
                self._executor.shutdown(wait=True, cancel_futures=True)
            self._executor = None

    def _submit(self, what: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> Future[T]:
        with self._lock:
            try:
                return self._at_work().submit(what, *arguments, **named)
            except BrokenProcessPool:
                self._executor = None
                return self._at_work().submit(what, *arguments, **named)

    def _at_work(self) -> Executor:
        if self._executor is None:
            self._executor = _executor(self._settings.import_processes)
        return self._executor

    def _ended(self, future: Future[None], order: Work, otherwise: Step[Work]) -> None:
        try:
            if not future.cancelled() and (failure := future.exception()):
                # Its words may hold what the file says.
                log.error("broke off", id=str(order.id), error=type(failure).__name__)
                otherwise(open_workshop(self._settings, order), order)
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()


def _executor(processes: int) -> Executor:
    if not processes:
        return ThreadPoolExecutor(1, thread_name_prefix="imports")
    # Each order has a fresh process: what it took of memory goes back to the machine.
    return ProcessPoolExecutor(processes, get_context("spawn"), max_tasks_per_child=1)


def open_workshop(settings: Settings, order: Ordered) -> Workshop:
    """Put together what the work needs; its clock stands at the instant of the order."""
    vault = Vault(load_keys(settings.keys_path, create=False))
    uploads = Uploads(settings.imports_path, vault)
    return Workshop(
        database=Database(settings.url, pool_size=1),
        registry=Registry(Rulebook(), SetClock(order.at), Calendars(), follow),
        vault=vault,
        uploads=uploads,
        tell=uploads.tell,
        exports=settings.exports_path,
    )


def _do(settings: Settings, step: Step[Work], order: Work) -> None:
    step(open_workshop(settings, order), order)


def _written(settings: Settings, writer: Writer, order: Order, about: str) -> bytes:
    return writer(open_workshop(settings, order), order, about)
