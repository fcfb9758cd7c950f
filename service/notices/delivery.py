"""Delivery: to each target one message after the other, and no target waits for another.

Any number of processes may deliver. One that is killed leaves a lease that runs out.
"""

import asyncio
from collections import Counter
from typing import Protocol

import aiosmtplib
import httpx
import structlog
from sqlmodel import Session

from service.clock import Clock
from service.config import Settings
from service.notices.channels import CHANNELS
from service.notices.channels.way import Failed, Way, limits_of
from service.notices.outgoing import AddressRefused, Outgoing
from service.notices.parcels import Ending, Parcel, claim, record
from service.store.database import Database, put
from service.store.deliveries import HEARTBEATS, Outcome
from service.store.vault import Vault

LOOK_AGAIN_SECONDS = 1.0
"""How long a pass waits for slow receivers before it looks for what became due meanwhile."""

DELIVERER = "deliverer"
MOST = {name: channel.most for name, channel in CHANNELS.items()}

log = structlog.get_logger("delivery")


class Office(Protocol):
    """What of a running service delivery needs."""

    @property
    def settings(self) -> Settings: ...
    @property
    def database(self) -> Database: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def clock(self) -> Clock: ...


async def deliver_due(office: Office) -> Counter[Outcome]:
    """Send what is due until nothing is left; return how many messages ended how.

    Raises what the database raises; what was claimed then is sent again, under the same ids.
    """
    settings = office.settings
    async with Outgoing(limits_of(settings), seconds=settings.send_seconds) as outgoing:
        return await _Pass(office, Way(settings, outgoing)).run()


class _Pass:
    """One pass: a bounded number of messages under way, never two to the same target."""

    def __init__(self, office: Office, way: Way) -> None:
        self._office, self._way = office, way
        self._tally: Counter[Outcome] = Counter()

    async def run(self) -> Counter[Outcome]:
        under_way: set[asyncio.Task[None]] = set()
        try:
            while True:
                parcels = await self._claim(len(under_way))
                under_way |= {asyncio.create_task(self._deliver(one)) for one in parcels}
                if not under_way:
                    return self._tally
                done, under_way = await asyncio.wait(
                    under_way, timeout=LOOK_AGAIN_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    task.result()
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _claim(self, under_way: int) -> list[Parcel]:
        office, now = self._office, self._office.clock.now()
        room = office.settings.sent_at_once - under_way

        def work(session: Session) -> list[Parcel]:
            parcels = claim(session, now, MOST, office.vault, limit=room) if room else []
            # Last, for other deliverers wait for this row, and for nothing else.
            put(session, HEARTBEATS, {"name": DELIVERER, "at": now}, at=now)
            return parcels

        return await office.database.transact(work)

    async def _deliver(self, parcel: Parcel) -> None:
        ending = await self._ending(parcel)
        self._tally[ending.outcome] += 1
        office = self._office
        now, pause = office.clock.now(), CHANNELS[parcel.channel].pause(office.settings)
        await office.database.transact(lambda s: record(s, parcel, ending, now, pause))
        log.info(
            "sent",
            channel=parcel.channel,
            subscription=str(parcel.subscription_id),
            message=str(parcel.id),
            attempt=parcel.attempt,
            outcome=ending.outcome,
            detail=ending.detail,
        )

    async def _ending(self, parcel: Parcel) -> Ending:
        """Send a parcel; return how that ended, whatever it was: the others must not suffer."""
        try:
            await CHANNELS[parcel.channel].send(parcel, self._way)
        except Failed as failed:
            return Ending(failed.outcome, failed.detail, failed.wait, failed.gone)
        except AddressRefused:
            return Ending(Outcome.ADDRESS_REFUSED)
        except (TimeoutError, httpx.TimeoutException):
            return Ending(Outcome.TIMEOUT)
        except (OSError, httpx.HTTPError, aiosmtplib.SMTPException):
            return Ending(Outcome.CONNECTION_FAILED)
        except Exception:
            log.exception("a message could not be sent", message=str(parcel.id))
            return Ending(Outcome.FAULT)
        return Ending(Outcome.DELIVERED)
