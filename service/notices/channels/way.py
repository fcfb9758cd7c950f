"""What every channel is: how it checks a target, and how it sends a parcel."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Protocol

from service.blockers import Blocker
from service.config import Settings
from service.notices.outgoing import AddressRefused, Limits, Outgoing, Reply, check_target
from service.notices.parcels import Parcel
from service.store.deliveries import Outcome
from service.store.notices import Notice

OK = range(200, 300)
GONE, TOO_MANY = 410, 429


@dataclass(frozen=True, slots=True)
class Way:
    """What channels send with."""

    settings: Settings
    outgoing: Outgoing

    def link(self, notice: Notice) -> str | None:
        """Return where a person reads about a notice's case."""
        if notice.case_id is None:
            return None
        return self.settings.case_link.replace("{case_id}", str(notice.case_id))


class Failed(Exception):
    """An attempt did not reach the receiver, or was turned away; `parcels.Ending` has the words."""

    def __init__(
        self,
        outcome: Outcome,
        detail: int | None = None,
        *,
        wait: timedelta | None = None,
        gone: bool = False,
    ) -> None:
        super().__init__(outcome)
        self.outcome, self.detail, self.wait, self.gone = outcome, detail, wait, gone


class Channel(Protocol):
    """One way of sending. `most`: how many notices go into one message."""

    most: int

    def pause(self, settings: Settings) -> timedelta:
        """Return how long a target is left alone after a message."""

    def blockers(self, target: str, secret: str | None, settings: Settings) -> Iterator[Blocker]:
        """Yield what stands in the way of a subscription to a target."""

    def shown(self, target: str) -> str:
        """Return what may be read of a target: no key, nobody's address in full."""

    async def send(self, parcel: Parcel, way: Way) -> None:
        """Send a parcel once. Raises `Failed`, and what `Outgoing.post` raises."""


def limits_of(settings: Settings) -> Limits:
    return Limits(settings.private_networks, settings.outgoing_ports)


def url_blockers(target: str, settings: Settings) -> Iterator[Blocker]:
    try:
        check_target(target, limits_of(settings))
    except AddressRefused as refused:
        yield Blocker("target_refused", have=(str(refused),))


def taken(reply: Reply, now: datetime) -> Reply:
    """Return a reply that says yes. Raises `Failed` for any other; a redirect is none."""
    if reply.status in OK:
        return reply
    limited = reply.status == TOO_MANY
    raise Failed(
        Outcome.RATE_LIMITED if limited else Outcome.HTTP_ERROR,
        reply.status,
        wait=wait_asked(reply.headers.get("retry-after", ""), now),
        gone=reply.status == GONE,
    )


def wait_asked(retry_after: str, now: datetime) -> timedelta | None:
    """Return the pause that a Retry-After asks for, in seconds or by a date (RFC 9110, 10.2.3)."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(timedelta(0), until.replace(tzinfo=until.tzinfo or UTC) - now)
