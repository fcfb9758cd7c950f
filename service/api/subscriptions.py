"""Subscriptions and deliveries: where notices travel beside the inbox, and what became of them."""

from collections.abc import Callable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field, StringConstraints, model_validator
from sqlmodel import Session, col, select

from service import subscriptions
from service.api.desk import Answer, AtDesk, Desk
from service.api.door import StrictRoute
from service.api.pages import PagingQuery, narrowed, page
from service.api.problems import refusals
from service.api.views import OfficeInstant, Page, View
from service.codes import Code
from service.errors import (
    IdempotencyKeyInUse,
    IdempotencyKeyMissing,
    IdempotencyKeyReused,
    Malformed,
    NotFound,
    NotSignedIn,
    NotYourRole,
    PositionNeeded,
    RequirementsNotMet,
)
from service.store.deliveries import (
    Delivery,
    DeliveryState,
    Outcome,
    Subscription,
    SubscriptionState,
)
from service.store.people import Actor
from service.subscriptions import Keeper, Wanted, mine
from service.workflows.fields import Count, Input

router = APIRouter(tags=["inbox"], route_class=StrictRoute)

READ = (Malformed, NotSignedIn, PositionNeeded)
WRITE = (IdempotencyKeyMissing, IdempotencyKeyInUse, IdempotencyKeyReused, *READ, NotFound)
MINUTES_OF_A_DAY = 24 * 60

ChannelCode = Literal["webhook", "email", "wecom", "dingtalk", "feishu"]
Target = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{3,500}$")]
ChannelSecret = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{8,200}$")]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")]


class QuietHours(Input):
    """When nothing is sent, by the office's clocks; what came meanwhile goes as one message."""

    from_time: TimeOfDay
    to_time: TimeOfDay

    @model_validator(mode="after")
    def _last_for_some_time(self) -> "QuietHours":
        if self.from_time == self.to_time:
            raise ValueError("the quiet hours end when they begin")
        return self


class SubscriptionIn(Input):
    """A target of a channel, for the notices to my position unless `role`, `area_code` say else.

    Only an administrator may name others; `all_roles` takes the notices to every role in the
    area and below. `target`: an address, which may hold a key. It is sealed like the secret,
    and neither is ever shown again.
    """

    channel: ChannelCode
    target: Target
    secret: ChannelSecret | None = Field(
        default=None,
        description="webhook: `whsec_…`, needed; dingtalk, feishu: where they have one.",
    )
    role: Code | None = None
    all_roles: Literal[True] | None = None
    area_code: AreaCode | None = None
    quiet_hours: QuietHours | None = None
    digest_minutes: Annotated[Count, Field(le=MINUTES_OF_A_DAY)] = Field(
        default=0, description="At most one message in so many minutes."
    )


class SecretIn(Input):
    secret: ChannelSecret


class SubscriptionOut(View):
    """A subscription, without its target and secrets. `shown`: the target's host, or the like."""

    id: UUID
    channel: str
    shown: str
    role: str | None
    area_code: str
    state: SubscriptionState
    quiet_hours: QuietHours | None
    digest_minutes: int
    former_secret_until: OfficeInstant | None
    failures: int
    created_at: OfficeInstant

    @classmethod
    def of(cls, one: Subscription) -> "SubscriptionOut":
        return cls(
            **one.model_dump(),
            quiet_hours=_quiet_hours(one.quiet_from, one.quiet_to),
            former_secret_until=one.former_until,
        )


class DeliveryOut(View):
    """One notice to one subscription. `message_id` is what the receiver gets on every attempt."""

    id: UUID
    notice_id: UUID
    subscription_id: UUID
    channel: str
    state: DeliveryState
    message_id: UUID | None
    attempts: int
    due_at: OfficeInstant
    tried_at: OfficeInstant | None
    outcome: Outcome | None
    detail: int | None = Field(description="The receiver's own number: a status or error code.")

    @classmethod
    def of(cls, one: Delivery, channel: str) -> "DeliveryOut":
        return cls(**one.model_dump(), message_id=one.bundle_id, channel=channel)


def _minutes(time: str) -> int:
    return int(time[:2]) * 60 + int(time[3:])


def _quiet_hours(start: int | None, end: int | None) -> QuietHours | None:
    if start is None or end is None:
        return None
    from_time, to_time = (f"{minute // 60:02}:{minute % 60:02}" for minute in (start, end))
    return QuietHours(from_time=from_time, to_time=to_time)


@router.post(
    "/subscriptions",
    operation_id="subscribe",
    status_code=201,
    response_model=SubscriptionOut,
    responses=refusals(*WRITE, NotYourRole, RequirementsNotMet),
)
async def subscribe(body: SubscriptionIn, desk: AtDesk) -> Response:
    """Let notices be sent to a target as well. The inbox holds them in any case."""

    def work(session: Session, actor: Actor) -> Answer:
        made = subscriptions.subscribe(session, _wanted(body, actor), _keeper(desk, actor))
        return Answer(SubscriptionOut.of(made))

    return await desk.write("subscribe", work)


def _wanted(body: SubscriptionIn, actor: Actor) -> Wanted:
    quiet = body.quiet_hours
    return Wanted(
        channel=body.channel,
        target=body.target,
        secret=body.secret,
        role=None if body.all_roles else body.role or actor.role,
        area_code=body.area_code or actor.area_code,
        quiet=(_minutes(quiet.from_time), _minutes(quiet.to_time)) if quiet else None,
        digest_minutes=body.digest_minutes,
    )


def _keeper(desk: Desk, actor: Actor) -> Keeper:
    office = desk.office
    return Keeper(actor, office.vault, office.settings, office.clock.now())


@router.get("/subscriptions", operation_id="listSubscriptions", responses=refusals(*READ))
async def list_subscriptions(
    desk: AtDesk, paging: PagingQuery, state: SubscriptionState | None = None
) -> Page[SubscriptionOut]:
    """List the subscriptions of my position; to an administrator, all in the area."""

    def work(session: Session, actor: Actor) -> Page[SubscriptionOut]:
        query = narrowed(
            select(Subscription).where(mine(actor)),
            (state, lambda asked: col(Subscription.state) == asked),
        )
        return Page[SubscriptionOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Subscription.id)],
                parse=[UUID],
                shown=lambda row: SubscriptionOut.of(row[0]),
                key_of=lambda row: [str(row[0].id)],
            )
        )

    return await desk.read(work)


@router.post(
    "/subscriptions/{subscription_id}/rotate-secret",
    operation_id="rotateSecret",
    response_model=SubscriptionOut,
    responses=refusals(*WRITE, RequirementsNotMet),
)
async def rotate_secret(subscription_id: UUID, body: SecretIn, desk: AtDesk) -> Response:
    """Set a new secret; webhooks are signed with both for 24 hours."""
    return await _change(
        desk, "rotate_secret", lambda s, k: subscriptions.rotate(s, subscription_id, body.secret, k)
    )


@router.post(
    "/subscriptions/{subscription_id}/pause",
    operation_id="pauseSubscription",
    response_model=SubscriptionOut,
    responses=refusals(*WRITE),
)
async def pause(subscription_id: UUID, desk: AtDesk) -> Response:
    """Send nothing for now. What is owed meanwhile waits until it is resumed."""
    return await _change(desk, "pause", lambda s, k: subscriptions.pause(s, subscription_id, k))


@router.post(
    "/subscriptions/{subscription_id}/resume",
    operation_id="resumeSubscription",
    response_model=SubscriptionOut,
    responses=refusals(*WRITE),
)
async def resume(subscription_id: UUID, desk: AtDesk) -> Response:
    """Send again, first what has waited."""
    return await _change(desk, "resume", lambda s, k: subscriptions.resume(s, subscription_id, k))


@router.delete(
    "/subscriptions/{subscription_id}",
    operation_id="deleteSubscription",
    response_model=SubscriptionOut,
    responses=refusals(*WRITE),
)
async def delete(subscription_id: UUID, desk: AtDesk) -> Response:
    """Delete a subscription with its target and secrets; what waits for it is cancelled."""
    return await _change(desk, "unsubscribe", lambda s, k: subscriptions.end(s, subscription_id, k))


async def _change(
    desk: Desk, action: str, work: Callable[[Session, Keeper], Subscription]
) -> Response:
    def change(session: Session, actor: Actor) -> Answer:
        return Answer(SubscriptionOut.of(work(session, _keeper(desk, actor))), 200)

    return await desk.write(action, change)


def _sent_by(actor: Actor) -> Any:  # noqa: ANN401 - the two libraries' Select differ
    return (
        select(Delivery, Subscription.channel)
        .join(Subscription, col(Subscription.id) == col(Delivery.subscription_id))
        .where(mine(actor))
    )


@router.get("/deliveries", operation_id="listDeliveries", responses=refusals(*READ))
async def list_deliveries(
    desk: AtDesk,
    paging: PagingQuery,
    state: DeliveryState | None = None,
    subscription_id: UUID | None = None,
    notice_id: UUID | None = None,
) -> Page[DeliveryOut]:
    """List what was, is or should have been sent to the subscriptions that I may change."""

    def work(session: Session, actor: Actor) -> Page[DeliveryOut]:
        query = narrowed(
            _sent_by(actor),
            (state, lambda asked: col(Delivery.state) == asked),
            (subscription_id, lambda asked: col(Delivery.subscription_id) == asked),
            (notice_id, lambda asked: col(Delivery.notice_id) == asked),
        )
        return Page[DeliveryOut](
            **page(
                session,
                query,
                paging,
                keys=[col(Delivery.id)],
                parse=[UUID],
                shown=lambda row: DeliveryOut.of(row[0], row[1]),
                key_of=lambda row: [str(row[0].id)],
            )
        )

    return await desk.read(work)


@router.post(
    "/deliveries/{delivery_id}/replay",
    operation_id="replayDelivery",
    response_model=DeliveryOut,
    responses=refusals(*WRITE),
)
async def replay(delivery_id: UUID, desk: AtDesk) -> Response:
    """Send a delivery anew, with the message it belongs to and under the same id."""

    def work(session: Session, actor: Actor) -> Answer:
        found = subscriptions.replay(session, delivery_id, _keeper(desk, actor))
        channel = session.get_one(Subscription, found.subscription_id).channel
        return Answer(DeliveryOut.of(found, channel), 200)

    return await desk.write("replay", work)
